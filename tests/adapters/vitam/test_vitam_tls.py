"""Encryption as in production: the server proves who it is, and so does the client."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.adapters.vitam.bad_server import OPERATION, BadServer, answer, read_body, serving
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.poll import VitamWatch
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import ArchiveUnavailable, OutcomeUncertain
from versement.testing.archive_contract import BytesBody


class Authority:
    """A small certification authority with one folder for its files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(name, self.key.public_key(), ca=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of somebody at 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(name, key.public_key(), ca=False)
        paths = self.folder / f"{self.name}-{name}.pem", self.folder / f"{self.name}-{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        paths[1].write_bytes(key.private_bytes(encoding, shape, serialization.NoEncryption()))
        return paths

    def _signed(self, name: str, public_key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(days=1))
        builder = builder.not_valid_after(now + dt.timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        builder = builder.add_extension(address, critical=False)
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "autorite")


@pytest.fixture
def vitam(authority: Authority) -> Iterator[BadServer]:
    """A server that wants a client certificate, and takes deposits."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*authority.issue("serveur"))
    tls.load_verify_locations(authority.file)
    tls.verify_mode = ssl.CERT_REQUIRED

    def behave(handler) -> None:
        if handler.command == "POST":
            server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id=OPERATION)

    with serving(tls) as server:
        server.behave = behave
        yield server


def production(server: BadServer, authority: Authority, **changes) -> VitamSettings:
    wanted = {"verify": authority.file, "client_certificate": authority.issue("client")} | changes
    return server.settings(kind="production", sandbox=False, **wanted)


def watch_alive(settings: VitamSettings, tenant) -> bool:
    async def ask() -> bool:
        async with VitamWatch(settings) as watch:
            return await watch.alive(tenant)

    return asyncio.run(ask())


def test_mutual_trust(vitam, authority, tenant) -> None:
    """With the right authority and certificate, a deposit passes whole, and triggers see the archive."""
    settings = production(vitam, authority)
    body = BytesBody(b"x" * 3_000_000, 1 << 20)
    assert VitamArchive(settings).deposit(tenant, "tentative-1", body) == OPERATION
    assert vitam.received[0].body == b"x" * 3_000_000
    assert watch_alive(settings, tenant)


@pytest.mark.parametrize("verify", ["other", "public"])
def test_unknown_server(vitam, authority, tenant, tmp_path, verify: str) -> None:
    """A server that a trusted authority does not know gets not one byte of a deposit."""
    trust = Authority(tmp_path, "autre").file if verify == "other" else True
    settings = production(vitam, authority, verify=trust)
    with pytest.raises(ArchiveUnavailable, match="autorité de certification"):
        VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x"))
    assert not vitam.received
    assert not watch_alive(settings, tenant)


@pytest.mark.parametrize("certificate", ["none", "stranger"])
def test_unknown_client(vitam, authority, tenant, tmp_path, certificate: str) -> None:
    """A client that the archive does not know deposits nothing, and knows no more than that it did not work."""
    own = None if certificate == "none" else Authority(tmp_path, "autre").issue("client")
    settings = production(vitam, authority, client_certificate=own)
    with pytest.raises((ArchiveUnavailable, OutcomeUncertain)):
        VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x"))
    with pytest.raises(ArchiveUnavailable):
        VitamArchive(settings).reply(tenant, OPERATION)
    assert not vitam.received
    assert not watch_alive(settings, tenant)
