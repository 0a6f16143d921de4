"""A profile's SEDA version: said in time when its schemas are missing, found in the SIP when they are there."""

from __future__ import annotations

import re
from pathlib import Path

from versement.cli.main import main
from versement.seda.validation import SETTING

SAINT_AUBIN = "saint-aubin/deliberations.yaml"


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
