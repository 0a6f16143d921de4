"""`profile check`, `show` and `try`: a partner brings in a source without a shell here, and nothing is sent."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from tests.steps.sips import SEDA
from tests.steps.world import SHIPPED
from versement.adapters.conformity import BoundedProfileCheck
from versement.cli import profile as commands
from versement.cli.main import main
from versement.profiles.load import load_profile
from versement.seda.validation import SETTING, validate
from versement.settings import Settings
from versement.steps.archival_profile import archival_profile_of
from versement.testing.plain_expectations import PlainExpectations

ROOT = Path(__file__).resolve().parents[2]
SAINT_AUBIN = "saint-aubin/deliberations.yaml"


def _command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m versement` as a person runs it, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "versement", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins")} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _spoil(path: Path, before: str, after: str) -> int:
    """Change one text of a file; return the number of its line."""
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))
    return text[: text.index(before)].count("\n") + 1


def test_profiles_that_are_right_are_said_to_be(profiles, capsys):
    """Without a name every profile is checked; each is told by its identifier, and the status is 0."""
    assert main(["profile", "check"]) == 0
    told = capsys.readouterr()
    assert re.findall(r"^(\S+) : fiche correcte", told.out, re.MULTILINE) == [
        "maurecy.deliberations",
        "saint-aubin.deliberations",
    ]
    assert told.err == ""


def test_a_wrong_profile_is_told_with_file_line_and_field(profiles):
    """One wrong word: status 1, and a French line that says where, what was expected and what was found."""
    line = _spoil(profiles / SAINT_AUBIN, "index: optional", "index: parfois")
    done = _command("profile", "check", VERSEMENT_PROFILES=str(profiles))
    assert done.returncode == 1
    assert f"{SAINT_AUBIN}, ligne {line}" in done.stderr
    assert "index" in done.stderr
    assert "« parfois »" in done.stderr
    assert "attendu" in done.stderr
    assert "optional" in done.stderr
    assert "Traceback" not in done.stderr
    assert "maurecy.deliberations : fiche correcte" in done.stdout
    assert "saint-aubin" not in done.stdout


def test_everything_that_is_wrong_is_said_at_once(profiles, capsys):
    """Two faults in two files of one profile are both told: nobody corrects one to discover the next."""
    lines = [
        _spoil(profiles / SAINT_AUBIN, "tenant: actes", "tenant: inconnu"),
        _spoil(profiles / "saint-aubin/_organisation.yaml", 'sirens: ["219509908"]', 'sirens: ["219509907"]'),
    ]
    assert main(["profile", "check", str(profiles / SAINT_AUBIN)]) == 1
    told = capsys.readouterr().err
    assert f"saint-aubin/_organisation.yaml, ligne {lines[1]}" in told
    assert "219509907" in told
    _spoil(profiles / "saint-aubin/_organisation.yaml", "219509907", "219509908")
    assert main(["profile", "check", str(profiles / SAINT_AUBIN)]) == 1
    assert f"{SAINT_AUBIN}, ligne {lines[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"version: 1\n  label: [", b"- une\n- liste\n"])
def test_an_unreadable_profile_is_an_answer_and_not_a_crash(profiles, capsys, content):
    """Missing, empty, binary, broken or another kind of YAML: status 1, one French message that names the file."""
    path = profiles / "saint-aubin" / "autre.yaml"
    if content is not None:
        path.write_bytes(content)
    for command in ("check", "show"):
        assert main(["profile", command, str(path)]) == 1
        told = capsys.readouterr()
        assert "saint-aubin/autre.yaml" in told.err
        assert told.out == ""


@pytest.mark.parametrize("name", ["saint-aubin/_organisation.yaml", "_targets.yaml", "saint-aubin"])
def test_what_profiles_share_is_told_apart_from_a_profile(profiles, capsys, name):
    """The organisation's file, the targets' or a folder: one line that asks for a profile, not one per field."""
    for command in ("check", "show"):
        assert main(["profile", command, str(profiles / name)]) == 1
        told = capsys.readouterr().err
        assert "attendu une fiche de connecteur" in told
        assert told.count("\n") == 1


def test_checking_nothing_is_not_a_success(tmp_path, monkeypatch, capsys):
    """Folders without a single profile are told, by whatever asks for all of them."""
    monkeypatch.setenv("VERSEMENT_PROFILES", str(tmp_path))
    for command in (["profile", "check"], ["status"], ["recover"]):
        assert main(command) == 1
        assert "aucune fiche de connecteur" in capsys.readouterr().err


def test_a_reader_that_has_enough_ends_the_command_quietly():
    """`show … | head -1`, also when the pipe closes before all is written: no traceback, and not the status 0."""
    line = f"{sys.executable} -m versement profile show {SHIPPED / SAINT_AUBIN} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == "141\n"


def test_show_gives_the_profile_with_its_defaults(profiles, capsys):
    """What the chain reads is shown whole: values of the file, and those that nobody wrote."""
    assert main(["profile", "show", str(profiles / SAINT_AUBIN)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == load_profile(SHIPPED / SAINT_AUBIN).model_dump(mode="json")
    assert shown["connector"]["unit_cap"] == 10_000
    assert shown["organisation"]["departement"] == "095"
    assert shown["target"]["kind"] == "essai"


def test_the_archival_profile_is_written_for_vitam(profiles, tmp_path, capsys):
    """`rng` gives the RELAX NG file to import into Vitam, on screen or in a file, and says its identifier."""
    path, out = profiles / SAINT_AUBIN, tmp_path / "profil.rng"
    assert main(["profile", "rng", str(path)]) == 0
    shown = capsys.readouterr().out
    assert shown.encode() == archival_profile_of(load_profile(path))
    assert main(["profile", "rng", str(path), "--out", str(out)]) == 0
    assert out.read_text() == shown
    assert "aucun ; ajoutez archival_profile à la fiche" in capsys.readouterr().out
    path.write_text(path.read_text() + "archival_profile: PR-000001\n")
    assert main(["profile", "rng", str(path), "--out", str(out)]) == 0
    assert "PR-000001" in capsys.readouterr().out
    assert ">PR-000001<" in out.read_text()


def _in_2_3(profiles: Path) -> Path:
    path = profiles / SAINT_AUBIN
    path.write_text(path.read_text() + "seda_version: 2.3\n")
    return path


def test_a_version_without_its_schemas_is_a_warning_and_the_profile_is_right(profiles, monkeypatch, capsys):
    """SEDA 2.3 chosen where its schemas are not installed: status 0, and what to install before anything leaves."""
    monkeypatch.delenv(SETTING, raising=False)
    path = _in_2_3(profiles)
    assert main(["profile", "check"]) == 0
    told = capsys.readouterr()
    assert "saint-aubin.deliberations : fiche correcte" in told.out
    assert re.findall(r"^(\S+) : attention, rien ne partirait d’ici\. Schéma SEDA 2\.3", told.err, re.MULTILINE) == [
        "saint-aubin.deliberations"
    ]
    assert SETTING in told.err
    assert main(["profile", "rng", str(path)]) == 0
    assert "seda:v2.3" in capsys.readouterr().out


def test_a_version_with_its_schemas_is_no_warning(every_seda, profiles, capsys):
    """Once the schemas are installed, `check` has nothing more to say."""
    _in_2_3(profiles)
    assert main(["profile", "check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_trial_stops_before_collecting_when_schemas_are_missing(profiles, monkeypatch, tmp_path, capsys):
    """`try` says at once what is not installed, and neither collects nor writes anything."""
    monkeypatch.delenv(SETTING, raising=False)
    path, out = _in_2_3(profiles), tmp_path / "sip"
    assert main(["profile", "try", str(path), "--drop", str(tmp_path), "--out", str(out)]) == 1
    told = capsys.readouterr()
    assert "Schéma SEDA 2.3" in told.err
    assert told.out == ""
    assert not out.exists()


def test_a_trial_is_of_the_version_of_the_profile(every_seda, quick, samples, tmp_path, capsys):
    """A partner who chooses SEDA 2.3 finds it in the SIP that `try` leaves, which `sip check` takes."""
    path, out = _in_2_3(quick), tmp_path / "sip"
    assert main(["profile", "try", str(path), "--drop", str(samples / "saint-aubin/first"), "--out", str(out)]) == 0
    (sip,) = out.glob("*.zip")
    capsys.readouterr()
    assert main(["sip", "check", str(sip)]) == 0
    assert capsys.readouterr().out.startswith("OK\nSEDA 2.3 ; ")


def test_an_archival_profile_that_cannot_be_written_is_told(profiles, tmp_path, capsys):
    """A folder that is not there gives a French message and status 1."""
    out = tmp_path / "absent" / "profil.rng"
    assert main(["profile", "rng", str(profiles / SAINT_AUBIN), "--out", str(out)]) == 1
    assert "ne peut pas être écrit" in capsys.readouterr().err


def test_wrong_arguments_are_told_apart_from_wrong_profiles(capsys):
    """A command that does not exist gives status 2, never 0 and never 1."""
    for arguments in ([], ["profil"], ["profile", "essayer"], ["document"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
    capsys.readouterr()


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
    done = _command(
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
    done = _command("profile", "try", str(SHIPPED / SAINT_AUBIN), "--drop", str(tmp_path))
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


@pytest.fixture
def quick(monkeypatch, profiles):
    """`profile try` in this process, with plain expectations in place of the slow tool."""
    monkeypatch.setattr(commands, "GreatExpectations", PlainExpectations)
    return profiles


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
    (line,) = [line for line in told.splitlines() if line.endswith("(PROFILE_DEPARTURE)")]
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
