"""Sets the sandbox Vitam up as an archivist would: services, rules, plan de classement, contracts."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from datetime import date
from typing import Any

from versement.adapters.vitam.admin import VitamAdministration
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.fixity import Meter
from versement.domain.tenant import Tenant
from versement.profiles.management import ManagementRule
from versement.profiles.models import Profile
from versement.seda.manifest import write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit
from versement.seda.sip import SipEntry, SipStream

ACCESS_CONTRACT = "AC-VERSEMENT"
PLAN_CONTRACT = "IC-PLAN"
PATIENCE_SECONDS = 5.0
"""How long an operation may stay unstarted before it is held to be an upload that was cut."""
ACCEPTED_FORMATS = (
    *(f"fmt/{number}" for number in (14, 15, 16, 17, 18, 19, 20, 276, 1129, 95, 354, 476, 477, 478, 479, 480, 481)),
    "fmt/101",
)
"""What the demo's contracts take: PDF and PDF/A of every version, and XML."""


def settings(url: str) -> VitamSettings:
    return VitamSettings(url, url, url, access_contract=ACCESS_CONTRACT, kind="essai", sandbox=True)


def set_up(url: str, profiles: Sequence[Profile]) -> None:
    """Import what each coffre needs, and a series for each contract; what is there already is left as it is."""
    administration, archive = VitamAdministration(settings(url)), VitamArchive(settings(url))
    coffres = {profile.tenant.key: profile for profile in profiles}
    for profile in coffres.values():
        _referentials(administration, profile)
    contracts = {(profile.tenant.key, profile.connector.archival_agreement): profile for profile in reversed(profiles)}
    for (_, agreement), profile in sorted(contracts.items()):
        series = _series(administration, archive, profile)
        administration.import_ingest_contracts(profile.tenant, [_contract(agreement, series)])


def _referentials(administration: VitamAdministration, profile: Profile) -> None:
    tenant, agencies = profile.tenant, profile.organisation.agencies
    identifiers = {agencies.archival, agencies.transferring, agencies.originating, agencies.submission}
    administration.import_agencies(
        tenant,
        [{"Identifier": i, "Name": profile.organisation.label, "Description": ""} for i in sorted(identifiers)],
    )
    administration.import_rules(tenant, _rules(profile.organisation.management_rules))
    access = {
        "Identifier": ACCESS_CONTRACT,
        "Name": "Accès du versement",
        "Status": "ACTIVE",
        "EveryOriginatingAgency": True,
        "EveryDataObjectVersion": True,
    }
    administration.import_access_contracts(tenant, [access])
    administration.import_ingest_contracts(tenant, [_contract(PLAN_CONTRACT, "")])


def _rules(table: Sequence[ManagementRule]) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for row in table:
        named = (("AppraisalRule", row.appraisal), ("AccessRule", row.access))
        for category, rule in named:
            if rule is not None:
                rows[rule.rule] = {
                    "RuleId": rule.rule,
                    "RuleType": category,
                    "RuleValue": rule.text,
                    "RuleDescription": rule.article,
                    "RuleDuration": str(rule.duration),
                    "RuleMeasurement": rule.unit,
                }
    return [rows[identifier] for identifier in sorted(rows)]


def _contract(identifier: str, series: str) -> dict[str, Any]:
    contract: dict[str, Any] = {
        "Identifier": identifier,
        "Name": identifier,
        "Status": "ACTIVE",
        "MasterMandatory": True,
        "EveryFormatType": False,
        "FormatType": list(ACCEPTED_FORMATS),
        "FormatUnidentifiedAuthorized": False,
    }
    return contract | ({"LinkParentId": series} if series else {})


def _series(administration: VitamAdministration, archive: VitamArchive, profile: Profile) -> str:
    """SystemId of the declared series, deposited once: a stopped set-up finds its own deposit again."""
    tenant = profile.tenant
    for number in range(1, 10):
        attempt = f"plan-{profile.organisation.name}-{profile.connector_name}-{number}"
        found = archive.find_attempt(tenant, attempt)
        operation_id = found.operation_id if found else _deposit(administration, profile, attempt)
        if _ended(archive, tenant, operation_id):
            return _only_unit(archive, tenant, operation_id)
        # Cut in mid-upload by an earlier stop: it will never end. Cancelled, then sent again under a new id.
        archive.cancel(tenant, operation_id)
    raise RuntimeError("le plan de classement n’a pas pu être versé")


def _deposit(administration: VitamAdministration, profile: Profile, attempt: str) -> str:
    organisation, connector = profile.organisation, profile.connector
    key = f"{organisation.name}/plan/{profile.connector_name}"
    message = ArchiveTransfer(
        message_identifier=attempt,
        date=date(2026, 1, 1),
        comment=f"Plan de classement – {organisation.label}",
        archival_agreement=PLAN_CONTRACT,
        archival_agency=organisation.agencies.archival,
        transferring_agency=organisation.agencies.transferring,
        originating_agency=organisation.agencies.originating,
        submission_agency=organisation.agencies.submission,
        acquisition_information=connector.acquisition_information,
        legal_status=connector.legal_status,
        units=(ArchiveUnit(key, "Series", connector.series, originating_system_id=key),),
    )
    manifest = io.BytesIO()
    write_manifest(message, manifest)
    meter = Meter()
    meter.update(manifest.getvalue())
    entry = SipEntry("manifest.xml", meter.fixity())
    sip = b"".join(SipStream(entry, [], lambda _: io.BytesIO(manifest.getvalue())))
    return administration.ingest_filing_scheme(profile.tenant, sip, attempt)


def _ended(archive: VitamArchive, tenant: Tenant, operation_id: str, seconds: float = 30) -> bool:
    started = time.monotonic()
    while time.monotonic() < started + seconds:
        operation = archive.operation(tenant, operation_id)
        if operation is None:  # ended long ago, forgotten by the process engine: its logbook remembers
            entry = archive.logbook(tenant, operation_id)
            return entry is not None and entry.last_detail.endswith((".OK", ".WARNING"))
        if operation.completed:
            return operation.status in ("OK", "WARNING")
        if operation.status == "UNKNOWN" and time.monotonic() > started + PATIENCE_SECONDS:
            return False
        time.sleep(0.2)
    return False


def _only_unit(archive: VitamArchive, tenant: Tenant, operation_id: str, seconds: float = 15) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        units = archive.units_of(tenant, operation_id)
        if units:
            return units[0].system_id
        time.sleep(0.2)
    raise RuntimeError("la série du plan de classement est introuvable dans la plateforme")
