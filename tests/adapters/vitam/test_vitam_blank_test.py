"""The client and a sandbox Vitam that knows its callers by their certificate: blank tests, schemes, local deposits."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.adapters.vitam.authority import Authority
from tests.adapters.vitam.test_vitam_sandbox import ACCESS, AGENCY, INGEST, ROOT, filing_scheme
from versement.adapters.vitam.admin import VitamAdministration
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import OutcomeUncertain, RequestRefused, SettingsError
from versement.domain.tenant import Tenant
from versement.ports.archive import Context
from versement.seda.reply import culprits, read_reply
from versement.testing.archive_contract import ArchiveContract, BytesBody

pytestmark = pytest.mark.integration

TENANT = Tenant("maurecy", "principal", 1, "essai", "essai")


@dataclass(frozen=True)
class Vitam:
    """A running sandbox, the way in, and the folder of SIPs deposited by their path."""

    settings: VitamSettings
    uploads: Path
    authority: Authority

    @property
    def archive(self) -> VitamArchive:
        return VitamArchive(self.settings)


class Sips(ArchiveContract):
    """The contract suite's SIPs and waits, on this sandbox; none of its tests."""

    __test__ = False

    def wait(self) -> None:
        time.sleep(0.05)


@pytest.fixture(scope="module")
def vitam(tmp_path_factory) -> Iterator[Vitam]:
    folder = tmp_path_factory.mktemp("vitam")
    uploads = folder / "arrivees"
    uploads.mkdir()
    authority = Authority(folder, "autorite")
    certificate, key = authority.issue("serveur")
    own = authority.issue("versement")
    ready = folder / "ready"
    options = {
        "store": folder / "store",
        "ready-file": ready,
        "index-delay-seconds": "0.1",
        "tls-cert": certificate,
        "tls-key": key,
        "client-ca": authority.file,
        "admin-certificate": own[0],
        "base-upload-path": uploads,
    }
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "sandbox.vitam", *words], cwd=ROOT, stdout=log, stderr=log)
    try:
        for _ in range(600):
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert ready.exists(), (folder / "log").read_text()
        url = f"https://{ready.read_text()}"
        settings = VitamSettings(
            *(url, url, url, "Acces", "essai"),
            verify=authority.file,
            client_certificate=own,
            server_pins=("127.0.0.1",),
        )
        administration = VitamAdministration(settings)
        administration.import_agencies(TENANT, [AGENCY])
        administration.import_access_contracts(TENANT, [ACCESS])
        administration.import_ingest_contracts(TENANT, [INGEST])
        yield Vitam(settings, uploads, authority)
    finally:
        process.terminate()
        process.wait(10)


def test_blank_test_accepts_and_keeps_nothing(vitam) -> None:
    """A right SIP would be accepted: « Test OK », and Vitam keeps neither unit nor register nor manifest of it."""
    archive, sips = vitam.archive, Sips()
    digest = sips.manifest_digest("blanc")
    sip = sips.sip("blanc")
    operation_id = archive.deposit(TENANT, "blanc-1", sip, context=Context.BLANK_TEST, manifest=digest)
    assert sips._ended(archive, TENANT, operation_id).status == "OK"
    reply = read_reply(archive.reply(TENANT, operation_id))
    assert (reply.reply_code, reply.grant_date, reply.operation_id) == ("Test OK", None, operation_id)
    entry = sips._found(archive, TENANT, "blanc-1")
    assert entry.operation_id == operation_id
    assert archive.count_units(TENANT, operation_id) == 0
    assert archive.register(TENANT, operation_id) is None


def test_blank_test_refuses(vitam) -> None:
    """A SIP for a contract that is not there would be refused, for that reason."""
    archive, sips = vitam.archive, Sips()
    sips.agreement = "Inconnu"
    operation_id = archive.deposit(TENANT, "blanc-2", sips.sip("refus"), context=Context.BLANK_TEST)
    assert sips._ended(archive, TENANT, operation_id).status == "KO"
    reply = read_reply(archive.reply(TENANT, operation_id))
    assert reply.reply_code == "Test KO"
    assert any("CONTRACT_UNKNOWN" in event.outcome_detail for event in reply.events)
    assert culprits(reply) == ()


def test_holding_scheme(vitam) -> None:
    """An arbre de positionnement is held, and no accession register speaks of it."""
    archive, sips = vitam.archive, Sips()
    operation_id = VitamAdministration(vitam.settings).ingest_holding_scheme(TENANT, filing_scheme(), "arbre-1")
    done = sips._ended(archive, TENANT, operation_id)
    assert done.status in {"OK", "WARNING"}
    (unit,) = sips._units(archive, TENANT, done, 1)
    assert unit.operation_id == operation_id
    assert archive.register(TENANT, operation_id) is None


def test_local_deposit(vitam) -> None:
    """A SIP put into Vitam's folder beforehand is deposited by its path, and held like any other."""
    archive, sips = vitam.archive, Sips()
    (vitam.uploads / "gros.zip").write_bytes(b"".join(sips.sip("local")))
    operation_id = archive.deposit_local(TENANT, "local-1", "gros.zip", manifest=sips.manifest_digest("local"))
    done = sips._ended(archive, TENANT, operation_id)
    assert done.status == "OK"
    assert {unit.key for unit in sips._units(archive, TENANT, done, 2)} == {"local/seance", "local/acte"}
    assert sips._found(archive, TENANT, "local-1").operation_id == operation_id
    with pytest.raises(OutcomeUncertain):
        archive.deposit_local(TENANT, "local-2", "absent.zip")


def test_contexts(vitam) -> None:
    """A context of an application is created once, and read back with its permissions."""
    administration = VitamAdministration(vitam.settings)
    context = {
        "Identifier": "CT-VERSEMENT",
        "Name": "Versement",
        "Status": "ACTIVE",
        "EnableControl": False,
        "SecurityProfile": "admin-security-profile",
        "Permissions": [{"tenant": 1, "AccessContracts": ["Acces"], "IngestContracts": [INGEST["Identifier"]]}],
    }
    for _ in range(2):
        (held,) = administration.import_contexts(TENANT, [context])
    assert held["Name"] == "Versement"
    assert held["Permissions"][0]["IngestContracts"] == [INGEST["Identifier"]]
    assert "Versement" in {found["Name"] for found in administration.contexts(TENANT)}


def test_certificate_that_vitam_does_not_know(vitam) -> None:
    """A certificate of the right authority that no context knows is a refusal that says what to check."""
    stranger = VitamArchive(replace(vitam.settings, client_certificate=vitam.authority.issue("inconnu")))
    with pytest.raises(RequestRefused, match="certificat client"):
        stranger.find_attempt(TENANT, "attempt")
    with pytest.raises((RequestRefused, OutcomeUncertain)):
        stranger.deposit(TENANT, "attempt", BytesBody(b"x"))


def test_server_that_is_not_pinned(vitam) -> None:
    """The sandbox under another name than those that the connection lists gets nothing."""
    archive = VitamArchive(replace(vitam.settings, server_pins=("vitam.exemple.fr",)))
    with pytest.raises(SettingsError, match="server_pins"):
        archive.alive(TENANT)
