"""Transactions of one tenant on SQLite or PostgreSQL, and what a database's refusals mean to the chain."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Insert,
    NullPool,
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
        self._engines: dict[int, Engine] = {}

    @property
    def on_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """This process's own engine: an open connection does not survive a fork."""
        engine = self._engines.get(os.getpid())
        if engine is None:
            engine = self._engines[os.getpid()] = make_engine(self.url)
        return engine

    def close(self) -> None:
        """Close this process's connections; the next transaction opens new ones."""
        engine = self._engines.pop(os.getpid(), None)
        if engine is not None:
            engine.dispose()

    @contextmanager
    def connect(self, *, writes: bool) -> Iterator[Connection]:
        """One transaction outside of any tenant; the database's refusals come out as errors of the chain."""
        try:
            with self.engine.connect() as fresh:
                options: dict[str, Any] = {"versement_writes": writes}
                if not self.on_sqlite:
                    # Several statements of one reading must see one and the same state.
                    options["isolation_level"] = "READ COMMITTED" if writes else "REPEATABLE READ"
                connection = fresh.execution_options(**options)
                with connection.begin():
                    yield connection
        except DBAPIError as error:
            raise translated(error) from error

    @contextmanager
    def transaction(self, tenant: str, clock: Clock, *, writes: bool) -> Iterator[Transaction]:
        with self.connect(writes=writes) as connection:
            if not self.on_sqlite:
                set_tenant(connection, tenant)
                if writes:
                    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(tenant, 0))))
            yield Transaction(connection, tenant, clock)


def set_tenant(connection: Connection, tenant: str) -> None:
    """Let the transaction see this tenant's rows, and wait for others no longer than is reasonable."""
    connection.execute(
        select(
            func.set_config("versement.tenant", tenant, True),
            func.set_config("lock_timeout", f"{PATIENCE_SECONDS}s", True),
        )
    )


def make_engine(url: URL) -> Engine:
    """An engine whose errors never show the values of a statement."""
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=2, connect_args={"connect_timeout": 10}
        )
    # No connection stays open between transactions: none can be inherited by a forked process.
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args={"timeout": PATIENCE_SECONDS})
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late and too weak; ours are begun below.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("versement_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Slices that fit in one query."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
