"""/access-external/v1: search and reading of units, of their objects, of the logbook of operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from sandbox.vitam import dsl, endpoints
from sandbox.vitam.errors import results, vitam_error
from sandbox.vitam.index import OPERATION_TEXT_FIELDS, UNIT_TEXT_FIELDS
from sandbox.vitam.lifecycles import GROUP_STEPS, UNIT_STEPS, lifecycle
from sandbox.vitam.operations import Operation, moment

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix=endpoints.ACCESS)
Json = dict[str, Any]
_CONTEXT = "ACCESS_EXTERNAL"


@router.options("/")
async def describe() -> Response:
    return JSONResponse(endpoints.listing(endpoints.ACCESS))


async def _query(request: Request) -> object:
    """The JSON body, or None when it is absent or not JSON."""
    content = await request.body()
    try:
        return json.loads(content)
    except ValueError:
        return None


def _contract(request: Request) -> Json:
    parts: Parts = request.app.state.parts
    identifier = request.headers["X-Access-Contract-Id"]
    return parts.services.referentials.get(request.state.tenant, "accesscontracts", identifier) or {}


def _visible(contract: Json, body: Json) -> bool:
    """What an access contract opens; a holding unit has no agency of its own, and is open to all."""
    if contract["EveryOriginatingAgency"] or body["#unittype"] == "HOLDING_UNIT":
        return True
    return bool(set(contract["OriginatingAgencies"] or []) & set(body["#originating_agencies"]))


@router.get("/units")
async def search_units(request: Request) -> Response:
    query = await _query(request)
    try:
        select = dsl.parse(query, text_fields=UNIT_TEXT_FIELDS, multiple=True)
    except dsl.InvalidQuery as error:
        return vitam_error(400, "GLOBAL_INVALID_DSL", str(error))
    page, hits = await run_in_threadpool(_select_units, request, select)
    return JSONResponse(results(page, query=query, hits=hits))


def _select_units(request: Request, select: dsl.Select) -> tuple[list[Json], dict[str, int]]:
    parts: Parts = request.app.state.parts
    until = parts.indexed_until(request.state.tenant)
    found = parts.services.holdings.units(request.state.tenant, until=until, select=select)
    contract = _contract(request)
    return select.apply([body for body in found if _visible(contract, body)])


@router.get("/units/{unit_id}")
def read_unit(request: Request, unit_id: str) -> Response:
    body = _unit(request, unit_id)
    return vitam_error(404, _CONTEXT, "unit unknown") if body is None else JSONResponse(results([body]))


def _unit(request: Request, unit_id: str) -> Json | None:
    parts: Parts = request.app.state.parts
    body = parts.services.holdings.unit(request.state.tenant, unit_id)
    return body if body is not None and _visible(_contract(request), body) else None


@router.get("/units/{unit_id}/objects")
def read_objects(request: Request, unit_id: str) -> Response:
    """The object group's metadata, or one object's bytes when octet-stream is accepted."""
    parts: Parts = request.app.state.parts
    body = _unit(request, unit_id)
    group = parts.services.holdings.group(request.state.tenant, body["#object"]) if body and "#object" in body else None
    if group is None:
        return vitam_error(404, _CONTEXT, "unit unknown, or without object")
    if "application/octet-stream" not in request.headers.get("Accept", ""):
        return JSONResponse(results([group]))
    usage, version = request.headers.get("X-Qualifier", ""), request.headers.get("X-Version", "")
    if not usage or not version.isdigit():
        return vitam_error(412, _CONTEXT, "QUALIFIER or VERSION missing")
    contract = _contract(request)
    if not contract["EveryDataObjectVersion"] and usage not in (contract["DataObjectVersion"] or []):
        return vitam_error(401, _CONTEXT, "usage not open to this access contract")
    found = _object(group, f"{usage}_{version}")
    if found is None:
        return vitam_error(404, _CONTEXT, "no such object")
    path = parts.services.holdings.object_path(request.state.tenant, found["#id"])
    headers = {"X-Qualifier": usage, "X-Version": version}
    return FileResponse(path, media_type="application/octet-stream", headers=headers)


def _object(group: Json, version: str) -> Json | None:
    listed = [found for usage in group["#qualifiers"] for found in usage["versions"]]
    return next((found for found in listed if found["DataObjectVersion"] == version and "Uri" in found), None)


@router.get("/logbookoperations")
async def search_operations(request: Request) -> Response:
    query = await _query(request)
    try:
        select = dsl.parse(query, text_fields=OPERATION_TEXT_FIELDS, multiple=False)
    except dsl.InvalidQuery as error:
        return vitam_error(400, "GLOBAL_INVALID_DSL", str(error))
    found = await run_in_threadpool(_indexed_operations, request, select)
    page, hits = select.apply(found)
    return JSONResponse(results(page, query=query, hits=hits))


def _indexed_operations(request: Request, select: dsl.Select) -> list[Json]:
    """Operations as the index shows them: late by its delay, with their last event only."""
    parts: Parts = request.app.state.parts
    tenant = request.state.tenant
    found = parts.services.operations.found(tenant, until=parts.indexed_until(tenant), select=select)
    return [_document(op, op.master, [last] if last else []) for op, last in found]


@router.get("/logbookoperations/{operation_id}")
def read_operation(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    op = parts.services.operations.get(operation_id, request.state.tenant)
    if op is None:
        return vitam_error(404, _CONTEXT, "operation unknown")
    return JSONResponse(results([_document(op, op.master, parts.services.operations.events(op.id))]))


@router.get("/logbookunitlifecycles/{unit_id}")
def unit_lifecycle(request: Request, unit_id: str) -> Response:
    return _lifecycle(request, _unit(request, unit_id), UNIT_STEPS)


@router.get("/logbookobjectslifecycles/{group_id}")
def group_lifecycle(request: Request, group_id: str) -> Response:
    parts: Parts = request.app.state.parts
    return _lifecycle(request, parts.services.holdings.group(request.state.tenant, group_id), GROUP_STEPS)


def _lifecycle(request: Request, body: Json | None, steps: frozenset[str]) -> Response:
    parts: Parts = request.app.state.parts
    op = None if body is None else parts.services.operations.get(body["#opi"], request.state.tenant)
    if body is None or op is None:
        return vitam_error(404, _CONTEXT, "element unknown")
    remarks = parts.services.holdings.remarks(body["#id"], op.id)
    told = lifecycle(body["#id"], op, parts.services.operations.events(op.id), remarks, steps)
    return JSONResponse(results([told]))


def _document(op: Operation, fields: Json, events: list[Json]) -> Json:
    code = op.workflow.identifier
    return {
        "#id": op.id,
        "#tenant": op.tenant,
        "evId": op.id,
        "evParentId": None,
        "evType": code,
        "evDateTime": moment(op.created),
        "evDetData": None,
        "evIdProc": op.id,
        "evTypeProc": op.workflow.type_proc,
        "outcome": "STARTED",
        "outDetail": f"{code}.STARTED",
        "outMessg": "Entrée commencée",
        "agId": '{"Name":"sandbox","Role":"ingest-external","ServerId":1}',
        "agIdApp": op.security_context or "CT-000001",
        "evIdAppSession": op.application or None,
        "evIdReq": op.id,
        "agIdExt": None,
        "rightsStatementIdentifier": None,
        "obId": op.id,
        "obIdIn": op.id,
        **fields,
        "events": events,
    }
