"""The registry's tables, the same on SQLite and PostgreSQL. Every row of every table carries its tenant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_args

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
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
    text,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

from versement.domain.cases import Choice
from versement.domain.documents import Kind, Role, Severity
from versement.domain.errors import Defect
from versement.domain.lifecycle import TAKEN, AttemptState, DocumentState, TransferState
from versement.domain.tenant import TargetKind

SCHEMA_VERSION = 4

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


def _words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Words(), nullable=null, default=default)


def _moment(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, Moment(), nullable=null)


def _size(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger(), nullable=null)


def _one_of(name: str, words: Iterable[StrEnum]) -> CheckConstraint:
    return CheckConstraint(column(name).in_([word.value for word in words]))


def _within(columns: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", columns], [f"{table}.tenant", f"{table}.id"])


def _table(name: str, key: Iterable[str], *items: SchemaItem) -> Table:
    return Table(name, metadata, _words("tenant"), *items, PrimaryKeyConstraint("tenant", *key))


def _findings(owner: str, *more: SchemaItem) -> Table:
    return _table(
        f"{owner}_finding",
        (owner, "position"),
        _words(owner),
        Column("position", Integer(), nullable=False),
        _words("code"),
        _words("severity"),
        _words("message"),
        _words("path"),
        _one_of("severity", Severity),
        _within(owner, owner),
        *more,
    )


schema_version = Table("schema_version", metadata, Column("version", Integer(), primary_key=True))

tenant = _table(
    "tenant",
    (),
    _words("kind"),
    Column("number", Integer(), nullable=False),
    CheckConstraint(column("kind").in_(get_args(TargetKind))),
)
"""What a tenant's key stands for: written once, when it is first written for."""

collection = _table(
    "collection",
    ("id",),
    _words("id"),
    _words("connector"),
    _words("run_id"),
    _words("run_window"),
    _words("profile"),
    _words("listing"),
    _size("listing_paths"),
    _size("announced_documents"),
    _size("announced_files"),
    _size("known_documents"),
    _size("known_files"),
    _size("collected_documents"),
    _size("collected_files"),
    _moment("started"),
    _words("expectations", null=True),
    _words("report", null=True),
)

document = _table(
    "document",
    ("id",),
    _words("id"),
    Column("number", Integer(), nullable=False),
    _words("connector"),
    _words("collection"),
    _words("reference"),
    _words("kind"),
    _words("state"),
    _words("code", default=""),
    _words("reason", default=""),
    _words("record_key", default=""),
    _words("other_key", default=""),
    _words("original", null=True),
    _words("replaced_by", null=True),
    Column("withdrawn", Boolean(), nullable=False, default=False),
    Column("index_row", Boolean(), nullable=True),
    _words("readings"),
    _words("attests"),
    _words("announced"),
    _moment("moved"),
    _one_of("kind", Kind),
    _one_of("state", DocumentState),
    CheckConstraint(f"(state = '{DocumentState.DUPLICATE}') = (original IS NOT NULL)"),
    CheckConstraint("original <> id AND replaced_by <> id"),
    _within("collection", "collection"),
    _within("original", "document"),
    _within("replaced_by", "document"),
)
"""`announced` is the document as last announced; `readings` is what is known of it now; `moved`, when its state
last changed; `withdrawn`: set aside, and no longer at the source."""
Index("document_number", document.c.tenant, document.c.number, unique=True)
Index("document_state", document.c.tenant, document.c.connector, document.c.state)
Index("document_collection", document.c.tenant, document.c.collection, document.c.state)
Index("document_reference", document.c.tenant, head(document.c.reference))
Index("document_record_key", document.c.tenant, head(document.c.record_key))
Index("document_other_key", document.c.tenant, head(document.c.other_key))
Index("document_original", document.c.tenant, document.c.original)

file = _table(
    "file",
    ("document", "position"),
    _words("document"),
    Column("position", Integer(), nullable=False),
    _words("path"),
    _words("role"),
    Column("announced", Boolean(), nullable=False),
    _moment("modified", null=True),
    _words("digest", null=True),
    _size("crc32", null=True),
    _size("size", null=True),
    _words("puid", default=""),
    _words("mime", default=""),
    _words("format_name", default=""),
    _one_of("role", Role),
    CheckConstraint("(digest IS NULL) = (size IS NULL) AND (digest IS NULL) = (crc32 IS NULL)"),
    _within("document", "document"),
)
"""`announced`: the source's listing holds it, and no earlier pièce of the document has the same path."""
Index("file_path", file.c.tenant, head(file.c.path))

waste = _table(
    "waste",
    ("id",),
    _words("id"),
    _words("connector"),
    _words("collection"),
    _words("path"),
    _size("size"),
    _size("modified"),
    _within("collection", "collection"),
)
Index("waste_collection", waste.c.tenant, waste.c.collection)

claim = _table(
    "claim",
    ("record_key",),
    _words("record_key"),
    _words("document"),
    _words("version"),
    _within("document", "document"),
)
"""One row for each key under which a document holds its record."""
Index("claim_document", claim.c.tenant, claim.c.document)

transfer = _table(
    "transfer",
    ("id",),
    _words("id"),
    Column("number", Integer(), nullable=False),
    _words("connector"),
    _words("collection"),
    _words("target"),
    _words("archival_agreement"),
    _words("profile"),
    _words("manifest_digest"),
    _size("manifest_crc32"),
    _size("manifest_size"),
    _size("size"),
    _size("unit_count"),
    _words("follows", default=""),
    _words("state"),
    _words("operation_id", default=""),
    _words("reply", null=True),
    _one_of("state", TransferState),
    _within("collection", "collection"),
)
Index("transfer_number", transfer.c.tenant, transfer.c.number, unique=True)
Index("transfer_state", transfer.c.tenant, transfer.c.connector, transfer.c.state)

member = _table(
    "member",
    ("transfer", "position"),
    _words("transfer"),
    Column("position", Integer(), nullable=False),
    _words("document"),
    _within("transfer", "transfer"),
    _within("document", "document"),
)
Index("member_document", member.c.tenant, member.c.document, member.c.transfer, unique=True)

unit = _table(
    "unit",
    ("transfer", "xml_id"),
    _words("transfer"),
    _words("xml_id"),
    Column("position", Integer(), nullable=False),
    _words("key"),
    _words("document", null=True),
    _words("path", default=""),
    _words("object_xml_id", default=""),
    _words("digest", null=True),
    Column("attached", Boolean(), nullable=False),
    Column("live", Boolean(), nullable=False),
    _words("system_id", default=""),
    _words("object_system_id", default=""),
    _within("transfer", "transfer"),
    _within("document", "document"),
)
"""`live`: its transfer was not refused."""
_CREATES = text("live AND NOT attached")
Index("unit_key", unit.c.tenant, unit.c.key, unique=True, sqlite_where=_CREATES, postgresql_where=_CREATES)
Index("unit_document", unit.c.tenant, unit.c.document)

entry = _table(
    "entry",
    ("transfer", "position"),
    _words("transfer"),
    Column("position", Integer(), nullable=False),
    _words("name"),
    _words("digest"),
    _size("crc32"),
    _size("size"),
    _within("transfer", "transfer"),
)

_TAKEN = ", ".join(f"'{state}'" for state in TAKEN)
attempt = _table(
    "attempt",
    ("id",),
    _words("id"),
    Column("number", Integer(), nullable=False),
    _words("transfer"),
    _words("state"),
    _moment("lease_until"),
    _moment("deadline"),
    Column("committed", Boolean(), nullable=False),
    _words("operation_id", default=""),
    _moment("first_empty_search", null=True),
    _one_of("state", AttemptState),
    CheckConstraint(f"operation_id <> '' OR state NOT IN ({_TAKEN})"),
    CheckConstraint(f"operation_id = '' OR state IN ({_TAKEN}, '{AttemptState.CUT}')"),
    _within("transfer", "transfer"),
)
Index("attempt_number", attempt.c.tenant, attempt.c.number, unique=True)
_LIVE = text(f"state NOT IN ('{AttemptState.CUT}', '{AttemptState.CANCELLED}')")
Index("attempt_live", attempt.c.tenant, attempt.c.transfer, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)

collection_finding = _findings("collection")
document_finding = _findings("document")
transfer_finding = _findings("transfer", _words("document", null=True), _within("document", "document"))
"""`document`: the member concerned; null when it is the whole transfer."""

decision = _table(
    "decision",
    ("number",),
    Column("number", Integer(), nullable=False),
    _moment("at"),
    _words("document"),
    _words("connector"),
    _words("reference"),
    _words("code"),
    _words("choice"),
    _words("field", null=True),
    _words("value"),
    _words("author"),
    _words("reason"),
    _words("version"),
    _words("findings"),
    _one_of("choice", Choice),
    _within("document", "document"),
)
"""What persons decided of documents set aside; of one document, code and field, the last word counts."""
Index("decision_connector", decision.c.tenant, decision.c.connector)

journal = _table(
    "journal",
    ("number",),
    Column("number", Integer(), nullable=False),
    _moment("at"),
    _words("event"),
    _words("subject"),
    _words("data"),
    _words("chain"),
)
Index("journal_subject", journal.c.tenant, journal.c.subject)

WRITTEN_ONCE = (tenant, journal, decision)
"""Tables whose rows nobody ever changes."""

REWRITTEN = (file, claim, document_finding)
"""Tables of which the chain deletes rows to write them anew; from no other is anything ever deleted."""

OF_A_TENANT = tuple(table for table in metadata.sorted_tables if table is not schema_version)
"""Tables behind the tenant's wall."""
