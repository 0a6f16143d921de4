"""Names of people are hidden in paths however tools write them, and words that are no names stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.people import HIDDEN, People, holds_names, names_in

PERSONS = (("LE GALL", "Zéphirine Anne"), ("Dubourvieux", "Éloi"), ("Martin-Dupré", "Jean Pierre"))


@pytest.mark.parametrize(
    "written",
    [
        "LE_GALL_Zephirine", "LeGall Zéphirine", "LEGALL", "legallzephirine", "Gall", "DUBOURVIEUXEloi",
        "dubourvieux.eloi", "E.Dubourvieux", "edubourvieux", "MARTIN DUPRE Jean-Pierre", "MartinDupré", "jeanpierre",
        "Zéphirine", "LE GALL 2",
    ],
)  # fmt: skip
def test_a_name_is_hidden_however_it_is_written(written):
    """Case, accents, what parts words, two names in one word, an initial: no letter of the name stays."""
    shown = People(PERSONS).hidden(f"A0001 - {written} - nomination")
    assert HIDDEN in shown
    left = set(shown.replace(HIDDEN, "").removeprefix("A0001 - ").removesuffix("nomination"))
    assert not [letter for letter in left - {"E"} if letter.isalpha()]


@pytest.mark.parametrize("text", ["lot", "A0001", "galaxie", "arrêté de nomination", "BP_A0001_012026.pdf", "elo1"])
def test_what_is_no_name_stays(text):
    """A word that only begins as a name, a matricule, the words of a piece."""
    assert People(PERSONS).hidden(text) == text


@given(st.text(max_size=40), st.text(st.characters(categories=["L"]), min_size=3, max_size=12), st.text(max_size=12))
def test_a_name_between_marks_is_always_hidden(text, name, other):
    """Whatever stands around it, and whatever else the index holds."""
    assert HIDDEN in People([(name, other), (text,)]).hidden(f"{text}_1_{name}_2_{other}")


@pytest.mark.parametrize(
    "column",
    [
        "Nom", "Nom.1", "Prénom(s)", "Nom de naissance", "Nom d’usage", "NOM_USAGE", "nomUsage", "Nom et prénom",
        "Content.Agent.FirstName", "agent.nom.V", "Patronyme", "document.agent.nom",
    ],
)  # fmt: skip
def test_columns_of_names_are_known_by_what_they_are_called(column):
    """In any of the ways of payroll editors, repeated columns and attributes included."""
    assert holds_names(column)
    assert names_in({column: " Quesnelier "}) == ("Quesnelier",)


@pytest.mark.parametrize(
    "column", ["Nom du fichier", "FileName", "fichier.nom", "Nombre", "Nomenclature", "Matricule", "Nom du service"]
)
def test_other_columns_hold_no_names_of_people(column):
    """Files, services and offices have names too."""
    assert not holds_names(column)
