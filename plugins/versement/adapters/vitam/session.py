"""HTTP sessions as the client wants them: no retry, no redirect, no cookie, no proxy or password found by chance."""

from __future__ import annotations

import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from versement.adapters.vitam.settings import VitamSettings
from versement.adapters.vitam.tls import tls_context


def open_session(settings: VitamSettings) -> requests.Session:
    """A session for one Vitam; nothing is sent yet."""
    session = requests.Session()
    session.trust_env = False  # ~/.netrc, proxies and CA bundles of the environment are not ours to use
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(
        {"User-Agent": "versement", "Accept-Encoding": "identity", "Connection": "keep-alive"}
    )
    adapter = _Adapter(settings.timeouts.send, tls_context(settings) if settings.encrypted else None)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Adapter(HTTPAdapter):
    """Gives sending a time limit of its own, where urllib3 would apply the connection's; trusts as the context does."""

    def __init__(self, send_timeout: float, tls: ssl.SSLContext | None) -> None:
        self._send_timeout = send_timeout
        self._tls = tls
        super().__init__(max_retries=0)

    def cert_verify(self, *_: Any) -> None:
        """Nothing to add to the context: requests would make it trust the public authorities too."""

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._tls is None:
            return host, {}
        # A context that checks no host name itself either checks pins or, in a sandbox, nothing.
        asserted = {} if self._tls.check_hostname else {"assert_hostname": False}
        return host, {"ssl_context": self._tls, "cert_reqs": self._tls.verify_mode, **asserted}

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
