"""The outside world of one worker: a sandbox Vitam and a PostgreSQL server of its own, and a relay in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from crash import postgresql, proxy
from crash.world import ACCESS_CONTRACT, settings
from versement.adapters.vitam.admin import VitamAdministration
from versement.profiles.models import Profile

ROOT = Path(__file__).resolve().parents[1]
TENANTS = 20_000
UPLOADS = "arrivees"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Where everything is.

    Attributes:
        direct: the sandbox's address.
        relayed: the same, through the relay.
        control: the relay's control port.
        server: PostgreSQL.
        database: a database with the registry's schema.
        uploads: the sandbox's folder of SIPs that are deposited by their path.
    """

    direct: str
    relayed: str
    control: int
    server: postgresql.Server
    database: str
    uploads: Path

    def fault(self, **fault: Any) -> None:
        httpx.post(f"{self.direct}/sandbox/faults", json=[fault], timeout=30).raise_for_status()

    def counts(self, tenant: int) -> dict[str, Any]:
        """Units and doubles of one coffre."""
        found: dict[str, Any] = httpx.get(f"{self.direct}/sandbox/counts", timeout=30).raise_for_status().json()
        return dict(found.get(str(tenant), {"units": 0, "doubled": {}}))

    def resume(self, tenant: int, operation_id: str) -> None:
        """What an operator of Vitam does of an operation that stopped."""
        headers = {"X-Tenant-Id": str(tenant), "X-ACTION": "RESUME", "X-Access-Contract-Id": ACCESS_CONTRACT}
        httpx.put(f"{self.direct}/admin-external/v1/operations/{operation_id}", headers=headers, timeout=30)

    def set_up(self, profile: Profile) -> None:
        """What the coffre needs before anything is deposited."""
        administration, tenant = VitamAdministration(settings(self.direct)), profile.tenant
        agency = profile.organisation.agencies.archival
        administration.import_agencies(tenant, [{"Identifier": agency, "Name": agency, "Description": ""}])
        administration.import_rules(tenant, _rules(profile))
        contract = {"Identifier": ACCESS_CONTRACT, "Name": ACCESS_CONTRACT, "Status": "ACTIVE"}
        rights = {"EveryOriginatingAgency": True, "EveryDataObjectVersion": True}
        administration.import_access_contracts(tenant, [contract | rights])
        entry = profile.connector.archival_agreement
        administration.import_ingest_contracts(tenant, [{"Identifier": entry, "Name": entry, "Status": "ACTIVE"}])


def _rules(profile: Profile) -> list[dict[str, str]]:
    rows = {}
    for row in profile.organisation.management_rules:
        for kind, rule in (("AppraisalRule", row.appraisal), ("AccessRule", row.access)):
            if rule is not None:
                duration = {"RuleDuration": str(rule.duration), "RuleMeasurement": rule.unit}
                told = {"RuleValue": rule.text, "RuleDescription": rule.article}
                rows[rule.rule] = {"RuleId": rule.rule, "RuleType": kind, **told, **duration}
    return [rows[name] for name in sorted(rows)]


@contextmanager
def running(folder: Path) -> Iterator[Outside]:
    """Everything, until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with postgresql.started() as server, _vitam(folder) as address:
        relay, port, control = proxy.start(int(address.rpartition(":")[2]))
        try:
            database = server.url(postgresql.APPLICATION, server.database())
            yield Outside(f"http://{address}", f"http://127.0.0.1:{port}", control, server, database, folder / UPLOADS)
        finally:
            os.kill(relay, signal.SIGKILL)
            os.waitpid(relay, 0)


@contextmanager
def _vitam(folder: Path) -> Iterator[str]:
    ready = folder / "vitam.ready"
    ready.unlink(missing_ok=True)
    uploads = folder / UPLOADS
    uploads.mkdir(exist_ok=True)
    options = (
        "--base-upload-path",
        str(uploads),
        "--tenants",
        str(TENANTS),
        "--index-delay-seconds",
        "0.03",
        "--ready-file",
        str(ready),
    )
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(folder / "vitam"), *options]
    with (folder / "vitam.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the sandbox does not start, see {folder / 'vitam.log'}")
            time.sleep(0.05)
        yield ready.read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()
