"""What the archive holds: units, object groups, the accession register. Rows and files only."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.vitam import dsl, index
from sandbox.vitam.database import Database
from sandbox.vitam.dsl import Select

Json = dict[str, Any]


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

    def extend_group(self, tenant: int, opi: str, group_id: str, objects: Sequence[tuple[str, Json]]) -> None:
        """Add objects (usage, version) to a group; a version that is taken becomes the next one of its usage."""
        with self._db.transaction() as connection:
            row = connection.execute(
                "SELECT body FROM object_groups WHERE id = ? AND tenant = ?", (group_id, tenant)
            ).fetchone()
            body = json.loads(row["body"])
            for usage, version in objects:
                _add_version(body, usage, version)
            body["#operations"] = list(dict.fromkeys([*body["#operations"], opi]))
            body["#nbobjects"] = sum(usage["#nbc"] for usage in body["#qualifiers"])
            body["#version"] += 1
            connection.execute(
                "UPDATE object_groups SET body = ? WHERE id = ?", (json.dumps(body, ensure_ascii=False), group_id)
            )

    def keep_remarks(self, operation: str, remarks: Mapping[str, Sequence[Json]]) -> None:
        """Keep what an operation remarked of units or groups, by system id."""
        with self._db.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO remarks (element, operation, body) VALUES (?,?,?)",
                [(element, operation, json.dumps(told, ensure_ascii=False)) for element, told in remarks.items()],
            )

    def remarks(self, element: str, operation: str) -> list[Json]:
        row = self._db.row("SELECT body FROM remarks WHERE element = ? AND operation = ?", element, operation)
        return [] if row is None else json.loads(row["body"])

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

    def units(self, tenant: int, *, until: float, select: Select) -> list[Json]:
        """Units indexed before a time, among which are all those that a query finds."""
        sql, values = units_statement(tenant, until, select)
        rows = self._db.rows(sql, *values)
        return [json.loads(row["body"]) for row in rows]

    def units_where(self, tenant: int, field: str, value: str) -> list[str]:
        """Ids of units that a search for this value finds: exactly it, or its words where the field is a text."""
        query = {"$query": [{"$eq": {field: value}}], "$projection": {}}
        select = dsl.parse(query, text_fields=index.UNIT_TEXT_FIELDS, multiple=True)
        return [body["#id"] for body in select.apply(self.units(tenant, until=time.time(), select=select))[0]]

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

    def register_details(self, tenant: int, *, until: float, agency: str = "") -> list[Json]:
        rows = self._db.rows(
            "SELECT body FROM register WHERE tenant = ?1 AND at <= ?2 AND (?3 = '' OR agency = ?3) ORDER BY rowid",
            tenant,
            until,
            agency,
        )
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
            "SELECT tenant, value AS key, COUNT(*) AS number FROM unit_values WHERE field = 'OriginatingSystemId'"
            " GROUP BY tenant, value HAVING number > 1"
        ):
            found[str(row["tenant"])]["doubled"][row["key"]] = row["number"]
        return found


def units_statement(tenant: int, until: float, select: Select) -> tuple[str, tuple[object, ...]]:
    """The SQL that reads the units among which are all those that a query finds."""
    condition, asked = index.units(select, tenant)
    if not condition:
        return "SELECT body FROM units WHERE tenant = ? AND at <= ? ORDER BY seq", (tenant, until)
    # The plus signs keep SQLite from walking through the tenant in place of looking up what is asked.
    sql = f"SELECT body FROM units WHERE +tenant = ?1 AND at <= ?2 AND {condition} ORDER BY +seq"  # noqa: S608  ours
    return sql, (tenant, until, asked)


def _put_unit(connection: sqlite3.Connection, tenant: int, opi: str, body: Json) -> None:
    text = json.dumps(body, ensure_ascii=False)
    inserted = connection.execute(
        "INSERT OR IGNORE INTO units (id, tenant, opi, at, body) VALUES (?,?,?,?,?)",
        (body["#id"], tenant, opi, time.time(), text),
    )
    if inserted.rowcount == 1:
        _put_words(connection, inserted.lastrowid or 0, tenant, body)
    else:
        connection.execute("UPDATE units SET body = ? WHERE id = ?", (text, body["#id"]))
    for operation in body["#operations"]:
        connection.execute("INSERT OR IGNORE INTO unit_operations VALUES (?,?)", (operation, body["#id"]))
    connection.executemany(
        "INSERT OR IGNORE INTO unit_values VALUES (?,?,?,?)",
        [(tenant, f, str(value), body["#id"]) for f in index.KEY_FIELDS for value in _as_list(body.get(f))],
    )


def _add_version(group: Json, usage: str, version: Json) -> None:
    found = next((one for one in group["#qualifiers"] if one["qualifier"] == usage), None)
    if found is None:
        found = {"qualifier": usage, "#nbc": 0, "versions": []}
        group["#qualifiers"].append(found)
    if any(held["#id"] == version["#id"] for held in found["versions"]):
        return
    taken = [int(held["DataObjectVersion"].rpartition("_")[2]) for held in found["versions"]]
    number = int(version["DataObjectVersion"].rpartition("_")[2])
    number = max(taken) + 1 if number in taken else number
    found["versions"].append({**version, "DataObjectVersion": f"{usage}_{number}"})
    found["#nbc"] = len(found["versions"])


def _put_words(connection: sqlite3.Connection, seq: int, tenant: int, body: Json) -> None:
    title, description = (index.text(_as_list(body.get(name))) for name in ("Title", "Description"))
    connection.execute(
        "INSERT INTO unit_words (rowid, tenant, Title, Description) VALUES (?,?,?,?)",
        (seq, f"t{tenant}", title, description),
    )


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
