"""`profile try --blank-test`: the archive's answer to a partner's own files, without anything being kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.adapters.vitam.bad_server import BadServer, serving
from tests.adapters.vitam.memory_vitam import MemoryVitam
from tests.repository.project import ROOT
from tests.steps.world import SHIPPED, profile_of
from versement.cli.main import main

PROFILE = SHIPPED / "maurecy/deliberations.yaml"


@pytest.fixture(scope="module")
def vitam() -> Iterator[BadServer]:
    with serving() as server:
        server.behave = MemoryVitam(server, profile_of("maurecy").tenant)
        yield server


def tried(vitam: BadServer, drop) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it; sandbox, so that plain HTTP is taken."""
    variables = {
        "PYTHONPATH": str(ROOT / "plugins"),
        "VERSEMENT_VITAM_TARGET": "demo",
        "VERSEMENT_VITAM_URL": vitam.url,
        "VERSEMENT_VITAM_ACCESS_CONTRACT": "Contrat",
        "VERSEMENT_VITAM_SANDBOX": "true",
    }
    return subprocess.run(
        [sys.executable, "-m", "versement", "profile", "try", str(PROFILE), "--drop", str(drop), "--blank-test"],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_partner_reads_what_the_archive_would_answer(vitam, samples) -> None:
    """The SIP goes out once, in BLANK_TEST with its manifest's digest; a refused file is named, and the status is 1."""
    refused = "99_DE-078-217809904-20260210-2026_003-DE-1-1_1.pdf"
    vitam.behave.archive.faults.refused_files = {refused}
    done = tried(vitam, samples / "maurecy" / "first")
    assert done.returncode == 1, done.stderr
    assert "La plateforme refuserait ce SIP" in done.stdout
    assert refused in done.stdout.partition("refuserait")[2]
    assert "OG_OBJECTS_FORMAT_CHECK" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Rien n’a été versé")
    (deposit,) = [request for request in vitam.received if request.method == "POST"]
    assert deposit.headers["X-Context-Id"] == "BLANK_TEST"
    assert deposit.headers["X-Manifest-Digest-Algo"] == "SHA-512"
    assert not vitam.behave.archive.copies(vitam.behave.tenant)


def test_settings_that_are_missing_are_named(monkeypatch, capsys) -> None:
    """Without the variables nothing is even collected: the one that is missing is named, and the status is 1."""
    for name in [name for name in os.environ if name.startswith("VERSEMENT_VITAM_")]:
        monkeypatch.delenv(name)
    for name, value in (("VERSEMENT_VITAM_TARGET", "demo"), ("VERSEMENT_VITAM_URL", "http://vitam.invalid")):
        assert main(["profile", "try", str(PROFILE), "--drop", "nulle-part", "--blank-test"]) == 1
        told = capsys.readouterr()
        assert name in told.err
        assert told.out == ""
        monkeypatch.setenv(name, value)


def test_a_blank_test_goes_to_the_profile_s_own_platform(monkeypatch, capsys) -> None:
    """Variables that lead to another platform are refused before anything is collected or sent."""
    monkeypatch.setenv("VERSEMENT_VITAM_TARGET", "reelle")
    monkeypatch.setenv("VERSEMENT_VITAM_URL", "http://vitam.invalid")
    assert main(["profile", "try", str(PROFILE), "--drop", "nulle-part", "--blank-test"]) == 1
    assert "mènent à « reelle », dit VERSEMENT_VITAM_TARGET, et il s’agit ici de « demo »" in capsys.readouterr().err
