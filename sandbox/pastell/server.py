"""The HTTP side: Pastell's own routes under /api/v2, and those by which tests set the scene under /sandbox."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from sandbox.pastell.store import Fault, Store

Next = Callable[[Request], Awaitable[Response]]


def build(login: str, password: str, token: str, *, certificate: bool = False) -> FastAPI:
    """The application; with `certificate`, a client certificate that TLS has checked is enough."""
    app = FastAPI(title="Sandbox Pastell", openapi_url=None)
    store = Store()
    app.state.store = store
    allowed = (f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}", f"Bearer {token}")

    @app.middleware("http")
    async def gate(request: Request, call_next: Next) -> Response:
        if not request.url.path.startswith("/api/v2/"):
            return await call_next(request)
        said = request.headers.get("authorization", "").encode()
        if not certificate and not any(hmac.compare_digest(said, one.encode()) for one in allowed):
            return _error(401, "Accès interdit", {"WWW-Authenticate": 'Basic realm="API Pastell"'})
        fault = next((one for one in store.faults if one.path in request.url.path), None)
        if fault is None:
            return await call_next(request)
        fault.times -= 1
        if not fault.times:
            store.faults.remove(fault)
        return _error(fault.status, "panne demandée", fault.headers)

    _api(app, store)
    _scene(app, store)
    return app


def _api(app: FastAPI, store: Store) -> None:
    base = "/api/v2/entite/{id_e}/document"

    @app.get("/api/v2/version")
    async def version() -> dict[str, str]:
        return {"version": "4.0.0", "revision": "sandbox", "version_complete": "sandbox"}

    @app.get(base)
    async def listed(id_e: int, request: Request) -> Response:
        asked = request.query_params
        offset, limit = int(asked.get("offset", "0")), int(asked.get("limit", "100"))
        rows = [one.row() for one in store.listed(id_e, asked)][offset : offset + limit]
        store.move()
        return JSONResponse(rows)

    @app.get(base + "/{id_d}")
    async def detail(id_e: int, id_d: str) -> Response:
        found = store.documents.get(id_d)
        return JSONResponse(found.detail()) if found and found.id_e == id_e else _no_document(id_d)

    @app.get(base + "/{id_d}/file/{field}/{number}")
    async def file(id_e: int, id_d: str, field: str, number: int) -> Response:
        found = store.documents.get(id_d)
        files = found.files.get(field, []) if found and found.id_e == id_e else []
        if number >= len(files):
            return _error(404, "Ce fichier n'existe pas")
        name, content = files[number]
        store.note(id_d, "Consulté", f"a consulté le document {name}")
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(content, media_type="application/octet-stream", headers=named)

    @app.post(base + "/{id_d}/action/{action}")
    async def act(id_e: int, id_d: str, action: str) -> Response:
        found = store.documents.get(id_d)
        if found is None or found.id_e != id_e:
            return _no_document(id_d)
        if action not in found.actions:
            return _error(400, f"L'action « {action} » n'est pas permise")
        found.actions.remove(action)
        found.last_action = action
        store.note(id_d, action, "action demandée par l’API")
        return JSONResponse({"result": True, "message": ""}, 201)


def _scene(app: FastAPI, store: Store) -> None:
    @app.put("/sandbox/document")
    async def put(request: Request) -> Response:
        said: dict[str, Any] = json.loads(await request.body())
        said["files"] = {
            name: [(file, base64.b64decode(content)) for file, content in files]
            for name, files in said["files"].items()
        }
        store.put(said)
        return Response(status_code=204)

    @app.delete("/sandbox/document/{id_d}")
    async def remove(id_d: str) -> Response:
        store.documents.pop(id_d, None)
        return Response(status_code=204)

    @app.post("/sandbox/fault")
    async def fault(request: Request) -> Response:
        store.faults.append(Fault(**json.loads(await request.body())))
        return Response(status_code=204)

    @app.post("/sandbox/between-pages")
    async def between(request: Request) -> Response:
        store.between_pages.extend(json.loads(await request.body()))
        return Response(status_code=204)

    @app.get("/sandbox/journal")
    async def journal() -> Response:
        return JSONResponse(store.journal)

    @app.delete("/sandbox")
    async def clear() -> Response:
        store.documents.clear()
        store.journal.clear()
        store.faults.clear()
        store.between_pages.clear()
        return Response(status_code=204)


def _no_document(id_d: str) -> Response:
    return _error(404, f"Le document {id_d} n'existe pas")


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"status": "error", "error-message": message}, status, headers)
