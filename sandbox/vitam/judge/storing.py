"""Steps 7 to 12: objects kept, units and groups indexed, accession register written. Each may run twice."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.vitam import documents
from sandbox.vitam.judge import rules
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.outcome import Result, Status, ok


def store_objects(ingest: Ingest) -> Result:
    tenant = ingest.op.tenant
    for found in ingest.package.objects.values():
        if found.physical:
            continue
        target = ingest.services.holdings.object_path(tenant, ingest.state.objects[found.id])
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(ingest.sip / found.uri, target)
    return _each("OBJ_STORAGE", len(ingest.package.groups))


def index_groups(ingest: Ingest) -> Result:
    groups = documents.object_groups(ingest)
    ingest.services.holdings.index_groups(ingest.op.tenant, ingest.op.id, groups)
    return _each("OG_METADATA_INDEXATION", len(groups))


def update_groups(ingest: Ingest) -> Result:
    added = documents.added_objects(ingest)
    for group, objects in added.items():
        ingest.services.holdings.extend_group(ingest.op.tenant, ingest.op.id, group, objects)
    return _each("OBJECT_GROUP_UPDATE", len(added))


def index_units(ingest: Ingest) -> Result:
    holdings, tenant = ingest.services.holdings, ingest.op.tenant
    known = rules.referential(ingest)
    held: dict[str, Json] = {}
    for system_id in [ingest.state.linked_to, *(ingest.state.units[unit] for unit in ingest.state.attached)]:
        if system_id:
            held[system_id] = holdings.unit(tenant, system_id) or {}
    units: list[Json] = []
    for unit in ingest.new_units:
        body = documents.unit(ingest, unit, held, rules.management(ingest, unit, known))
        held[body["#id"]] = body
        units.append(body)
    attached = list(dict.fromkeys(ingest.state.units[unit] for unit in ingest.state.attached))
    holdings.index_units(tenant, ingest.op.id, units, attached)
    return _each("UNIT_METADATA_INDEXATION", len(units) + len(attached))


def commit_groups(ingest: Ingest) -> Result:
    """Keep what was remarked of each group: the rest of its lifecycle follows from the operation."""
    _keep_remarks(ingest, ingest.state.groups)
    return _each("COMMIT_LIFE_CYCLE_OBJECT_GROUP", len(ingest.package.groups))


def commit_units(ingest: Ingest) -> Result:
    _keep_remarks(ingest, ingest.state.units)
    return _each("COMMIT_LIFE_CYCLE_UNIT", len(ingest.package.real_units))


def _keep_remarks(ingest: Ingest, system_ids: dict[str, str]) -> None:
    remarks: dict[str, list[Json]] = {}
    for told in ingest.state.events:
        if told["element"] in system_ids:
            remarks.setdefault(system_ids[told["element"]], []).append(told)
    ingest.services.holdings.keep_remarks(ingest.op.id, remarks)


def each_group(code: str) -> Callable[[Ingest], Result]:
    return lambda ingest: _each(code, len(ingest.package.groups))


def each_unit(code: str) -> Callable[[Ingest], Result]:
    return lambda ingest: _each(code, len(ingest.package.real_units))


def _each(code: str, number: int) -> Result:
    return Result(code, Status.OK, counts=Counter({Status.OK: number}))


def register(ingest: Ingest) -> Result:
    header, op = ingest.state.header, ingest.op
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "")
    numbers = {
        "TotalUnits": len(ingest.new_units),
        "TotalObjectGroups": len(ingest.new_groups),
        "TotalObjects": len(ingest.package.objects),
        "ObjectSize": sum(ingest.state.sizes.values()),
    }
    event = {
        "Opc": op.id,
        "OpType": op.workflow.type_proc,
        "Gots": numbers["TotalObjectGroups"],
        "Units": numbers["TotalUnits"],
        "Objects": numbers["TotalObjects"],
        "ObjSize": numbers["ObjectSize"],
        "CreationDate": now,
    }
    body: Json = {
        "Opi": op.id,
        "Opc": op.id,
        "OpType": op.workflow.type_proc,
        "OriginatingAgency": header["OriginatingAgencyIdentifier"],
        "SubmissionAgency": header["SubmissionAgencyIdentifier"] or header["OriginatingAgencyIdentifier"],
        "ArchivalAgreement": header["ArchivalAgreement"],
        "AcquisitionInformation": header["AcquisitionInformation"] or None,
        "LegalStatus": header["LegalStatus"] or None,
        "ArchivalProfile": header["ArchivalProfile"] or None,
        "obIdIn": header["MessageIdentifier"],
        "Comment": [header["Comment"]] if header["Comment"] else [],
        **{name: {"ingested": n, "deleted": 0, "remained": n} for name, n in numbers.items()},
        "Status": "STORED_AND_COMPLETED",
        "StartDate": now,
        "EndDate": now,
        "LastUpdate": now,
        "Events": [event],
        "OperationIds": [op.id],
        "#tenant": op.tenant,
        "#version": 0,
    }
    ingest.services.holdings.register(op.tenant, op.id, body)
    return ok("ACCESSION_REGISTRATION")
