"""Airflow's pages in French for whoever has not chosen otherwise: Airflow itself follows the browser's language."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = b"<head>"
CHOICE = b"""<script>
      try { localStorage.getItem("i18nextLng") ?? localStorage.setItem("i18nextLng", "fr"); } catch {}
    </script>"""
"""`i18nextLng` is where Airflow's menu keeps the language that the user chose."""


class FrenchByDefault:
    """Airflow's application, whose pages name French as the language where the browser holds no choice yet.

    Pages with a Content-Security-Policy of their own (ours) pass untouched, as does all that is not HTML.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        # Uncompressed: the page is rewritten here, outside the layer that would have compressed it.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, _Rewriting(send))


class _Rewriting:
    """Sends an answer on; of a page, its head is changed first."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(Headers(raw=message["headers"])):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        page = bytes(self._body).replace(HEAD, HEAD + CHOICE, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        if "content-length" in headers:
            headers["content-length"] = str(len(page))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page})


def _is_page(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("text/html") and "content-security-policy" not in headers
