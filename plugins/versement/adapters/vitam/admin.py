"""Setting a Vitam up: agencies, rules, contracts and the plan de classement. Depositing is `client`'s."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from versement.adapters.vitam import wire
from versement.adapters.vitam.client import VitamArchive, search
from versement.adapters.vitam.errors import Call
from versement.adapters.vitam.exchange import Exchange, SessionFactory
from versement.adapters.vitam.session import open_session
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.fixity import CHUNK
from versement.domain.tenant import Tenant

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
        self._wire = wire.Wire(settings)
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

    def ingest_filing_scheme(self, tenant: Tenant, sip: bytes, attempt: str) -> str:
        """Deposit a plan de classement (FILING_SCHEME); same answers and errors as `Archive.deposit`."""
        return self._archive.deposit_as(tenant, attempt, _Blocks(sip), context="FILING_SCHEME")

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
        self._post(self._wire.import_csv(tenant, name, table.getvalue().encode()))

    def _import_contracts(self, tenant: Tenant, name: str, contracts: Sequence[Contract]) -> Sequence[dict[str, Any]]:
        held = {contract.get("Name") for contract in self._referential(tenant, name)}
        missing = [contract for contract in contracts if contract["Name"] not in held]
        if missing:
            self._post(self._wire.import_json(tenant, name, missing))
        names = {contract["Name"] for contract in contracts}
        return [contract for contract in self._referential(tenant, name) if contract.get("Name") in names]

    def _referential(self, tenant: Tenant, name: str) -> Sequence[dict[str, Any]]:
        return search(
            self._exchange,
            lambda offset, limit: self._wire.referential(tenant, name, offset=offset, limit=limit),
            wire.WINDOW,
        )

    def _post(self, request: wire.Request) -> None:
        wire.judged(Call.IMPORT, self._exchange.ask(request))


class _Blocks:
    """Bytes at hand as a body to send."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        return (self._data[start : start + CHUNK] for start in range(0, len(self._data), CHUNK))


def _row(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """A row as Vitam gives it back: it writes measures in capitals."""
    values = {column: str(row.get(column) or "").strip() for column in columns}
    return values | {name: value.upper() for name, value in values.items() if name == "RuleMeasurement"}
