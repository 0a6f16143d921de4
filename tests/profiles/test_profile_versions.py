"""Profiles of an earlier format are read as today's, and what is wrong in them is told where it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from versement.domain.errors import ProfileError
from versement.profiles.drops import ActesDrop
from versement.profiles.load import VISAS, is_withdrawn, load_profile

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"
CURRENT = "version: 2\n"
DROP = "drop:\n  layout: actes\n  index: optional\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A shipped profile as version 1 of the format had it."""
    shutil.copytree(SHIPPED, tmp_path / "fiches")
    path = tmp_path / "fiches" / "saint-aubin" / "deliberations.yaml"
    text = path.read_text(encoding="utf-8")
    assert CURRENT in text
    assert DROP in text
    path.write_text(text.replace(CURRENT, "version: 1\n").replace(DROP, "index: required\n"), encoding="utf-8")
    return path


def test_version_1_is_a_profile_of_acts(written: Path) -> None:
    """A profile that nobody rewrote says the same thing as before, and its file is left as it is."""
    before = written.read_bytes()
    connector = load_profile(written).connector
    assert connector.version == 2
    assert connector.family == "actes"
    assert connector.drop == ActesDrop(layout="actes", index="required")
    assert written.read_bytes() == before


def test_what_is_wrong_in_version_1_is_told_at_its_own_line(written: Path) -> None:
    """The place of a mistake is the one in the partner's file."""
    text = written.read_text(encoding="utf-8").replace("index: required", "index: parfois")
    written.write_text(text, encoding="utf-8")
    line = text.splitlines().index("index: parfois") + 1
    with pytest.raises(ProfileError, match=rf"ligne {line}, drop\.index : attendu une valeur connue"):
        load_profile(written)


@pytest.mark.parametrize(
    ("drop", "expected"),
    [
        ("drop: {layout: files, patterns: [{path: 'a//b'}]}", "attendu des niveaux non vides"),
        ("drop: {layout: files, patterns: [{path: '{Market}/**'}]}", "attendu entre accolades, un nom en minuscules"),
        ("drop: {layout: folders}", "attendu au moins un chemin"),
        ("drop: {layout: tables}", "Valeurs connues : actes, files, folders"),
        ("drop: {index: none}", "attendu un champ « layout »"),
        ("drop: {layout: files}\nmetadata: {titre: {value: a}}", "attendu un champ connu"),
        ("drop: {layout: files}\nmetadata: {title: {transform: [upper]}}", "attendu au moins un chemin (read)"),
        ("drop: {layout: files}\nmetadata: {title: {read: [colonne.a]}}", "attendu un chemin pointé qui commence par"),
        ("drop: {layout: files}\nmetadata: {date: {value: hier}}", "attendu une date, un mois ou une année"),
        ("drop: {layout: files}\ntree: [{key: [year], title: 'Année {annee}'}]", "attendu un texte où {champ}"),
        (
            "drop: {layout: files}\ntree: [{key: [year], title: '{year}', natures: [AR]}]",
            "natures pour la famille actes",
        ),
        ("drop: {layout: actes}", "attendu la forme de dépôt « actes » pour la famille actes"),
    ],
)
def test_a_wrong_declaration_of_records_is_told(tmp_path: Path, drop: str, expected: str) -> None:
    """Each mistake in what describes records says what was expected."""
    shutil.copytree(SHIPPED, tmp_path / "fiches")
    path = tmp_path / "fiches" / "saint-aubin" / "deliberations.yaml"
    text = path.read_text(encoding="utf-8").replace(DROP, f"family: documents\n{drop}\n")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(path)
    assert expected in refusal.value.message


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("{key: [year], title: Arrêtés}", "attendu les natures (natures) de chaque branche d’actes"),
        ("{natures: [AR], optional: true, key: [year], title: Arrêtés}", "dont aucune n’est facultative"),
        ("{natures: [AR], key: [matter], title: Arrêtés}", "attendu year, nature ou date dans la clé"),
        ("{natures: [AR], key: [year], title: 'Arrêté {title}'}", "et ce qui est en clé ailleurs"),
        ("{natures: [AR], key: [year], title: '{year}', keywords: [matter]}", "et ce qui est en clé ailleurs"),
    ],
)
def test_a_branch_of_acts_says_nothing_of_one_act(tmp_path: Path, branch: str, expected: str) -> None:
    """Its key is known of every act, and all that it shows is in its key: whichever act comes first, it is the same."""
    shutil.copytree(SHIPPED, tmp_path / "fiches")
    path = tmp_path / "fiches" / "saint-aubin" / "deliberations.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}tree: [{branch}]\n", encoding="utf-8")
    with pytest.raises(ProfileError) as refusal:
        load_profile(path)
    assert expected in refusal.value.message


def test_a_sign_off_that_cannot_be_read_counts_as_withdrawn(tmp_path: Path) -> None:
    """As long as the file bears one it stands; without an entry, a file, or a readable one it does not."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    place, dag_id = folder / "maurecy" / VISAS, "maurecy.deliberations"
    assert not is_withdrawn([tmp_path, folder], dag_id)
    assert not is_withdrawn([tmp_path], dag_id), "nothing is known of a connector that is elsewhere"
    place.write_text(place.read_text(encoding="utf-8").replace("deliberations:", "autre:"), encoding="utf-8")
    assert is_withdrawn([tmp_path, folder], dag_id)
    place.write_text("deliberations: [", encoding="utf-8")
    assert is_withdrawn([folder], dag_id)
    place.unlink()
    assert is_withdrawn([folder], dag_id)
