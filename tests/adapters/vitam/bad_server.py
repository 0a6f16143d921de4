"""A real HTTP server that behaves as badly as a test asks, and settings to reach it."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import Timeouts, VitamSettings

OPERATION = "aeeaaaaaaghduohdabkogamdgezb2taaaaaq"
BLOCK = b"x" * 65536


@dataclass
class Received:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


PATIENT = Timeouts(connect=20.0, send=20.0, read=20.0, answer=60.0)
"""Nobody gives up on a server that answers, however busy the machine."""
QUICK = Timeouts(connect=0.5, send=0.5, read=0.5, answer=1.5)
"""For a server that never answers."""


@dataclass
class BadServer:
    """Answers every request by `behave`, and keeps what it received."""

    url: str = ""
    timeouts: Timeouts = PATIENT
    behave: Callable[[BaseHTTPRequestHandler], None] = lambda handler: answer(handler, 200)
    received: list[Received] = field(default_factory=list)

    def settings(self, **changes) -> VitamSettings:
        values = {"access_contract": "Contrat", "kind": "essai", "timeouts": self.timeouts, "sandbox": True}
        return VitamSettings(self.url, self.url, self.url, **(values | changes))

    def seen(self, handler: BaseHTTPRequestHandler, body: bytes = b"") -> None:
        self.received.append(Received(handler.command, handler.path, dict(handler.headers.items()), body))


def read_body(handler: BaseHTTPRequestHandler, limit: int | None = None) -> bytes:
    """Up to `limit` bytes of a deposit; the body of any other request, which is read before `behave`."""
    if handler.command != "POST" and limit is None:
        return handler.content
    length = int(handler.headers.get("Content-Length", 0))
    return handler.rfile.read(length if limit is None else min(limit, length))


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """A plain answer; underscores of header names become hyphens."""
    handler.send_response_only(status)
    for name, value in ({"Content_Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Cut the connection as a crash does."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[BadServer]:
    """A server on a free port of the loopback, in the clear or behind TLS."""
    bad = BadServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, *args) -> None:
            """Say nothing."""

        def _do(self) -> None:
            if self.command != "POST":
                self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            bad.behave(self)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_OPTIONS = _do  # noqa: N815

    httpd = _Server(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.handle_error = lambda *of: None  # refused handshakes are what some tests are about
    if tls:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
    bad.url = f"{'https' if tls else 'http'}://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    yield bad
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def quickest(act: Callable[[], object], bound: float) -> float:
    """Seconds that an act takes at best: the first of five tries within the bound, since a busy machine only adds."""
    taken = []
    while len(taken) < 5 and min(taken, default=bound) >= bound:
        start = time.monotonic()
        act()
        taken.append(time.monotonic() - start)
    return min(taken)


def archive(server: BadServer, **changes) -> VitamArchive:
    return VitamArchive(server.settings(**changes))


def refuse(status: int, code: str = ""):
    body = json.dumps({"httpCode": status, "code": code, "message": "Vitam's own words"}).encode() if code else b""

    def behave(handler) -> None:
        read_body(handler)
        answer(handler, status, body, Content_Type="application/json")

    return behave


def results(*items, total: int | None = None) -> bytes:
    hits = {"total": len(items) if total is None else total}
    return json.dumps({"httpCode": 200, "$hits": hits, "$results": items}).encode()
