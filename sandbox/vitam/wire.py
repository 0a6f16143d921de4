"""The HTTP server's connections, within reach of a route that must cut one."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[tuple[str, int], asyncio.Transport] = {}
_log = logging.getLogger("sandbox.vitam")


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, remembering its transport by the caller's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        _open[(str(peer[0]), int(peer[1]))] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        peer = self.transport.get_extra_info("peername")
        if peer:
            _open.pop((str(peer[0]), int(peer[1])), None)
        super().connection_lost(exc)


def cut(scope: dict[str, Any]) -> None:
    """Close a request's connection at once, without an answer."""
    client = scope.get("client")
    transport = _open.get((str(client[0]), int(client[1]))) if client else None
    if transport is not None:
        transport.abort()
    _log.info("connection cut on demand")
