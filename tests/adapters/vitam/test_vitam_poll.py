"""The asynchronous twin says what the client says, and holds nobody up."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from tests.adapters.vitam.bad_server import OPERATION, QUICK, BadServer, answer, quickest, reset
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.poll import VitamWatch
from versement.domain.errors import ArchiveUnavailable, RequestRefused, ToRetry, VersementError
from versement.domain.tenant import Tenant
from versement.ports.archive import Operation
from versement.testing.archive_contract import BytesBody


def state(server: BadServer, tenant: Tenant, operation_id: str = OPERATION) -> Operation | None:
    async def ask() -> Operation | None:
        async with VitamWatch(server.settings()) as watch:
            return await watch.operation_state(tenant, operation_id)

    return asyncio.run(ask())


def alive(server: BadServer, tenant: Tenant) -> bool:
    async def ask() -> bool:
        async with VitamWatch(server.settings()) as watch:
            return await watch.alive(tenant)

    return asyncio.run(ask())


def test_state(server, tenant) -> None:
    """A trigger sees the state that the headers give, for its own tenant."""

    def behave(handler) -> None:
        server.seen(handler)
        answer(handler, 202, X_Global_Execution_State="RUNNING", X_Global_Execution_Status="STARTED")

    server.behave = behave
    assert state(server, tenant) == Operation(OPERATION, "RUNNING", "STARTED")
    (request,) = server.received
    assert (request.method, request.path) == ("HEAD", f"/admin-external/v1/operations/{OPERATION}")
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["x-tenant-id"] == "3"


@pytest.mark.parametrize("status", [100, 200, 204, 302, 401, 404, 412, 429, 500, 503])
def test_same_word_as_the_client(server, tenant, status: int) -> None:
    """Whatever the archive answers, trigger and client conclude the same."""

    def behave(handler) -> None:
        answer(handler, status)
        handler.close_connection = True

    server.behave = behave

    def concluded(ask) -> str:
        try:
            return str(ask())
        except VersementError as error:
            return f"{type(error).__name__} {error.message}"

    client = VitamArchive(server.settings())
    assert concluded(lambda: state(server, tenant)) == concluded(lambda: client.operation(tenant, OPERATION))
    assert alive(server, tenant) == client.alive(tenant)


def test_nobody_listens(server, tenant) -> None:
    """A trigger whose archive is gone says so."""
    server.behave = reset
    with pytest.raises(ArchiveUnavailable):
        state(server, tenant)
    server.url = "http://127.0.0.1:9"
    with pytest.raises(ArchiveUnavailable):
        state(server, tenant)
    assert not alive(server, tenant)


@pytest.mark.timeout(30)
def test_a_handshake_that_never_ends(server, tenant) -> None:
    """A server that takes the connection and says nothing, not even its certificate, holds nobody for ever."""
    server.timeouts = QUICK
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server.url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(ArchiveUnavailable):
            VitamArchive(server.settings(verify=False)).find_attempt(tenant, "tentative-1")
        with pytest.raises(ToRetry):
            VitamArchive(server.settings(verify=False)).deposit(tenant, "tentative-1", BytesBody(b"SIP"))
        with pytest.raises(ArchiveUnavailable):
            state(server, tenant)


def test_slow_archive_does_not_block_the_others(server, tenant) -> None:
    """While one archive keeps a trigger waiting, others go on, and the wait ends by itself."""
    server.timeouts = QUICK
    server.behave = lambda handler: time.sleep(1)

    async def both() -> tuple[bool, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.02)
                ticks += 1

        ticking = asyncio.create_task(tick())
        async with VitamWatch(server.settings()) as watch:
            answered = await watch.alive(tenant)
        ticking.cancel()
        return answered, ticks

    answered, ticks = asyncio.run(both())
    assert not answered
    assert ticks > 10


def test_headers_drop_by_drop(server, tenant) -> None:
    """Headers that never end are given up after the limit for answers."""
    server.timeouts = QUICK

    def behave(handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(40):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    server.behave = behave

    def ask() -> None:
        with pytest.raises(ArchiveUnavailable):
            state(server, tenant)

    assert quickest(ask, 3) < 3


def test_identifier_stays_in_its_place(server, tenant) -> None:
    """An identifier that could change the address is refused before anything leaves."""
    with pytest.raises(RequestRefused, match="identifiant"):
        state(server, tenant, "../rules")
