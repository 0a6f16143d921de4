"""Assembles the server: store, engine, routes."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from sandbox.vitam import routes_access, routes_admin, routes_ingest, routes_sandbox
from sandbox.vitam.database import Database
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.faults import Faults
from sandbox.vitam.gate import Gate
from sandbox.vitam.grammar import Grammar, schema_folder
from sandbox.vitam.holdings import Holdings
from sandbox.vitam.judge.ingest import Services
from sandbox.vitam.operations import Operations
from sandbox.vitam.referentials import Referentials
from sandbox.vitam.settings import Settings
from sandbox.vitam.workflow import Engine


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    settings: Settings
    services: Services
    faults: Faults
    engine: Engine


async def _unexpected(_request: Request, _error: Exception) -> Response:
    return vitam_error(500, "GLOBAL_INTERNAL_SERVER_ERROR", "unexpected failure, see the server's log")


def build(settings: Settings) -> tuple[FastAPI, Parts]:
    """The application and its parts; the engine is not started.

    Raises:
        SchemasMissing: the official SEDA schemas are not to be found.
    """
    grammar = Grammar(schema_folder())
    database = Database(settings.store / "vitam.db")
    services = Services(Operations(database), Holdings(database, settings.store), Referentials(database), grammar)
    faults = Faults()
    parts = Parts(settings, services, faults, Engine(settings, services, faults))
    app = FastAPI(title="Sandbox Vitam", openapi_url=None)
    for routes in (routes_ingest, routes_admin, routes_access, routes_sandbox):
        app.include_router(routes.router)
    app.state.parts = parts
    app.add_exception_handler(500, _unexpected)
    app.add_middleware(Gate, settings=settings, referentials=services.referentials, faults=faults)
    return app, parts
