"""/sandbox: faults on demand, identities and counts, for tests. Not an API of Vitam."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from sandbox.vitam.faults import Fault
from sandbox.vitam.security import der

if TYPE_CHECKING:
    from sandbox.vitam.server import Parts

router = APIRouter(prefix="/sandbox")
_FAULTS = TypeAdapter(list[Fault])


@router.post("/faults")
async def add_faults(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    try:
        parts.faults.add(_FAULTS.validate_json(await request.body()))
    except ValidationError as error:
        return JSONResponse({"erreur": "liste de pannes non admise", "detail": json.loads(error.json())}, 400)
    return _waiting(parts)


@router.get("/faults")
async def list_faults(request: Request) -> Response:
    return _waiting(request.app.state.parts)


@router.delete("/faults")
async def clear_faults(request: Request) -> Response:
    request.app.state.parts.faults.clear()
    return _waiting(request.app.state.parts)


@router.get("/counts")
async def counts(request: Request) -> Response:
    parts: Parts = request.app.state.parts
    return JSONResponse(await run_in_threadpool(parts.services.holdings.counts))


@router.post("/identities")
async def add_identity(request: Request) -> Response:
    """Bind a certificate to a context, as Vitam's internal security API does."""
    parts: Parts = request.app.state.parts
    try:
        body = await request.json()
        certificate, context = der(body["certificate"]), str(body["context"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"erreur": "attendu {certificate: PEM, context: identifiant}"}, 400)
    await run_in_threadpool(parts.security.identify, certificate, context)
    return JSONResponse({"context": context}, 201)


def _waiting(parts: Parts) -> Response:
    return JSONResponse([fault.model_dump() for fault in parts.faults.waiting()])
