"""Transactions of one tenant on SQLite or PostgreSQL, and what a database's refusals mean to the chain."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from weakref import WeakSet

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL, Row, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.sql.elements import ColumnElement

from versement.adapters.registry.refusals import translated
from versement.domain.errors import SettingsError
from versement.ports.clock import Clock

PATIENCE_SECONDS = 60
"""How long a writer waits for another one."""
CHUNK = 500
"""Values in one list of a query."""


class Access(Enum):
    """What a transaction may do, and what a power cut may take back of it (a crash takes nothing)."""

    READ = auto()
    REPEATABLE = auto()
    """Writes that may be lost if all that was written after them is too: the chain does them again."""
    DURABLE = auto()
    """Writes that stand once made."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of one tenant."""

    connection: Connection
    tenant: str
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def select(self, table: Table, *columns: ColumnElement[Any]) -> Select[Any]:
        """Columns (all when none is named) of the tenant's rows."""
        return select(*(columns or (table,))).select_from(table).where(table.c.tenant == self.tenant)

    def update(self, table: Table) -> Update:
        return update(table).where(table.c.tenant == self.tenant)

    def delete(self, table: Table) -> Delete:
        return delete(table).where(table.c.tenant == self.tenant)

    def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement).all()

    def first(self, statement: Select[Any]) -> Row[Any] | None:
        return self.connection.execute(statement.limit(1)).first()

    def run(self, statement: Update | Delete | Insert) -> int:
        """Execute; return how many rows it touched."""
        return self.connection.execute(statement).rowcount

    def run_many(self, statement: Update, parameters: Sequence[Mapping[str, Any]]) -> None:
        if parameters:
            self.connection.execute(statement, parameters)

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, all with the same columns."""
        if rows:
            self.connection.execute(insert(table), [{"tenant": self.tenant, **row} for row in rows])

    def next_number(self, table: Table) -> int:
        last = self.first(self.select(table, func.max(table.c.number)))
        return (last[0] or 0) + 1 if last else 1


_OPEN: WeakSet[Database] = WeakSet()


def _close_before_fork() -> None:
    """A child that inherits an open SQLite file takes its parent's locks for its own."""
    for database in list(_OPEN):
        database.close()


os.register_at_fork(before=_close_before_fork)


class Database:
    """Opens transactions; safe after a fork and among several processes.

    Writers of one tenant follow one another: SQLite locks the file, PostgreSQL takes an advisory lock.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url: URL = make_url(url)
        except ArgumentError as error:
            raise SettingsError(
                "Adresse de la base du registre illisible : attendu sqlite:////dossier/registre.db ou "
                "postgresql://… ; corrigez la connexion du registre.",
                detail="unparsable database url",
            ) from error
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(
                f"Base du registre de type « {self.url.get_backend_name()} » : attendu sqlite ou postgresql ; "
                "corrigez la connexion du registre."
            )
        self._engine: Engine | None = None
        _OPEN.add(self)

    @property
    def on_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """Made when first wanted."""
        if self._engine is None:
            self._engine = _make_engine(self.url)
        return self._engine

    def close(self) -> None:
        """Close idle connections; the next transaction opens new ones."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    @contextmanager
    def connect(self, access: Access) -> Iterator[Connection]:
        """One transaction outside of any tenant; the database's refusals come out as errors of the chain."""
        try:
            with self.engine.connect() as fresh:
                options: dict[str, Any] = {"versement_access": access}
                if not self.on_sqlite:
                    # Several statements of one reading must see one and the same state.
                    options["isolation_level"] = "REPEATABLE READ" if access is Access.READ else "READ COMMITTED"
                connection = fresh.execution_options(**options)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise translated(error) from error

    @contextmanager
    def transaction(self, tenant: str, clock: Clock, access: Access) -> Iterator[Transaction]:
        with self.connect(access) as connection:
            if not self.on_sqlite:
                _enter(connection, tenant, access)
            yield Transaction(connection, tenant, clock)


def _enter(connection: Connection, tenant: str, access: Access) -> None:
    """Let a PostgreSQL transaction see this tenant's rows; a writer waits its turn, but not for ever."""
    wanted = [func.set_config("versement.tenant", tenant, True)]
    if access is not Access.READ:
        wanted += [
            func.set_config("lock_timeout", f"{PATIENCE_SECONDS}s", True),
            func.set_config("synchronous_commit", "on" if access is Access.DURABLE else "off", True),
            func.pg_advisory_xact_lock(func.hashtextextended(tenant, 0)),
        ]
    connection.execute(select(*wanted))


def _make_engine(url: URL) -> Engine:
    """An engine whose errors never show the values of a statement."""
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=2, connect_args={"connect_timeout": 10}
        )
    engine = create_engine(url, hide_parameters=True, pool_size=2, connect_args={"timeout": PATIENCE_SECONDS})
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late and too weak; ours are begun below.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _on_sqlite_begin(connection: Connection) -> None:
    access = connection.get_execution_options().get("versement_access", Access.READ)
    connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if access is Access.DURABLE else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN" if access is Access.READ else "BEGIN IMMEDIATE")


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Slices that fit in one query."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
