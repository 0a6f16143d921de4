"""HTTP for sources that are web applications: one declared server, no other; sizes, times and retries bounded.

Redirections are followed on that server only. Credentials, proxies and authorities of the environment are not used.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter

from versement.adapters import json_text
from versement.adapters.sources import outcomes, web_outcomes
from versement.domain.documents import FileReference
from versement.domain.fixity import CHUNK

JSON_LIMIT = 64 << 20
"""Bytes of one page of a list."""
SLOWEST = 16 << 10
"""Bytes a second below which a file is given up, once the time for answers has passed."""
_REDIRECTIONS = 5
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How to reach an application.

    Attributes:
        url: address under which its API stands; HTTPS, unless on this very machine.
        headers: sent with every request: a token, a key.
        proxy: address of the proxy that leads outside, empty when there is none.
        ca: file of the authority that signs the server's certificate; empty: the public ones.
        client_certificate, client_key: PEM files, empty when there is none.
        answer_seconds: for a list to come whole, for a file to begin.
        patience_seconds: in all, for one answer, when the application asks to come back later.
    """

    url: str
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca: str = ""
    proxy: str = field(default="", repr=False)
    client_certificate: str = ""
    client_key: str = ""
    passphrase: str = field(default="", repr=False)
    connect_seconds: float = 20.0
    answer_seconds: float = 60.0
    patience_seconds: float = 300.0

    @property
    def server(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


class Web:
    """One application's HTTP side. Not for several threads at once.

    Attributes:
        sleep: waits so many seconds.
    """

    def __init__(self, settings: WebSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self._sleep = sleep
        self._origin = _origin(settings.url)
        if self._origin[0] not in ("http", "https") or not self._origin[1]:
            raise web_outcomes.bad_address(settings.server)
        if self._origin[0] == "http" and self._origin[1] not in _LOOPBACK:
            raise web_outcomes.not_encrypted(settings.server)
        self._session = _session(settings)

    def close(self) -> None:
        self._session.close()

    def address(self, path: str) -> str:
        """The address of a path of the profile, which starts with `/`, under the application's own."""
        return self.settings.url.rstrip("/") + path

    def linked(self, link: str, page: str) -> str:
        """The address that an answer gives, which may be relative to its own.

        Raises:
            SettingsError: it leads to another server, which is never contacted.
        """
        url = urljoin(page, link)
        if _origin(url) != self._origin or "@" in urlsplit(url).netloc:
            raise web_outcomes.elsewhere(self.settings.server)
        return url

    def json(self, url: str, parameters: Mapping[str, str] | None = None) -> tuple[Any, requests.Response]:
        """A JSON answer and the response that it came with; None when there is no such thing (404)."""
        with self._answer("GET", url, parameters) as response:
            if response.status_code == 404:
                return None, response
            body = self._body(response)
            try:
                return json_text.loads(body), response
            except ValueError as error:
                raise web_outcomes.no_json(self.settings.server) from error

    def post(self, url: str) -> int:
        """Ask for something to be done; the status: 2xx, or 400, 404 or 409."""
        with self._answer("POST", url, None, allowed=(400, 404, 409)) as response:
            return response.status_code

    def stream(self, url: str, reference: FileReference) -> Iterator[bytes]:
        """A file's bytes.

        Raises:
            FileVanished: there is no such file, or it is refused.
        """
        with self._answer("GET", url, None, allowed=(403, 404, 410)) as response:
            if response.status_code == 403:
                raise outcomes.forbidden(reference)
            if response.status_code in (404, 410):
                raise outcomes.vanished(reference)
            started, received = time.monotonic(), 0
            while block := response.raw.read(CHUNK, decode_content=True):
                received += len(block)
                yield block
                if time.monotonic() > started + self.settings.answer_seconds + received / SLOWEST:
                    raise web_outcomes.unavailable(self.settings.server, "file too slow")

    @contextmanager
    def _answer(
        self, method: str, url: str, parameters: Mapping[str, str] | None, allowed: tuple[int, ...] = (404,)
    ) -> Iterator[requests.Response]:
        """An answer that is a success or one of the allowed statuses."""
        try:
            with self._asked(method, self.linked(url, self.settings.url), parameters) as response:
                if response.status_code >= 300 and response.status_code not in allowed:
                    raise web_outcomes.of_status(response.status_code, self.settings.server)
                yield response
        except FAILURES as error:
            raise web_outcomes.of_failure(error, self.settings.server) from error

    def _asked(self, method: str, url: str, parameters: Mapping[str, str] | None) -> requests.Response:
        waited, tries, redirections = 0.0, 0, 0
        limits = (self.settings.connect_seconds, self.settings.answer_seconds)
        while True:
            response = self._session.request(
                method, url, params=parameters, timeout=limits, allow_redirects=False, stream=True
            )
            if method == "GET" and response.is_redirect and redirections < _REDIRECTIONS:
                url, parameters = self.linked(response.headers["location"], url), None
                redirections += 1
            elif response.status_code in (429, 503) or (method == "GET" and response.status_code >= 500):
                pause = _pause(response, tries)
                waited, tries = waited + pause, tries + 1
                if waited > self.settings.patience_seconds or tries > 8:
                    return response
                self._sleep(pause)
            else:
                return response
            response.close()

    def _body(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + self.settings.answer_seconds
        received = bytearray()
        while block := response.raw.read(CHUNK, decode_content=True):
            received += block
            if len(received) > JSON_LIMIT:
                raise web_outcomes.too_big(self.settings.server)
            if time.monotonic() > deadline:
                raise web_outcomes.unavailable(self.settings.server, "answer too slow")
        return bytes(received)


def _pause(response: requests.Response, tries: int) -> float:
    """What the server asks for, in seconds; a date is not compared with a clock of ours."""
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() and len(asked) < 6 else min(2.0**tries, 60.0)


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None
    return parts.scheme, parts.hostname or "", port


def _session(settings: WebSettings) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(
        {"User-Agent": "versement", "Accept-Encoding": "identity", **_credentials(settings)}
    )
    session.proxies = {"https": settings.proxy} if settings.proxy else {}
    session.mount("https://", _Adapter(_tls(settings)))
    return session


def _credentials(settings: WebSettings) -> dict[str, str]:
    said = dict(settings.headers)
    if settings.token:
        said["Authorization"] = f"Bearer {settings.token}"
    elif settings.login:
        pair = base64.b64encode(f"{settings.login}:{settings.password}".encode()).decode()
        said["Authorization"] = f"Basic {pair}"
    if not all(value.isascii() and value.isprintable() for value in said.values()):
        raise web_outcomes.bad_header()
    return said


def _tls(settings: WebSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca or certifi.where())
        if settings.client_certificate:
            context.load_cert_chain(settings.client_certificate, settings.client_key or None, settings.passphrase)
    except OSError as error:
        raise web_outcomes.bad_certificate() from error
    return context


class _Adapter(HTTPAdapter):
    """Trusts as its context does."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(max_retries=0)

    def cert_verify(self, *_: Any) -> None:
        """Nothing to add to the context: requests would make it trust the public authorities too."""

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._tls, "cert_reqs": ssl.CERT_REQUIRED}
