"""Setting a Vitam up: agencies, rules, contracts and the plan de classement. Depositing is `client`'s."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from versement.adapters.vitam import wire
from versement.adapters.vitam.asking import Asking
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.errors import Call
from versement.adapters.vitam.exchange import BytesBody, Exchange, SessionFactory
from versement.adapters.vitam.searching import search
from versement.adapters.vitam.session import open_session
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.tenant import Tenant
from versement.ports.archive import Context

AGENCY_COLUMNS = ("Identifier", "Name", "Description")
RULE_COLUMNS = (
    "RuleId",
    "RuleType",
    "RuleValue",
    "RuleDescription",
    "RuleDuration",
    "RuleMeasurement",
)

Row = Mapping[str, str]
Contract = Mapping[str, Any]


class VitamAdministration:
    """Imports referentials. What is already there stays as it is and is no error, so a set-up may be repeated."""

    def __init__(self, settings: VitamSettings, sessions: SessionFactory = open_session) -> None:
        self._asking = Asking(settings)
        self._exchange = Exchange(settings, sessions)
        self._archive = VitamArchive(settings, sessions)

    def agencies(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        return self._referential(tenant, "agencies")

    def rules(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        return self._referential(tenant, "rules")

    def ingest_contracts(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        return self._referential(tenant, "ingestcontracts")

    def access_contracts(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        return self._referential(tenant, "accesscontracts")

    def contexts(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        """Contexts of applications; the tenant is the platform's administration tenant."""
        return self._referential(tenant, "contexts")

    def profiles(self, tenant: Tenant) -> Sequence[dict[str, Any]]:
        return self._referential(tenant, "profiles")

    def profile_file(self, tenant: Tenant, identifier: str) -> bytes | None:
        """RELAX NG or XSD file of an archival profile; None when it has none."""
        answer = self._exchange.ask(self._asking.profile(tenant, identifier), wire.JSON_LIMIT)
        return answer.body if wire.judged(Call.PROFILE, answer) else None

    def import_agencies(self, tenant: Tenant, rows: Sequence[Row]) -> None:
        """Add or change agencies; each row has AGENCY_COLUMNS."""
        self._import_csv(tenant, "agencies", rows, AGENCY_COLUMNS)

    def import_rules(self, tenant: Tenant, rows: Sequence[Row]) -> None:
        """Add or change management rules; each row has RULE_COLUMNS."""
        self._import_csv(tenant, "rules", rows, RULE_COLUMNS)

    def import_ingest_contracts(self, tenant: Tenant, contracts: Sequence[Contract]) -> Sequence[dict[str, Any]]:
        """Create those whose Name is not there; return all of them as Vitam holds them.

        Their Identifier may be Vitam's own: a tenant may be set to number contracts itself.
        """
        return self._import_contracts(tenant, "ingestcontracts", contracts)

    def import_access_contracts(self, tenant: Tenant, contracts: Sequence[Contract]) -> Sequence[dict[str, Any]]:
        """As `import_ingest_contracts`."""
        return self._import_contracts(tenant, "accesscontracts", contracts)

    def import_contexts(self, tenant: Tenant, contexts: Sequence[Contract]) -> Sequence[dict[str, Any]]:
        """As `import_ingest_contracts`."""
        return self._import_contracts(tenant, "contexts", contexts)

    def import_profile(self, tenant: Tenant, profile: Contract, content: bytes) -> str:
        """Create an archival profile (its notice) unless one of its Name is there, then give it its file.

        Args:
            tenant: where.
            profile: `Name`, `Format` (`RNG` or `XSD`), `Status`, perhaps `Identifier`.
            content: the file.

        Returns:
            Its Identifier, as Vitam holds it.
        """
        held, *_ = self._import_contracts(tenant, "profiles", [profile])
        identifier = str(held["Identifier"])
        if self.profile_file(tenant, identifier) != content:
            self._post(self._asking.import_profile(tenant, identifier, content))
        return identifier

    def ingest_filing_scheme(self, tenant: Tenant, sip: bytes, attempt: str) -> str:
        """Deposit a plan de classement; same answers and errors as `Archive.deposit`."""
        return self._archive.deposit(tenant, attempt, BytesBody(sip), context=Context.FILING_SCHEME)

    def ingest_holding_scheme(self, tenant: Tenant, sip: bytes, attempt: str) -> str:
        """Deposit an arbre de positionnement; same answers and errors as `Archive.deposit`."""
        return self._archive.deposit(tenant, attempt, BytesBody(sip), context=Context.HOLDING_SCHEME)

    def _import_csv(self, tenant: Tenant, name: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
        """An import replaces the whole list: what is there is sent again with what is new."""
        key = columns[0]
        held = {str(row.get(key)): _row(row, columns) for row in self._referential(tenant, name)}
        wanted = held | {row[key]: _row(row, columns) for row in rows}
        if wanted == held:
            return
        table = io.StringIO()
        writer = csv.DictWriter(table, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(wanted[identifier] for identifier in sorted(wanted))
        self._post(self._asking.import_csv(tenant, name, table.getvalue().encode()))

    def _import_contracts(self, tenant: Tenant, name: str, contracts: Sequence[Contract]) -> Sequence[dict[str, Any]]:
        held = {contract.get("Name") for contract in self._referential(tenant, name)}
        missing = [contract for contract in contracts if contract["Name"] not in held]
        if missing:
            self._post(self._asking.import_json(tenant, name, missing))
        names = {contract["Name"] for contract in contracts}
        return [contract for contract in self._referential(tenant, name) if contract.get("Name") in names]

    def _referential(self, tenant: Tenant, name: str) -> Sequence[dict[str, Any]]:
        return search(
            self._exchange,
            lambda offset, limit: self._asking.referential(tenant, name, offset=offset, limit=limit),
        )

    def _post(self, request: wire.Request) -> None:
        wire.judged(Call.IMPORT, self._exchange.ask(request))


def _row(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """A row as Vitam gives it back: it writes measures in capitals."""
    values = {column: str(row.get(column) or "").strip() for column in columns}
    return values | {name: value.upper() for name, value in values.items() if name == "RuleMeasurement"}
