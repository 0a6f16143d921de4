"""Referentials of each tenant: agencies, rules, formats, contracts, profiles. Import rules and reading."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from sandbox.vitam.database import Database

Json = dict[str, Any]
RULE_TYPES = (
    "AppraisalRule",
    "AccessRule",
    "StorageRule",
    "DisseminationRule",
    "ClassificationRule",
    "ReuseRule",
    "HoldRule",
)
_MEASURES = {"day": "DAY", "month": "MONTH", "year": "YEAR", "second": "SECOND"}
_AGENCY_COLUMNS = ("Identifier", "Name", "Description")
_RULE_COLUMNS = ("RuleId", "RuleType", "RuleValue", "RuleDescription", "RuleDuration", "RuleMeasurement")
_HTML = re.compile(r"<[a-zA-Z!/]")
_DEFAULTS: dict[str, Json] = {
    "ingestcontracts": {
        "Status": "INACTIVE",
        "CheckParentLink": "AUTHORIZED",
        "CheckParentId": [],
        "MasterMandatory": True,
        "EveryDataObjectVersion": False,
        "DataObjectVersion": [],
        "FormatUnidentifiedAuthorized": False,
        "EveryFormatType": True,
        "FormatType": [],
        "ArchiveProfiles": [],
        "ComputeInheritedRulesAtIngest": False,
    },
    "accesscontracts": {
        "Status": "INACTIVE",
        "OriginatingAgencies": [],
        "EveryOriginatingAgency": False,
        "DataObjectVersion": [],
        "EveryDataObjectVersion": False,
        "WritingPermission": False,
        "AccessLog": "INACTIVE",
    },
    "profiles": {"Status": "INACTIVE", "Format": "RNG"},
}
JSON_KINDS = tuple(_DEFAULTS)


class ImportRefused(Exception):
    """An import that Vitam answers by a 400; each argument is one reason."""


class Referentials:
    """Reads and replaces referentials; every method takes the tenant first."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, tenant: int, kind: str, identifier: str) -> Json | None:
        row = self._db.row(
            "SELECT body FROM referentials WHERE tenant = ? AND kind = ? AND identifier = ?",
            tenant,
            kind,
            identifier,
        )
        return None if row is None else json.loads(row["body"])

    def all(self, tenant: int, kind: str) -> list[Json]:
        rows = self._db.rows(
            "SELECT body FROM referentials WHERE tenant = ? AND kind = ? ORDER BY identifier", tenant, kind
        )
        return [json.loads(row["body"]) for row in rows]

    def import_csv(self, tenant: int, kind: str, content: bytes) -> None:
        """Replace the whole list of agencies or rules.

        Raises:
            ImportRefused: the file is not what Vitam takes, or forgets what is in use.
        """
        columns, read = (_AGENCY_COLUMNS, _agency) if kind == "agencies" else (_RULE_COLUMNS, _rule)
        rows = _read_csv(content, columns, read)
        missing = self._in_use(tenant, kind) - set(rows)
        if missing:
            code = "IMPORT_AGENCIES.DELETION" if kind == "agencies" else "STP_IMPORT_RULES.DELETE"
            raise ImportRefused(f"{code}: in use, cannot be deleted: {', '.join(sorted(missing))}")
        self._replace(tenant, kind, rows)

    def import_formats(self, tenant: int, content: bytes) -> None:
        """Replace the formats by those of a DROID signature file.

        Raises:
            ImportRefused: not a DROID signature file.
        """
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise ImportRefused(f"not an XML file: {error.msg}") from error
        found = {
            str(element.get("PUID")): {"PUID": element.get("PUID"), "Name": element.get("Name")}
            for element in root.iter("{*}FileFormat")
            if element.get("PUID")
        }
        if not found:
            raise ImportRefused("no FileFormat element: not a DROID signature file")
        self._replace(tenant, "formats", found)

    def import_json(self, tenant: int, kind: str, entries: object) -> None:
        """Add contracts or profiles; identifiers are mandatory, kept as they are, and never replaced.

        Raises:
            ImportRefused: not an array, or an entry that Vitam does not take.
        """
        if not isinstance(entries, list) or not entries:
            raise ImportRefused("a JSON array with at least one object is expected")
        found: dict[str, Json] = {}
        reasons: list[str] = []
        for entry in entries:
            reason = self._entry_error(tenant, kind, entry, found)
            if reason:
                reasons.append(reason)
            else:
                found[entry["Identifier"]] = {**_DEFAULTS[kind], **entry, "#tenant": tenant, "#version": 0}
        if reasons:
            raise ImportRefused(*reasons)
        with self._db.transaction() as connection:
            connection.executemany(
                "INSERT INTO referentials (tenant, kind, identifier, body) VALUES (?,?,?,?)",
                [(tenant, kind, key, json.dumps(body)) for key, body in found.items()],
            )

    def set_profile_file(self, tenant: int, identifier: str, content: bytes) -> bool:
        """Keep the RNG or XSD of a profile; False when the profile is unknown."""
        body = self.get(tenant, "profiles", identifier)
        if body is None:
            return False
        self._db.execute(
            "UPDATE referentials SET body = ? WHERE tenant = ? AND kind = 'profiles' AND identifier = ?",
            json.dumps({**body, "Path": f"{identifier}.{body['Format'].lower()}", "content": content.decode()}),
            tenant,
            identifier,
        )
        return True

    def _entry_error(self, tenant: int, kind: str, entry: object, found: Mapping[str, Json]) -> str:
        if not isinstance(entry, dict) or not _filled(entry.get("Identifier")):
            return "an object with an Identifier is expected: it is mandatory on this tenant"
        identifier, status = entry["Identifier"], entry.get("Status", "INACTIVE")
        if not _filled(entry.get("Name")) or status not in ("ACTIVE", "INACTIVE"):
            return f"{identifier}: Name is mandatory, and Status is ACTIVE or INACTIVE"
        if identifier in found or self.get(tenant, kind, identifier) is not None:
            return f"{identifier}: already exists"
        if kind == "ingestcontracts":
            return self._ingest_contract_error(tenant, identifier, entry)
        unknown = self._unknown(tenant, "agencies", entry.get("OriginatingAgencies") or [])
        return f"{identifier}: unknown agencies {unknown}" if unknown else ""

    def _ingest_contract_error(self, tenant: int, identifier: str, entry: Json) -> str:
        if entry.get("CheckParentLink", "AUTHORIZED") not in ("AUTHORIZED", "UNAUTHORIZED", "REQUIRED"):
            return f"{identifier}: CheckParentLink is not AUTHORIZED, UNAUTHORIZED or REQUIRED"
        unknown = self._unknown(tenant, "profiles", entry.get("ArchiveProfiles") or [])
        if unknown:
            return f"{identifier}: unknown archival profiles {unknown}"
        if entry.get("EveryFormatType") is False and not entry.get("FormatType"):
            return f"{identifier}: FormatType is mandatory when EveryFormatType is false"
        if entry.get("EveryFormatType", True) and entry.get("FormatType"):
            return f"{identifier}: FormatType must be empty when EveryFormatType is true"
        for linked in [entry.get("LinkParentId"), *(entry.get("CheckParentId") or [])]:
            if linked and self._db.row("SELECT 1 FROM units WHERE id = ? AND tenant = ?", linked, tenant) is None:
                return f"{identifier}: unit {linked} does not exist"
        return ""

    def _unknown(self, tenant: int, kind: str, identifiers: Iterable[str]) -> list[str]:
        return [identifier for identifier in identifiers if self.get(tenant, kind, identifier) is None]

    def _in_use(self, tenant: int, kind: str) -> set[str]:
        if kind == "rules":
            rows = self._db.rows(
                "SELECT DISTINCT json_extract(rule.value, '$.Rule') AS identifier FROM units,"
                " json_each(units.body, '$.\"#management\"') AS category,"
                " json_each(category.value, '$.Rules') AS rule"
                " WHERE units.tenant = ? AND category.type = 'object'",
                tenant,
            )
            return {row["identifier"] for row in rows if row["identifier"]}
        rows = self._db.rows("SELECT DISTINCT agency FROM register WHERE tenant = ?", tenant)
        used = {row["agency"] for row in rows if row["agency"]}
        for contract in self.all(tenant, "accesscontracts"):
            used.update(contract["OriginatingAgencies"] or [])
        return used

    def _replace(self, tenant: int, kind: str, rows: Mapping[str, Json]) -> None:
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM referentials WHERE tenant = ? AND kind = ?", (tenant, kind))
            connection.executemany(
                "INSERT INTO referentials (tenant, kind, identifier, body) VALUES (?,?,?,?)",
                [(tenant, kind, key, json.dumps(body, ensure_ascii=False)) for key, body in rows.items()],
            )


def _read_csv(content: bytes, columns: tuple[str, ...], read: Callable[[Json], tuple[str, Json]]) -> dict[str, Json]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"not UTF-8: {error.reason} at byte {error.start}") from error
    table = list(csv.reader(io.StringIO(text)))
    if not table or tuple(table[0]) != columns:
        raise ImportRefused(f"header {','.join(columns)} is expected")
    found: dict[str, Json] = {}
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) != len(columns):
            raise ImportRefused(f"line {number}: {len(columns)} columns are expected, {len(cells)} found")
        if any(_HTML.search(cell) for cell in cells):
            raise ImportRefused(f"line {number}: HTML is not allowed")
        try:
            identifier, body = read(dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
        except ValueError as error:
            raise ImportRefused(f"line {number}: {error}") from error
        if identifier in found:
            raise ImportRefused(f"line {number}: {identifier} appears twice")
        found[identifier] = body
    return found


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _agency(row: Json) -> tuple[str, Json]:
    if not row["Identifier"] or not row["Name"]:
        raise ValueError("Identifier and Name are mandatory")
    return row["Identifier"], row


def _rule(row: Json) -> tuple[str, Json]:
    if not row["RuleId"] or not row["RuleValue"]:
        raise ValueError("RuleId and RuleValue are mandatory")
    if row["RuleType"] not in RULE_TYPES:
        raise ValueError(f"RuleType {row['RuleType']!r} is unknown")
    duration, measure = row["RuleDuration"].lower(), row["RuleMeasurement"].lower()
    if row["RuleType"] == "HoldRule" and not duration and not measure:
        return row["RuleId"], row
    if duration != "unlimited" and not duration.isdigit():
        raise ValueError(f"RuleDuration {row['RuleDuration']!r} is neither an integer nor unlimited")
    if measure not in _MEASURES:
        raise ValueError(f"RuleMeasurement {row['RuleMeasurement']!r} is not Day, Month, Year or Second")
    return row["RuleId"], {**row, "RuleDuration": duration, "RuleMeasurement": _MEASURES[measure]}
