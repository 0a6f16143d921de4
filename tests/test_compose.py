"""The production shape, as far as a machine without containers can tell: it is read, not run.

What its first service does is run for real, on a PostgreSQL of the test's own.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from versement.adapters.clock import SystemClock
from versement.adapters.registry import SqlRegistry
from versement.orchestration.pools import pool_of
from versement.profiles.load import load_profile, profile_paths

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ROOT / "docker-compose.yaml"
EXAMPLE = ROOT / ".env.example"
AIRFLOW_SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")
SECRETS = tuple(sorted(set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text(encoding="utf-8")))))


def config(folder: Path, secrets: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What Debian's docker-compose makes of the file; it needs neither engine nor network."""
    file = folder / "secrets.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in secrets.items()), encoding="utf-8")
    command = ["docker-compose", "--env-file", str(file), "-f", str(COMPOSE), "config"]
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=bare, cwd=folder)


def given() -> dict[str, str]:
    return {name: f"secret{number}" for number, name in enumerate(SECRETS)}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The services once every variable has its value."""
    told = config(tmp_path_factory.mktemp("compose"), given())
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = yaml.safe_load(told.stdout)["services"]
    return found


@pytest.mark.integration
def test_docker_compose_accepts_the_file(services: dict[str, Any]) -> None:
    """Debian's docker-compose 1.29 reads the production shape, and finds each of its services."""
    assert set(services) == {"postgres", "redis", "init", *AIRFLOW_SERVICES}


@pytest.mark.integration
@pytest.mark.parametrize("missing", SECRETS)
def test_nothing_starts_without_a_secret(missing: str, tmp_path: Path) -> None:
    """With one of its secrets left empty, the file is refused, and says in French which one is missing."""
    told = config(tmp_path, {**given(), missing: ""})
    assert told.returncode != 0
    assert f"{missing} manque, voyez .env.example" in told.stderr


@pytest.mark.integration
def test_only_the_loopback_is_open(services: dict[str, Any]) -> None:
    """One port is open, and only to the machine itself."""
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert {name: [str(port).removesuffix("/tcp") for port in opened] for name, opened in ports.items()} == {
        "api-server": ["127.0.0.1:8080:8080"]
    }


@pytest.mark.integration
def test_code_and_profiles_cannot_be_written_to(services: dict[str, Any]) -> None:
    """No service can change the code or the profiles that it runs; only logs and staging are written to."""
    for name in ("init", *AIRFLOW_SERVICES):
        targets = dict(str(volume).split(":", 1)[1].rsplit(":", 1) for volume in services[name]["volumes"])
        assert {target for target, mode in targets.items() if mode != "ro"} == {
            "/opt/airflow/logs",
            "/opt/versement/staging",
        }


@pytest.mark.integration
def test_the_owner_of_the_registry_is_known_to_its_creation_only(services: dict[str, Any]) -> None:
    """The services that run transfers never hold the role that could pass through the wall between coffres."""
    owner = given()["REGISTRY_OWNER_PASSWORD"]
    holding = {name for name, service in services.items() if owner in str(service["environment"])}
    assert holding == {"postgres", "init"}
    for name in AIRFLOW_SERVICES:
        assert make_url(services[name]["environment"]["VERSEMENT_REGISTRY_URL"]).username == "versement"


@pytest.mark.integration
def test_every_lasting_service_says_whether_it_is_well(services: dict[str, Any]) -> None:
    """Each service but the one-shot one has a health check; a stopped worker lets its tasks end."""
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"init"}
    assert services["worker"]["environment"]["DUMB_INIT_SETSID"] == "0"
    assert services["worker"]["stop_grace_period"] == "10m"


def test_no_project_name_is_set() -> None:
    """A top-level `name:` would be refused by docker-compose 1.29."""
    assert set(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))) == {"x-airflow", "services", "volumes"}


def test_the_example_asks_for_exactly_the_secrets() -> None:
    """.env.example names each mandatory secret once, and gives none a value."""
    lines = re.findall(r"^(\w+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for name, _ in lines) == list(SECRETS)
    assert {value for _, value in lines} == {""}


def test_the_image_has_the_tested_airflow() -> None:
    """The image starts from the very Airflow version that the tests run with."""
    pinned = re.search(r"^apache-airflow==(\S+)$", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    based = re.search(
        r"^FROM apache/airflow:(\S+)-python3\.11$", (ROOT / "docker/Dockerfile").read_text(), re.MULTILINE
    )
    assert pinned
    assert based
    assert based[1] == pinned[1]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server made by the compose file's own script."""

    port: int
    environment: dict[str, str]

    def url(self, role: str, secret: str, database: str) -> str:
        return f"postgresql+psycopg2://{role}:{given()[secret]}@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """PostgreSQL, its bases made by docker/postgres, passwords asked for on the network."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    with tempfile.TemporaryDirectory(prefix="versement-pg-") as name, socket.socket() as probe:
        folder, as_postgres = Path(name), list[str]()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            as_postgres = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()

        def run(command: str, *options: str) -> None:
            told = [*as_postgres, str(binaries / command), "-D", str(folder / "data"), *options]
            subprocess.run(told, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run("initdb", "-U", "postgres", "--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        path = f"{Path(sys.executable).parent}:{binaries}:{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": name, **given()}
        try:
            local = {"PGHOST": name, "PGPORT": str(port)}
            subprocess.run([ROOT / "docker/postgres/10-bases.sh"], check=True, env=environment | local)
            yield Server(port, environment)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_the_first_service_prepares_everything(server: Server, services: dict[str, Any], tmp_path: Path) -> None:
    """The one-shot service makes both schemas, the first account and one pool per coffre; again, it changes nothing."""
    told = {name: str(value) for name, value in services["init"]["environment"].items()}
    told |= {
        **server.environment,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url("airflow", "AIRFLOW_DB_PASSWORD", "airflow"),
        "REGISTRY_OWNER_URL": server.url("versement_owner", "REGISTRY_OWNER_PASSWORD", "registre"),
        "PYTHONPATH": str(ROOT / "plugins"),
        "VERSEMENT_PROFILES": str(ROOT / "include/profiles"),
    }
    for _ in range(2):
        done = subprocess.run(
            ["bash", ROOT / "docker/init.sh"], env=told, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with create_engine(told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]).connect() as airflow:
        pools = set(airflow.execute(text("SELECT pool FROM slot_pool")).scalars())
        accounts = list(airflow.execute(text("SELECT username FROM ab_user")).scalars())
    profiles = [load_profile(path) for path in profile_paths([ROOT / "include/profiles"])]
    assert pools == {"default_pool", *(pool_of(profile.tenant) for profile in profiles)}
    assert accounts == ["admin"]
    registry = SqlRegistry(server.url("versement", "REGISTRY_PASSWORD", "registre"), SystemClock())
    assert [registry.journal_is_whole(profile.tenant) for profile in profiles] == [True] * len(profiles)


@pytest.mark.integration
def test_databases_are_closed_to_other_roles(server: Server) -> None:
    """The chain's role enters the registry, not Airflow's base; Airflow's role does not enter the registry."""
    for role, secret, database in (
        ("versement", "REGISTRY_PASSWORD", "airflow"),
        ("airflow", "AIRFLOW_DB_PASSWORD", "registre"),
    ):
        with pytest.raises(OperationalError, match="permission denied"):
            create_engine(server.url(role, secret, database)).connect()
