"""`elimination`: from the proposal to the purge, as a person types it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.steps.world import SHIPPED
from versement.cli.main import main
from versement.domain.lifecycle import DocumentState
from versement.profiles.load import load_profile

COFFRE = "saint-aubin.actes@demo"


def without_antivirus(profiles: Path) -> None:
    """A production admits no profile that does without: the line is taken away, nothing is collected by it here."""
    for path in profiles.glob("*/*.yaml"):
        kept = [line for line in path.read_text().splitlines() if not line.startswith("antivirus:")]
        path.write_text("\n".join([*kept, ""]))


@pytest.fixture
def producing(machine, tmp_path, monkeypatch):
    """The machine's target is a production, and its organisation says who signs."""
    folder = tmp_path / "fiches"
    shutil.copytree(SHIPPED, folder)
    targets = folder / "_targets.yaml"
    targets.write_text(targets.read_text().replace("kind: essai", "kind: production"))
    organisation = folder / "saint-aubin/_organisation.yaml"
    organisation.write_text(f"{organisation.read_text()}\ndisposal: {{signatory: Le maire, originals: 3}}\n")
    without_antivirus(folder)
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    loaded = load_profile(folder / "saint-aubin/deliberations.yaml")
    machine.profile = loaded.model_copy(update={"connector": machine.profile.connector})
    return machine


def test_an_elimination_from_end_to_end(producing, tmp_path, capsys):
    """Propose, show, sign, visa, purge: each says what it did, and nothing leaves the drop."""
    producing.run()
    doubles = len(
        producing.chain().registry.documents(producing.profile.tenant, "deliberations", DocumentState.DUPLICATE)
    )
    before = sorted(path.name for path in producing.drop.rglob("*"))
    out = tmp_path / "bordereaux"
    assert main(["elimination", "propose", COFFRE, "--out", str(out), "--date", "2026-09-01"]) == 0
    told = capsys.readouterr().out
    name = re.search(r"BE-20260901-[0-9a-f]{12}", told)[0]
    assert sorted(path.name for path in out.iterdir()) == [f"{name}-annexe.csv", f"{name}.csv", f"{name}.pdf"]
    assert f"Total : {doubles} fichiers" in told
    assert main(["elimination", "show", COFFRE]) == 0
    assert f"{name} : proposé" in capsys.readouterr().out
    assert main(["elimination", "sign", COFFRE, name, str(out / f"{name}.csv")]) == 1
    assert "n’est pas un PDF" in capsys.readouterr().err
    assert main(["elimination", "sign", COFFRE, name, str(out / f"{name}.pdf")]) == 0
    assert main(["elimination", "purge", COFFRE, name]) == 1
    assert "une fois le visa" in capsys.readouterr().err
    lines = len(producing.chain().registry.bordereau(producing.profile.tenant, name).lines)
    for number in range(1, lines + 1):
        given = ["--by", "Directrice des AD", "--reason", "visa 2026-12"]
        assert main(["elimination", "visa", COFFRE, name, str(number), "accorde", *given]) == 0
    assert "Bordereau visé." in capsys.readouterr().out
    assert main(["elimination", "purge", COFFRE, name]) == 0
    assert "0 fichiers retirés" in capsys.readouterr().out
    assert main(["elimination", "show", COFFRE, name]) == 0
    told = capsys.readouterr().out
    assert "purgé" in told
    assert "PDF signé : SHA-512:" in told
    assert sorted(path.name for path in producing.drop.rglob("*")) == before


def test_an_essai_is_refused(machine, tmp_path, capsys):
    """On an essai the command explains, writes nothing and ends with 1."""
    machine.run()
    assert main(["elimination", "propose", COFFRE, "--out", str(tmp_path / "b")]) == 1
    assert "ne justifie aucune élimination" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
    assert main(["elimination", "show", COFFRE]) == 0
    assert "aucun bordereau" in capsys.readouterr().out


def test_a_wrong_date_is_explained(machine, capsys):
    """A date that is none is a wrong argument, said in French."""
    with pytest.raises(SystemExit):
        main(["elimination", "propose", COFFRE, "--out", "x", "--date", "demain"])
    assert "ne convient pas" in capsys.readouterr().err
