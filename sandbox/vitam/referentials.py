"""Referentials: what is kept of them, per tenant or for the whole platform. Their rules are elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from sandbox.vitam import entries, tables
from sandbox.vitam.database import Database
from sandbox.vitam.tables import ImportRefused

Json = dict[str, Any]
JSON_KINDS = tuple(entries.DEFAULTS)
FILE_KINDS = ("agencies", "rules", "formats")
_PLATFORM = frozenset({"formats", "contexts", "securityprofiles", "ontologies", "identities"})


def granted(context: Json, tenant: int, contracts: str) -> list[str]:
    """What a context gives in a tenant: its `IngestContracts` or `AccessContracts`."""
    return [name for one in context["Permissions"] if one["tenant"] == tenant for name in one.get(contracts) or []]


class Referentials:
    """Every method takes the tenant first; what belongs to the whole platform is the same for all."""

    def __init__(
        self, database: Database, *, admin_tenant: int, master_tenants: AbstractSet[int] = frozenset()
    ) -> None:
        self._db = database
        self._master_tenants = master_tenants
        self._admin_tenant = admin_tenant

    def get(self, tenant: int, kind: str, identifier: str) -> Json | None:
        row = self._db.row(
            "SELECT body FROM referentials WHERE tenant = ? AND kind = ? AND identifier = ?",
            self._home(tenant, kind),
            kind,
            identifier,
        )
        return None if row is None else json.loads(row["body"])

    def all(self, tenant: int, kind: str) -> list[Json]:
        rows = self._db.rows(
            "SELECT body FROM referentials WHERE tenant = ? AND kind = ? ORDER BY identifier",
            self._home(tenant, kind),
            kind,
        )
        return [json.loads(row["body"]) for row in rows]

    def unit_exists(self, tenant: int, unit_id: str) -> bool:
        return self._db.row("SELECT 1 FROM units WHERE id = ? AND tenant = ?", unit_id, tenant) is not None

    def check_file(self, tenant: int, kind: str, content: bytes) -> dict[str, Json]:
        """Read agencies, rules or formats without keeping them.

        Raises:
            ImportRefused: the file is not what Vitam takes, or forgets what is in use.
        """
        rows = tables.read(kind, content)
        missing = self._in_use(tenant, kind) - set(rows)
        if missing:
            code = "IMPORT_AGENCIES.DELETION.KO" if kind == "agencies" else "STP_IMPORT_RULES.DELETE.KO"
            raise ImportRefused(f"{code}: in use, cannot be deleted: {', '.join(sorted(missing))}")
        return rows

    def import_file(self, tenant: int, kind: str, content: bytes) -> None:
        """Replace the whole list of agencies, rules or formats.

        Raises:
            ImportRefused: as `check_file`.
        """
        rows, home = self.check_file(tenant, kind, content), self._home(tenant, kind)
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM referentials WHERE tenant = ? AND kind = ?", (home, kind))
            connection.executemany(
                "INSERT INTO referentials (tenant, kind, identifier, body) VALUES (?,?,?,?)",
                [(home, kind, key, json.dumps(body, ensure_ascii=False)) for key, body in rows.items()],
            )

    def import_json(self, tenant: int, kind: str, listed: object) -> None:
        """Add contracts, profiles and the like, never in the place of another.

        Identifiers are mandatory and kept as they are, but on a master tenant, which gives its own.

        Raises:
            ImportRefused: not an array, or an entry that Vitam does not take.
        """
        if not isinstance(listed, list) or not listed:
            raise ImportRefused("a JSON array with at least one object is expected")
        found: dict[str, Json] = {}
        reasons: list[str] = []
        for entry in self._named(tenant, kind, listed):
            reason = self._entry_error(tenant, kind, entry, found)
            if reason:
                reasons.append(reason)
            else:
                found[entry["Identifier"]] = {**entries.completed(kind, entry), "#tenant": tenant, "#version": 0}
        if reasons:
            raise ImportRefused(*reasons)
        home = self._home(tenant, kind)
        with self._db.transaction() as connection:
            connection.executemany(
                "INSERT INTO referentials (tenant, kind, identifier, body) VALUES (?,?,?,?)",
                [(home, kind, key, json.dumps(body)) for key, body in found.items()],
            )

    def update_json(self, tenant: int, kind: str, identifier: str, query: object) -> bool:
        """Apply `$action` (`$set`, `$unset`) to an entry; False when it is unknown.

        Raises:
            ImportRefused: not an update, or one that leaves an entry that Vitam does not take.
        """
        body = self.get(tenant, kind, identifier)
        if body is None:
            return False
        changed = dict(body)
        for name, operand in _actions(query):
            if name == "$set" and isinstance(operand, dict):
                changed.update(operand)
            elif name == "$unset" and isinstance(operand, list):
                changed = {name: value for name, value in changed.items() if name not in operand}
            else:
                raise ImportRefused(f"$set takes an object, $unset an array; {name} is not known here")
        if changed.get("Identifier") != identifier:
            raise ImportRefused("Identifier cannot be changed")
        reason = entries.error(self, tenant, kind, {k: v for k, v in changed.items() if k not in _OWN_FIELDS})
        if reason:
            raise ImportRefused(reason)
        self.put(kind, {**entries.completed(kind, changed), "#version": body["#version"] + 1}, tenant=tenant)
        return True

    def set_profile_file(self, tenant: int, identifier: str, content: bytes) -> bool:
        """Keep the RNG or XSD of a profile; False when the profile is unknown.

        Raises:
            ImportRefused: not a grammar in the format that the profile says.
        """
        body = self.get(tenant, "profiles", identifier)
        if body is None:
            return False
        text = tables.grammar(body["Format"], content)
        path = f"{identifier}.{body['Format'].lower()}"
        self.put("profiles", {**body, "Path": path, "content": text}, tenant=tenant)
        return True

    def put(self, kind: str, body: Json, *, tenant: int = 0) -> None:
        """Write one entry as it is, in the place of another of the same identifier."""
        self._db.execute(
            "INSERT OR REPLACE INTO referentials (tenant, kind, identifier, body) VALUES (?,?,?,?)",
            self._home(tenant, kind),
            kind,
            body["Identifier"],
            json.dumps(body),
        )

    def _home(self, tenant: int, kind: str) -> int:
        return self._admin_tenant if kind in _PLATFORM else tenant

    def _named(self, tenant: int, kind: str, listed: list[Any]) -> list[Any]:
        """The entries under the identifiers that they will have."""
        if tenant not in self._master_tenants:
            return listed
        first = len(self.all(tenant, kind)) + 1
        return [
            {**entry, "Identifier": entries.generated(kind, number)} if isinstance(entry, dict) else entry
            for number, entry in enumerate(listed, start=first)
        ]

    def _entry_error(self, tenant: int, kind: str, entry: object, found: Mapping[str, Json]) -> str:
        if not isinstance(entry, dict) or not entries.filled(entry.get("Identifier")):
            return "an object with an Identifier is expected: it is mandatory on this tenant"
        identifier = entry["Identifier"]
        if identifier in found or self.get(tenant, kind, identifier) is not None:
            return f"{identifier}: already exists"
        return entries.error(self, tenant, kind, entry)

    def _in_use(self, tenant: int, kind: str) -> set[str]:
        if kind == "formats":
            return set()
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


_OWN_FIELDS = ("#tenant", "#version", "Path", "content")


def _actions(query: object) -> Iterable[tuple[str, object]]:
    actions = query.get("$action") if isinstance(query, dict) else None
    if not isinstance(actions, list) or not actions:
        raise ImportRefused("an object with an array $action is expected")
    if not all(isinstance(action, dict) for action in actions):
        raise ImportRefused("an action is an object")
    return [pair for action in actions for pair in action.items()]
