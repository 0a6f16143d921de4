"""/ingest-external/v1: deposit of a SIP, its reply, its manifest."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from sandbox.vitam import atr, endpoints, wire
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.faults import Fault
from sandbox.vitam.operations import Operation
from sandbox.vitam.outcome import Status
from sandbox.vitam.workflows import WORKFLOWS

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix=endpoints.INGEST)
_ACTIONS = ("RESUME", "NEXT")
_CONTENT_TYPES = ("application/octet-stream", "application/json")
_LOCAL_NAME = re.compile(r"[a-zA-Z0-9\-_@]+(\.[a-zA-Z0-9\-_@]+)*")
_ALERT = "INGEST_EXTERNAL_LOCAL_UPLOAD_FILE_SECURITY_ALERT"


@router.options("/")
async def describe() -> Response:
    """What Vitam answers to whoever asks whether it is there."""
    return JSONResponse(endpoints.listing(endpoints.INGEST))


@router.post("/ingests")
async def deposit(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type not in _CONTENT_TYPES:
        return vitam_error(415, "EXTERNAL_INGEST", "application/octet-stream is expected")
    context, action = request.headers.get("X-Context-Id", ""), request.headers.get("X-ACTION", "").upper()
    if context not in WORKFLOWS:
        body = atr.default_refusal(request.state.request_id, context or "STP_INGEST")
        return Response(body, 503, _states("COMPLETED", "FATAL"), media_type="application/xml")
    if action not in _ACTIONS:
        return vitam_error(412, "EXTERNAL_INGEST", "X-ACTION must be RESUME or NEXT")
    op = _operation(request, context, action)
    if content_type == "application/json":
        return await _local_deposit(request, parts, op)
    proxy = parts.faults.take("buffering_proxy", op.tenant)
    if proxy is not None:
        return await _through_proxy(request, parts, op, proxy)
    return await _take(request, parts, op, lambda: _keep_body(request, parts, op))


def _operation(request: Request, context: str, action: str) -> Operation:
    return Operation(
        id=request.state.request_id,
        tenant=request.state.tenant,
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
        security_context=request.state.context,
    )


async def _take(
    request: Request, parts: Parts, op: Operation, keep: Callable[[], Awaitable[Response | None]]
) -> Response:
    """Keep the SIP whole, then let the workflow start; every earlier end leaves the operation as it is."""
    await run_in_threadpool(parts.services.operations.create, op)
    if parts.faults.take("error", op.tenant, when="before_body"):
        return _failed("failure on demand, before the body was read")
    ended = await keep()
    if ended is not None:
        return ended
    if parts.faults.take("error", op.tenant, when="after_body"):
        return _failed("failure on demand, after the body was kept")
    if not parts.faults.take("never_started", op.tenant):
        await run_in_threadpool(parts.engine.run, op, op.mode)
    if parts.faults.take("error", op.tenant, when="after_decision"):
        return _failed("failure on demand, after the process was started")
    if parts.faults.take("lost_answer", op.tenant):
        wire.cut(request.scope)
    return _taken(op)


async def _keep_body(request: Request, parts: Parts, op: Operation) -> Response | None:
    """Copy the body to disk; the answer to give when it did not come whole, else None."""
    cut = parts.faults.take("cut", op.tenant)
    folder, size = parts.engine.folder(op.id), 0
    folder.mkdir(parents=True)
    try:
        with (folder / "body.part").open("wb") as copy:
            async for block in request.stream():
                size += len(block)
                if cut is not None and size > cut.after_bytes:
                    wire.cut(request.scope)
                    return Response(status_code=500)
                copy.write(block)
    except ClientDisconnect:
        return Response(status_code=500)
    except OSError as error:
        return _failed(f"body not kept: {error.strerror}")
    (folder / "body.part").replace(folder / "body")
    return None


async def _through_proxy(request: Request, parts: Parts, op: Operation, proxy: Fault) -> Response:
    """A deposit behind a proxy that keeps the body back until it is whole: before that, Vitam knows nothing."""
    ended = await _keep_body(request, parts, op)
    if ended is not None or proxy.outcome == "swallowed":
        shutil.rmtree(parts.engine.folder(op.id))
        return ended or _gateway(proxy)
    await run_in_threadpool(parts.services.operations.create, op)
    await run_in_threadpool(parts.engine.run, op, op.mode)
    if proxy.outcome == "late":
        await asyncio.sleep(proxy.seconds)
    elif proxy.outcome == "lost":
        wire.cut(request.scope)
    return _gateway(proxy) if proxy.outcome == "gateway" else _taken(op)


def _gateway(proxy: Fault) -> Response:
    return Response(f"<html><body>{proxy.status}</body></html>", proxy.status, media_type="text/html")


async def _local_deposit(request: Request, parts: Parts, op: Operation) -> Response:
    """A deposit by the path of a file below the server's own folder."""
    try:
        written = str((await request.json())["path"])
    except (ValueError, KeyError, TypeError):
        return vitam_error(400, "EXTERNAL_INGEST", "a JSON object with a path is expected")
    root = parts.settings.upload_path
    if not all(_LOCAL_NAME.fullmatch(part) for part in written.split("/")):
        return vitam_error(400, _ALERT, "path outside the upload folder")
    if root is None or not (root / written).is_file():
        return _failed("no such local file")
    if not (root / written).resolve().is_relative_to(root.resolve()):
        return vitam_error(400, _ALERT, "path outside the upload folder")
    return await _take(request, parts, op, lambda: run_in_threadpool(_fetch, parts, op, root / written))


def _fetch(parts: Parts, op: Operation, source: Path) -> Response | None:
    """Copy a file of the server's own; the answer to give when that fails, else None."""
    folder = parts.engine.folder(op.id)
    folder.mkdir(parents=True)
    try:
        shutil.copyfile(source, folder / "body.part")
    except OSError as error:
        return _failed(f"local file not kept: {error.strerror}")
    (folder / "body.part").replace(folder / "body")
    if parts.settings.after_upload == "DELETE":
        source.unlink()
    elif parts.settings.after_upload == "MOVE":
        done = source.parent / "done"
        done.mkdir(exist_ok=True)
        source.replace(done / source.name)
    return None


def _taken(op: Operation) -> Response:
    return Response(status_code=202, headers={**_states("PAUSE", "UNKNOWN"), "X-Request-Id": op.id})


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
