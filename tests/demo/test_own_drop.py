"""`make demo DROP=…` on folders as people have them: what is wrong with one is said before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.own_drops import SIREN, single_folder

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
import sys
from pathlib import Path
from demo import own_drop
from demo.__main__ import _prepare
try:
    print(_prepare(Path(sys.argv[1])).home)
except own_drop.Unanswered as error:
    sys.exit(str(error))
"""
# Root reads whatever it likes: these children may not.
PLAIN = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def _python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"} | variables
    command = [*PLAIN, sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=told, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _prepared(folder: Path, var: Path, siren: str = "") -> subprocess.CompletedProcess[str]:
    return _python("-c", PREPARE, str(folder), VERSEMENT_DEMO_VAR=str(var), SIREN=siren)


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    """Nothing starts on a folder without a file, whatever SIREN is given; the SIREN is not to blame."""
    (tmp_path / "vide" / "dossier").mkdir(parents=True)
    for siren in ("", SIREN):
        done = _prepared(tmp_path / "vide", tmp_path / "var", siren)
        assert done.returncode == 1
        assert "ne contient aucun fichier" in done.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("siren", [SIREN, f" {SIREN[:3]} {SIREN[3:6]} {SIREN[6:]} "])
def test_a_siren_is_taken_as_people_write_it(tmp_path, siren):
    """A folder whose acts say nothing is of the SIREN that is given, written with blanks or without."""
    (tmp_path / "muet").mkdir()
    (tmp_path / "muet" / "lettre.txt").write_text("Bonjour")
    done = _prepared(tmp_path / "muet", tmp_path / "var", siren)
    assert done.returncode == 0, done.stderr
    assert f"organisation retenue : {SIREN}" in done.stdout


def test_a_folder_that_cannot_be_read_is_never_left_out_in_silence(tmp_path):
    """Its files would be missing from every count: nothing starts, and it is named."""
    drop = single_folder(tmp_path / "Délibérations « d’été » 2026")
    closed = drop / "à part"
    closed.mkdir()
    (closed / "acte.pdf").touch()
    closed.chmod(0)
    try:
        done = _prepared(drop, tmp_path / "var")
    finally:
        closed.chmod(0o700)
    assert done.returncode == 1
    assert "à part » ne peut pas être lu" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("suffix", [".pdf", ".xml"])
def test_a_file_that_cannot_be_read_is_told_by_the_chain(tmp_path, suffix):
    """It is brought as one that nobody can read: set aside by itself, counted, and its neighbours go on."""
    drop = single_folder(tmp_path / "depot")
    closed = min(drop.rglob(f"*{suffix}"))
    closed.chmod(0)
    prepared = _prepared(drop, tmp_path / "var")
    assert prepared.returncode == 0, prepared.stderr
    count = sum(path.is_file() for path in drop.rglob("*"))
    assert f"Fichiers : {count} ;" in prepared.stdout
    home = Path(prepared.stdout.splitlines()[-1])
    profile = str(home / f"fiches/siren-{SIREN}/deliberations.yaml")
    copy = str(home / f"depots/siren-{SIREN}/deliberations")
    done = _python("-m", "versement", "profile", "try", profile, "--drop", copy)
    assert done.returncode == 0, done.stderr
    assert f"« {closed.relative_to(drop)} » est dans le dépôt, mais le serveur refuse de le donner" in done.stdout
    assert "\nSIP " in done.stdout
