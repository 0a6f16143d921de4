"""The rubriques of an agent's file are a table that an organisation may replace."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from versement.domain.errors import ProfileError
from versement.profiles.load import load_profile
from versement.profiles.nomenclature import FILE

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"

OWN = """
text: Délibération du 3 mars 2025
verified: true
rubriques:
  - {code: divers, title: Pièces diverses, names: [Divers], current_years: 5, fate: destruction}
"""


@pytest.fixture
def folder(tmp_path):
    """The profiles of the demonstration's communes."""
    shutil.copytree(SHIPPED, tmp_path / "profiles")
    return tmp_path / "profiles" / "maurecy"


def table(folder=SHIPPED / "maurecy"):
    return load_profile(folder / "agents.yaml").nomenclature


@pytest.mark.parametrize(
    "written", ["Diplômes", "diplomes", "04 - DIPLÔMES", "4_Diplomes et titres", "  diplo\u0302mes  "]
)
def test_rubrique_is_known_however_a_folder_writes_it(written):
    """Case, accents, a number before it and punctuation do not matter."""
    assert table().rubrique(written).code == "diplomes"


@pytest.mark.parametrize("written", ["", "12", "Diplôme d’honneur", "Photos"])
def test_what_no_rubrique_is_called_is_none(written):
    """Nothing is guessed."""
    assert table().rubrique(written) is None


def test_shipped_table_says_that_its_wording_is_not_verified():
    """The text of the arrêté was not at hand: the table says so, and no duration is made up."""
    shipped = table()
    assert not shipped.verified
    assert "RDFF1239419A" in shipped.text
    assert {rubrique.code for rubrique in shipped.rubriques if rubrique.fate == "destruction"} == {"absences"}


def test_organisation_replaces_the_table(folder):
    """Its own file, beside its own profile, is taken whole; without one, the shipped table is."""
    assert table(folder).rubrique("Diplômes")
    (folder / FILE).write_text(OWN, encoding="utf-8")
    own = table(folder)
    assert (own.rubrique("DIVERS").current_years, own.rubrique("Diplômes")) == (5, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("fate: destruction", "fate: brûler"), "intermediate"),
        (("code: divers", "code: Divers !"), "minuscules"),
        (("current_years: 5", "current_years: mille"), "attendu un nombre entier, trouvé « mille »"),
        (("title: Pièces diverses, ", ""), "title"),
        (
            ("rubriques:", "rubriques:\n  - {code: autres, title: Divers, fate: intermediate}"),
            "« autres » et « divers »",
        ),
        (("rubriques:", "rubrique:"), "Vouliez-vous dire « rubriques » ?"),
        (("text:", "text: ["), FILE),
    ],
)
def test_fault_is_told_with_its_place(folder, changed, said):
    """A wrong table stops nothing silently: file, line and remedy are said."""
    (folder / FILE).write_text(OWN.replace(*changed), encoding="utf-8")
    with pytest.raises(ProfileError) as told:
        table(folder)
    assert said in told.value.message
    assert FILE in told.value.message


def test_only_agents_files_carry_the_table():
    """A profile of acts or payslips is frozen without it."""
    assert load_profile(SHIPPED / "maurecy" / "paie.yaml").nomenclature is None
    assert load_profile(SHIPPED / "maurecy" / "deliberations.yaml").nomenclature is None
