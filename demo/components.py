"""The processes of the demonstration and what they are told: ports, secrets, connections."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo import processes
from demo.places import ROOT, USERS, Places, free_port, write_once
from versement.profiles.models import Profile
from versement.profiles.sources import SftpSource

AIRFLOW_PARTS = ("scheduler", "dag-processor", "triggerer")
UI_PORT, VITAM_PORT, SFTP_PORT = PORTS = (8080, 8443, 2222)
LOCK_SECONDS = 15
"""How long Airflow's processes wait for each other's writes; SQLite's five seconds are short when it takes up again."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The outside world, once started: where Vitam and the SFTP server answer."""

    vitam_url: str
    sftp_port: int
    host_key: str


def start_outside(places: Places, logins: Sequence[str]) -> Outside:
    """Start the sandbox Vitam and the SFTP server, and wait until both answer."""
    vitam_ready, sftp_ready = places.home / "vitam.pret", places.home / "sftp.pret"
    for ready in (vitam_ready, sftp_ready):
        ready.unlink(missing_ok=True)
    accounts = {login: {"password": places.secrets()["sftp"]} for login in logins}
    write_once(places.home / "comptes-sftp.json", json.dumps(accounts))
    env = dict(os.environ)
    vitam_port = str(_port(VITAM_PORT))
    vitam = ("--port", vitam_port, "--store", str(places.vitam), "--ready-file", str(vitam_ready))
    sftp = (
        *("--root", str(places.drops), "--port", str(_port(SFTP_PORT)), "--ready-file", str(sftp_ready)),
        *("--host-key", str(places.home / "cle-sftp"), "--users", str(places.home / "comptes-sftp.json")),
    )
    for name, arguments in (("vitam", vitam), ("sftp", sftp)):
        command = processes.python(f"sandbox.{name}", *arguments)
        processes.start(name, command, env=env, log=places.logs / f"{name}.log", cwd=ROOT)
    _wait_for(vitam_ready, "vitam", places)
    said = json.loads(_wait_for(sftp_ready, "sftp", places))
    return Outside(f"http://127.0.0.1:{vitam_port}", int(said["port"]), said["host_key"])


def _port(usual: int) -> int:
    """The usual port, or one after VERSEMENT_DEMO_PORT, by which instances that start together do not collide."""
    asked = os.environ.get("VERSEMENT_DEMO_PORT")
    return free_port(int(asked) + PORTS.index(usual) if asked else usual)


def _wait_for(ready: Path, name: str, places: Places, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready.exists() and (text := ready.read_text().strip()):
            return text
        processes.check()
        time.sleep(0.1)
    raise TimeoutError(f"{name} n’est pas prêt au bout de {seconds:.0f} s : voyez {places.logs / name}.log")


def environment(places: Places, outside: Outside, profiles: Sequence[Profile]) -> dict[str, str]:
    """What every Airflow process is told. Airflow's and our own state are under the scenario's folder."""
    secrets = places.secrets()
    passwords = places.airflow / "comptes.json"
    write_once(passwords, json.dumps({user: secrets[f"airflow_{user}"] for user in USERS}))
    port = _port(UI_PORT)
    fernet = base64.urlsafe_b64encode(hashlib.sha256(secrets["fernet_seed"].encode()).digest()).decode()
    told = {
        "AIRFLOW_HOME": str(places.airflow),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets["jwt"],
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": fernet,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,archiviste:user",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "15",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "15",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{places.airflow / 'airflow.db'}?timeout={LOCK_SECONDS}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(places.logs / "taches"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "VERSEMENT_PROFILES": str(places.profiles),
        "VERSEMENT_REGISTRY_URL": f"sqlite:///{places.registry}",
        "VERSEMENT_STAGING": str(places.staging),
    }
    return dict(os.environ) | told | _connections(places, outside, profiles)


def _connections(places: Places, outside: Outside, profiles: Sequence[Profile]) -> dict[str, str]:
    connections = {}
    for profile in profiles:
        source, target = profile.connector.source, profile.target
        connections[target.connection] = vitam_connection(outside.vitam_url)
        if isinstance(source, SftpSource):
            connections[source.connection] = {
                "conn_type": "sftp",
                "host": "127.0.0.1",
                "port": outside.sftp_port,
                "login": profile.organisation.name,
                "password": places.secrets()["sftp"],
                "extra": {"host_key": outside.host_key},
            }
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(said) for name, said in connections.items()}


def vitam_connection(url: str) -> dict[str, object]:
    """The Airflow connection to the sandbox Vitam."""
    host, _, port = url.removeprefix("http://").partition(":")
    extra = {"access_contract": "AC-VERSEMENT", "sandbox": True}
    return {"conn_type": "http", "schema": "http", "host": host, "port": int(port), "extra": extra}


def start_airflow(places: Places, env: dict[str, str]) -> None:
    """Migrate Airflow's database and start its four components, on the loopback only."""
    airflow = [sys.executable, "-m", "airflow"]
    path = places.logs / "migration.log"
    with path.open("ab") as log:
        command, marking = [*airflow, "db", "migrate"], processes.marking(env)
        migrated = subprocess.run(
            command, env=marking, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False, cwd=ROOT
        )
    if migrated.returncode:
        raise processes.died("migration", str(path))
    for part in ("api-server", *AIRFLOW_PARTS):
        # Log servers listen on every address; logs are on this disk, nobody needs them.
        options = ["--skip-serve-logs"] if part in ("scheduler", "triggerer") else []
        processes.start(part, [*airflow, part, *options], env=env, log=places.logs / f"{part}.log", cwd=ROOT)
