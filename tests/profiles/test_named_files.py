"""A signature stands for what the files that a profile names hold, not only for their names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.steps.world import SHIPPED
from versement.pages.sheet import sheet
from versement.profiles.load import VISAS, load_profile
from versement.profiles.sign_off import is_signed, version_digest, why_unsigned
from versement.profiles.signing import sign

FILE = "classification-078.xml"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Maurecy's folder: its organisation names a classification, and every profile is signed with it."""
    place = Path(shutil.copytree(SHIPPED, tmp_path / "fiches")) / "maurecy"
    organisation = place / "_organisation.yaml"
    organisation.write_text(f"{organisation.read_text(encoding='utf-8')}\nclassification: {FILE}\n", encoding="utf-8")
    (place / FILE).write_bytes(b"<RetourClassification/>")
    for path in place.glob("[a-z]*.yaml"):
        sign(path, load_profile(path), name="Claire Martin", date="2026-05-04")
    return place


def acts(place: Path):
    return load_profile(place / "deliberations.yaml")


def test_a_file_that_changes_asks_for_a_new_signature(place: Path) -> None:
    """The signature says which file changed; the very same bytes again, and it stands."""
    assert is_signed(acts(place))
    (place / FILE).write_bytes(b"<RetourClassification><Nature/></RetourClassification>")
    changed = acts(place)
    assert not is_signed(changed)
    assert why_unsigned(changed) == (
        f"le fichier « {FILE} » qu’elle nomme a changé depuis sa signature (Claire Martin, 2026-05-04)"
    )
    (place / FILE).write_bytes(b"<RetourClassification/>")
    assert is_signed(acts(place))


def test_a_file_that_is_gone_asks_for_a_new_signature(place: Path) -> None:
    """Without it matters would have other labels."""
    (place / FILE).unlink()
    assert why_unsigned(acts(place)).startswith(f"le fichier « {FILE} » qu’elle nomme manque ou ne se lit plus depuis")


def test_what_else_changed_comes_first(place: Path) -> None:
    """When the profile's own words changed too, the file is not held to be all of it."""
    (place / FILE).write_bytes(b"<Autre/>")
    path = place / "deliberations.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("IC-MAURECY", "IC-AUTRE"), encoding="utf-8")
    assert why_unsigned(acts(place)).startswith("elle a changé depuis sa signature")


def test_where_the_file_lies_means_nothing(place: Path) -> None:
    """Moved with its name and its bytes, it is the same file."""
    digest = version_digest(acts(place))
    (place / "prefecture").mkdir()
    (place / FILE).rename(place / "prefecture" / FILE)
    organisation = place / "_organisation.yaml"
    text = organisation.read_text(encoding="utf-8").replace(FILE, f"prefecture/{FILE}")
    organisation.write_text(text, encoding="utf-8")
    assert version_digest(acts(place)) == digest


def test_a_classification_is_about_acts_only(place: Path) -> None:
    """Payroll has no matters: its signature stands whatever the préfecture publishes."""
    (place / FILE).write_bytes(b"<Autre/>")
    assert is_signed(load_profile(place / "paie.yaml"))


def test_a_run_keeps_the_digests_that_it_began_with(place: Path) -> None:
    """What is frozen with a run holds the digest of the file, not the file."""
    profile = acts(place)
    thawed = type(profile).thaw(profile.frozen())
    (place / FILE).write_bytes(b"<Autre/>")
    assert is_signed(thawed)


def test_the_page_says_what_the_signature_covers(place: Path) -> None:
    """The file with its digest is on the page; the connection, which holds secrets, is said to be left out."""
    page = sheet(acts(place))
    digest = acts(place).files[FILE]
    assert f"Fichier que la fiche nomme – {FILE}" in page
    assert digest[:16] in page
    assert "La signature ne la couvre pas" in page
    assert digest in (place / VISAS).read_text(encoding="utf-8")
