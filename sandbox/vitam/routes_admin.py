"""/admin-external/v1: operations of the process engine, referentials, accession register."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from sandbox.vitam import dsl, labels
from sandbox.vitam.errors import results, vitam_error
from sandbox.vitam.guid import is_guid
from sandbox.vitam.operations import Operation
from sandbox.vitam.outcome import Status
from sandbox.vitam.referentials import JSON_KINDS, ImportRefused

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix="/admin-external/v1")
_KINDS = ("agencies", "rules", "formats", *JSON_KINDS)
_REGISTER_TEXT = frozenset({"obIdIn", "Comment"})
_CONTEXT = "ADMIN_EXTERNAL"


@router.options("/")
async def endpoints() -> Response:
    return JSONResponse([{"endpoint": f"/admin-external/v1/{kind}", "verb": "GET"} for kind in _KINDS])


def _known(request: Request, operation_id: str) -> Operation | Response | None:
    """The operation while the process engine remembers it."""
    parts: Parts = request.app.state.parts
    if not is_guid(operation_id):
        return vitam_error(412, _CONTEXT, "not an operation id")
    op = parts.services.operations.get(operation_id, request.state.tenant)
    purge = parts.settings.poll_purge_seconds
    if op is not None and op.completed is not None and op.completed + purge < time.time():
        return None
    return op


@router.head("/operations/{operation_id}")
def operation_status(request: Request, operation_id: str) -> Response:
    op = _known(request, operation_id)
    if isinstance(op, Response):
        return op
    if op is None:
        return Response(status_code=204)
    return Response(status_code=_code(op), headers=_headers(op))


@router.get("/operations/{operation_id}")
def operation_detail(request: Request, operation_id: str) -> Response:
    op = _known(request, operation_id)
    if isinstance(op, Response):
        return op
    if op is None:
        return vitam_error(404, _CONTEXT, "operation unknown")
    return _detail(op, 200)


@router.put("/operations/{operation_id}")
def act_on_operation(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    op = _known(request, operation_id)
    if isinstance(op, Response):
        return op
    if op is None:
        return vitam_error(404, _CONTEXT, "operation unknown")
    action = request.headers.get("X-ACTION", "").upper()
    if action in ("RESUME", "NEXT", "REPLAY"):
        done = parts.engine.run(op.id, "RESUME" if action == "RESUME" else "NEXT")
    elif action == "PAUSE":
        done = parts.engine.pause(op)
    else:
        return vitam_error(412, _CONTEXT, "X-ACTION is missing or unknown")
    return _acted(request, op, done=done)


@router.delete("/operations/{operation_id}")
def cancel_operation(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    op = _known(request, operation_id)
    if isinstance(op, Response):
        return op
    if op is None:
        return vitam_error(404, _CONTEXT, "operation unknown")
    return _acted(request, op, done=parts.engine.cancel(op))


def _acted(request: Request, op: Operation, *, done: bool) -> Response:
    if not done:
        return vitam_error(409, _CONTEXT, f"not allowed in state {op.state}")
    now = request.app.state.parts.services.operations.get(op.id) or op
    return _detail(now, _code(now))


def _code(op: Operation) -> int:
    return 200 if op.state == "COMPLETED" else 202


def _headers(op: Operation) -> dict[str, str]:
    return {
        "X-Global-Execution-State": op.state,
        "X-Global-Execution-Status": op.status.name,
        "X-Context-Id": op.workflow.type_proc,
    }


def _detail(op: Operation, status: int) -> Response:
    item: dict[str, Any] = {
        "itemId": op.id,
        "message": labels.message(op.workflow.identifier, "", op.status),
        "globalStatus": op.status.name,
        "statusMeter": [int(op.status == status) for status in Status],
        "data": {},
        "globalState": op.state,
        "globalOutcomeDetailSubcode": None,
        "lifecycleEnable": True,
        "itemsStatus": {},
        "subTaskStatus": {},
    }
    return JSONResponse(results([item], http_code=_code(op)), status, _headers(op))


@router.get("/operations")
async def list_operations(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    query = await _json(request) or {}
    if not isinstance(query, dict):
        return vitam_error(400, _CONTEXT, "a JSON object is expected")
    purge = time.time() - parts.settings.poll_purge_seconds
    found = await run_in_threadpool(parts.services.operations.of_tenant, request.state.tenant)
    kept = [op for op in found if (op.completed is None or op.completed >= purge) and _wanted(op, query)]
    return JSONResponse(results([_process(op) for op in reversed(kept)]))


def _wanted(op: Operation, query: dict[str, Any]) -> bool:
    day = datetime.fromtimestamp(op.created, UTC).strftime("%Y-%m-%d")
    first, last = (_day(query.get(name)) for name in ("startDateMin", "startDateMax"))
    return (
        query.get("id") in (None, "", op.id)
        and (not query.get("states") or op.state in query["states"])
        and (not query.get("statuses") or op.status.name in query["statuses"])
        and (not query.get("workflows") or op.workflow.identifier in query["workflows"])
        and (not query.get("listSteps") or op.step_name in query["listSteps"])
        and (not first or day >= first)
        and (not last or day <= last)
    )


def _day(text: object) -> str:
    """DD-MM-YYYY as YYYY-MM-DD."""
    return "-".join(reversed(text.split("-"))) if isinstance(text, str) else ""


def _process(op: Operation) -> dict[str, Any]:
    steps = [step for step, _ in op.workflow.steps]
    return {
        "operationId": op.id,
        "processType": op.workflow.type_proc,
        "stepByStep": op.mode == "NEXT",
        "globalState": op.state,
        "stepStatus": op.status.name,
        "previousStep": steps[op.step - 1] if op.step else "",
        "nextStep": steps[op.step] if op.state != "COMPLETED" else "",
        "processDate": datetime.fromtimestamp(op.created, UTC).isoformat(timespec="milliseconds"),
    }


@router.get("/accessionregisterdetails")
async def register_details(request: Request) -> Response:
    return await _register(request, "")


@router.get("/accessionregisters/{agency}/accessionregisterdetails")
async def register_details_of_agency(request: Request, agency: str) -> Response:
    return await _register(request, agency)


async def _register(request: Request, agency: str) -> Response:
    parts: Parts = request.app.state.parts
    until = time.time() - parts.settings.index_delay_seconds
    found = await run_in_threadpool(parts.services.holdings.register_details, request.state.tenant, until=until)
    kept = [body for body in found if not agency or body["OriginatingAgency"] == agency]
    return await _select(request, kept, _REGISTER_TEXT)


@router.post("/{kind}")
async def import_referential(request: Request, kind: str) -> Response:
    parts: Parts = request.app.state.parts
    if kind not in _KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    content, tenant, referentials = await request.body(), request.state.tenant, parts.services.referentials
    try:
        if kind in JSON_KINDS:
            await run_in_threadpool(referentials.import_json, tenant, kind, json.loads(content))
        elif kind == "formats":
            await run_in_threadpool(referentials.import_formats, tenant, content)
        elif not request.headers.get("X-Filename"):
            return vitam_error(412, _CONTEXT, "X-Filename is missing")
        else:
            await run_in_threadpool(referentials.import_csv, tenant, kind, content)
    except ImportRefused as error:
        return vitam_error(400, "CONTRACT_VALIDATION_ERROR", str(error.args[0]), errors=list(error.args))
    except ValueError:
        return vitam_error(400, "ACCESS_EXTERNAL_INVALID_JSON", "the body is not JSON")
    return Response("Successfully imported", 201, media_type="text/plain")


@router.put("/profiles/{identifier}")
async def import_profile_file(request: Request, identifier: str) -> Response:
    parts: Parts = request.app.state.parts
    referentials = parts.services.referentials
    try:
        known = await run_in_threadpool(
            referentials.set_profile_file, request.state.tenant, identifier, await request.body()
        )
    except UnicodeDecodeError:
        return vitam_error(400, _CONTEXT, "the profile is not UTF-8")
    return JSONResponse(results([])) if known else vitam_error(404, _CONTEXT, "profile unknown")


@router.get("/{kind}")
async def list_referential(request: Request, kind: str) -> Response:
    parts: Parts = request.app.state.parts
    if kind not in _KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    found = await run_in_threadpool(parts.services.referentials.all, request.state.tenant, kind)
    return await _select(request, found, frozenset({"Name", "Description"}))


@router.get("/{kind}/{identifier:path}")
async def read_referential(request: Request, kind: str, identifier: str) -> Response:
    parts: Parts = request.app.state.parts
    if kind not in _KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    body = await run_in_threadpool(parts.services.referentials.get, request.state.tenant, kind, identifier)
    if body is None:
        return vitam_error(404, _CONTEXT, "not in the referential")
    if kind == "profiles" and "octet-stream" in request.headers.get("Accept", "") and "content" in body:
        return Response(body["content"], media_type="application/octet-stream")
    return JSONResponse(results([{name: value for name, value in body.items() if name != "content"}]))


async def _json(request: Request) -> object:
    """The JSON body; None when there is none, a text when it is not JSON."""
    content = await request.body()
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        return "not JSON"


async def _select(request: Request, found: list[dict[str, Any]], text_fields: frozenset[str]) -> Response:
    """Apply a single query to documents; no body asks for all."""
    query = await _json(request)
    if query is None:
        query = {"$query": {}, "$filter": {}, "$projection": {}}
    try:
        page, hits = dsl.parse(query, text_fields=text_fields, multiple=False).apply(found)
    except dsl.InvalidQuery as error:
        return vitam_error(400, "GLOBAL_INVALID_DSL", str(error))
    return JSONResponse(results(page, query=query, hits=hits))
