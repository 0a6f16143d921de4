"""What the archive holds: units, object groups, the accession register. Rows and files only."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.vitam import analyser
from sandbox.vitam.database import Database

Json = dict[str, Any]
UNIT_TEXT_FIELDS = frozenset({"Title", "Description", "Title_.fr", "Description_.fr"})


class Holdings:
    """Every method takes the tenant first; writing the same identifiers again changes nothing."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._db = database
        self._objects = folder / "objects"

    def object_path(self, tenant: int, object_id: str) -> Path:
        return self._objects / str(tenant) / object_id[-2:] / object_id

    def index_groups(self, tenant: int, opi: str, groups: Sequence[Json]) -> None:
        with self._db.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO object_groups (id, tenant, opi, body) VALUES (?,?,?,?)",
                [(body["#id"], tenant, opi, json.dumps(body, ensure_ascii=False)) for body in groups],
            )

    def index_units(self, tenant: int, opi: str, units: Sequence[Json], attached: Sequence[str]) -> None:
        """Write new units, and name the operation on the existing ones that they were attached to."""
        with self._db.transaction() as connection:
            for body in units:
                _put_unit(connection, tenant, opi, body)
            for unit_id in attached:
                row = connection.execute(
                    "SELECT opi, body FROM units WHERE id = ? AND tenant = ?", (unit_id, tenant)
                ).fetchone()
                body = json.loads(row["body"])
                if opi not in body["#operations"]:
                    body["#operations"].append(opi)
                    body["#version"] += 1
                    _put_unit(connection, tenant, row["opi"], body)

    def unit(self, tenant: int, unit_id: str) -> Json | None:
        row = self._db.row("SELECT body FROM units WHERE id = ? AND tenant = ?", unit_id, tenant)
        return None if row is None else json.loads(row["body"])

    def units(self, tenant: int, *, until: float, only: tuple[str, Sequence[str]] | None = None) -> list[Json]:
        """Units indexed before a time; `only` narrows to (field, values), where the field is one we index."""
        field, values = only or ("", ())
        rows = self._db.rows(
            f"SELECT body FROM units WHERE tenant = ?1 AND at <= ?2{_NARROWED[field]} ORDER BY rowid",  # noqa: S608  ours
            tenant,
            until,
            *([json.dumps(values)] if field else []),
        )
        return [json.loads(row["body"]) for row in rows]

    def units_where(self, tenant: int, field: str, value: str) -> list[str]:
        """Ids of units that a search for this value finds: exactly it, or its words where the field is a text."""
        if field == "OriginatingSystemId":
            rows = self._db.rows("SELECT unit FROM unit_keys WHERE tenant = ? AND key = ?", tenant, value)
            return [row["unit"] for row in rows]
        rows = self._db.rows("SELECT id, body FROM units WHERE tenant = ?", tenant)
        found = [(row["id"], _as_list(json.loads(row["body"]).get(field))) for row in rows]
        if field in UNIT_TEXT_FIELDS:
            return [unit for unit, values in found if any(analyser.matches(str(text), value) for text in values)]
        return [unit for unit, values in found if value in values]

    def group(self, tenant: int, group_id: str) -> Json | None:
        row = self._db.row("SELECT body FROM object_groups WHERE id = ? AND tenant = ?", group_id, tenant)
        return None if row is None else json.loads(row["body"])

    def register(self, tenant: int, opi: str, body: Json) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO register (opi, tenant, agency, at, body) VALUES (?,?,?,?,?)",
            opi,
            tenant,
            body["OriginatingAgency"],
            time.time(),
            json.dumps(body, ensure_ascii=False),
        )

    def register_details(self, tenant: int, *, until: float) -> list[Json]:
        rows = self._db.rows("SELECT body FROM register WHERE tenant = ? AND at <= ? ORDER BY rowid", tenant, until)
        return [json.loads(row["body"]) for row in rows]

    def counts(self) -> dict[str, Json]:
        """Per tenant: operations, units, objects, and the OriginatingSystemIds that several units carry."""
        found: dict[str, Json] = {}
        for row in self._db.rows("SELECT tenant, COUNT(*) AS number FROM operations GROUP BY tenant"):
            found[str(row["tenant"])] = {"operations": row["number"], "units": 0, "groups": 0, "doubled": {}}
        for row in self._db.rows("SELECT tenant, COUNT(*) AS number FROM units GROUP BY tenant"):
            found[str(row["tenant"])]["units"] = row["number"]
        for row in self._db.rows("SELECT tenant, COUNT(*) AS number FROM object_groups GROUP BY tenant"):
            found[str(row["tenant"])]["groups"] = row["number"]
        for row in self._db.rows(
            "SELECT tenant, key, COUNT(*) AS number FROM unit_keys GROUP BY tenant, key HAVING number > 1"
        ):
            found[str(row["tenant"])]["doubled"][row["key"]] = row["number"]
        return found


_NARROWED = {
    "": "",
    "#id": " AND id IN (SELECT value FROM json_each(?3))",
    "#opi": " AND opi IN (SELECT value FROM json_each(?3))",
    "#operations": " AND id IN (SELECT unit FROM unit_operations, json_each(?3) WHERE operation = value)",
    "OriginatingSystemId": (
        " AND id IN (SELECT unit FROM json_each(?3) AS asked"
        " JOIN unit_keys ON unit_keys.tenant = ?1 AND unit_keys.key = asked.value)"
    ),
}
INDEXED_FIELDS = tuple(name for name in _NARROWED if name)


def _put_unit(connection: sqlite3.Connection, tenant: int, opi: str, body: Json) -> None:
    connection.execute(
        "INSERT INTO units (id, tenant, opi, at, body) VALUES (?,?,?,?,?)"
        " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        (body["#id"], tenant, opi, time.time(), json.dumps(body, ensure_ascii=False)),
    )
    for operation in body["#operations"]:
        connection.execute("INSERT OR IGNORE INTO unit_operations VALUES (?,?)", (operation, body["#id"]))
    for key in _as_list(body.get("OriginatingSystemId")):
        connection.execute("INSERT OR IGNORE INTO unit_keys VALUES (?,?,?)", (tenant, key, body["#id"]))


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
