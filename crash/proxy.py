"""A network between the chain and the archive, that fails on demand: a TCP relay in a process of its own.

It is told what to do to the next exchange by one line of JSON on its control port, and answers `ok`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

BLOCK = 1 << 16
ANSWERS = {
    "error": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "swallow": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}
LATE_SECONDS = 1.2
"""After which a body that was kept back is delivered, longer than the client waits."""


@dataclass(slots=True)
class Order:
    """What happens to one exchange.

    Attributes:
        kind: cut, error, timeout, swallow (taken whole, answered by 502, never passed on), late, silent (cut,
            nothing passed on).
        after_bytes: of the request, passed on before it happens.
        answer: it happens to the answer, once the archive has done what was asked.
    """

    kind: str
    after_bytes: int = 0
    answer: bool = False


class Relay:
    """One order at a time, for the next bytes of a request on any connection."""

    def __init__(self, archive: tuple[str, int]) -> None:
        self.archive = archive
        self.order: Order | None = None

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told = json.loads(await reader.readline())
        if "archive" in told:
            self.archive = ("127.0.0.1", int(told["archive"]))
        else:
            self.order = Order(**told)
        writer.write(b"ok\n")
        await writer.drain()
        writer.close()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(*self.archive)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(self, (reader, writer), (there, back))
        await asyncio.gather(pair.request(), pair.answer(), return_exceptions=True)
        writer.close()
        back.close()


class Pair:
    """The two connections of one client."""

    def __init__(self, relay: Relay, client: tuple[Any, Any], archive: tuple[Any, Any]) -> None:
        self._relay = relay
        self._client_in, self._client_out = client
        self._archive_in, self._archive_out = archive
        self._order: Order | None = None
        self._passed = 0
        self._kept = bytearray()

    async def request(self) -> None:
        while block := await self._client_in.read(BLOCK):
            if self._order is None and self._relay.order is not None:
                self._order, self._relay.order, self._passed = self._relay.order, None, 0
            if self._order is None or self._order.answer:
                await self._pass(block)
            elif self._passed + len(block) <= self._order.after_bytes:
                self._passed += len(block)
                await self._pass(block)
            elif await self._happens(self._order, block):
                return
        if self._order is not None and self._order.kind == "late":
            await asyncio.sleep(LATE_SECONDS)
            await self._pass(bytes(self._kept))
            await self._archive_in.read(BLOCK)
        self._archive_out.close()

    async def answer(self) -> None:
        while block := await self._archive_in.read(BLOCK):
            if self._order is not None and self._order.answer:
                await self._end(self._order)
                return
            if self._order is None:
                self._client_out.write(block)
                await self._client_out.drain()
        if self._order is None:
            self._client_out.close()

    async def _pass(self, block: bytes) -> None:
        self._archive_out.write(block)
        await self._archive_out.drain()

    async def _happens(self, order: Order, block: bytes) -> bool:
        """Do to the request what was ordered; True when no more of it is read."""
        self._kept += block
        if order.kind == "late" or (order.kind == "swallow" and not _whole(bytes(self._kept))):
            return False
        if order.kind == "swallow":
            self._archive_out.transport.abort()
        await self._end(order)
        return True

    async def _end(self, order: Order) -> None:
        if order.kind == "timeout":
            while await self._client_in.read(BLOCK):
                pass  # the client gives up by itself
        elif order.kind in ANSWERS:
            self._client_out.write(ANSWERS[order.kind])
            await self._client_out.drain()
            self._client_out.close()
        else:
            self._client_out.transport.abort()
        self._archive_out.transport.abort()


def _whole(request: bytes) -> bool:
    head, found, body = request.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
    return bool(found) and len(body) >= int(length.partition(b":")[2])


def order(port: int, **told: Any) -> None:
    """Tell a relay what to do to the next exchange (an Order's fields), or where the archive is now (`archive`)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(json.dumps(told).encode() + b"\n")
        if connection.recv(16) != b"ok\n":
            raise OSError("the relay does not answer")


def start(archive_port: int) -> tuple[int, int, int]:
    """Fork a relay; its pid, its port and its control port."""
    listening, control = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    ports = listening.getsockname()[1], control.getsockname()[1]
    pid = os.fork()
    if pid:
        listening.close()
        control.close()
        return pid, *ports
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # connections reset on purpose are no news
    try:
        asyncio.run(_serve(archive_port, listening, control))
    finally:
        os._exit(0)


async def _serve(archive_port: int, listening: socket.socket, control: socket.socket) -> None:
    relay = Relay(("127.0.0.1", archive_port))
    parent = os.getppid()
    servers = (
        await asyncio.start_server(relay.connection, sock=listening),
        await asyncio.start_server(relay.control, sock=control),
    )
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of a parent's death
        await asyncio.sleep(1)
    for server in servers:
        server.close()
    sys.exit(0)
