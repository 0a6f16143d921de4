"""The page that is signed: everything that decides what is archived stands on it, and nothing on it can do anything."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import pytest

from tests.steps.world import SHIPPED, profile_of
from versement.cli.main import main
from versement.pages.sheet import sheet
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile
from versement.profiles.sign_off import signed, version_digest

HOSTILE = "<script>alert('x')</script>\" onload=y &amp; {{ 7*7 }} {% raw %}"
PAY = """\
version: 2
family: paie
label: Paie de Maurecy
tenant: actes
source: {type: sftp, connection: sftp_maurecy, folder: /paie}
drop:
  layout: files
  patterns:
    - path: "{period}/{agent}.pdf"
metadata:
  piece: {read: [path.stem], transform: [lower], codes: {b: bulletin}, value: autre}
archival_agreement: IC-PAIE
antivirus: off
series: Paie
"""
RULE = """
  - name: bulletins
    family: paie
    appraisal: {rule: APP-PAIE, duration: 6, unit: Year, start: period_end, final_action: Destroy, validated: true,
      text: Code du travail, article: L3243-4}
    access: {rule: ACC-PAIE, duration: 50, unit: Year, start: latest_date, text: Code du patrimoine, article: L213-2}
"""


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page[page.index("<body") :])))


@pytest.fixture
def pay(tmp_path: Path) -> Profile:
    """A profile of another family, with its own tree, fields and rule."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "fiches"))
    organisation = folder / "maurecy/_organisation.yaml"
    organisation.write_text(organisation.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    path = folder / "maurecy/paie.yaml"
    path.write_text(PAY, encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize("path", profile_paths([SHIPPED]), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_everything_that_is_decided_stands_on_it(path: Path) -> None:
    """Place, contract, every rule with its text, article and start, the digest in full, and room to sign."""
    profile = load_profile(path)
    page = sheet(profile)
    read = text_of(page)
    rules = [r for r in profile.organisation.management_rules if r.family == profile.connector.family]
    assert rules
    for rule in rules:
        assert all(said in read for said in (rule.name, rule.access.rule, rule.access.text, rule.access.article))
        if rule.appraisal:
            assert all(said in read for said in (rule.appraisal.rule, rule.appraisal.text, rule.appraisal.article))
    for said in (profile.connector.archival_agreement, profile.connector.series, profile.organisation.label):
        assert said in read
    assert version_digest(profile) in read.replace(" ", "")
    assert "Signature :" in read
    assert not any(word in page for word in ("http://", "https://", "<script", "<img", "<link", "url("))
    assert '<html lang="fr">' in page


def test_the_same_profile_is_the_same_page(pay: Profile) -> None:
    """Two pages of one version are equal, byte for byte."""
    assert sheet(pay) == sheet(Profile.thaw(pay.frozen()))


def test_a_record_s_tree_and_fields_are_told(pay: Profile) -> None:
    """Each unit from the top, each field with its paths in their order, its transforms, its table, its fixed value."""
    read = text_of(sheet(pay))
    for said in (
        "Bulletins de paie {année} RecordGrp",
        "{period}/{agent}.pdf",
        "type de pièce path.stem ; transformé par lower ; table : « b » devient « bulletin » ; sinon « autre » ident",
        "APP-PAIE : 6 ans, départ : dernier jour de la période. Code du travail, L3243-4. Sort final : éliminer",
        "ACC-PAIE : 50 ans, départ : date du plus récent document du dossier",
    ):
        assert said in read, said
    assert "délibérations" not in read


def test_who_signed_is_told_only_of_the_version_that_was_signed() -> None:
    """A page of a changed profile does not pass for a signed one."""
    done = signed(profile_of("maurecy"), "Claire Martin", "2026-05-04")
    assert "Signée par Claire Martin, le 2026-05-04." in text_of(sheet(done))
    changed = done.model_copy(update={"connector": done.connector.model_copy(update={"series": "Autre"})})
    assert "elle a changé depuis sa signature (Claire Martin, 2026-05-04)" in text_of(sheet(changed))


def test_hostile_labels_are_only_text(pay: Profile) -> None:
    """Whatever stands in labels, paths, tables and rules is shown as it is, and does nothing."""
    connector = pay.connector.model_copy(update=dict.fromkeys(("label", "description", "series"), HOSTILE))
    rules = tuple(
        rule.model_copy(update={"name": HOSTILE, "access": rule.access.model_copy(update={"text": HOSTILE})})
        for rule in pay.organisation.management_rules
    )
    organisation = pay.organisation.model_copy(update={"label": HOSTILE, "management_rules": rules})
    page = sheet(pay.model_copy(update={"connector": connector, "organisation": organisation}))
    assert "<script" not in page
    assert "49" not in text_of(page).replace(HOSTILE, "").partition("Empreinte")[0]
    assert text_of(page).count(HOSTILE) >= 6


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`profile doc` writes it where it is told, or to the screen; a place that cannot be written is told."""
    path = str(SHIPPED / "maurecy/deliberations.yaml")
    assert main(["profile", "doc", path, "--out", str(tmp_path / "fiche.html")]) == 0
    assert "Empreinte de cette version" in capsys.readouterr().out
    assert main(["profile", "doc", path]) == 0
    assert capsys.readouterr().out == (tmp_path / "fiche.html").read_text(encoding="utf-8")
    assert main(["profile", "doc", path, "--out", str(tmp_path / "absent" / "fiche.html")]) == 1
    assert "ne peut pas être écrit" in capsys.readouterr().err
