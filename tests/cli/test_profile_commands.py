"""`profile check`, `show` and `rng`: a partner brings in a source without a shell here, and nothing is sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import ROOT, run_alone
from tests.steps.world import SHIPPED
from versement.cli.main import main
from versement.profiles.load import load_profile
from versement.steps.archival_profile import archival_profile_of

SAINT_AUBIN = "saint-aubin/deliberations.yaml"


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
    found = sorted(f"{path.parent.name}.{path.stem}" for path in profiles.glob("*/[a-z]*.yaml"))
    assert {"maurecy.deliberations", "saint-aubin.deliberations"} <= set(found)
    assert sorted(re.findall(r"^(\S+) : fiche correcte", told.out, re.MULTILINE)) == found
    assert told.err == ""


def test_a_wrong_profile_is_told_with_file_line_and_field(profiles):
    """One wrong word: status 1, and a French line that says where, what was expected and what was found."""
    line = _spoil(profiles / SAINT_AUBIN, "index: optional", "index: parfois")
    done = run_alone("profile", "check", VERSEMENT_PROFILES=str(profiles))
    assert done.returncode == 1
    assert f"{SAINT_AUBIN}, ligne {line}" in done.stderr
    assert "index" in done.stderr
    assert "« parfois »" in done.stderr
    assert "attendu" in done.stderr
    assert "optional" in done.stderr
    assert "Traceback" not in done.stderr
    assert "maurecy.deliberations : fiche correcte" in done.stdout
    assert "saint-aubin.deliberations" not in done.stdout


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
