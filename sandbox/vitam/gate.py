"""What stands before every route: methods overridden, header sanity, tenant, caller, access contract, request id."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response

from sandbox.vitam import endpoints, wire
from sandbox.vitam.endpoints import ACCESS, ADMIN, BASES
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.faults import Faults
from sandbox.vitam.guid import GuidType, new_guid
from sandbox.vitam.referentials import Referentials
from sandbox.vitam.security import Security
from sandbox.vitam.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_NAME = re.compile(r"[a-zA-Z0-9\-_]{1,50}")
_VALUE = re.compile(r"((?![.]{2})[a-zA-Z0-9()\-=*.?;,+/:&_ ])*")
_OVERRIDING = (ACCESS, ADMIN)
_OWN = "/sandbox"


class Gate:
    """ASGI middleware; the sandbox's own routes ask for a caller of full access where certificates are demanded."""

    def __init__(
        self, app: Any, *, settings: Settings, referentials: Referentials, security: Security, faults: Faults
    ) -> None:
        self._app = app
        self._settings = settings
        self._referentials = referentials
        self._security = security
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not scope["path"].startswith(BASES):
            await (self._own_refusal(scope, headers) or self._app)(scope, receive, send)
            return
        if scope["method"] == "POST" and scope["path"].startswith(_OVERRIDING):
            scope["method"] = headers.get("X-Http-Method-Override", "POST").upper()
        tenant = _integer(headers.get("X-Tenant-Id"))
        request_id = new_guid(GuidType.REQUEST, tenant if tenant is not None and tenant >= 0 else 0)
        scope.setdefault("state", {}).update(tenant=tenant, request_id=request_id, context="")
        refused = self._refusal(scope, headers, tenant)
        marked = _marking(send, request_id, headers)
        if refused is not None:
            await refused(scope, receive, marked)
        else:
            await self._app(scope, receive, marked)

    def _refusal(self, scope: Scope, headers: Headers, tenant: int | None) -> Response | None:
        if self._faults.take("unavailable", tenant, path=scope["path"]):
            return Response("<html><body>503 Service Unavailable</body></html>", 503, media_type="text/html")
        if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
            return vitam_error(412, "CHECK_SANITY", "a header has forbidden characters")
        if scope["method"] == "OPTIONS":
            return None
        if tenant is None or not 0 <= tenant < self._settings.tenants:
            return JSONResponse({"Error": "X-Tenant-Id check failed!"}, 412 if tenant is None else 401)
        refused = self._caller_refusal(scope, headers, tenant)
        if refused is None and scope["path"].startswith(ACCESS):
            return self._contract_refusal(tenant, headers.get("X-Access-Contract-Id"))
        return refused

    def _own_refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if not self._security.demanded or not scope["path"].startswith(_OWN):
            return None
        context = self._security.caller(wire.certificate(scope), headers)
        if isinstance(context, Response):
            return context
        return None if self._security.may_do_all(context) else vitam_error(401, "INTERNAL_SECURITY", "full access only")

    def _caller_refusal(self, scope: Scope, headers: Headers, tenant: int) -> Response | None:
        """Judge the endpoint's permission and tenant; write the caller's context into the request's state."""
        types = {"sent": headers.get("Content-Type", ""), "accepted": headers.get("Accept", "")}
        endpoint = endpoints.find(scope["method"], scope["path"], **types)
        if endpoint is not None and endpoint.admin and tenant != self._settings.admin_tenant:
            return vitam_error(401, "INTERNAL_SECURITY", "only the admin tenant may do this")
        if not self._security.demanded:
            return None
        context = self._security.caller(wire.certificate(scope), headers)
        if isinstance(context, Response):
            return context
        scope["state"]["context"] = context["Identifier"]
        return self._security.refusal(context, tenant, endpoint, headers.get("X-Access-Contract-Id"))

    def _contract_refusal(self, tenant: int, identifier: str | None) -> Response | None:
        if not identifier:
            return vitam_error(412, "ACCESS_EXTERNAL", "X-Access-Contract-Id is missing")
        contract = self._referentials.get(tenant, "accesscontracts", identifier)
        if contract is None or contract["Status"] != "ACTIVE":
            return vitam_error(401, "INTERNAL_SECURITY", "access contract unknown or inactive")
        return None


def _integer(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _marking(send: Send, request_id: str, headers: Headers) -> Send:
    async def marked(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered = MutableHeaders(raw=message.setdefault("headers", []))
            answered.setdefault("X-Request-Id", request_id)
            for name in ("X-Tenant-Id", "X-Application-Id"):
                if name in headers:
                    answered.setdefault(name, headers[name])
        await send(message)

    return marked
