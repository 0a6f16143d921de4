"""The sandbox's SQLite file: tables, and one connection per thread. Knows nothing of what rows mean."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY, tenant INTEGER NOT NULL, context TEXT NOT NULL, application TEXT NOT NULL,
    created REAL NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL, status INTEGER NOT NULL,
    gravity INTEGER NOT NULL, step INTEGER NOT NULL, requested TEXT NOT NULL DEFAULT '',
    completed REAL, digest_algorithm TEXT NOT NULL DEFAULT '', digest_value TEXT NOT NULL DEFAULT '',
    master TEXT NOT NULL DEFAULT '{}', master_at REAL, reply BLOB, reply_at REAL, manifest BLOB
);
CREATE INDEX IF NOT EXISTS operations_by_tenant ON operations (tenant, created);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_operation ON events (operation, seq);
CREATE TABLE IF NOT EXISTS units (
    id TEXT PRIMARY KEY, tenant INTEGER NOT NULL, opi TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS units_by_tenant ON units (tenant, opi);
CREATE TABLE IF NOT EXISTS unit_operations (
    operation TEXT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (operation, unit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unit_keys (
    tenant INTEGER NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (tenant, key, unit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS object_groups (
    id TEXT PRIMARY KEY, tenant INTEGER NOT NULL, opi TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_groups_by_tenant ON object_groups (tenant, opi);
CREATE TABLE IF NOT EXISTS register (
    opi TEXT PRIMARY KEY, tenant INTEGER NOT NULL, agency TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS referentials (
    tenant INTEGER NOT NULL, kind TEXT NOT NULL, identifier TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, identifier)
) WITHOUT ROWID;
"""


class Database:
    """SQLite in WAL mode: what is committed survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection().executescript(_TABLES)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = connection
        return connection

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._connection().execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._connection().execute(sql, values).fetchone()
        return found

    def execute(self, sql: str, *values: object) -> int:
        """Run one statement; return the number of rows that it touched."""
        return self._connection().execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is executed inside, or nothing."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
