"""Where the demonstration keeps things, and its secrets. Everything is under `var/demo`, and may be deleted."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VERSEMENT_DEMO_VAR") or ROOT / "var" / "demo").resolve()

USERS = ("admin", "archiviste")
"""People of the demo's Airflow: an administrator, and somebody who triggers and reads."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of one scenario; processes are the same for all of them.

    Attributes:
        scenario: `communes`, or `depot-<SIREN>` for a user's own drop.
    """

    scenario: str

    @property
    def home(self) -> Path:
        return VAR / self.scenario

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"

    @property
    def drops(self) -> Path:
        return self.home / "depots"

    @property
    def vitam(self) -> Path:
        return self.home / "vitam"

    @property
    def logs(self) -> Path:
        return self.home / "journaux"

    @property
    def registry(self) -> Path:
        return self.home / "registre.db"

    @property
    def staging(self) -> Path:
        return self.home / "preparation"

    @property
    def profiles(self) -> Path:
        """Profiles of the scenario: the shipped ones, or the one made for the user's drop."""
        return ROOT / "include" / "profiles" if self.scenario == "communes" else self.home / "fiches"

    def make(self) -> None:
        for folder in (self.home, self.airflow, self.drops, self.vitam, self.logs, self.staging):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def secrets(self) -> dict[str, str]:
        """Secrets of this scenario, drawn once."""
        path = self.home / "secrets.json"
        if not path.exists():
            names = ("jwt", "fernet_seed", "sftp", *(f"airflow_{user}" for user in USERS))
            write_once(path, json.dumps({name: secrets.token_urlsafe(16 if "_" in name else 64) for name in names}))
        drawn: dict[str, str] = json.loads(path.read_text())
        return drawn


def write_once(path: Path, text: str) -> None:
    """The whole file or none, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(text)
    temporary.replace(path)


def free_port(preferred: int = 0) -> int:
    """The preferred port of the loopback when it is free, else any other."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port")
