"""An application with a REST API, in a thread of its own over a real port, that pages as it is told to and can fail."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

MODIFIED = 1_700_000_000


class RestServer:
    """Serves items with one file each.

    Attributes:
        style: how lists are paged; see `Paging`.
        faults: answers given instead of the real ones: status and headers.
        asked: paths and headers of the requests that came.
        after_page: called after each page of a list.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.style = "none"
        self.size = 100
        self.faults: deque[tuple[int, dict[str, str]]] = deque()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.after_page: Any = lambda: None
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                served.asked.append((self.path, dict(self.headers)))
                status, headers, body = served.answer(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, data: bytes = b"contenu", *, modified: int = MODIFIED) -> str:
        """Put an item with one file; returns the file's path in the listing."""
        name = path.rpartition("/")[2]
        item = {"id": path, "updated": modified, "files": [{"url": f"/f/{quote(path, safe='')}", "name": name}]}
        self.items[path] = item
        self.contents[path] = data
        return f"{path.replace('/', chr(0xEF2F))}/{name}"

    def remove(self, path: str) -> None:
        del self.items[path], self.contents[path]

    def state(self) -> object:
        return json.dumps(self.items, sort_keys=True)

    def answer(self, address: str) -> tuple[int, dict[str, str], bytes]:
        if self.faults:
            status, headers = self.faults.popleft()
            return status, headers, b"{}"
        parts = urlsplit(address)
        if parts.path == "/api/items":
            answer = self._list({name: values[0] for name, values in parse_qs(parts.query).items()})
            self.after_page()
            return answer
        kind, name = parts.path[:3], unquote(parts.path[3:])
        if kind == "/f/" and name in self.contents:
            return 200, {}, self.contents[name]
        if kind == "/d/" and name in self.items:
            return 200, {}, json.dumps(self.items[name]).encode()
        return 404, {}, b"{}"

    def _list(self, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        everything = list(self.items.values())
        start = {
            "page": (int(asked.get("page", "1")) - 1) * self.size,
            "offset": int(asked.get("offset", "0")),
        }.get(self.style, int(asked.get("at", "0")))
        rows = everything if self.style == "none" else everything[start : start + self.size]
        more = start + self.size if start + self.size < len(everything) else None
        answer: dict[str, Any] = {"data": {"items": rows}}
        headers = {}
        if more and self.style == "cursor":
            answer["cursor"] = str(more)
        if more and self.style == "next":
            answer["next"] = f"/api/items?at={more}"
        if more and self.style == "link":
            headers["Link"] = f'<{self.url}/api/items?at={more}>; rel="next", <{self.url}/api/items>; rel="first"'
        return 200, headers, json.dumps(answer).encode()
