"""Folders of a consultation lead to the six phases of its market; offers whose fate is not said stay so."""

from __future__ import annotations

import pytest

from tests.domain.market_trees import EXPECTED, ROOT
from versement.domain.market_tree import PIECES, is_market, lot_of, outcome_of, patterns, piece_of
from versement.domain.paths import PathPattern

READY = [(PathPattern(text), values) for text, values in patterns()]


def placed(path: str) -> tuple[str, str, str, str]:
    for pattern, values in READY:
        named = pattern.match(path)
        if named is not None:
            said = {**named, **values}
            return said["market"], said.get("phase", ""), said.get("outcome", ""), said.get("tenderer", "")
    raise AssertionError(path)


@pytest.mark.parametrize(("path", "expected"), EXPECTED.items())
def test_each_folder_of_a_real_tree_has_its_phase(path, expected):
    """Zipped or not, with or without a root folder, whatever the case and accents."""
    for head in (f"M7.zip/{ROOT}", "M7.zip", "M7", f"M7/{ROOT}"):
        assert placed(f"{head}/{path}") == ("M7", *expected)
    tenderer = expected[2].upper()
    assert placed(f"M7.ZIP/{path.upper()}") == ("M7", expected[0], expected[1], tenderer)


def test_a_folder_that_says_nothing_gives_no_phase():
    """Nothing is guessed: the market is known, its phase is left to the archivist."""
    assert placed("M7.zip/Divers/note.pdf") == ("M7", "", "", "")
    assert placed("M7.zip/note.pdf") == ("M7", "", "", "")


def test_offers_of_unknown_fate_are_neither_retained_nor_rejected():
    """A folder of offers alone does not say who won."""
    assert placed("M7.zip/OFFRES DEMAT/Société Dupont/offre.pdf") == ("M7", "3", "", "Société Dupont")


FATES = {
    "Offres non retenues/Dupont": "rejected",
    "11.4. OFFRES NON-RETENUES/Dupont": "rejected",
    "Candidats non_attributaires/Dupont": "rejected",
    "ONR": "rejected",
    "Offres rejetées/Dupont": "rejected",
    "11.3. Offre retenue/Dupont": "retained",
    "Offres/Canon – offre retenue": "retained",
    "OR/Anonyme": "retained",
    "Attributaire": "retained",
    "Offres retenues et non retenues/Dupont": "",
    "Offres retenues/Écartés au second tour": "",
    "Offres/Renonciation retenue": "",
    "4. Attribution": "",
}


@pytest.mark.parametrize(("folders", "fate"), FATES.items())
def test_the_fate_of_an_offer_is_said_by_whole_words_of_its_folders(folders, fate):
    """A winner named Canon is not « non retenu »; folders that say both say nothing."""
    assert outcome_of(f"M1 non retenu.zip/{folders}/offre retenue.pdf") == fate


def test_a_year_is_no_market():
    """A folder of archives by year is not the market of them all."""
    assert not is_market("2024")
    assert all(map(is_market, ("2024-01", "42007", "M2024")))


PIECES_OF_NAMES = {
    "CCAP.pdf": "CCAP",
    "2.1 CCTP lot 2.docx": "CCTP",
    "Acte d’engagement signé.pdf": "AE",
    "RAO.pdf": "AO",
    "Avenant n° 2.pdf": "AV",
    "AE_lot1.pdf": "AE",
    "note.pdf": "",
    "A propos.pdf": "",
    "P.pdf": "",
    ".pdf": "",
}


@pytest.mark.parametrize(("name", "code"), PIECES_OF_NAMES.items())
def test_a_file_name_gives_its_piece_when_it_is_sure(name, code):
    """One letter, or a word that only looks like a code, gives none."""
    assert piece_of(name) == code


def test_the_table_of_pieces_is_whole():
    """The 36 types of pieces that purchasers' tools know."""
    assert len(PIECES) == 36


LOTS = {
    "M7/Lot 2/AE.pdf": "2",
    "M7/LOT n° 02/Marché/AE.pdf": "2",
    "M7/Lot 1/AE_lot3.pdf": "3",
    "M7/pilot 4/AE.pdf": "",
    "M7/Lots/AE.pdf": "",
    "M7.zip/12. Lot_10/AE.pdf": "10",
}


@pytest.mark.parametrize(("path", "number"), LOTS.items())
def test_the_lot_that_a_name_says(path, number):
    """Nearest name first; a word that only ends like « lot » says none."""
    assert lot_of(path) == number
