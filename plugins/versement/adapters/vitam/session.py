"""HTTP sessions as the client wants them: no retry, no redirect, no cookie, no proxy or password found by chance."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from versement.adapters.vitam.settings import VitamSettings


def open_session(settings: VitamSettings) -> requests.Session:
    """A session for one Vitam; nothing is sent yet."""
    session = requests.Session()
    session.trust_env = False  # ~/.netrc, proxies and CA bundles of the environment are not ours to use
    session.verify = settings.verify if isinstance(settings.verify, bool) else str(settings.verify)
    if settings.client_certificate:
        certificate, key = settings.client_certificate
        session.cert = (str(certificate), str(key))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(
        {"User-Agent": "versement", "Accept-Encoding": "identity", "Connection": "keep-alive"}
    )
    session.mount("https://", _Adapter(settings.timeouts.send))
    session.mount("http://", _Adapter(settings.timeouts.send))
    return session


class _Adapter(HTTPAdapter):
    """Gives sending a time limit of its own; urllib3 would apply the connection's."""

    def __init__(self, send_timeout: float) -> None:
        self._send_timeout = send_timeout
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._send_timeout)


def _pools(send_timeout: float) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
            super().endheaders(message_body, encode_chunked=encode_chunked)
            self.sock.settimeout(send_timeout)

    class Secure(HTTPSConnection):
        def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
            super().endheaders(message_body, encode_chunked=encode_chunked)
            self.sock.settimeout(send_timeout)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
