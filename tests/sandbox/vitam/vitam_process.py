"""A real sandbox Vitam in its own process, and the calls that tests make to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.processor import worked

ROOT = Path(__file__).resolve().parents[3]
AGENCIES = "Identifier,Name,Description\nSERVICE,Service producteur,\nAUTRE,Autre service,\n"
RULES = (
    "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
    "APP-1,AppraisalRule,Durée d’utilité,,5,Year\n"
    "ACC-1,AccessRule,Communicabilité,,25,Year\n"
    "HOL-1,HoldRule,Gel,,,\n"
    "HOL-2,HoldRule,Gel borné,,1,Year\n"
)
CONTRACT = {"Identifier": "CONTRAT", "Name": "Contrat d’entrée", "Status": "ACTIVE"}
ACCESS = {
    "Identifier": "ACCES",
    "Name": "Contrat d’accès",
    "Status": "ACTIVE",
    "EveryOriginatingAgency": True,
    "EveryDataObjectVersion": True,
}


class VitamServer:
    """A server process on a free port, and the calls that tests make to it."""

    def __init__(self, store: Path, *options: str) -> None:
        self.store = store
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.client = httpx.Client(timeout=120)

    def start(self) -> None:
        ready = self.store.parent / f"{self.store.name}.ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "sandbox.vitam", "--store", str(self.store), "--ready-file", str(ready)]
        with (self.store.parent / f"{self.store.name}.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *self.options], cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((self.store.parent / f"{self.store.name}.log").read_text())
            time.sleep(0.02)
        self.url = f"http://{ready.read_text()}"

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            os.kill(self.process.pid, number)
            self.process.wait(timeout=60)
            self.process = None

    def worked(self) -> float:
        """Seconds of processor that the server has taken."""
        assert self.process is not None
        return worked(self.process.pid)

    def stop(self) -> None:
        self.client.close()
        self.kill(signal.SIGTERM)

    def call(self, method: str, path: str, *, tenant: int = 0, **options: Any) -> httpx.Response:
        headers = {"X-Tenant-Id": str(tenant), "X-Access-Contract-Id": "ACCES", **options.pop("headers", {})}
        return self.client.request(method, self.url + path, headers=headers, **options)

    def import_referentials(self, tenant: int = 0, **contract: Any) -> None:
        """Agencies, rules, one ingest contract (with other values where given), one access contract."""
        admin = "/admin-external/v1"
        named = {"X-Filename": "referentiel.csv", "Content-Type": "application/octet-stream"}
        done = [
            self.call("POST", f"{admin}/agencies", tenant=tenant, headers=named, content=AGENCIES.encode()),
            self.call("POST", f"{admin}/rules", tenant=tenant, headers=named, content=RULES.encode()),
            self.call("POST", f"{admin}/ingestcontracts", tenant=tenant, json=[{**CONTRACT, **contract}]),
            self.call("POST", f"{admin}/accesscontracts", tenant=tenant, json=[ACCESS]),
        ]
        assert [answer.status_code for answer in done] == [201] * 4, [answer.text for answer in done]

    def add_contract(self, identifier: str, *, tenant: int = 0, **values: Any) -> None:
        body = [{**CONTRACT, "Identifier": identifier, **values}]
        answer = self.call("POST", "/admin-external/v1/ingestcontracts", tenant=tenant, json=body)
        assert answer.status_code == 201, answer.text

    def post_sip(self, body: Any, *, tenant: int = 0, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {
            "Content-Type": "application/octet-stream",
            "X-Context-Id": "DEFAULT_WORKFLOW",
            "X-ACTION": "RESUME",
            **named,
        }
        return self.call("POST", "/ingest-external/v1/ingests", tenant=tenant, headers=sent, content=body)

    def wait(self, operation: str, *, tenant: int = 0, states: tuple[str, ...] = ("COMPLETED",)) -> str:
        """Poll until one of the states; the operation's status."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            answer = self.call("HEAD", f"/admin-external/v1/operations/{operation}", tenant=tenant)
            if answer.headers.get("X-Global-Execution-State") in states:
                return answer.headers["X-Global-Execution-Status"]
            time.sleep(0.02)
        pytest.fail(f"{operation} never came to {states}")

    def ingest(self, body: bytes, *, tenant: int = 0, **headers: str) -> tuple[str, str]:
        """Deposit a SIP and wait for its end: operation id and status."""
        answer = self.post_sip(body, tenant=tenant, **headers)
        assert answer.status_code == 202, answer.text
        operation = answer.headers["X-Request-Id"]
        return operation, self.wait(operation, tenant=tenant)

    def details(self, operation: str, *, tenant: int = 0) -> list[str]:
        """Every outDetail of an operation's events, in order."""
        answer = self.call("GET", f"/access-external/v1/logbookoperations/{operation}", tenant=tenant)
        return [event["outDetail"] for event in answer.json()["$results"][0]["events"]]

    def reply(self, operation: str, *, tenant: int = 0) -> etree._Element:
        answer = self.call("GET", f"/ingest-external/v1/ingests/{operation}/archivetransferreply", tenant=tenant)
        assert answer.status_code == 200, answer.text
        return etree.fromstring(answer.content)

    def search(self, path: str, query: Any, *, tenant: int = 0, **parts: Any) -> dict[str, Any]:
        body = {"$query": query, "$filter": {}, "$projection": {}, **parts}
        answer = self.call("GET", f"/access-external/v1/{path}", tenant=tenant, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def units(self, query: Any, *, tenant: int = 0, **parts: Any) -> list[dict[str, Any]]:
        """Units that match, once the index has caught up."""
        time.sleep(0.15)
        return self.search("units", query, tenant=tenant, **{"$roots": [], **parts})["$results"]

    def attempt(self, attempt: str, *, tenant: int = 0) -> str:
        """The operation that bears a caller's own id, once the index has it."""
        query, deadline = {"$eq": {"evIdAppSession": attempt}}, time.monotonic() + 60
        while not (found := self.search("logbookoperations", query, tenant=tenant)["$results"]):
            assert time.monotonic() < deadline, f"{attempt} never came"
            time.sleep(0.05)
        assert [one["evIdAppSession"] for one in found] == [attempt]
        return found[0]["evId"]

    def fault(self, **fault: Any) -> None:
        answer = self.client.post(f"{self.url}/sandbox/faults", json=[fault])
        assert answer.status_code == 200, answer.text
