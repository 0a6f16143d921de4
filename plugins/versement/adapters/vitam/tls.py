"""Encryption: whom to trust, who we are, and which server certificates are taken. The same for both HTTP libraries."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Any

import httpx
from urllib3.util.ssl_match_hostname import CertificateError, match_hostname

from versement.adapters.vitam.settings import VitamSettings, fingerprint
from versement.domain.errors import SettingsError


class ServerNotPinned(ssl.SSLCertVerificationError):
    """The server proved who it is, and it is not one of those that the connection lists."""


def tls_context(settings: VitamSettings) -> ssl.SSLContext:
    """Trust, client certificate and pinned servers of a Vitam.

    Raises:
        SettingsError: a file is not what it should be, or the key's passphrase is wrong.
    """
    try:
        context = _trusting(settings.verify)
        if settings.client_certificate:
            # A passphrase, even empty: without one OpenSSL would ask for it on the terminal.
            context.load_cert_chain(*settings.client_certificate, password=settings.key_passphrase)
    except OSError as error:
        raise SettingsError(
            "Plateforme cible : l’autorité de certification, le certificat client ou sa clé ne peut pas être lu "
            "(fichiers PEM attendus), ou la phrase secrète de la clé n’est pas la bonne. Corrigez la connexion.",
            detail=f"TLS files: {type(error).__name__}: {getattr(error, 'reason', '')}",
        ) from error
    if settings.server_pins:
        _pin(context, settings.server_pins)
    return context


def _trusting(verify: bool | Path) -> ssl.SSLContext:  # noqa: FBT001 - as the setting is
    if isinstance(verify, bool):
        return httpx.create_ssl_context(verify=verify, trust_env=False)
    folder = verify.is_dir()
    return ssl.create_default_context(cafile=None if folder else verify, capath=verify if folder else None)


def _pin(context: ssl.SSLContext, pins: Collection[str]) -> None:
    """Beside the authority's word, want one of these names or fingerprints, in place of the address's name."""

    class Socket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
            super().do_handshake(block)
            _check(self, pins)

    class Object(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _check(self, pins)

    context.check_hostname = False
    context.sslsocket_class = Socket
    context.sslobject_class = Object


def _check(connection: ssl.SSLSocket | ssl.SSLObject, pins: Collection[str]) -> None:
    whole = connection.getpeercert(binary_form=True) or b""
    if hashlib.sha256(whole).hexdigest() in {fingerprint(pin) for pin in pins}:
        return
    named: Any = connection.getpeercert() or None
    if not any(_is_named(named, pin) for pin in pins if not fingerprint(pin)):
        raise ServerNotPinned("server certificate is not pinned")


def _is_named(certificate: Any, name: str) -> bool:
    try:
        match_hostname(certificate, name)
    except (CertificateError, ValueError):
        return False
    return True
