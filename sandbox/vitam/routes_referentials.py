"""/admin-external/v1: referentials, imported, updated, checked and read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from sandbox.vitam import endpoints
from sandbox.vitam.answers import select
from sandbox.vitam.errors import results, vitam_error
from sandbox.vitam.referentials import FILE_KINDS, JSON_KINDS
from sandbox.vitam.tables import ImportRefused

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix=endpoints.ADMIN)
_KINDS = (*FILE_KINDS, *JSON_KINDS)
_CONTEXT = "ADMIN_EXTERNAL"


@router.options("/")
async def describe() -> Response:
    return JSONResponse(endpoints.listing(endpoints.ADMIN))


@router.post("/{kind}filecheck")
async def check_file(request: Request, kind: str) -> Response:
    """Judge a file without importing it: a report, with 200 or 400."""
    parts: Parts = request.app.state.parts
    if kind not in FILE_KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    content = await request.body()
    try:
        found = await run_in_threadpool(parts.services.referentials.check_file, request.state.tenant, kind, content)
    except ImportRefused as error:
        return _report(400, {"outcome": "KO", "errors": list(error.args)})
    return _report(200, {"outcome": "OK", "entries": len(found), "errors": []})


def _report(status: int, report: dict[str, Any]) -> Response:
    body = json.dumps(report, ensure_ascii=False, indent=1)
    return Response(body, status, media_type="application/octet-stream")


@router.post("/{kind}")
async def import_referential(request: Request, kind: str) -> Response:
    if kind not in _KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    if kind in ("agencies", "rules") and not request.headers.get("X-Filename"):
        return vitam_error(412, _CONTEXT, "X-Filename is missing")
    content, tenant = await request.body(), request.state.tenant
    referentials = request.app.state.parts.services.referentials
    try:
        if kind in FILE_KINDS:
            await run_in_threadpool(referentials.import_file, tenant, kind, content)
        else:
            await run_in_threadpool(referentials.import_json, tenant, kind, json.loads(content))
    except (ImportRefused, ValueError) as error:
        return _refused(error)
    return Response("Successfully imported", 201, media_type="text/plain")


def _refused(error: ImportRefused | ValueError) -> Response:
    if isinstance(error, ImportRefused):
        return vitam_error(400, "CONTRACT_VALIDATION_ERROR", str(error.args[0]), errors=list(error.args))
    return vitam_error(400, "ACCESS_EXTERNAL_INVALID_JSON", "the body is not JSON")


@router.put("/{kind}/{identifier}")
async def update_referential(request: Request, kind: str, identifier: str) -> Response:
    """The file of a profile (octet-stream), or an update of an entry (JSON)."""
    referentials, tenant, content = (
        request.app.state.parts.services.referentials,
        request.state.tenant,
        await request.body(),
    )
    if kind not in JSON_KINDS:
        return vitam_error(404, _CONTEXT, "no such referential, or one that is only imported whole")
    try:
        if kind == "profiles" and "json" not in request.headers.get("Content-Type", ""):
            known = await run_in_threadpool(referentials.set_profile_file, tenant, identifier, content)
        else:
            known = await run_in_threadpool(referentials.update_json, tenant, kind, identifier, json.loads(content))
    except (ImportRefused, ValueError) as error:
        return _refused(error)
    return JSONResponse(results([])) if known else vitam_error(404, _CONTEXT, "not in the referential")


@router.get("/{kind}")
async def list_referential(request: Request, kind: str) -> Response:
    parts: Parts = request.app.state.parts
    if kind not in _KINDS:
        return vitam_error(404, _CONTEXT, "no such referential")
    found = await run_in_threadpool(parts.services.referentials.all, request.state.tenant, kind)
    return await select(request, found, frozenset({"Name", "Description"}))


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
