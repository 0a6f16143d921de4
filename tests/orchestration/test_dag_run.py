"""A run by Airflow itself, from a real SFTP server to the sandbox Vitam."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.archive import set_up
from sandbox.samples import write_drops
from sandbox.sftp import Account, DropServer
from tests.orchestration.airflow_home import HOME, ROOT
from versement.adapters.clock import SystemClock
from versement.adapters.registry import SqlRegistry
from versement.profiles.load import load_profile

pytestmark = pytest.mark.integration

RUN = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(sys.argv[1]).dags[sys.argv[2]]
run = dag.test(logical_date=None)
states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
with create_session() as session:
    left = [[x.task_id, x.key, x.value] for x in session.query(XComModel).filter_by(run_id=run.run_id)]
print("RESULT", json.dumps({"run": run.run_id, "state": str(run.state), "tasks": states, "left": left}))
"""


@pytest.fixture
def vitam(tmp_path: Path) -> Iterator[str]:
    """The sandbox Vitam, in its own process."""
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(tmp_path / "vitam"), "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"http://{ready.read_text().strip()}"
        process.terminate()


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[DropServer]:
    """Saint-Aubin's drop on an SFTP server."""
    write_drops(tmp_path / "samples")
    shutil.copytree(
        tmp_path / "samples" / "saint-aubin" / "first", tmp_path / "drops" / "saint-aubin" / "deliberations"
    )
    users = {"saint-aubin": Account(password="depot")}
    with DropServer(tmp_path / "drops", users=users, key=tmp_path / "key") as server:
        yield server


@pytest.mark.timeout(900)
def test_airflow_runs_a_connector_without_any_logical_date(
    profiles: Path, tmp_path: Path, vitam: str, drop: DropServer
) -> None:
    """Triggered as by REST, every task does its work; the verdict alone is red, for what a person must decide."""
    shutil.rmtree(profiles / "maurecy")  # Airflow reads the whole folder again for each such run
    profile = load_profile(profiles / "saint-aubin" / "deliberations.yaml")
    set_up(vitam, [profile])
    host, _, port = vitam.removeprefix("http://").partition(":")
    sftp = {"host": "127.0.0.1", "port": drop.port, "login": "saint-aubin", "password": "depot"}
    target = {"conn_type": "http", "schema": "http", "host": host, "port": int(port)}
    registry = f"sqlite:///{tmp_path / 'registry.db'}"
    env = os.environ | {
        "AIRFLOW_CONN_SFTP_SAINT_AUBIN": json.dumps(
            {"conn_type": "sftp", "extra": {"host_key": drop.host_key}, **sftp}
        ),
        "AIRFLOW_CONN_VITAM_DEMO": json.dumps(
            {**target, "extra": {"access_contract": "AC-VERSEMENT", "sandbox": True}}
        ),
        "VERSEMENT_REGISTRY_URL": registry,
        "VERSEMENT_STAGING": str(tmp_path / "staging"),
        "AIRFLOW_HOME": str(HOME),
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=env, capture_output=True, check=True)
    command = [sys.executable, "-c", RUN, str(ROOT / "dags"), profile.dag_id]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=600)
    result = _result(done)

    assert {task for task, state in result["tasks"].items() if state != "success"} == {"verdict"}
    assert result["state"] == "failed"
    assert {(task, key) for task, key, _ in result["left"]} == {("collect", "collecte")}
    collection = f"deliberations:{result['run']}"
    balance = SqlRegistry(registry, SystemClock()).balance(profile.tenant, "deliberations", collection)
    assert balance.adds_up
    assert (balance.documents.announced, balance.documents.refused, balance.documents.accepted) == (33, 1, 23)


def _result(done: subprocess.CompletedProcess[str]) -> Any:
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(lines[-1].removeprefix("RESULT "))
