"""The pages' application: who may see what, and nothing that a browser could be made to load from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep, requires_authenticated
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from versement.domain.errors import ToRetry, VersementError
from versement.orchestration.onboarding import organisation_of
from versement.pages.templating import templates
from versement.steps.report import Kept
from versement.ui import trials, views

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

MESSAGES = {
    401: "Connectez-vous à Airflow pour voir cette page.",
    403: "Votre compte n’ouvre pas cette page. Demandez ce droit à l’exploitant.",
    404: "Cette page n’existe pas, ou votre compte n’y donne pas accès.",
    405: "Cette page se lit seulement.",
    422: "L’adresse est incomplète : ouvrez la page depuis le menu « Versem. » ou l’onglet « Bilan » d’une exécution.",
}

NO_REPORT = (
    "Cette exécution n’a pas de bilan, ou il n’est plus dans l’espace de préparation. S’il y était, prévenez "
    "l’exploitant : une sauvegarde peut le rendre."
)

MEDIA = {"page": ("text/html", "html"), "report": ("application/json", "json")}
"""Media type and ending of the files that a run leaves."""

_pages = templates(Path(__file__).parent / "templates")


def readable_dags(user: GetUserDep, session: SessionDep) -> AbstractSet[str]:
    """Ids of the DAGs that the user may read, whatever Airflow's auth manager decides that on."""
    ids: AbstractSet[str] = get_auth_manager().get_authorized_dag_ids(user=user, method="GET", session=session)
    return ids


ReadableDags = Annotated[AbstractSet[str], Depends(readable_dags)]


def connectors(readable: ReadableDags) -> HTMLResponse:
    return _page("connectors.html", connectors=views.connectors(readable))


def report(dag_id: str, readable: ReadableDags, run_id: str = "") -> HTMLResponse:
    """One run's report; without run, where the connector stands now. Of a trial, what it came to."""
    if dag_id not in readable:
        raise HTTPException(404)
    if organisation_of(dag_id):
        return _page("trial.html", page=trials.trial(dag_id, run_id))
    found = views.report(dag_id, run_id)
    if found is None:
        raise HTTPException(404)
    return _page("report.html", report=found)


def kept_page(dag_id: str, run_id: str, readable: ReadableDags) -> Response:
    """The page that a run left, as a file."""
    return _file(dag_id, run_id, readable, "page")


def kept_json(dag_id: str, run_id: str, readable: ReadableDags) -> Response:
    """The JSON that this page is made of."""
    return _file(dag_id, run_id, readable, "report")


def fiche(dag_id: str, readable: ReadableDags) -> HTMLResponse:
    """The page that is signed for a connector."""
    page = views.sheet_of(dag_id) if dag_id in readable else None
    if page is None:
        raise HTTPException(404)
    return HTMLResponse(page)


def build_app() -> FastAPI:
    app = FastAPI(
        dependencies=[Depends(requires_authenticated())],
        openapi_url=None,  # no description of itself, which would be served without authentication
    )
    app.add_api_route("/", connectors, methods=["GET"])
    app.add_api_route("/rapport", report, methods=["GET"])
    app.add_api_route("/bilan.html", kept_page, methods=["GET"])
    app.add_api_route("/bilan.json", kept_json, methods=["GET"])
    app.add_api_route("/fiche", fiche, methods=["GET"])
    app.middleware("http")(_with_headers)
    app.add_exception_handler(VersementError, _on_our_error)
    app.add_exception_handler(StarletteHTTPException, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_bad_address)
    return app


def _file(dag_id: str, run_id: str, readable: AbstractSet[str], kind: Kept) -> Response:
    if dag_id not in readable:
        raise HTTPException(404)
    found = views.kept_report(dag_id, run_id, kind)
    if found is None:
        return _page("message.html", status=404, message=NO_REPORT)
    media, ending = MEDIA[kind]
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"bilan-{dag_id}-{run_id}")[:150]
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return StreamingResponse(found, media_type=media, headers=disposition)


def _page(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    html = _pages.get_template(template).render(explained=(), **values)
    # A file name may hold what UTF-8 has no bytes for: the page is shown all the same.
    return HTMLResponse(html.encode("utf-8", "backslashreplace"), status_code=status)


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


async def _on_our_error(_request: Request, error: Exception) -> Response:
    message = error.message if isinstance(error, VersementError) else ""
    return _page("message.html", status=503 if isinstance(error, ToRetry) else 500, message=message)


async def _on_refusal(_request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return _page("message.html", status=status, message=MESSAGES.get(status, MESSAGES[404]))


async def _on_bad_address(_request: Request, _error: Exception) -> Response:
    return _page("message.html", status=422, message=MESSAGES[422])
