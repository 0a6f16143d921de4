"""A demonstration in a folder of its own, driven as a user does: its command, its printed table, its pages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

from demo.airflow_api import Airflow
from demo.processes import MARK, ours
from versement.domain.balance import HEADINGS

ROOT = Path(__file__).resolve().parents[2]
LAST, OVERALL = "dernière exécution", "depuis le début"
DOCUMENTS, FILES = "documents", "pièces"
UP_SECONDS = 600

Row = dict[str, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    def row(self, label: str) -> Row:
        """Counts of the table's line with this label, by their English names."""
        line = next(line for line in self.out.splitlines() if line.startswith(f"{label}  "))
        *counts, sound = re.split(r"\s{2,}", line.strip())[1:]
        assert sound == "oui", line
        return dict(zip(HEADINGS, map(int, counts), strict=True))

    @property
    def waiting(self) -> list[tuple[str, str, str]]:
        """(who, what and why, code) of each line of the list of what waits."""
        return re.findall(r"^  \[(.+?)\] (.+) \(([A-Z_]+)\)$", self.out, re.MULTILINE)


@dataclass
class Demonstration:
    """One instance; the port is the one asked for, any other when it is taken."""

    var: Path
    port: int
    scenario: str = "communes"
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.var / self.scenario

    @property
    def secrets(self) -> dict[str, str]:
        return json.loads((self.home / "secrets.json").read_text())

    @property
    def environment(self) -> dict[str, str]:
        """What an operator exports to ask the command line about this instance."""
        profiles = ROOT / "include" / "profiles" if self.scenario == "communes" else self.home / "fiches"
        return {
            **self._base(),
            "VERSEMENT_PROFILES": str(profiles),
            "VERSEMENT_REGISTRY_URL": f"sqlite:///{self.home / 'registre.db'}",
            "VERSEMENT_STAGING": str(self.home / "preparation"),
        }

    def _base(self) -> dict[str, str]:
        told = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "VERSEMENT_"))}
        told |= {"VERSEMENT_DEMO_VAR": str(self.var), "VERSEMENT_DEMO_PORT": str(self.port)}
        # What the make that runs these tests was given is none of the inner one's business.
        told = {name: value for name, value in told.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return told | {"DROP": "", "SIREN": ""}

    def up(self, drop: Path | None = None) -> Said:
        """`make demo`, or `make demo DROP=<folder>`; exit code 2 when it fails, as make has it."""
        own = [f"DROP={drop}"] if drop else []
        return _run(["make", "--no-print-directory", "demo", *own], self._base())

    def stop(self) -> Said:
        """`make stop`."""
        said = _run(["make", "--no-print-directory", "stop"], self._base())
        for process in self._started:
            process.wait(30)
        return said

    def versement(self, *arguments: str) -> Said:
        return _run([sys.executable, "-m", "versement", *arguments], self.environment)

    def pids(self) -> list[int]:
        """Every process of this instance."""
        return ours(self.var)

    def pid(self, name: str) -> int:
        return int(json.loads((self.var / "processus" / f"{name}.json").read_text())["pid"])

    def vitam(self, path: str, *, tenant: int = 0, body: object = None) -> Any:
        address = (self.home / "vitam.pret").read_text().strip()
        headers = {"X-Tenant-Id": str(tenant), "X-Access-Contract-Id": "AC-VERSEMENT"}
        answer = requests.get(f"http://{address}{path}", headers=headers, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def keys(self, tenant: int) -> list[str]:
        """OriginatingSystemIds of a tenant's units, as Vitam's search gives them."""
        query = {"$query": [{"$exists": "OriginatingSystemId"}], "$filter": {"$limit": 1000}, "$projection": {}}
        units = self.vitam("/access-external/v1/units", tenant=tenant, body={"$roots": [], **query})["$results"]
        return sorted(key for unit in units for key in _listed(unit["OriginatingSystemId"]))

    def airflow(self, url: str) -> Airflow:
        airflow = Airflow(url, "admin", self.secrets["airflow_admin"])
        airflow.wait_until_healthy(60)
        return airflow

    def start_again(self, command: list[str]) -> None:
        """Start one process anew, as part of this instance."""
        with (self.home / "journaux" / "relance.log").open("ab") as log:
            environment = {**self._base(), MARK: str(self.var)}
            self._started.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log))


def address_in(said: Said) -> str:
    """The address that the demonstration prints at its end."""
    found = re.search(r"Adresse : (http://\S+)", said.out)
    assert found, said.out + said.err
    return found[1]


def until(found: Callable[[], T], *, seconds: float = 120, what: str) -> T:
    """Ask until the answer is true-ish."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def _run(command: list[str], environment: dict[str, str]) -> Said:
    done = subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=UP_SECONDS,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
