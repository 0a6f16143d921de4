"""Fills a store with units of operations long completed, without judging anything: to measure on a full archive."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.vitam.database import Database
from sandbox.vitam.guid import GuidType, new_guid
from sandbox.vitam.holdings import Holdings
from sandbox.vitam.operations import Operation, Operations, event
from sandbox.vitam.outcome import Status

Json = dict[str, Any]
_PER_OPERATION = 1000
_SUBJECTS = ("voirie", "budget", "urbanisme", "école", "marché", "personnel", "culture", "assainissement")


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.vitam load", description="Remplit un dossier d’unités déjà conservées."
    )
    parser.add_argument("--store", type=Path, required=True, help="dossier à remplir, serveur arrêté")
    parser.add_argument("--tenant", type=int, default=0, help="coffre à remplir")
    parser.add_argument("--units", type=int, default=200_000, help="nombre d’unités")
    parser.add_argument("--agency", default="SERVICE", help="service producteur")
    arguments = parser.parse_args(words)
    fill(arguments.store, arguments.tenant, arguments.units, arguments.agency)
    sys.stdout.write(f"{arguments.units} unités conservées dans le coffre {arguments.tenant}\n")
    return 0


def fill(store: Path, tenant: int, number: int, agency: str) -> None:
    """Add units to a tenant, a thousand an operation, each below the first of its operation.

    Args:
        store: folder of a server that is not running.
        tenant: the tenant.
        number: how many units.
        agency: their originating agency.

    Raises:
        StoreOutdated: the store was written by another version of the sandbox.
    """
    database = Database(store / "vitam.db")
    holdings, operations = Holdings(database, store), Operations(database)
    for first in range(0, number, _PER_OPERATION):
        op = _operation(tenant, first)
        operations.create(op)
        operations.describe(op.id, {"obIdIn": f"Chargement {first}"})
        ids = [new_guid(GuidType.UNIT, tenant) for _ in range(min(_PER_OPERATION, number - first))]
        units = [_unit(op, ids, first, place, agency) for place in range(len(ids))]
        holdings.index_units(tenant, op.id, units, [])
        holdings.register(tenant, op.id, _register(op, len(units), agency))
        code = op.workflow.identifier
        done = event(op, code=code, out_detail=f"{code}.OK", status=Status.OK, text="Chargement")
        ended = {"state": "COMPLETED", "status": Status.OK, "gravity": Status.OK, "completed": op.created}
        operations.end_step(op, [done], **ended, step=op.workflow.last)


def _operation(tenant: int, first: int) -> Operation:
    return Operation(
        id=new_guid(GuidType.REQUEST, tenant),
        tenant=tenant,
        context="DEFAULT_WORKFLOW",
        application=f"chargement-{first}",
        created=time.time(),
        mode="RESUME",
        state="PAUSE",
        status=Status.UNKNOWN,
        gravity=Status.UNKNOWN,
        step=0,
        requested="",
        completed=None,
        digest_algorithm="",
        digest_value="",
        master={},
    )


def _unit(op: Operation, ids: Sequence[str], first: int, place: int, agency: str) -> Json:
    number, parents = first + place, ids[:1] if place else ()
    return {
        "#id": ids[place],
        "#tenant": op.tenant,
        "#unittype": op.workflow.unit_type,
        "#opi": op.id,
        "#operations": [op.id],
        "#unitups": list(parents),
        "#allunitups": list(parents),
        "#originating_agency": agency,
        "#originating_agencies": [agency],
        "#management": {},
        "#min": 1 + len(parents),
        "#max": 1 + len(parents),
        "#nbunits": 0,
        "#version": 0,
        "DescriptionLevel": "Item" if place else "RecordGrp",
        "Title": f"Délibération {number} – {_SUBJECTS[number % len(_SUBJECTS)]} n{number}",
        "OriginatingSystemId": [f"charge-{op.tenant}-{number}"],
    }


def _register(op: Operation, units: int, agency: str) -> Json:
    totals = {"TotalUnits": units, "TotalObjectGroups": 0, "TotalObjects": 0, "ObjectSize": 0}
    return {
        "Opi": op.id,
        "Opc": op.id,
        "OpType": op.workflow.type_proc,
        "OriginatingAgency": agency,
        "SubmissionAgency": agency,
        "ArchivalAgreement": "CONTRAT",
        "obIdIn": op.master.get("obIdIn", ""),
        "Comment": [],
        **{name: {"ingested": n, "deleted": 0, "remained": n} for name, n in totals.items()},
        "Status": "STORED_AND_COMPLETED",
        "StartDate": op.created,
        "Events": [],
        "OperationIds": [op.id],
        "#tenant": op.tenant,
        "#version": 0,
    }
