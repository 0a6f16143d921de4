"""Encryption as in production: the server proves who it is, and so does the client."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests.exceptions
import urllib3.exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.adapters.vitam.authority import Authority, pem
from tests.adapters.vitam.bad_server import OPERATION, BadServer, answer, read_body, serving
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.errors import Call, failed
from versement.adapters.vitam.poll import VitamWatch
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import ArchiveUnavailable, OutcomeUncertain, SettingsError
from versement.testing.archive_contract import BytesBody


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "autorite")


@contextmanager
def presenting(authority: Authority, certificate: tuple[Path, Path]) -> Iterator[BadServer]:
    """A server with this certificate, that wants one of its clients, and takes deposits."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    tls.load_verify_locations(authority.file)
    tls.verify_mode = ssl.CERT_REQUIRED

    def behave(handler) -> None:
        if handler.command == "POST":
            server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id=OPERATION)

    with serving(tls) as server:
        server.behave = behave
        yield server


@pytest.fixture
def vitam(authority: Authority) -> Iterator[BadServer]:
    with presenting(authority, authority.issue("serveur")) as server:
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


def refused(settings: VitamSettings, tenant, said: str) -> None:
    """Neither a deposit nor a question passes; both name the reason, and so does a trigger."""
    with pytest.raises(SettingsError, match=said):
        VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x"))
    with pytest.raises(SettingsError, match=said):
        VitamArchive(settings).alive(tenant)
    with pytest.raises(SettingsError, match=said):
        watch_alive(settings, tenant)


@pytest.mark.parametrize("verify", ["other", "public"])
def test_unknown_server(vitam, authority, tenant, tmp_path, verify: str) -> None:
    """A server that a trusted authority does not know gets not one byte of a deposit, and a person is told."""
    trust = Authority(tmp_path, "autre").file if verify == "other" else True
    refused(production(vitam, authority, verify=trust), tenant, "autorité de certification")
    assert not vitam.received


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"days": (-30, -1)}, "a expiré"),
        ({"days": (1, 30)}, "pas encore valable"),
        ({"at": "127.0.0.2"}, "pas au nom de son adresse"),
        ({"at": "vitam.exemple.fr"}, "pas au nom de son adresse"),
    ],
)
def test_wrong_server_certificate(authority, tenant, given: dict, said: str) -> None:
    """A certificate that has expired, is not valid yet or is another's: nothing leaves, the reason is named."""
    with presenting(authority, authority.issue("autre-serveur", **given)) as server:
        refused(production(server, authority), tenant, said)
        assert not server.received


def test_pinned_server(authority, tenant) -> None:
    """A server that the connection lists, by name or by fingerprint, is taken whatever its address."""
    certificate = authority.issue("épinglé", at="vitam.exemple.fr")
    found = x509.load_pem_x509_certificate(certificate[0].read_bytes()).fingerprint(hashes.SHA256())
    with presenting(authority, certificate) as server:
        for pins in (("vitam.exemple.fr",), ("autre.fr", found.hex()), (f"SHA256:{found.hex(':').upper()}",)):
            settings = production(server, authority, server_pins=pins)
            assert VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x")) == OPERATION
            assert watch_alive(settings, tenant)
        assert len(server.received) == 3


@pytest.mark.parametrize("pin", ["autre.exemple.fr", "00" * 32])
def test_server_not_pinned(vitam, authority, tenant, pin: str) -> None:
    """A server of the right authority and address, but not among those that the connection lists, gets nothing."""
    refused(production(vitam, authority, server_pins=(pin,)), tenant, "server_pins")
    assert not vitam.received


def test_pins_do_not_replace_the_authority(vitam, authority, tenant, tmp_path) -> None:
    """A pinned server that the authority does not know is not taken."""
    settings = production(vitam, authority, verify=Authority(tmp_path, "autre").file, server_pins=("127.0.0.1",))
    refused(settings, tenant, "autorité de certification")


@pytest.mark.parametrize(("authority_name", "days"), [("autre", (-1, 1)), ("autorite", (-30, -1))])
def test_unknown_client(vitam, authority, tenant, tmp_path, authority_name: str, days: tuple[int, int]) -> None:
    """A client certificate that the archive does not know, or that has expired, deposits nothing."""
    issuer = authority if authority_name == "autorite" else Authority(tmp_path, authority_name)
    settings = production(vitam, authority, client_certificate=issuer.issue("inconnu", days=days))
    with pytest.raises((ArchiveUnavailable, OutcomeUncertain, SettingsError)):
        VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x"))
    with pytest.raises((ArchiveUnavailable, SettingsError)):
        VitamArchive(settings).reply(tenant, OPERATION)
    assert not vitam.received


@pytest.mark.parametrize("alert", ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_CERTIFICATE_EXPIRED"])
def test_refused_client_is_named(alert: str) -> None:
    """When the server says that it refuses our certificate, the operator reads so."""
    refusal = ssl.SSLError(1, alert)
    refusal.reason = alert
    wrapped = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/", refusal))
    assert "certificat client" in failed(Call.REPLY, wrapped).message
    assert isinstance(failed(Call.REPLY, wrapped), SettingsError)


def test_key_with_a_passphrase(vitam, authority, tenant) -> None:
    """A client key may be encrypted; a wrong or missing passphrase is told, and never asked on a terminal."""
    certificate, key = authority.issue("discret")
    plain = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(pem(plain, b"phrase secr\xc3\xa8te"))
    settings = production(vitam, authority, client_certificate=(certificate, key), key_passphrase="phrase secrète")
    assert "phrase" not in repr(settings)
    assert VitamArchive(settings).deposit(tenant, "tentative-1", BytesBody(b"x")) == OPERATION
    for wrong in ("", "autre phrase"):
        with pytest.raises(SettingsError, match="phrase secrète"):
            VitamArchive(dataclasses.replace(settings, key_passphrase=wrong))


def test_key_of_another_certificate(authority, vitam) -> None:
    """A certificate and a key that do not go together are told before anything is tried."""
    mixed = authority.issue("un")[0], authority.issue("deux")[1]
    with pytest.raises(SettingsError, match="certificat client"):
        VitamArchive(production(vitam, authority, client_certificate=mixed))


@pytest.mark.parametrize("url", ["http", "https"])
def test_nothing_unverified_but_in_a_sandbox(server, authority, url: str) -> None:
    """Without a client certificate, or without verification, nothing is even tried, a sandbox aside."""
    server.url = server.url.replace("http:", f"{url}:")
    with pytest.raises(SettingsError):
        server.settings(sandbox=False, verify=False, client_certificate=authority.issue("client"))
    with pytest.raises(SettingsError):
        server.settings(sandbox=False, verify=authority.file)
    assert server.settings(verify=False).sandbox
