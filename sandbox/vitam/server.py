"""Assembles the server: store, engine, routes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from sandbox.vitam import (
    routes_access,
    routes_ingest,
    routes_operations,
    routes_referentials,
    routes_registers,
    routes_sandbox,
)
from sandbox.vitam.antivirus import Clamd, EicarOnly
from sandbox.vitam.database import Database
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.faults import Faults
from sandbox.vitam.gate import Gate
from sandbox.vitam.grammar import Grammar, schema_folder
from sandbox.vitam.holdings import Holdings
from sandbox.vitam.judge.ingest import Services
from sandbox.vitam.operations import Operations
from sandbox.vitam.pauses import ForcedPauses
from sandbox.vitam.referentials import Referentials
from sandbox.vitam.security import Security
from sandbox.vitam.settings import Settings
from sandbox.vitam.workflow import Engine

_ROUTES = (routes_ingest, routes_access, routes_operations, routes_registers, routes_referentials, routes_sandbox)
"""The referentials' paths match any name, so that they come after the other admin routes."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    settings: Settings
    services: Services
    faults: Faults
    engine: Engine
    security: Security

    def indexed_until(self, tenant: int) -> float:
        """The moment up to which a tenant's searches know what was written."""
        return time.time() - self.settings.index_delay_seconds - self.faults.index_lag(tenant)


async def _unexpected(_request: Request, _error: Exception) -> Response:
    return vitam_error(500, "GLOBAL_INTERNAL_SERVER_ERROR", "unexpected failure, see the server's log")


def build(settings: Settings) -> tuple[FastAPI, Parts]:
    """The application and its parts; the engine is not started.

    Raises:
        SchemasMissing: the official SEDA schemas are not to be found.
        StoreOutdated: the store was written by another version of the sandbox.
    """
    grammar = Grammar(schema_folder())
    database = Database(settings.store / "vitam.db")
    referentials = Referentials(database, admin_tenant=settings.admin_tenant, master_tenants=settings.master_tenants)
    antivirus = Clamd(settings.clamd) if settings.clamd else EicarOnly()
    services = Services(Operations(database), Holdings(database, settings.store), referentials, grammar, antivirus)
    security = _security(settings, referentials)
    faults = Faults()
    parts = Parts(settings, services, faults, Engine(settings, services, faults, ForcedPauses(database)), security)
    app = FastAPI(title="Sandbox Vitam", openapi_url=None)
    for routes in _ROUTES:
        app.include_router(routes.router)
    app.state.parts = parts
    app.add_exception_handler(500, _unexpected)
    app.add_middleware(Gate, settings=settings, referentials=referentials, security=security, faults=faults)
    return app, parts


def _security(settings: Settings, referentials: Referentials) -> Security:
    security = Security(
        referentials,
        demanded=settings.certificates_demanded,
        header_allowed=settings.certificate_header_allowed,
    )
    if settings.admin_certificate is not None:
        security.install_admin(settings.admin_certificate)
    return security
