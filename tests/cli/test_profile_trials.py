"""`profile try`: real files, no sending."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.process import run_alone
from tests.steps.sips import SEDA
from tests.steps.world import SHIPPED
from versement.adapters.conformity import BoundedProfileCheck
from versement.cli import trial as commands
from versement.cli.main import main
from versement.profiles.load import load_profile
from versement.profiles.sign_off import version_digest
from versement.seda.validation import validate
from versement.settings import Settings
from versement.testing.plain_expectations import PlainExpectations

SAINT_AUBIN = "saint-aubin/deliberations.yaml"


@dataclass(frozen=True)
class Trial:
    """One `profile try` in a process of its own, and the places that it could have touched."""

    done: subprocess.CompletedProcess[str]
    out: Path
    machine: Path
    scratch: Path


@pytest.fixture(scope="module")
def trial(tmp_path_factory, samples) -> Trial:
    """`profile try` on Saint-Aubin's first batch, with the real tools, on a machine that has a registry already."""
    folder = tmp_path_factory.mktemp("essai")
    out, machine, scratch = folder / "sip", folder / "machine", folder / "tmp"
    scratch.mkdir()
    done = run_alone(
        *("profile", "try", str(SHIPPED / SAINT_AUBIN)),
        *("--drop", str(samples / "saint-aubin" / "first"), "--out", str(out)),
        TMPDIR=str(scratch),
        VERSEMENT_REGISTRY_URL=f"sqlite:///{machine / 'registry.db'}",
        VERSEMENT_STAGING=str(machine / "staging"),
    )
    return Trial(done, out, machine, scratch)


def test_a_drop_that_is_not_there_is_the_fault_of_the_command_line(tmp_path, capsys):
    """A wrong folder after --drop is told as such; the profile is not to blame."""
    assert main(["profile", "try", str(SHIPPED / SAINT_AUBIN), "--drop", str(tmp_path / "absent")]) == 1
    told = capsys.readouterr().err
    assert "--drop" in told
    assert "source.path" not in told


def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(tmp_path, capsys):
    """`--out` on a file that exists is a French message and status 1, not a crash once all is collected."""
    (tmp_path / "sip").touch()
    wrong = ("--drop", str(tmp_path), "--out", str(tmp_path / "sip"))
    assert main(["profile", "try", str(SHIPPED / SAINT_AUBIN), *wrong]) == 1
    told = capsys.readouterr()
    assert "ne peut pas être écrit" in told.err
    assert told.out == ""


def test_an_empty_drop_is_said_to_be_empty(tmp_path):
    """Zeros everywhere come with their reason."""
    done = run_alone("profile", "try", str(SHIPPED / SAINT_AUBIN), "--drop", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Le dépôt est vide" in done.stdout


def test_a_trial_says_what_it_found_and_sends_nothing(trial):
    """The table adds up, what waits is listed with its actor, and the last word is that nothing was sent."""
    assert trial.done.returncode == 0, trial.done.stderr
    lines = trial.done.stdout.splitlines()
    rows = [line.split("  ") for line in lines if line.startswith("saint-aubin.deliberations – ")]
    assert len(rows) == 2
    assert all(row[-1].strip() == "oui" for row in rows)
    assert any(line.startswith("  [collectivité] ") and "(FILE_EMPTY)" in line for line in lines)
    assert any(line.startswith("  [archiviste] ") and "(IDENTITY_CONFLICT)" in line for line in lines)
    assert lines[-1] == "Rien n’a été envoyé."


def test_a_trial_leaves_valid_sips(trial):
    """Each SIP left behind opens, is valid SEDA, and holds exactly the objects that its manifest names."""
    sips = sorted(trial.out.glob("*.zip"))
    assert [f"SIP {path.stem}" for path in sips] == re.findall(r"^(SIP \S+) :", trial.done.stdout, re.MULTILINE)
    assert sips
    for path in sips:
        with zipfile.ZipFile(path) as sip:
            assert sip.testzip() is None
            manifest = sip.read("manifest.xml")
            held = {name: hashlib.sha512(sip.read(name)).hexdigest() for name in sip.namelist()[1:]}
        assert validate(manifest) == ()
        objects = etree.fromstring(manifest).iter(f"{SEDA}BinaryDataObject")
        named = {item.findtext(f"{SEDA}Uri"): item.findtext(f"{SEDA}MessageDigest") for item in objects}
        assert held == named
        assert (trial.out / f"{path.stem}-manifest.xml").read_bytes() == manifest


def test_a_trial_leaves_no_trace(trial):
    """Neither registry, nor staging, nor temporary file is left: the next run will find the drop as new."""
    assert not trial.machine.exists()
    assert list(trial.scratch.iterdir()) == []


def test_a_trial_changes_nothing_of_a_registry_in_use(machine, monkeypatch, capsys, tmp_path):
    """On a machine where the drop was already transferred, a trial packs it again aside, and the registry stays."""
    machine.run()
    monkeypatch.setattr(commands, "GreatExpectations", PlainExpectations)
    before = machine.balance(), machine.chain().registry.journal_head(machine.profile.tenant)
    staged = sorted((machine.folder / "staging").rglob("*"))
    assert main(["profile", "try", str(SHIPPED / SAINT_AUBIN), "--drop", str(machine.drop)]) == 0
    assert f"SIP {machine.transfers()[0].id}" in capsys.readouterr().out
    assert (machine.balance(), machine.chain().registry.journal_head(machine.profile.tenant)) == before
    assert sorted((machine.folder / "staging").rglob("*")) == staged
    assert len(machine.transfers()) == 1


def test_two_trials_give_the_same_sips(quick, samples, tmp_path, capsys):
    """What is shown to a partner is what will be sent: the same files on any day."""
    for name in ("un", "deux"):
        drop, out = str(samples / "maurecy" / "first"), str(tmp_path / name)
        assert main(["profile", "try", str(quick / "maurecy/deliberations.yaml"), "--drop", drop, "--out", out]) == 0
    capsys.readouterr()
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("un", "deux"))
    assert first == second
    assert any(name.endswith(".zip") for name in first)


def test_a_trial_says_what_departs_from_the_archival_profile(quick, samples, tmp_path, capsys):
    """An act that Vitam would refuse for its archival profile is told on trial, and is in no SIP."""
    drop = tmp_path / "depot"
    shutil.copytree(samples / "saint-aubin" / "first", drop)
    index = next(drop.glob("*.csv"))
    text = index.read_text(encoding="utf-8-sig")
    spoiled = text.replace("Budget principal – Approbation du compte financier unique 2025", "[Sans titre]")
    assert spoiled != text
    index.write_text(spoiled, encoding="utf-8-sig")
    out = tmp_path / "sip"
    assert main(["profile", "try", str(quick / SAINT_AUBIN), "--drop", str(drop), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    (line,) = [line for line in told.splitlines() if re.match(r"  \[.*\(PROFILE_DEPARTURE\)$", line)]
    assert line.startswith("  [archiviste] « ")
    (manifest,) = out.glob("*-manifest.xml")
    assert "[Sans titre]" not in manifest.read_text()


def test_runs_and_trials_check_manifests_in_a_child_process(profiles):
    """What the chain does on this machine is bounded: the check of manifests runs apart, with its limits."""
    chain = Settings.from_environment().chain(load_profile(profiles / SAINT_AUBIN))
    assert chain.check_profile == BoundedProfileCheck()


def test_a_trial_of_an_empty_or_missing_drop_says_so(quick, tmp_path, capsys):
    """An empty folder gives an empty table; one that is not there a French message and status 1."""
    (tmp_path / "vide").mkdir()
    assert main(["profile", "try", str(quick / SAINT_AUBIN), "--drop", str(tmp_path / "vide")]) == 0
    assert "SIP " not in capsys.readouterr().out
    assert main(["profile", "try", str(quick / SAINT_AUBIN), "--drop", str(tmp_path / "absent")]) == 1
    told = capsys.readouterr()
    assert "introuvable" in told.err
    assert "Traceback" not in told.err


SECRET = "mot-de-passe-très-secret"


def test_a_trial_on_sftp_names_what_is_missing_and_shows_no_secret(quick, capsys, monkeypatch):
    """Without a local folder the credentials come from variables: those that are missing are named, none is shown."""
    for name in [name for name in os.environ if name.startswith("VERSEMENT_SFTP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VERSEMENT_SFTP_PASSWORD", SECRET)
    assert main(["profile", "try", str(quick / SAINT_AUBIN)]) == 1
    told = capsys.readouterr()
    for name in ("VERSEMENT_SFTP_HOST", "VERSEMENT_SFTP_LOGIN", "VERSEMENT_SFTP_HOST_KEY"):
        assert name in told.err
    assert SECRET not in told.err + told.out


def test_a_partner_of_another_source_needs_one_file(quick, samples, tmp_path, capsys):
    """A new profile on a local folder, written from scratch in an organisation's folder, is checked and tried."""
    drop = tmp_path / "depot"
    shutil.copytree(samples / "maurecy" / "first", drop)
    path = quick / "maurecy" / "actes-locaux.yaml"
    shipped = (quick / "maurecy/deliberations.yaml").read_text()
    source = re.sub(r"source:\n(?:  .*\n)+", f"source:\n  type: folder\n  path: {drop}\n", shipped)
    path.write_text(source)
    assert main(["profile", "check", str(path)]) == 0
    assert main(["profile", "try", str(path)]) == 0
    told = capsys.readouterr().out
    assert "maurecy.actes-locaux : fiche correcte" in told
    assert "SIP maurecy_actes-locaux_" in told


def test_a_trial_tells_each_document(trial):
    """Of each document: its place in the tree, each value with its source, its rules, its pièces; or why it stays."""
    documents = re.split(r"^(?=Document « )", trial.done.stdout, flags=re.MULTILINE)[1:]
    assert len(documents) == 33
    packed = [told for told in documents if "  Rangement : Séance du " in told]
    aside = [told for told in documents if "  Rangement : aucun" in told]
    assert len(packed) + len(aside) == 33
    assert all("(lu dans : " in told and "  Pièce : " in told for told in packed)
    acts = [told for told in packed if "  Règle – Accès : ACC-" in told]
    assert acts
    assert all(re.search(r"Rangement : Séance du .+ › .+\n", told) for told in acts)
    assert all("  Constat : " in told for told in aside)


def test_a_machine_without_antivirus_can_try_all_the_same(profiles, samples, monkeypatch, capsys):
    """A partner's machine has none: the trial goes on and says so, and the version it names is the profile's own."""
    monkeypatch.delenv("VERSEMENT_CLAMD", raising=False)
    path = profiles / SAINT_AUBIN
    path.write_text(path.read_text(encoding="utf-8").replace("antivirus: off\n", ""), encoding="utf-8")
    monkeypatch.setattr(commands, "GreatExpectations", PlainExpectations)
    assert main(["profile", "try", str(path), "--drop", str(samples / "saint-aubin" / "first"), "--json"]) == 0
    told = capsys.readouterr()
    assert "cet essai n’analyse pas les fichiers" in told.err
    trial = json.loads(told.out)
    assert trial["sips"]
    assert trial["digest"] == version_digest(load_profile(path))


def test_a_trial_in_json_adds_up(quick, samples, capsys):
    """`--json` holds the same, and nothing else is printed; documents told and left out make the announced ones."""
    drop = str(samples / "maurecy" / "first")
    assert main(["profile", "try", str(quick / "maurecy/deliberations.yaml"), "--drop", drop, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["adds_up"]
    assert len(told["documents"]) + told["left_out"] == told["counts"]["announced"] == 12
    assert {sip["id"] for sip in told["sips"]} == {document["sip"] for document in told["documents"]} - {""}
    title = next(field for field in told["documents"][0]["fields"] if field["name"] == "objet")
    assert title["text"]
    assert title["source"] == "ARActe"
    assert told["blank_tests"] == {}
