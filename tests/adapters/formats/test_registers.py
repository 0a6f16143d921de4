"""Registers give counts and numbers; who answered or withdrew a file never comes out of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.formats.pdf_samples import PLAIN, pdf
from versement.adapters.formats.formats import FileFormats
from versement.adapters.formats.registers import read_concluded
from versement.adapters.formats.tables import read_table
from versement.domain.errors import UnreadableFile
from versement.domain.registers import Register, RegisterKind

DEPOSITS = [
    "Auteur de la procédure : Commune",
    "Total enveloppes électroniques [offre] : 2",
    "Total enveloppes papier : 1",
    "1 Electronique 881_offre_12_34.crypt 12/02/2025 à 12h15 SOCIETE MARTIN Jeanne Martin jeanne@martin.fr",
    "2 Electronique 881_offre_12_35.crypt 12/02/2025 à 12h20 DURAND SA 01 02 03 04 05",
    "3 Papier 13/02/2025 à 09h00 DUPONT",
]
ROWS = "N°;Type;Fichier;Société;E-mail\n1;Electronique;881_offre_12_34.crypt;MARTIN;a@b.fr\n2;Papier;;DUPONT;\n"
WITHDRAWALS = "Prénom;Nom;Société;Type retrait;Lots\nA;B;C;Électronique;1\nA;B;D;Électronique;1\nA;B;E;Reprographié;2\n"


@pytest.fixture
def formats():
    with FileFormats() as made:
        yield made


def test_a_register_of_deposits_in_pdf(tmp_path, formats):
    """Announced envelopes and numbers of plis; no company, person or address."""
    path = pdf(tmp_path / "a.pdf", [(line, PLAIN) for line in DEPOSITS])
    register = formats.register(path, "Registre des dépôts.pdf")
    assert register == Register(RegisterKind.DEPOSITS, 2, 1, ("881_offre_12_34.crypt", "881_offre_12_35.crypt"))
    rows = pdf(tmp_path / "b.pdf", [(line, PLAIN) for line in DEPOSITS[3:]])
    assert formats.register(rows, "registre_depots.pdf") == register


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_registers_in_csv(tmp_path, formats, encoding):
    """Rows are counted by the way in which the answer came."""
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding=encoding)
    expected = Register(RegisterKind.DEPOSITS, 1, 1, ("881_offre_12_34.crypt",))
    assert formats.register(path, "Registre-depot.csv") == expected
    path.write_text(WITHDRAWALS, encoding=encoding)
    assert formats.register(path, "Registre des retraits.csv") == Register(RegisterKind.WITHDRAWALS, 2, 1)


def test_only_registers_are_taken_for_registers(formats):
    """By name, and in a form that is read."""
    for name in ("Registre des dépôts.pdf", "REGISTRE_RETRAITS.xls", "registre de depot.csv"):
        assert formats.is_register(name)
    for name in ("Registre.pdf", "Registre des dépôts.doc", "dépôt.pdf"):
        assert not formats.is_register(name)


def test_a_list_of_concluded_markets_gives_their_numbers(tmp_path):
    """The column « N° Marché », wherever its header is; a table without it is none."""
    path = tmp_path / "a.csv"
    path.write_text("MARCHES 2012;;\n;;\nService;N°\tMarché;Objet\nDRH;1M702;Achat\nDRH;;suite\nDRH;2H81;Gardiennage\n")
    assert read_concluded(path, "a.csv") == ("1M702", "2H81")
    path.write_text("a;b\n1;2\n")
    assert read_concluded(path, "a.csv") is None
    assert read_concluded(path, "a.pdf") is None


@pytest.mark.parametrize("extension", ["xls", "ods"])
def test_the_real_list_of_montpellier_is_read(shared, extension):
    """The same markets from both forms of one real file."""
    if shared is None:
        pytest.skip("real samples are not there")
    folder = shared / "samples" / "marches" / "montpellier_marches_conclus"
    path = folder / f"VilleMTP_MTP_MarchesConclus_2012.{extension}"
    assert len(read_table(path, extension)) == 530
    numbers = read_concluded(path, path.name)
    assert numbers is not None
    assert (len(numbers), len(set(numbers))) == (MONTPELLIER[0], MONTPELLIER[1])


MONTPELLIER = (197, 187)
"""Rows that carry a number, and numbers: a market of several lots or thresholds is listed several times."""


@given(st.binary(max_size=300), st.sampled_from(["xls", "xlsx", "ods"]))
@settings(max_examples=8, deadline=None)
def test_spoilt_spreadsheets_are_said_unreadable(tmp_path_factory, data, extension):
    """Nothing but UnreadableFile comes out of a file that is no spreadsheet."""
    path = tmp_path_factory.mktemp("sheet") / f"a.{extension}"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data)
    with pytest.raises(UnreadableFile):
        read_table(path, extension)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_csv_is_read_or_said_unreadable(tmp_path_factory, data):
    """Quotes left open, zero bytes, no line at all."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(data)
    with suppress(UnreadableFile):
        read_table(path, "csv")
