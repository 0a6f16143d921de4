"""A sandbox Pastell in its own process, and how tests set its scene."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
ENTITY, FLOW = 7, "ls-actes"
MODIFIED = 1_700_000_000


def moment(seconds: int) -> str:
    """As Pastell writes it: local time, no zone."""
    return datetime.fromtimestamp(seconds, ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d %H:%M:%S")


class PastellServer:
    """A server process on a free port."""

    def __init__(self, folder: Path, *options: str, verify: Any = True) -> None:
        ready = folder / "pret"
        command = [sys.executable, "-m", "sandbox.pastell", "--ready-file", str(ready), *options]
        with (folder / "journal").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((folder / "journal").read_text())
            time.sleep(0.05)
        scheme = "https" if "--tls-cert" in options else "http"
        self.url = f"{scheme}://{ready.read_text()}"
        self.client = httpx.Client(base_url=self.url, timeout=30, verify=verify)

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(10)

    def put(self, id_d: str, files: dict[str, list[tuple[str, bytes]]], **changes: Any) -> None:
        """Put a document, or another in its place."""
        said = {
            "id_d": id_d,
            "id_e": ENTITY,
            "type": FLOW,
            "titre": "Acte d’essai",
            "state": "termine",
            "since": moment(MODIFIED),
            "modification": moment(MODIFIED),
            "data": {"objet": "Acte d’essai"},
            "actions": ["verser"],
            **changes,
        }
        said["files"] = {
            name: [(file, base64.b64encode(content).decode()) for file, content in each] for name, each in files.items()
        }
        self.scene("PUT", "/document", said)

    def scene(self, method: str, path: str = "", said: Any = None) -> Any:
        answer = self.client.request(method, f"/sandbox{path}", json=said).raise_for_status()
        return answer.json() if answer.content else None


class PastellPlace:
    """Each file is one document with one file in the field `arrete`."""

    def __init__(self, server: PastellServer) -> None:
        self._server = server

    def put(self, path: str, data: bytes = b"contenu", *, modified: int = MODIFIED) -> str:
        id_d, name = _id(path), path.rpartition("/")[2]
        self._server.put(id_d, {"arrete": [(name, data)]}, since=moment(modified), modification=moment(modified))
        return f"{id_d}/arrete/0-{name}"

    def remove(self, path: str) -> None:
        self._server.scene("DELETE", f"/document/{_id(path)}")

    def state(self) -> object:
        return self._server.client.get(
            f"/api/v2/entite/{ENTITY}/document", auth=("collecte", "mot-de-passe"), params={"limit": "1000"}
        ).json()


def _id(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:7]
