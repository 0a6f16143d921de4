"""The client and the sandbox Vitam, each in its own process, keep the port's contract."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from versement.adapters.vitam.admin import VitamAdministration
from versement.adapters.vitam.asking import Action
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import ArchiveUnavailable, NotYetAvailable, OutcomeUncertain, RequestRefused
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import Archive
from versement.seda.manifest import write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit
from versement.seda.reply import culprits, read_reply
from versement.testing.archive_contract import ArchiveContract

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]
AGENCY = {"Identifier": ArchiveContract.agency, "Name": "Mairie", "Description": "Commune d’essai"}
INGEST = {
    "Identifier": ArchiveContract.agreement,
    "Name": ArchiveContract.agreement,
    "Status": "ACTIVE",
    "FormatUnidentifiedAuthorized": True,
}
ACCESS = {
    "Identifier": "Acces",
    "Name": "Accès",
    "Status": "ACTIVE",
    "EveryOriginatingAgency": True,
    "EveryDataObjectVersion": True,
}
TENANT = Tenant("maurecy", "principal", 1, "essai", "essai")
STRANGER = Tenant("saint-aubin", "principal", 2, "essai", "essai")


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Iterator[VitamSettings]:
    """A sandbox Vitam with its referentials, on a free port."""
    folder = tmp_path_factory.mktemp("vitam")
    ready = folder / "ready"
    command = [sys.executable, "-m", "sandbox.vitam", "--store", folder / "store", "--ready-file", ready]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--index-delay-seconds", "0.1"], cwd=ROOT, stdout=log, stderr=log)
    try:
        for _ in range(600):
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert ready.exists(), (folder / "log").read_text()
        url = f"http://{ready.read_text()}"
        made = VitamSettings(url, url, url, "Acces", "essai", sandbox=True)
        administration = VitamAdministration(made)
        for tenant in (TENANT, STRANGER):
            for _ in range(2):  # a set-up may be repeated
                administration.import_agencies(tenant, [AGENCY])
                administration.import_access_contracts(tenant, [ACCESS])
                administration.import_ingest_contracts(tenant, [INGEST])
        yield made
    finally:
        process.terminate()
        process.wait(10)


class TestContract(ArchiveContract):
    """The port's contract on the client and the sandbox Vitam."""

    @pytest.fixture
    def archive(self, settings: VitamSettings) -> Archive:
        return VitamArchive(settings)

    @pytest.fixture
    def tenant(self) -> Tenant:
        return TENANT

    @pytest.fixture
    def stranger(self) -> Tenant:
        return STRANGER

    def wait(self) -> None:
        time.sleep(0.05)


def faults(settings: VitamSettings, *wanted: dict[str, object]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
        f"{settings.ingest_url}/sandbox/faults",
        json.dumps(wanted).encode(),
        {"Content-Type": "application/json"},
    )
    with contextlib.closing(urllib.request.urlopen(request)) as response:  # noqa: S310
        assert response.status == 200


@pytest.fixture
def chain(settings: VitamSettings) -> tuple[VitamArchive, TestContract]:
    return VitamArchive(settings), TestContract()


@pytest.mark.parametrize("fault", [{"kind": "cut", "after_bytes": 500}, {"kind": "error", "when": "before_body"}])
def test_deposit_lost(settings, chain, fault: dict[str, object]) -> None:
    """A deposit that the archive does not take leaves the outcome open, and no unit."""
    archive, contract = chain
    name = f"lost-{fault['kind']}"
    faults(settings, fault)
    with pytest.raises(OutcomeUncertain):
        archive.deposit(TENANT, name, contract.sip(name))
    entry = contract._found(archive, TENANT, name)
    assert entry.final_status in {"", "KO"}
    assert not archive.units_of(TENANT, entry.operation_id)


@pytest.mark.parametrize("fault", [{"kind": "lost_answer"}, {"kind": "error", "when": "after_body"}])
def test_answer_lost(settings, chain, fault: dict[str, object]) -> None:
    """A deposit whose answer is lost is found again by its attempt."""
    archive, contract = chain
    name = f"answer-{fault['kind']}"
    faults(settings, fault)
    with pytest.raises(OutcomeUncertain):
        archive.deposit(TENANT, name, contract.sip(name))
    entry = contract._found(archive, TENANT, name)
    assert entry.attempt == name


def test_unavailable(settings, chain) -> None:
    """503s on questions are « later »."""
    archive, _ = chain
    faults(settings, {"kind": "unavailable", "times": 2})
    with pytest.raises(ArchiveUnavailable):
        archive.find_attempt(TENANT, "attempt")
    assert not archive.alive(TENANT)
    assert archive.alive(TENANT)


def test_fatal(settings, chain) -> None:
    """A technical error stops the operation without a reply; an operator may cancel it."""
    archive, contract = chain
    faults(settings, {"kind": "fatal", "tenant": STRANGER.number, "step": "STP_OBJ_STORING"})
    operation_id = archive.deposit(STRANGER, "fatal", contract.sip("fatal"))
    for _ in range(200):
        operation = archive.operation(STRANGER, operation_id)
        if operation and operation.stopped:
            break
        contract.wait()
    assert operation
    assert (operation.state, operation.status) == ("PAUSE", "FATAL")
    with pytest.raises(NotYetAvailable):
        archive.reply(STRANGER, operation_id)
    assert archive.cancel(STRANGER, operation_id)
    assert contract._ended(archive, STRANGER, operation_id).status == "KO"


def test_unknown_access_contract(settings) -> None:
    """A wrong access contract is a refusal that says what to check."""
    archive = VitamArchive(dataclasses.replace(settings, access_contract="Inconnu"))
    with pytest.raises(RequestRefused, match="contrat d’accès"):
        archive.find_attempt(TENANT, "attempt")


def test_inactive_access_contract(settings) -> None:
    """An access contract that is not active is a refusal that says what to check."""
    administration = VitamAdministration(settings)
    administration.import_access_contracts(
        TENANT, [ACCESS | {"Identifier": "Clos", "Name": "Clos", "Status": "INACTIVE"}]
    )
    archive = VitamArchive(dataclasses.replace(settings, access_contract="Clos"))
    with pytest.raises(RequestRefused, match="contrat d’accès"):
        archive.count_units(TENANT, "aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq")


def test_inactive_ingest_contract(settings) -> None:
    """A SIP for an ingest contract that is not active is refused by a reply that says so and blames no document."""
    closed = INGEST | {"Identifier": "Ferme", "Name": "Ferme", "Status": "INACTIVE"}
    VitamAdministration(settings).import_ingest_contracts(TENANT, [closed])
    contract = TestContract()
    contract.agreement = "Ferme"
    archive = VitamArchive(settings)
    done = contract._deposit(archive, TENANT, "inactive", contract.sip("inactive"))
    reply = read_reply(archive.reply(TENANT, done.id))
    assert done.status == "KO"
    assert any("CONTRACT_INACTIVE" in event.outcome_detail for event in reply.events)
    assert culprits(reply) == ()


def test_unknown_tenant(settings) -> None:
    """A coffre that the platform does not have is told as such, and takes nothing."""
    archive = VitamArchive(settings)
    nowhere = Tenant("maurecy", "ailleurs", 99, "essai", "essai")
    with pytest.raises(RequestRefused, match="ne connaît pas ce coffre"):
        archive.find_attempt(nowhere, "attempt")
    with pytest.raises((RequestRefused, OutcomeUncertain)):
        archive.deposit(nowhere, "attempt", TestContract().sip("nowhere"))


def test_details_and_resume(settings, chain) -> None:
    """An operation stopped on a technical error is told in detail, and goes on to its end once resumed."""
    archive, contract = chain
    faults(settings, {"kind": "fatal", "tenant": STRANGER.number, "step": "STP_UNIT_METADATA"})
    operation_id = archive.deposit(STRANGER, "resumed", contract.sip("resumed"))
    for _ in range(200):
        details = archive.details(STRANGER, operation_id)
        if details and details.operation.stopped:
            break
        contract.wait()
    assert details
    assert details.operation.status == "FATAL"
    assert archive.act(STRANGER, operation_id, Action.RESUME)
    assert contract._ended(archive, STRANGER, operation_id).status == "OK"
    assert not archive.act(STRANGER, operation_id, Action.RESUME)


def test_manifest_and_message_are_found_again(settings, chain) -> None:
    """The manifest that Vitam keeps is the one that was sent; the SIP is found by its exact MessageIdentifier."""
    archive, contract = chain
    done = contract._deposit(archive, TENANT, "kept", contract.sip("versement.2024_001"))
    kept = b"".join(archive.manifest(TENANT, done.id))
    assert Digest.of(kept) == contract.manifest_digest("versement.2024_001")
    contract._found(archive, TENANT, "kept")
    for _ in range(200):
        found = archive.find_message(TENANT, "versement.2024_001")
        if found and found[0].final_status:
            break
        contract.wait()
    assert [entry.operation_id for entry in found] == [done.id]
    assert not archive.find_message(TENANT, "versement 2024 001")


def test_profile_with_its_file(settings) -> None:
    """An archival profile and its RELAX NG file are imported, and read back."""
    administration = VitamAdministration(settings)
    notice = {"Identifier": "PR-1", "Name": "Délibérations", "Format": "RNG", "Status": "ACTIVE"}
    identifier = administration.import_profile(TENANT, notice, b"<grammar/>")
    assert administration.profile_file(TENANT, identifier) == b"<grammar/>"


def test_filing_scheme(settings, chain) -> None:
    """A plan de classement is taken by its own workflow, and what is deposited later attaches to it."""
    archive, contract = chain
    administration = VitamAdministration(settings)
    operation_id = administration.ingest_filing_scheme(TENANT, filing_scheme(), "plan")
    assert contract._ended(archive, TENANT, operation_id).status in {"OK", "WARNING"}
    (series,) = contract._units(archive, TENANT, contract._ended(archive, TENANT, operation_id), 1)
    done = contract._deposit(archive, TENANT, "under-plan", contract.sip("sous-plan", attach_to=series.key))
    assert done.status == "OK"
    (act,) = contract._units(archive, TENANT, done, 1)
    assert act.parents == (series.system_id,)


def filing_scheme() -> bytes:
    """One series, without object."""
    series = ArchiveUnit("serie", "Series", "Conseil municipal", originating_system_id="plan/conseil")
    agency, agreement = ArchiveContract.agency, ArchiveContract.agreement
    transfer = ArchiveTransfer(
        message_identifier="plan",
        date=date(2024, 1, 1),
        comment="Plan de classement",
        archival_agreement=agreement,
        archival_agency=agency,
        transferring_agency=agency,
        originating_agency=agency,
        submission_agency=agency,
        acquisition_information="",
        legal_status="Public Archive",
        units=(series,),
    )
    manifest, sip = io.BytesIO(), io.BytesIO()
    write_manifest(transfer, manifest)
    with zipfile.ZipFile(sip, "w") as archive:
        archive.writestr("manifest.xml", manifest.getvalue())
    return sip.getvalue()
