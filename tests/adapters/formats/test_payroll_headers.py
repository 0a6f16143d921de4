"""Payroll files give their header and a count; no name, NIR or account ever comes out."""

from __future__ import annotations

import pytest

from versement.adapters.formats.paye import payroll_header
from versement.domain.errors import UnreadableFile

AGENT = (
    '<DonneesIndiv><PayeIndivMensuel><Agent><Nom V="Dürand"/><Matricule V="A7"/><NIR V="185057800608436"/>'
    '<CptBancaire><IdCpte V="FR7630006000011234567890189"/></CptBancaire></Agent>'
    '<Annee V="1999"/><MtNet V="1"/></PayeIndivMensuel></DonneesIndiv>'
)
XHL = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>'
    '<DocumentPaye xmlns="http://www.minefi.gouv.fr/cp/helios/pes_v2/paye_1_1"><IdVer V="1.1"/>'
    '<Employeur><Nom V="Mairie"/><Siret V="21780990400012"/></Employeur>{agents}<Annee V="2026"/><Mois V="01"/>'
    "</DocumentPaye>"
)
PES = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>'
    '<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"><Enveloppe><Parametres/></Enveloppe>'
    '<EnTetePES><DteStr V="2026-01-15"/><IdPost V="078012"/><IdColl V="21780990400012"/><CodCol V="100"/>'
    '<CodBud V="00"/><LibelleColBud V="Maurecy"/></EnTetePES><PES_DepenseAller><Bordereau><Piece>'
    '<Tiers><Nom V="Dürand"/></Tiers></Piece></Bordereau><Bordereau/></PES_DepenseAller></n:PES_Aller>'
)


@pytest.fixture
def read(tmp_path):
    """Writes a file and reads its header."""

    def write_and_read(content):
        path = tmp_path / "x"
        path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
        return payroll_header(path)

    return write_and_read


def test_xhl_gives_period_employer_and_count_whatever_the_order(read):
    """Year, month, SIRET and number of pay records; elements out of order, as real producers write them."""
    assert read(XHL.format(agents=AGENT * 3)) == {
        "type": "XHL", "siret": "21780990400012", "annee": "2026", "mois": "01", "periode": "2026-01", "nombre": "3",
    }  # fmt: skip


def test_pes_gives_its_header_and_count(read):
    """Date, post, entity and budget of a PES_Aller, and how many bordereaux."""
    assert read(PES) == {
        "type": "PES", "date": "2026-01-15", "poste": "078012", "siret": "21780990400012", "collectivite": "100",
        "budget": "00", "nombre": "2",
    }  # fmt: skip


@pytest.mark.parametrize("content", [XHL.format(agents=AGENT), PES])
def test_nothing_about_a_person_comes_out(read, content):
    """Neither names nor NIR nor accounts, nor a value of the same name below the header."""
    said = " ".join(read(content).values())
    assert not [word for word in ("rand", "18505", "FR76", "A7", "1999") if word in said]


def test_dsn_is_recognised_only(read):
    """Nothing of a DSN is read."""
    assert read("S10.G00.00.001,'Logiciel'\nS21.G00.30.001,'185057800608436'\n") == {"type": "DSN"}


@pytest.mark.parametrize("content", ["", "texte", "<a/>", "<a><DocumentPaye/></a>", b"%PDF-1.4", b"\xff\xfe"])
def test_other_files_have_no_header(read, content):
    """What is none of them is nobody's fault."""
    assert read(content) is None


@pytest.mark.parametrize(
    "content", ["<DocumentPaye>", "<!DOCTYPE DocumentPaye [<!ENTITY a 'b'>]><DocumentPaye>&a;</DocumentPaye>"]
)
def test_broken_or_dangerous_file_is_unreadable(read, content):
    """Cut short, or with entities: told as such."""
    with pytest.raises(UnreadableFile):
        read(content)
