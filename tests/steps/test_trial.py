"""What a trial tells of families that are about persons."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.pages.test_sheet import PAY, RULE
from tests.steps.world import SHIPPED, MovableClock
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource
from versement.adapters.staging import DiskStaging
from versement.profiles.load import load_profile
from versement.steps.chain import Chain
from versement.steps.trial import HIDDEN, attempt, trial_of
from versement.testing.plain_expectations import PlainExpectations

PERSON = "DUPONT Jeanne"


def test_nothing_personal_is_shown_and_the_counts_add_up(tmp_path, samples, formats) -> None:
    """Of payslips neither name, nor number, nor path is told: only what tells a person from no other."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "fiches"))
    organisation = folder / "maurecy/_organisation.yaml"
    organisation.write_text(organisation.read_text(encoding="utf-8") + RULE, encoding="utf-8")
    (folder / "maurecy/paie.yaml").write_text(PAY, encoding="utf-8")
    drop = tmp_path / "depot"
    pdf = next((samples / "maurecy/first").rglob("*.pdf"))
    for name in (f"2026-03/{PERSON}.pdf", "2026-03/M04217.pdf", f"{PERSON}.pdf"):
        (drop / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pdf, drop / name)
    clock = MovableClock()
    registry, staging = SqlRegistry(f"sqlite:///{tmp_path / 'r.db'}", clock), DiskStaging(tmp_path / "s")
    chain = Chain(load_profile(folder / "maurecy/paie.yaml"), registry, staging, clock)
    record, transfers = attempt(chain, FolderSource(drop), formats, PlainExpectations())
    trial = trial_of(chain, record, transfers)
    said = json.dumps(trial.to_json(), ensure_ascii=False)
    shown = [said[max(0, said.find(w) - 150) : said.find(w) + 60] for w in ("DUPONT", "Jeanne", "M04217") if w in said]
    assert shown == []
    assert trial.adds_up
    assert trial.counts["announced"] == len(trial.documents) == 3
    packed = [document for document in trial.documents if document.path]
    assert packed
    assert all(HIDDEN in document.path[-1] and document.path[1] == "Paie de mars 2026" for document in packed)
    fields = {field.name: (field.text, field.origin) for field in packed[0].fields}
    assert fields["matricule"] == (HIDDEN, "path.agent")
    assert fields["période"] == ("2026-03", "path.period")
