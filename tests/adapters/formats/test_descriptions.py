"""Descriptions that tools write beside their files, recognised by their content."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from versement.adapters.formats.described import EXTENSIONS, read_descriptor
from versement.domain.documents import Field, Metadata, Role
from versement.domain.drop import Description
from versement.domain.errors import UnreadableFile

PASTELL = """<?xml version="1.0" encoding="UTF-8"?>
<flux type="actes-automatique"><data name="objet" value="Vœu &amp; motion"/><data name="acte_nature" value="3"/>
<data name="numero_de_lacte" value="2026_014"/><data name="date_de_lacte" value="2026-03-12"/>
<data name="type_pj" value='["12_DA","17_GA"]'/><data name="classification" value="1.1 - Marchés publics"/>
<files name="arrete"><file content="acte.pdf"/></files>
<files name="autre_document_attache"><file content="b.pdf"/><file content="c.pdf" name_original="C.pdf"/></files>
<files name="aractes"><file content="ar.xml"/></files><files name="acte_tamponne"><file content="t.pdf"/></files>
<files name="signature"><file content="s.p7s"/></files><files name="bordereau"><file content="bordereau.pdf"/></files>
</flux>"""
MEGALIS = {
    "date_de_lacte": "2026-03-12", "acte_nature": "1", "numero_de_lacte": "2026_015", "objet": "Politique de la ville",
    "classification": "8.5 Politique de la ville-habitat-logement", "type_piece": "1 fichier(s) typé(s)",
    "arrete": ["acte.pdf"], "acte_tamponne": ["acte-tampon.pdf"], "autre_document_attache": ["annexe.pdf"],
    "id_e": 12, "siren": "219509908", "entity_name": "Commune", "date_ar": "2026-03-13", "envoi_tdt": True,
}  # fmt: skip
WEBDELIB = """<?xml version="1.0" encoding="UTF-8"?>
<depot versionDepot="3" idDepot="1" dateDepot="2026-03-20" xmlns="http://www.adullact.org/webdelib/infodossier/1.0">
<seance idSeance="7"><typeSeance>Conseil municipal</typeSeance><dateSeance>2026-03-12 18:30:00</dateSeance>
<document nom="convocation.pdf" type="convocation"/><document nom="odj.pdf" type="odj"/>
<document nom="pv.pdf" type="pv_complet"/></seance>
<dossierActe idActe="41" refSeance="7"><libelle>Vœu</libelle><titre>Autre</titre><natureACTE>Délibérations</natureACTE>
<dateACTE>2026-03-12</dateACTE><numeroACTE>2026_016</numeroACTE><rapporteurACTE>Nom d’élu</rapporteurACTE>
<document idDocument="1" nom="41-2026_016.pdf" relname="41-2026_016.pdf" type="TexteActe"/>
<document idDocument="2" nom="41-signature.zip" relName="Signatures/41-signature.zip" type="Signature"/>
<document idDocument="3" nom="9.pdf" type="Annexe"/></dossierActe></depot>"""


@pytest.fixture
def read(tmp_path):
    def write_and_read(name, content):
        path = tmp_path / "staged"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_descriptor(path, name)

    return write_and_read


def said_of(act):
    return {name: value.text for name, value in act.readings}


def test_manifest_of_the_glaneur_says_files_by_role(read):
    """Pastell's `<flux>`: act, stamped copy, annexes, signature, slip and ARActe are told apart, with their aliases."""
    (act,) = read("manifest.xml", PASTELL).acts
    assert [(file.role, file.name, file.alias) for file in act.files] == [
        (Role.ACT, "acte.pdf", "arrete_0"),
        (Role.STAMPED, "t.pdf", "acte_tamponne_0"),
        (Role.ANNEX, "b.pdf", "autre_document_attache_0"),
        (Role.ANNEX, "c.pdf", "autre_document_attache_1"),
        (Role.SIGNATURE, "s.p7s", "signature_0"),
        (Role.PROOF, "bordereau.pdf", "bordereau_0"),
        (Role.ACKNOWLEDGEMENT, "ar.xml", "aractes_0"),
    ]
    assert said_of(act) == {
        Field.NUMBER: "2026_014",
        Field.DATE: "2026-03-12",
        Field.NATURE: "AI",
        Field.TITLE: "Vœu & motion",
        Field.MATTER: "1.1",
        Field.MATTER_NAME: "Marchés publics",
    }


def test_metadata_of_the_ged_of_megalis_gives_siren_and_reception(read):
    """Mégalis: the SIREN and the date of reception are in the JSON, the files under the names of their fields."""
    (act,) = read("metadata.json", json.dumps(MEGALIS)).acts
    said = said_of(act)
    assert (said[Field.SIREN], said[Field.RECEIVED], said[Field.MATTER]) == ("219509908", "2026-03-13", "8.5")
    assert [file.role for file in act.files] == [Role.ACT, Role.STAMPED, Role.ANNEX]


@pytest.mark.parametrize("name", ["metadata.yaml", "metadata.yml", "metadata.txt"])
def test_yaml_says_the_same_as_json(read, name):
    """Pastell writes YAML, also as `metadata.txt`; nothing there is guessed: a number keeps its zeros."""
    text = "objet: Vœu\nacte_nature: '1'\nnumero_de_lacte: 014\ndate_de_lacte: '2026-03-12'\narrete:\n    - acte.pdf\n"
    (act,) = read(name, text).acts
    assert said_of(act)[Field.NUMBER] == "014"
    assert [file.name for file in act.files] == ["acte.pdf"]


def test_web_delib_describes_a_seance_and_its_acts(read):
    """Web-delib: convocation, order of the day and minutes are the séance's, under `relname` or `relName` alike."""
    found = read("XML_DESC_7.xml", WEBDELIB)
    (seance,), (act,) = found.seances, found.acts
    assert [(file.name, file.piece) for file in seance.files] == [
        ("convocation.pdf", "convocation"), ("odj.pdf", "ordre du jour"), ("pv.pdf", "procès-verbal"),
    ]  # fmt: skip
    metadata = Metadata.settled(act.readings)
    assert metadata.text(Field.ASSEMBLY) == "Conseil municipal"
    assert metadata.text(Field.TITLE) == "Vœu"
    assert (metadata.text(Field.NATURE), metadata.text(Field.NUMBER)) == ("DE", "2026_016")
    assert [(file.role, file.name) for file in act.files] == [
        (Role.ACT, "41-2026_016.pdf"), (Role.SIGNATURE, "Signatures/41-signature.zip"), (Role.ANNEX, "Annexes/9.pdf"),
    ]  # fmt: skip


def test_dossier_of_a_seance_names_its_zip_and_its_metadata(read):
    """`ls-dossier-seance` holds a zip, which is a folder here, and a file of metadata."""
    text = (
        '<flux type="ls-dossier-seance"><data name="date_seance" value="2026-03-12"/>'
        '<files name="dossier"><file content="seance.zip"/></files>'
        '<files name="metadonnees"><file content="m.json"/></files></flux>'
    )
    (seance,) = read("metadata.xml", text).seances
    assert seance.folder == "seance.zip"
    assert said_of(seance) == {Field.DATE: "2026-03-12"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "[1, 2]"),
        ("a.json", '{"objet": "seul"}'),
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.yaml", "objet: &a x\nacte_nature: *a\n"),
        ("a.txt", "Compte rendu : tout va bien"),
        ("a.xml", '<flux type="autre"><data name="x" value="y"/></flux>'),
        ("a.xml", "<depot/>"),
        ("a.xml", "<DocumentBudgetaire/>"),
        ("a.pdf", PASTELL),
    ],
)
def test_other_files_describe_nothing(read, name, content):
    """What is not a tool's description is left to be a file like any other."""
    assert read(name, content) is None


def test_description_with_entities_is_refused(read):
    """Entities could read files or fill the memory: such a description is not read."""
    with pytest.raises(UnreadableFile, match="DTD"):
        read("m.xml", PASTELL.replace("<flux", '<!DOCTYPE flux [<!ENTITY a "b">]><flux', 1))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_descriptions_never_crash(tmp_path, data):
    """Whatever is lost or changed in a description, reading ends with one, nothing, or a French refusal."""
    sources = {".xml": PASTELL, ".json": json.dumps(MEGALIS), ".yaml": "objet: x\narrete: [a, b]\nacte_nature: 1\n"}
    extension = data.draw(st.sampled_from([*sources, ".txt"]))
    whole = sources.get(extension, WEBDELIB).encode()
    start = data.draw(st.integers(0, len(whole)))
    path = tmp_path / "staged"
    end = data.draw(st.integers(start, len(whole)))
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:])
    try:
        outcome = read_descriptor(path, f"x{extension}")
    except UnreadableFile as error:
        outcome = error
    assert extension in EXTENSIONS
    assert outcome is None or isinstance(outcome, (UnreadableFile, Description))
