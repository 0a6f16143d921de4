"""The sandbox's SQLite file: tables, and one connection per thread. Knows nothing of what rows mean."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS operations (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant INTEGER NOT NULL, context TEXT NOT NULL,
    application TEXT NOT NULL, created REAL NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL, status INTEGER NOT NULL,
    gravity INTEGER NOT NULL, step INTEGER NOT NULL, requested TEXT NOT NULL DEFAULT '',
    completed REAL, digest_algorithm TEXT NOT NULL DEFAULT '', digest_value TEXT NOT NULL DEFAULT '',
    master TEXT NOT NULL DEFAULT '{}', master_at REAL, reply BLOB, reply_at REAL, manifest BLOB,
    security_context TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS operations_by_tenant ON operations (tenant, created);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_operation ON events (operation, seq);
CREATE VIRTUAL TABLE IF NOT EXISTS operation_words USING fts5(evIdAppSession, obIdIn);
CREATE TABLE IF NOT EXISTS units (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant INTEGER NOT NULL, opi TEXT NOT NULL, at REAL NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS units_by_tenant ON units (tenant);
CREATE INDEX IF NOT EXISTS units_by_opi ON units (opi);
CREATE TABLE IF NOT EXISTS unit_operations (
    operation TEXT NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (operation, unit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unit_values (
    tenant INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, unit TEXT NOT NULL,
    PRIMARY KEY (tenant, field, value, unit)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS unit_words USING fts5(tenant, Title, Description, content='', detail=column);
CREATE TABLE IF NOT EXISTS remarks (
    element TEXT NOT NULL, operation TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (element, operation)
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
CREATE TABLE IF NOT EXISTS forced_pauses (
    tenant INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (tenant, type)
) WITHOUT ROWID;
"""


_VERSION = 2


class StoreOutdated(Exception):
    """The store was written by another version of the sandbox."""


class Database:
    """SQLite in WAL mode: what is committed survives the death of the process.

    Raises:
        StoreOutdated: the file is another version's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connection()
        known = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if known and found != _VERSION:
            raise StoreOutdated(
                f"Le dossier {path.parent} a été écrit par une autre version du bac à sable "
                f"(attendu {_VERSION}, trouvé {found}). Effacez-le, ou donnez-en un autre à --store."
            )
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-65536")
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
