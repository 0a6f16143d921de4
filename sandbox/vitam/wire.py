"""The HTTP server's connections, within reach of what must cut one or see its client certificate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
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


def certificate(scope: MutableMapping[str, Any]) -> bytes | None:
    """The client certificate (DER) of a request's TLS connection; None where there is none."""
    transport = _transport(scope)
    tls = None if transport is None else transport.get_extra_info("ssl_object")
    found: bytes | None = None if tls is None else tls.getpeercert(binary_form=True)
    return found


def cut(scope: MutableMapping[str, Any]) -> None:
    """Close a request's connection at once, without an answer."""
    transport = _transport(scope)
    if transport is not None:
        transport.abort()
    _log.info("connection cut on demand")


def _transport(scope: MutableMapping[str, Any]) -> asyncio.Transport | None:
    client = scope.get("client")
    return _open.get((str(client[0]), int(client[1]))) if client else None
