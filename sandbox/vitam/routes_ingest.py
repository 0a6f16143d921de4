"""/ingest-external/v1: deposit of a SIP, its reply, its manifest."""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from sandbox.vitam import atr, wire
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.operations import Operation
from sandbox.vitam.outcome import Status
from sandbox.vitam.workflows import WORKFLOWS

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix="/ingest-external/v1")
_ACTIONS = ("RESUME", "NEXT")
_ENDPOINTS = (
    ("/ingests", "POST", "ingests:create"),
    ("/ingests/{objectId}/archivetransferreply", "GET", "ingests:id:archivetransfertreply:read"),
    ("/ingests/{objectId}/manifests", "GET", "ingests:id:manifests:read"),
)


@router.options("/")
async def endpoints() -> Response:
    """What Vitam answers to whoever asks whether it is there."""
    listed = [{"endpoint": f"/ingest-external/v1{p}", "verb": v, "permission": right} for p, v, right in _ENDPOINTS]
    return JSONResponse(listed)


@router.post("/ingests")
async def deposit(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    tenant, operation_id = request.state.tenant, request.state.request_id
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        return await _local_deposit(request)
    if content_type != "application/octet-stream":
        return vitam_error(415, "EXTERNAL_INGEST", "application/octet-stream is expected")
    context, action = request.headers.get("X-Context-Id", ""), request.headers.get("X-ACTION", "").upper()
    if context not in WORKFLOWS:
        body = atr.default_refusal(operation_id, context or "STP_INGEST")
        return Response(body, 503, _states("COMPLETED", "FATAL"), media_type="application/xml")
    if action not in _ACTIONS:
        return vitam_error(412, "EXTERNAL_INGEST", "X-ACTION must be RESUME or NEXT")
    op = Operation(
        id=operation_id,
        tenant=tenant,
        context=context,
        application=request.headers.get("X-Application-Id", ""),
        created=time.time(),
        mode=action,
        state="PAUSE",
        status=Status.UNKNOWN,
        gravity=Status.UNKNOWN,
        step=0,
        requested="",
        completed=None,
        digest_algorithm=request.headers.get("X-Manifest-Digest-Algo", ""),
        digest_value=request.headers.get("X-Manifest-Digest-Value", ""),
        master={},
    )
    await run_in_threadpool(parts.services.operations.create, op)
    return await _take(request, parts, op)


async def _take(request: Request, parts: Parts, op: Operation) -> Response:
    """Keep the body whole, then let the workflow start; every earlier end leaves the operation as it is."""
    folder = parts.engine.folder(op.id)
    folder.mkdir(parents=True)
    ended = await _keep_body(request, parts, op)
    if ended is not None:
        return ended
    (folder / "body.part").replace(folder / "body")
    if parts.faults.take("error", op.tenant, when="after_body"):
        return _failed("failure on demand, after the body was kept")
    await run_in_threadpool(parts.engine.run, op.id, op.mode)
    if parts.faults.take("lost_answer", op.tenant):
        wire.cut(dict(request.scope))
    return Response(status_code=202, headers={**_states("PAUSE", "UNKNOWN"), "X-Request-Id": op.id})


async def _keep_body(request: Request, parts: Parts, op: Operation) -> Response | None:
    """Copy the body to disk; the answer to give when it did not come whole, else None."""
    cut = parts.faults.take("cut", op.tenant)
    early = parts.faults.take("error", op.tenant, when="before_body")
    size = 0
    try:
        with (parts.engine.folder(op.id) / "body.part").open("wb") as copy:
            async for block in request.stream():
                size += len(block)
                if cut is not None and size > cut.after_bytes:
                    break
                if early is None:
                    copy.write(block)
    except ClientDisconnect:
        return Response(status_code=500)
    except OSError as error:
        return _failed(f"body not kept: {error.strerror}")
    if cut is not None:
        wire.cut(dict(request.scope))
        return Response(status_code=500)
    return None if early is None else _failed("failure on demand, before the body was kept")


async def _local_deposit(request: Request) -> Response:
    """A deposit by the path of a file on the server: the sandbox has none."""
    try:
        body = await request.json()
        path = PurePosixPath(str(body["path"]))
    except (ValueError, KeyError, TypeError):
        return vitam_error(400, "EXTERNAL_INGEST", "a JSON object with a path is expected")
    if path.is_absolute() or ".." in path.parts:
        return vitam_error(400, "INGEST_EXTERNAL_LOCAL_UPLOAD_FILE_SECURITY_ALERT", "path outside the upload folder")
    return _failed("no such local file")


def _failed(message: str) -> Response:
    return vitam_error(500, "EXTERNAL_INGEST", message, headers=_states("COMPLETED", "FATAL"))


def _states(state: str, status: str) -> dict[str, str]:
    return {"X-Global-Execution-State": state, "X-Global-Execution-Status": status}


@router.get("/ingests/{operation_id}/archivetransferreply")
def reply(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    body = parts.services.operations.reply(operation_id, request.state.tenant)
    if body is None:
        return vitam_error(404, "INGEST_EXTERNAL_NOT_FOUND", "no reply is stored for this operation")
    return Response(body, media_type="application/octet-stream")


@router.get("/ingests/{operation_id}/manifests")
def stored_manifest(request: Request, operation_id: str) -> Response:
    parts: Parts = request.app.state.parts
    body = parts.services.operations.manifest(operation_id, request.state.tenant)
    if body is None:
        return vitam_error(404, "INGEST_EXTERNAL_NOT_FOUND", "no manifest is stored for this operation")
    return Response(body, media_type="application/octet-stream")
