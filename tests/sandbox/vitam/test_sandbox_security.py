"""Who may call: client certificates, contexts, security profiles."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.routing import APIRoute

from sandbox.vitam import (
    endpoints,
    routes_access,
    routes_ingest,
    routes_operations,
    routes_referentials,
    routes_registers,
)
from sandbox.vitam.referentials import FILE_KINDS, JSON_KINDS
from tests.sandbox.vitam.vitam_process import ROOT, VitamServer
from tests.sandbox.vitam.vitam_sips import Sip

KINDS = (*FILE_KINDS, *JSON_KINDS)
ADMIN = "/admin-external/v1"
UNITS = "/access-external/v1/units"
EVERYTHING = {"$roots": [], "$query": [], "$filter": {}, "$projection": {}}
DEPOSITOR = ["ingests:create", "operations:id:read:status", "units:read", "logbookoperations:id:read"]


@dataclass
class Issued:
    """A certificate with its key, as PEM files."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> str:
        return self.certificate.read_text()


class Authority:
    """A certification authority of its own, made for one run of the tests."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = folder / f"{name}.pem"
        built = self._builder(self._subject, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self._write(self.certificate, built)

    def issue(self, name: str) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issued = Issued(self._folder / f"{self._name}-{name}.pem", self._folder / f"{self._name}-{name}.key")
        local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        self._write(issued.certificate, self._builder(subject, key.public_key()).add_extension(local, critical=False))
        private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        issued.key.write_bytes(key.private_bytes(*private))
        return issued

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
        )

    def _write(self, path: Path, builder: x509.CertificateBuilder) -> None:
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@dataclass
class Platform:
    """A server over TLS, its administrator, and callers with certificates of their own."""

    server: VitamServer
    authority: Authority
    callers: dict[str, httpx.Client]

    def caller(self, name: str, context: str) -> VitamServer:
        """The server as seen by a new certificate, bound to a context."""
        issued = self.authority.issue(name)
        answer = self.server.client.post(
            f"{self.server.url}/sandbox/identities", json={"certificate": issued.pem, "context": context}
        )
        assert answer.status_code == 201, answer.text
        return self.seen_by(issued)

    def seen_by(self, issued: Issued) -> VitamServer:
        seen = VitamServer(self.server.store)
        seen.client.close()
        seen.url, seen.client = self.server.url, _client(self.authority, issued)
        self.callers[issued.certificate.name] = seen.client
        return seen

    def context(self, identifier: str, profile: dict[str, object], **values: object) -> None:
        """Import a security profile and a context that uses it."""
        self._post("securityprofiles", {"Identifier": f"SP-{identifier}", "Name": "Profil", **profile}, tenant=1)
        body = {"Identifier": identifier, "Name": "Contexte", "Status": "ACTIVE", "EnableControl": True}
        self._post("contexts", {**body, "SecurityProfile": f"SP-{identifier}", **values}, tenant=1)

    def _post(self, kind: str, body: dict[str, object], *, tenant: int) -> None:
        answer = self.server.call("POST", f"{ADMIN}/{kind}", tenant=tenant, json=[body])
        assert answer.status_code == 201, answer.text


def _client(authority: Authority, issued: Issued | None) -> httpx.Client:
    trusted = ssl.create_default_context(cafile=str(authority.certificate))
    if issued is not None:
        trusted.load_cert_chain(issued.certificate, issued.key)
    return httpx.Client(timeout=30, verify=trusted)


def _started(folder: Path, *options: str) -> Platform:
    authority = Authority(folder, "autorite")
    served, admin = authority.issue("serveur"), authority.issue("admin")
    tls = ("--tls-cert", served.certificate, "--tls-key", served.key, "--client-ca", authority.certificate)
    server = VitamServer(
        folder / "store",
        *(str(option) for option in (*tls, "--admin-certificate", admin.certificate)),
        "--index-delay-seconds",
        "0.1",
        *options,
    )
    server.start()
    server.client.close()
    server.url, server.client = server.url.replace("http://", "https://"), _client(authority, admin)
    return Platform(server, authority, {})


def _stopped(platform: Platform) -> None:
    for client in platform.callers.values():
        client.close()
    platform.server.stop()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One TLS server for these tests; each takes contexts of its own."""
    started = _started(tmp_path_factory.mktemp("tls"))
    started.server.import_referentials(0)
    started.server.import_referentials(2)
    yield started
    _stopped(started)


def _paths(route: APIRoute) -> list[str]:
    """A route's path, or one for each kind of referential that it serves."""
    kinds = FILE_KINDS if "filecheck" in route.path else JSON_KINDS if "PUT" in route.methods else KINDS
    return [route.path.replace("{kind}", kind).replace(":path", "") for kind in kinds]


def test_every_route_asks_for_a_permission():
    """No route of Vitam's API can be called without a permission that a security profile must hold."""
    asked = [
        (method, path)
        for routes in (routes_ingest, routes_access, routes_operations, routes_registers, routes_referentials)
        for route in routes.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods - {"OPTIONS"}
        for path in _paths(route)
    ]
    unasked = [(verb, path) for verb, path in asked if endpoints.find(verb, path, sent="", accepted="") is None]
    assert len(asked) > len(KINDS)
    assert unasked == []


PERMISSIONS = [{"tenant": 0, "IngestContracts": ["CONTRAT"], "AccessContracts": ["ACCES"]}]


def test_a_certificate_deposits_through_its_context(platform: Platform):
    """Known by its certificate, a caller deposits with the contract of its context, which the logbook names."""
    platform.context("CT-DEPOT", {"Permissions": DEPOSITOR}, Permissions=PERMISSIONS)
    caller = platform.caller("depot", "CT-DEPOT")
    operation, status = caller.ingest(Sip().zipped())
    told = caller.call("GET", f"/access-external/v1/logbookoperations/{operation}").json()["$results"][0]
    assert (status, told["agIdApp"]) == ("OK", "CT-DEPOT")


def test_a_contract_outside_the_context_is_refused(platform: Platform):
    """An ingest contract that the context does not list is refused, after the SIP was taken."""
    platform.server.add_contract("AILLEURS")
    platform.context("CT-AUTRE", {"Permissions": DEPOSITOR}, Permissions=PERMISSIONS)
    caller = platform.caller("autre", "CT-AUTRE")
    operation, status = caller.ingest(Sip(agreement="AILLEURS").zipped())
    assert status == "KO"
    assert "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_CONTEXT.KO" in caller.details(operation)


def test_a_context_without_control_opens_every_contract(platform: Platform):
    """Without EnableControl, the context lists nothing and everything is open."""
    platform.context("CT-LIBRE", {"FullAccess": True}, EnableControl=False)
    caller = platform.caller("libre", "CT-LIBRE")
    assert caller.ingest(Sip().zipped(), tenant=2)[1] == "OK"
    assert caller.call("GET", UNITS, tenant=2, json=EVERYTHING).status_code == 200


def _refused(answer: httpx.Response) -> bool:
    body = answer.json()
    return (answer.status_code, body["httpCode"], body["code"]) == (401, 401, "000700")


@pytest.mark.parametrize(
    ("method", "path", "tenant"),
    [
        ("GET", UNITS, 2),
        ("GET", f"{ADMIN}/operations", 0),
        ("GET", f"{ADMIN}/agencies", 0),
        ("POST", f"{ADMIN}/ingestcontracts", 0),
        ("GET", "/ingest-external/v1/ingests/aeeaaaaaamaaaaabab7vuancciqpsuaaacpq/manifests", 0),
    ],
)
def test_what_the_context_does_not_open_is_refused(platform: Platform, method: str, path: str, tenant: int):
    """Another tenant, another permission: 401 with a VitamError, before anything is done."""
    name = f"CT-{method}-{tenant}-{path.rpartition('/')[2]}"
    platform.context(name, {"Permissions": DEPOSITOR}, Permissions=PERMISSIONS)
    caller = platform.caller(name, name)
    assert _refused(caller.call(method, path, tenant=tenant, json=EVERYTHING))
    assert caller.call("GET", UNITS, json=EVERYTHING).status_code == 200


def test_access_and_ingest_need_their_contracts(platform: Platform):
    """In a controlled context, a tenant without ingest contract takes no deposit, nor shows through another."""
    narrow = [{"tenant": 0, "IngestContracts": [], "AccessContracts": ["AUTRE-ACCES"]}]
    other = {"Identifier": "AUTRE-ACCES", "Name": "Autre", "Status": "ACTIVE"}
    platform.server.call("POST", f"{ADMIN}/accesscontracts", json=[other])
    platform.context("CT-ETROIT", {"Permissions": DEPOSITOR}, Permissions=narrow)
    caller = platform.caller("etroit", "CT-ETROIT")
    assert _refused(caller.post_sip(Sip().zipped()))
    assert _refused(caller.call("GET", UNITS, json=EVERYTHING))


def test_an_unknown_or_inactive_caller_is_refused(platform: Platform):
    """A certificate of the right authority is not enough: it must be bound, and its context be active."""
    unknown = platform.seen_by(platform.authority.issue("inconnu"))
    platform.context("CT-INACTIF", {"FullAccess": True}, Status="INACTIVE")
    inactive = platform.caller("inactif", "CT-INACTIF")
    absent = platform.caller("absent", "CT-ABSENT")
    assert all(_refused(one.call("GET", f"{ADMIN}/agencies")) for one in (unknown, inactive, absent))


def test_the_own_routes_are_for_full_access_only(platform: Platform):
    """Faults and identities are the administrator's, once callers have certificates."""
    platform.context("CT-SIMPLE", {"Permissions": DEPOSITOR}, Permissions=PERMISSIONS)
    caller = platform.caller("simple", "CT-SIMPLE")
    assert _refused(caller.client.get(f"{caller.url}/sandbox/faults"))
    assert platform.server.client.get(f"{platform.server.url}/sandbox/faults").status_code == 200


def test_without_a_certificate_of_the_authority_there_is_no_answer(platform: Platform, tmp_path: Path):
    """TLS itself refuses a caller without certificate, or with another authority's."""
    stranger = Authority(tmp_path, "etranger").issue("intrus")
    for issued in (None, stranger):
        with _client(platform.authority, issued) as client, pytest.raises(httpx.TransportError):
            client.get(f"{platform.server.url}{ADMIN}/agencies", headers={"X-Tenant-Id": "0"})


def test_identities_survive_a_restart(tmp_path: Path):
    """Killed and started again, the server knows its callers."""
    platform = _started(tmp_path)
    try:
        platform.context("CT-DURABLE", {"FullAccess": True}, EnableControl=False)
        caller = platform.caller("durable", "CT-DURABLE")
        client = platform.server.client
        platform.server.kill()
        platform.server.start()
        platform.server.client = client
        caller.url = platform.server.url.replace("http://", "https://")
        assert caller.call("GET", f"{ADMIN}/agencies").status_code == 200
    finally:
        _stopped(platform)


def test_behind_a_proxy_the_header_carries_the_certificate(start_server: Callable[..., VitamServer], tmp_path: Path):
    """Where it is allowed, X-SSL-CLIENT-CERT names the caller; without any certificate the answer is a 500."""
    authority = Authority(tmp_path, "autorite")
    admin, other = authority.issue("admin"), authority.issue("autre")
    server = start_server("--allow-ssl-client-header", "--admin-certificate", str(admin.certificate))
    encoded = base64.b64encode(ssl.PEM_cert_to_DER_cert(admin.pem)).decode()
    statuses = [
        server.call("GET", f"{ADMIN}/agencies", headers=headers).status_code
        for headers in (
            {"X-SSL-CLIENT-CERT": encoded},
            {"X-SSL-CLIENT-CERT": admin.pem.replace("\n", " ").strip()},
            {"X-SSL-CLIENT-CERT": other.pem.replace("\n", " ").strip()},
            {"X-SSL-CLIENT-CERT": "n-importe-quoi"},
            {},
        )
    ]
    assert statuses == [200, 200, 401, 401, 500]


def test_without_the_option_the_header_says_nothing(platform: Platform):
    """A caller cannot name itself by a header that nobody vouches for."""
    admin = base64.b64encode(
        ssl.PEM_cert_to_DER_cert((platform.authority.certificate.parent / "autorite-admin.pem").read_text())
    )
    unknown = platform.seen_by(platform.authority.issue("imposteur"))
    assert _refused(unknown.call("GET", f"{ADMIN}/agencies", headers={"X-SSL-CLIENT-CERT": admin.decode()}))


def test_a_connection_is_cut_over_tls_too(platform: Platform):
    """Cut in mid-body, an upload over TLS leaves an operation that nobody resumes."""
    platform.server.fault(kind="cut", after_bytes=1000)
    with pytest.raises(httpx.TransportError):
        platform.server.post_sip(b"x" * 500_000, X_Application_Id="coupe-tls")
    time.sleep(0.15)
    found = platform.server.search("logbookoperations", {"$eq": {"evIdAppSession": "coupe-tls"}})["$results"]
    state = platform.server.call("HEAD", f"{ADMIN}/operations/{found[0]['evId']}").headers
    assert (state["X-Global-Execution-State"], state["X-Global-Execution-Status"]) == ("PAUSE", "UNKNOWN")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tls-cert", "{good}"), "vont ensemble"),
        (("--admin-certificate", "{absent}"), "fichier introuvable"),
        (("--admin-certificate", "{bad}"), "--admin-certificate : attendu un certificat en PEM"),
        (("--tls-cert", "{bad}", "--tls-key", "{bad}", "--client-ca", "{bad}"), "--tls-key, --client-ca : attendu"),
    ],
)
def test_a_wrong_certificate_is_told_at_the_start(tmp_path: Path, options: tuple[str, ...], said: str):
    """Certificates that cannot be read, or that are not all there, stop the server before it listens."""
    good, bad = Authority(tmp_path, "autorite").certificate, tmp_path / "vide.pem"
    bad.write_text("rien")
    given = [option.format(good=good, bad=bad, absent=tmp_path / "absent") for option in options]
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(tmp_path / "store"), *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False)
