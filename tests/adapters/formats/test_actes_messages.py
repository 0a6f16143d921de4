"""ACTES messages, as tools write them and as attackers might."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from versement.adapters.formats.actes import (
    EXCHANGES,
    NAMESPACE,
    SERVICE,
    read_message,
    read_service_message,
)
from versement.adapters.formats.xml import MAX_BYTES
from versement.domain.classification import Classification
from versement.domain.documents import Field, Kind, Metadata, ValueSource
from versement.domain.drop import ActesMessage, Envelope
from versement.domain.errors import UnreadableFile
from versement.domain.identity import act_key, record_key

ID = "095-219509908-20260312-2026_014-DE"
ACT_NAME = "99_DE-095-219509908-20260402-2026_014-DE-1-1_1.pdf"
BODY = """
  <actes:CodeMatiere1 actes:CodeMatiere="5"/><actes:CodeMatiere2 actes:CodeMatiere="2"/>
  <actes:CodeMatiere3 actes:CodeMatiere="1"/>
  <actes:Objet>Élection de l’adjointe
     « vie &amp; culture »</actes:Objet>
  <actes:ClassificationDateVersion>2025-09-01</actes:ClassificationDateVersion>
  <actes:Document><actes:NomFichier> 99_DE-095-219509908-20260402-2026_014-DE-1-1_1.pdf </actes:NomFichier>
    <actes:Signature><actes:NomFichier>s.p7s</actes:NomFichier></actes:Signature></actes:Document>
  <actes:Annexes actes:Nombre="2">
    <actes:Annexe><actes:NomFichier>plan  nord.pdf</actes:NomFichier></actes:Annexe>
    <actes:Annexe><actes:NomFichier>b.pdf</actes:NomFichier></actes:Annexe></actes:Annexes>
  <actes:DocumentPapier>N</actes:DocumentPapier>"""
ATTRIBUTES = 'actes:Date="2026-03-12" actes:NumeroInterne="2026_014" actes:CodeNatureActe="1"'
ACT = f'<actes:Acte xmlns:actes="{NAMESPACE}" {ATTRIBUTES}>{BODY}</actes:Acte>'
RECEIPT = (
    f'<actes:ARActe xmlns:actes="{NAMESPACE}" actes:IDActe="{ID}" actes:DateReception="2026-03-16">'
    f"<actes:ActeRecu {ATTRIBUTES}>{BODY}</actes:ActeRecu></actes:ARActe>"
)
CANCELLATION = f'<actes:ARAnnulation xmlns:actes="{NAMESPACE}" actes:IDActe="{ID}" actes:DateReception="2026-04-02"/>'


@pytest.fixture
def read(tmp_path):
    """Reads a message written in an encoding that its declaration names."""

    def write_and_read(text, encoding="UTF-8", declared=None):
        path = tmp_path / "message.xml"
        declaration = f'<?xml version="1.0" encoding="{declared or encoding}"?>\n'
        path.write_bytes((declaration + text).encode(encoding, errors="xmlcharrefreplace"))
        return read_message(path)

    return write_and_read


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-8", "UTF-16"])
def test_acknowledgement_says_who_when_what(read, encoding):
    """An ARActe gives identity, dates, objet, nature and matière, in whatever encoding it declares."""
    message = read(RECEIPT, encoding)
    assert message.kind is Kind.ACKNOWLEDGEMENT
    assert message.act_file == ACT_NAME
    assert message.annex_files == ("plan  nord.pdf", "b.pdf")
    assert {value.source for _, value in message.readings} == {ValueSource.ACKNOWLEDGEMENT}
    assert {name: value.text for name, value in message.readings} == {
        Field.ID_ACTE: ID,
        Field.SIREN: "219509908",
        Field.NUMBER: "2026_014",
        Field.DATE: "2026-03-12",
        Field.NATURE: "DE",
        Field.TITLE: "Élection de l’adjointe « vie & culture »",
        Field.MATTER: "5.2.1",
        Field.RECEIVED: "2026-03-16",
    }


def test_message_gives_no_identifier_and_its_siren_by_the_file_name(read):
    """An `Acte` message has no IDActe; only the SIREN is taken from its file's name, not the date there."""
    message = read(ACT)
    metadata = Metadata.settled(message.readings)
    assert message.kind is Kind.ACT
    assert metadata.text(Field.ID_ACTE) == ""
    assert metadata.text(Field.SIREN) == "219509908"
    assert metadata.text(Field.DATE) == "2026-03-12"
    assert {value.source for _, value in message.readings} == {ValueSource.MESSAGE}


def test_cancellation_dates_the_cancelling_not_the_reception(read):
    """The date of an ARAnnulation is the cancellation's; the act's own date is the one in its IDActe."""
    message = read(CANCELLATION)
    assert message.kind is Kind.CANCELLATION
    assert (message.act_file, message.annex_files) == ("", ())
    said = {name: value.text for name, value in message.readings}
    assert said == {
        Field.ID_ACTE: ID,
        Field.SIREN: "219509908",
        Field.CANCELLED: "2026-04-02",
        Field.DATE: "2026-03-12",
    }


def test_messages_without_prefixes_say_the_same(read):
    """Tools that leave out prefixes on attributes and elements are understood all the same."""
    bare = RECEIPT.replace("xmlns:actes", "xmlns").replace("actes:", "")
    assert read(bare) == read(RECEIPT)


def test_what_the_acknowledgement_leaves_out_is_in_its_identifier(read):
    """An ARActe whose ActeRecu has no attributes still gives date, number and nature, by its IDActe."""
    message = read(RECEIPT.replace(ATTRIBUTES, ""))
    said = {name: value.text for name, value in message.readings}
    assert (said[Field.DATE], said[Field.NUMBER], said[Field.NATURE]) == ("2026-03-12", "2026_014", "DE")


@pytest.mark.parametrize("wrong", [ID.replace("0312", "0332"), "", "inconnu"])
def test_identifier_that_is_none_is_not_taken(read, wrong):
    """A broken IDActe gives no identity rather than a false one; the rest is read."""
    said = {name: value.text for name, value in read(RECEIPT.replace(ID, wrong)).readings}
    assert Field.ID_ACTE not in said
    assert said[Field.NUMBER] == "2026_014"


@pytest.mark.parametrize(
    "other",
    [
        "<a/>",
        f'<x:EnveloppeCLMISILL xmlns:x="{NAMESPACE}"/>',
        '<Acte xmlns="http://example.org/"/>',
        "<Acte/>",
        '<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_other_xml_is_no_message(read, other):
    """XML that is no act, ARActe nor ARAnnulation of the protocol is left to others."""
    assert read(other) is None


def test_large_xml_that_is_no_message_is_not_read_whole(tmp_path):
    """Only the root of another's XML is read, whatever its size and its end."""
    path = tmp_path / "totem.xml"
    path.write_bytes(b"<DocumentBudgetaire>" + b"<L/>" * (MAX_BYTES // 4) + b"<unclosed")
    assert read_message(path) is None


def test_message_beyond_any_real_size_is_refused(tmp_path):
    """A message of megabytes is no message: it is refused in French, not read."""
    path = tmp_path / "m.xml"
    path.write_text(ACT.replace("<actes:Objet>", "<actes:Objet>" + "x" * MAX_BYTES))
    with pytest.raises(UnreadableFile, match="dépasse 4 Mio"):
        read_message(path)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY b "{secret}">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    ],
)
def test_message_with_entities_is_refused(read, doctype):
    """A document type that could define entities is refused: nothing is expanded, no file nor network is read."""
    with pytest.raises(UnreadableFile, match="DTD"):
        read(doctype + RECEIPT.replace("b.pdf", "b.pdf"))


@pytest.mark.parametrize("place", ["<actes:Objet>&i;", 'actes:x="&i;" <actes:Objet>'])
def test_exponential_entities_cost_nothing(read, place):
    """The “billion laughs” is refused at once, in text and in attributes."""
    entities = '<!ENTITY a "haha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 20}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    text = (
        RECEIPT.replace("<actes:Objet>", "<actes:Objet>&i;")
        if place.startswith("<")
        else RECEIPT.replace("<actes:ARActe ", '<actes:ARActe actes:x="&i;" ')
    )
    with pytest.raises(UnreadableFile):
        read(f"<!DOCTYPE a [{entities}]>{text}")


@pytest.mark.parametrize("text", ["", "   ", "pas du xml", RECEIPT[:300], RECEIPT.replace("</actes:Annexes>", "")])
def test_what_is_not_xml_is_said_in_french(read, text):
    """Empty, truncated or broken XML is told with what to do."""
    with pytest.raises(UnreadableFile, match="n’est pas du XML bien formé"):
        read(text)


def test_wrong_declared_encoding_is_said(read):
    """Latin-1 bytes declared as UTF-8 are refused rather than guessed."""
    with pytest.raises(UnreadableFile, match="encodage"):
        read(RECEIPT, "ISO-8859-1", declared="UTF-8")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_messages_never_crash(tmp_path, data):
    """Whatever bytes are lost or changed, reading ends with a message, nothing, or a French refusal."""
    whole = f'<?xml version="1.0" encoding="ISO-8859-1"?>{RECEIPT}'.encode("latin-1", errors="xmlcharrefreplace")
    start = data.draw(st.integers(0, len(whole)))
    damaged = whole[:start] + data.draw(st.binary(max_size=8)) + whole[data.draw(st.integers(start, len(whole))) :]
    path = tmp_path / "m.xml"
    path.write_bytes(damaged)
    try:
        outcome = read_message(path)
    except UnreadableFile as error:
        outcome = error
    assert outcome is None or isinstance(outcome, (UnreadableFile, ActesMessage))


ANOMALY = (
    f'<actes:AnomalieActe xmlns:actes="{NAMESPACE}"><actes:Date>2026-03-13</actes:Date><actes:Nature>999</actes:Nature>'
    f"<actes:Detail>Texte libre</actes:Detail><actes:ActeRecu {ATTRIBUTES}>{BODY}</actes:ActeRecu></actes:AnomalieActe>"
)


def exchange(name):
    """A message of that kind about the act: with a letter, the date of its own, and a free text that no one copies."""
    dates = 'actes:DateReception="2026-05-02"' if name.startswith("AR") else 'actes:DateCourrierPref="2026-05-02"'
    letter = "<actes:Document><actes:NomFichier>lettre.pdf</actes:NomFichier></actes:Document>"
    inner = f"<actes:Motif>Texte libre</actes:Motif>{letter}"
    return f'<actes:{name} xmlns:actes="{NAMESPACE}" actes:IDActe="{ID}" {dates}>{inner}</actes:{name}>'


@pytest.mark.parametrize("name", [name for name in EXCHANGES if name != "AnomalieActe"])
def test_every_exchange_is_attached_to_its_act(read, name):
    """A letter, a demand, a referral to the court… each is a record of its own, under the act that it is about."""
    message = read(exchange(name))
    metadata = Metadata.settled(message.readings)
    assert message.kind is Kind.EXCHANGE
    assert message.act_file == ""
    assert message.own_files == ("lettre.pdf",)
    assert record_key(message.kind, metadata) == f"{ID}#{name}-20260502"
    assert act_key(record_key(message.kind, metadata)) == ID
    assert metadata.text(Field.TITLE) == metadata.text(Field.DESCRIPTION) == ""


def test_answer_of_the_prefecture_finds_its_act_in_what_it_repeats(read):
    """An AR of complementary pieces names the act on the letter that it repeats, not on its root."""
    inner = f'<actes:InfosCourrierPref actes:IDActe="{ID}" actes:DateCourrierPref="2026-04-20"/>'
    text = f'<actes:ARPieceComplementaire xmlns:actes="{NAMESPACE}" actes:DateReception="2026-05-02">{inner}'
    message = read(f"{text}</actes:ARPieceComplementaire>")
    assert record_key(message.kind, Metadata.settled(message.readings)) == f"{ID}#ARPieceComplementaire-20260502"


def test_referral_to_the_court_brings_its_pieces_and_its_date(read):
    """A DefereTA says the day of the filing and names the pieces that go with it."""
    text = (
        f'<actes:DefereTA xmlns:actes="{NAMESPACE}" actes:IDActe="{ID}"><actes:DateDepot>2026-06-01</actes:DateDepot>'
        "<actes:PiecesJointes><actes:PieceJointe><actes:NomFichier>recours.pdf</actes:NomFichier></actes:PieceJointe>"
        "</actes:PiecesJointes></actes:DefereTA>"
    )
    message = read(text)
    assert message.own_files == ("recours.pdf",)
    assert record_key(message.kind, Metadata.settled(message.readings)) == f"{ID}#DefereTA-20260601"


def test_anomaly_with_a_code_that_the_schema_lacks_is_read(read):
    """Real anomalies bear 999: the act is found by its number, the file of the act stays the act's."""
    message = read(ANOMALY)
    metadata = Metadata.settled(message.readings)
    assert message.kind is Kind.EXCHANGE
    assert metadata.text(Field.ANOMALY) == "999"
    assert message.act_file == ACT_NAME
    assert message.own_files == ()
    assert record_key(message.kind, metadata) == "219509908/20260312/2026_014#AnomalieActe-20260313"


@pytest.mark.parametrize("paper", ["O", "N", "0", ""])
def test_paper_copy_says_nothing_of_the_rest(read, paper):
    """DocumentPapier holds O, N, 0 or nothing in real messages; the message is read all the same."""
    assert read(ACT.replace("Papier>N<", f"Papier>{paper}<")) == read(ACT)


def test_signature_of_the_act_is_named_apart(read):
    """The file of the signature is no annex."""
    assert read(ACT).signature_files == ("s.p7s",)
    assert "s.p7s" not in read(ACT).annex_files


def service(tmp_path, text):
    path = tmp_path / "m.xml"
    path.write_text(text)
    return read_service_message(path)


@pytest.mark.parametrize("name", SERVICE)
def test_messages_about_no_act_are_told_apart(tmp_path, name):
    """Envelopes say which messages they carry, and are no message about an act."""
    form = (
        "<a:FormulairesEnvoyes><a:Formulaire><a:NomFichier>m.xml</a:NomFichier></a:Formulaire></a:FormulairesEnvoyes>"
    )
    referent = "<a:Referent><a:Nom>Nom d’agent</a:Nom></a:Referent>"
    found = service(tmp_path, f'<a:{name} xmlns:a="{NAMESPACE}">{referent}{form}</a:{name}>')
    assert found == Envelope(name, ("m.xml",))


def test_classification_gives_the_labels_of_the_prefecture(tmp_path):
    """RetourClassification: its version, and the label of each level, the third included."""
    found = service(
        tmp_path,
        f'<a:RetourClassification xmlns:a="{NAMESPACE}"><a:DateClassification>2025-09-01</a:DateClassification>'
        '<a:Matieres><a:Matiere1 a:CodeMatiere="4" a:Libelle="Fonction publique">'
        '<a:Matiere2 a:CodeMatiere="1" a:Libelle="Titulaires"><a:Matiere3 CodeMatiere="6" Libelle="Discipline"/>'
        "</a:Matiere2></a:Matiere1></a:Matieres></a:RetourClassification>",
    )
    assert found == Classification("2025-09-01", {"4": "Fonction publique", "4.1": "Titulaires", "4.1.6": "Discipline"})
