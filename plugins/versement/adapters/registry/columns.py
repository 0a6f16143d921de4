"""What the registry's tables are made of: types of columns that are the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    column,
    func,
    literal,
    literal_column,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

from versement.domain.documents import Severity
from versement.domain.errors import Defect

_ESCAPE = "\x1b"


def _is_strange(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return "\x00" in value or value.startswith(_ESCAPE)


class Words(TypeDecorator[str]):
    """Any text, compared byte by byte; what a database cannot hold (NUL, bytes that are no UTF-8) is escaped."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(Text(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None or not _is_strange(value):
            return value
        return _ESCAPE + json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is not None and value.startswith(_ESCAPE):
            return str(json.loads(value[1:]))
        return value


class Moment(TypeDecorator[datetime]):
    """An instant, as text of fixed width in UTC, so that it sorts and compares as text everywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise Defect("Une heure sans fuseau : signalez-le aux développeurs.", detail="naive datetime")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return datetime.fromisoformat(value) if value is not None else None


metadata = MetaData()


def head(of: ColumnElement[str]) -> ColumnElement[str]:
    """Its beginning, which is what indexes of long texts hold: PostgreSQL bounds the size of an index row."""
    return func.substr(of, literal_column("1"), literal_column("200"))


def same(of: ColumnElement[str], value: str) -> ColumnElement[bool]:
    """Whether an indexed long text is exactly this one."""
    return and_(head(of) == head(literal(value, Words())), of == value)


def words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Words(), nullable=null, default=default)


def moment(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Moment(), nullable=null)


def size(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger(), nullable=null)


def one_of(name: str, words: Iterable[StrEnum]) -> CheckConstraint:
    return CheckConstraint(column(name).in_([word.value for word in words]))


def within(columns: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", columns], [f"{table}.tenant", f"{table}.id"])


def table(name: str, key: Iterable[str], *items: SchemaItem) -> Table:
    return Table(name, metadata, words("tenant"), *items, PrimaryKeyConstraint("tenant", *key))


def findings(owner: str, *more: SchemaItem) -> Table:
    return table(
        f"{owner}_finding",
        (owner, "position"),
        words(owner),
        Column("position", Integer(), nullable=False),
        words("code"),
        words("severity"),
        words("message"),
        words("path"),
        one_of("severity", Severity),
        within(owner, owner),
        *more,
    )
