"""Reading DAG files asks nothing of anybody: no network, no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.parsing import PROFILES, write_profiles
from tests.orchestration.airflow_home import HOME, ROOT

READ = """
import json, runpy, sys
import airflow.sdk
asked = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.connect"):
        asked.append(event)
sys.addaudithook(watch)
if len(sys.argv) > 2:
    import sqlite3; sqlite3.connect(":memory:")
made = [name for path in sys.argv[1].split() for name in runpy.run_path(path) if "." in name]
print("RESULT", json.dumps({"asked": asked, "made": len(made)}))
"""


def read(folder: Path, *more: str) -> dict:
    """What reading every file of the DAGs' folder makes and asks for, in a process of its own."""
    dags = " ".join(str(path) for path in sorted((ROOT / "dags").glob("*.py")))
    told = {"VERSEMENT_PROFILES": str(folder), "AIRFLOW_HOME": str(HOME), "PYTHONPATH": str(ROOT / "plugins")}
    told |= {"VERSEMENT_REGISTRY_URL": "postgresql://nulle-part.invalid/registre"}
    command = [sys.executable, "-c", READ, dags, *more]
    done = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=False, timeout=120)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-2000:]
    return json.loads(lines[-1].removeprefix("RESULT "))


def test_two_hundred_profiles_are_read_without_asking_anybody(tmp_path: Path) -> None:
    """Each profile has its DAG; meanwhile no socket is connected, no database opened."""
    write_profiles(tmp_path)
    found = read(tmp_path)
    assert found["asked"] == []
    assert found["made"] >= PROFILES


def test_what_would_be_asked_is_seen(tmp_path: Path) -> None:
    """The watch sees a database that is opened."""
    write_profiles(tmp_path)
    assert read(tmp_path, "ouvrir")["asked"] == ["sqlite3.connect"]
