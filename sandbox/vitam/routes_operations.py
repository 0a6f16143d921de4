"""/admin-external/v1: operations of the process engine, workflows, forced pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from sandbox.vitam import endpoints, labels
from sandbox.vitam.answers import json_body
from sandbox.vitam.errors import results, vitam_error
from sandbox.vitam.guid import is_guid
from sandbox.vitam.operations import Operation
from sandbox.vitam.outcome import Status
from sandbox.vitam.workflows import WORKFLOWS

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix=endpoints.ADMIN)
_CONTEXT = "ADMIN_EXTERNAL"


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


def _found(request: Request, operation_id: str) -> Operation | Response:
    """The operation, or the answer that says why there is none."""
    op = _known(request, operation_id)
    return vitam_error(404, _CONTEXT, "operation unknown") if op is None else op


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
    op = _found(request, operation_id)
    if isinstance(op, Response):
        return op
    return _detail(request, op, 200)


@router.put("/operations/{operation_id}")
def act_on_operation(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    op = _found(request, operation_id)
    if isinstance(op, Response):
        return op
    action = request.headers.get("X-ACTION", "").upper()
    if action in ("RESUME", "NEXT"):
        done = parts.engine.run(op, action)
    elif action == "REPLAY":
        done = parts.engine.replay(op)
    elif action == "PAUSE":
        done = parts.engine.pause(op)
    else:
        return vitam_error(412, _CONTEXT, "X-ACTION is missing or unknown")
    return _acted(request, op, done=done)


@router.delete("/operations/{operation_id}")
def cancel_operation(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    op = _found(request, operation_id)
    if isinstance(op, Response):
        return op
    return _acted(request, op, done=parts.engine.cancel(op))


def _acted(request: Request, op: Operation, *, done: bool) -> Response:
    if not done:
        return vitam_error(409, _CONTEXT, f"not allowed in state {op.state}")
    now = request.app.state.parts.services.operations.get(op.id) or op
    return _detail(request, now, _code(now))


def _code(op: Operation) -> int:
    return 200 if op.state == "COMPLETED" else 202


def _headers(op: Operation) -> dict[str, str]:
    return {
        "X-Global-Execution-State": op.state,
        "X-Global-Execution-Status": op.status.name,
        "X-Context-Id": op.workflow.type_proc,
    }


def _detail(request: Request, op: Operation, status: int) -> Response:
    parts: Parts = request.app.state.parts
    done = parts.services.operations.steps_done(op)
    steps = {name: _item(name, name, reached) for name, reached in done.items()}
    item = _item(op.id, op.workflow.identifier, op.status) | {"globalState": op.state, "itemsStatus": steps}
    return JSONResponse(results([item], http_code=_code(op)), status, _headers(op))


def _item(name: str, code: str, status: Status) -> dict[str, Any]:
    return {
        "itemId": name,
        "message": labels.message(code, "", status),
        "globalStatus": status.name,
        "statusMeter": [int(status == one) for one in Status],
        "data": {},
        "globalState": None,
        "globalOutcomeDetailSubcode": None,
        "lifecycleEnable": True,
        "itemsStatus": {},
        "subTaskStatus": {},
    }


@router.get("/workflows")
def list_workflows() -> Response:
    found = [
        {
            "id": workflow.context,
            "identifier": workflow.identifier,
            "name": labels.name(workflow.identifier),
            "typeProc": workflow.type_proc,
            "steps": [
                {"stepName": step, "actions": [{"actionKey": action} for action in actions]}
                for step, actions in workflow.steps
            ],
        }
        for workflow in WORKFLOWS.values()
    ]
    return JSONResponse(results(found))


@router.post("/forcepause")
async def force_pause(request: Request) -> Response:
    return await _change_pause(request, request.app.state.parts.engine.pauses.force)


@router.post("/removeforcepause")
async def remove_force_pause(request: Request) -> Response:
    return await _change_pause(request, request.app.state.parts.engine.pauses.remove)


async def _change_pause(request: Request, change: Callable[[int | None, str], None]) -> Response:
    body = await json_body(request)
    asked = body if isinstance(body, dict) else {}
    everything = bool(asked.get("pauseAll"))
    tenant, type_proc = (None, "") if everything else (asked.get("tenant"), asked.get("type") or "")
    known = {workflow.type_proc for workflow in WORKFLOWS.values()}
    if not everything and ((tenant is None and not type_proc) or not _plain(tenant) or type_proc not in {"", *known}):
        return vitam_error(400, _CONTEXT, "a type, a tenant, or pauseAll is expected")
    await run_in_threadpool(change, tenant, type_proc)
    return JSONResponse(results([asked]))


def _plain(tenant: object) -> bool:
    return tenant is None or (isinstance(tenant, int) and not isinstance(tenant, bool))


@router.get("/operations")
async def list_operations(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    query = await json_body(request) or {}
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
