"""The registry's tables, the same on SQLite and PostgreSQL. Every row of every table carries its tenant."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, Table, column, text

from versement.adapters.registry.columns import findings, head, metadata, moment, one_of, size, table, within, words
from versement.domain.cases import Choice
from versement.domain.documents import Kind, Role
from versement.domain.elimination import BordereauState, Ground, Visa
from versement.domain.lifecycle import TAKEN, AttemptState, DocumentState, TransferState
from versement.domain.tenant import TargetKind

SCHEMA_VERSION = 5

schema_version = Table("schema_version", metadata, Column("version", Integer(), primary_key=True))

tenant = table(
    "tenant",
    (),
    words("kind"),
    Column("number", Integer(), nullable=False),
    CheckConstraint(column("kind").in_(get_args(TargetKind))),
)
"""What a tenant's key stands for: written once, when it is first written for."""

collection = table(
    "collection",
    ("id",),
    words("id"),
    words("connector"),
    words("run_id"),
    words("run_window"),
    words("profile"),
    words("listing"),
    size("listing_paths"),
    size("announced_documents"),
    size("announced_files"),
    size("known_documents"),
    size("known_files"),
    size("collected_documents"),
    size("collected_files"),
    moment("started"),
    words("expectations", null=True),
    words("report", null=True),
)

document = table(
    "document",
    ("id",),
    words("id"),
    Column("number", Integer(), nullable=False),
    words("connector"),
    words("collection"),
    words("reference"),
    words("kind"),
    words("state"),
    words("code", default=""),
    words("reason", default=""),
    words("record_key", default=""),
    words("other_key", default=""),
    words("original", null=True),
    words("replaced_by", null=True),
    Column("withdrawn", Boolean(), nullable=False, default=False),
    Column("index_row", Boolean(), nullable=True),
    words("readings"),
    words("attests"),
    words("announced"),
    moment("moved"),
    one_of("kind", Kind),
    one_of("state", DocumentState),
    CheckConstraint(f"(state = '{DocumentState.DUPLICATE}') = (original IS NOT NULL)"),
    CheckConstraint("original <> id AND replaced_by <> id"),
    within("collection", "collection"),
    within("original", "document"),
    within("replaced_by", "document"),
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

file = table(
    "file",
    ("document", "position"),
    words("document"),
    Column("position", Integer(), nullable=False),
    words("path"),
    words("role"),
    Column("announced", Boolean(), nullable=False),
    moment("modified", null=True),
    words("digest", null=True),
    size("crc32", null=True),
    size("size", null=True),
    words("puid", default=""),
    words("mime", default=""),
    words("format_name", default=""),
    one_of("role", Role),
    CheckConstraint("(digest IS NULL) = (size IS NULL) AND (digest IS NULL) = (crc32 IS NULL)"),
    within("document", "document"),
)
"""`announced`: the source's listing holds it, and no earlier pièce of the document has the same path."""
Index("file_digest", file.c.tenant, file.c.digest)
Index("file_path", file.c.tenant, head(file.c.path))

waste = table(
    "waste",
    ("id",),
    words("id"),
    words("connector"),
    words("collection"),
    words("path"),
    size("size"),
    size("modified"),
    within("collection", "collection"),
)
Index("waste_collection", waste.c.tenant, waste.c.collection)

claim = table(
    "claim",
    ("record_key",),
    words("record_key"),
    words("document"),
    words("version"),
    within("document", "document"),
)
"""One row for each key under which a document holds its record."""
Index("claim_document", claim.c.tenant, claim.c.document)
Index("claim_version", claim.c.tenant, claim.c.version)

fingerprint = table(
    "fingerprint",
    ("document",),
    words("document"),
    Column("print", LargeBinary(), nullable=True),
    within("document", "document"),
)
"""Of the text of a document (domain.near); null when there is too little of it."""

fingerprint_band = table(
    "fingerprint_band",
    ("band", "document"),
    size("band"),
    words("document"),
    within("document", "document"),
)

transfer = table(
    "transfer",
    ("id",),
    words("id"),
    Column("number", Integer(), nullable=False),
    words("connector"),
    words("collection"),
    words("target"),
    words("archival_agreement"),
    words("profile"),
    words("manifest_digest"),
    size("manifest_crc32"),
    size("manifest_size"),
    size("size"),
    size("unit_count"),
    words("follows", default=""),
    words("state"),
    words("operation_id", default=""),
    words("reply", null=True),
    one_of("state", TransferState),
    within("collection", "collection"),
)
Index("transfer_number", transfer.c.tenant, transfer.c.number, unique=True)
Index("transfer_state", transfer.c.tenant, transfer.c.connector, transfer.c.state)

member = table(
    "member",
    ("transfer", "position"),
    words("transfer"),
    Column("position", Integer(), nullable=False),
    words("document"),
    within("transfer", "transfer"),
    within("document", "document"),
)
Index("member_document", member.c.tenant, member.c.document, member.c.transfer, unique=True)

unit = table(
    "unit",
    ("transfer", "xml_id"),
    words("transfer"),
    words("xml_id"),
    Column("position", Integer(), nullable=False),
    words("key"),
    words("document", null=True),
    words("path", default=""),
    words("object_xml_id", default=""),
    words("digest", null=True),
    Column("attached", Boolean(), nullable=False),
    Column("live", Boolean(), nullable=False),
    words("system_id", default=""),
    words("object_system_id", default=""),
    within("transfer", "transfer"),
    within("document", "document"),
)
"""`live`: its transfer was not refused."""
_CREATES = text("live AND NOT attached")
Index("unit_key", unit.c.tenant, unit.c.key, unique=True, sqlite_where=_CREATES, postgresql_where=_CREATES)
Index("unit_document", unit.c.tenant, unit.c.document)

entry = table(
    "entry",
    ("transfer", "position"),
    words("transfer"),
    Column("position", Integer(), nullable=False),
    words("name"),
    words("digest"),
    size("crc32"),
    size("size"),
    within("transfer", "transfer"),
)

_TAKEN = ", ".join(f"'{state}'" for state in TAKEN)
attempt = table(
    "attempt",
    ("id",),
    words("id"),
    Column("number", Integer(), nullable=False),
    words("transfer"),
    words("state"),
    moment("lease_until"),
    moment("deadline"),
    Column("committed", Boolean(), nullable=False),
    words("operation_id", default=""),
    moment("first_empty_search", null=True),
    one_of("state", AttemptState),
    CheckConstraint(f"operation_id <> '' OR state NOT IN ({_TAKEN})"),
    CheckConstraint(f"operation_id = '' OR state IN ({_TAKEN}, '{AttemptState.CUT}')"),
    within("transfer", "transfer"),
)
Index("attempt_number", attempt.c.tenant, attempt.c.number, unique=True)
_LIVE = text(f"state NOT IN ('{AttemptState.CUT}', '{AttemptState.CANCELLED}')")
Index("attempt_live", attempt.c.tenant, attempt.c.transfer, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE)

collection_finding = findings("collection")
document_finding = findings("document")
transfer_finding = findings("transfer", words("document", null=True), within("document", "document"))
"""`document`: the member concerned; null when it is the whole transfer."""

journal = table(
    "journal",
    ("number",),
    Column("number", Integer(), nullable=False),
    moment("at"),
    words("event"),
    words("subject"),
    words("data"),
    words("chain"),
)
Index("journal_subject", journal.c.tenant, journal.c.subject)

elimination = table(
    "elimination",
    ("id",),
    words("id"),
    Column("number", Integer(), nullable=False),
    words("day"),
    words("addressees"),
    words("journal"),
    words("state"),
    words("signed", null=True),
    one_of("state", BordereauState),
)

elimination_line = table(
    "elimination_line",
    ("elimination", "number"),
    words("elimination"),
    Column("number", Integer(), nullable=False),
    words("ground"),
    words("category"),
    words("observations"),
    words("visa"),
    words("author", default=""),
    words("reason", default=""),
    moment("decided", null=True),
    one_of("ground", Ground),
    one_of("visa", Visa),
    within("elimination", "elimination"),
)

elimination_item = table(
    "elimination_item",
    ("elimination", "document"),
    words("elimination"),
    words("document"),
    Column("line", Integer(), nullable=False),
    Column("position", Integer(), nullable=False),
    words("reference"),
    words("day", null=True),
    words("files"),
    words("kept", null=True),
    Column("sampled", Boolean(), nullable=False),
    within("elimination", "elimination"),
    within("document", "document"),
)
Index("elimination_document", elimination_item.c.tenant, elimination_item.c.document)

decision = table(
    "decision",
    ("number",),
    Column("number", Integer(), nullable=False),
    moment("at"),
    words("document"),
    words("connector"),
    words("reference"),
    words("code"),
    words("choice"),
    words("field", null=True),
    words("value"),
    words("author"),
    words("reason"),
    words("version"),
    words("findings"),
    one_of("choice", Choice),
    within("document", "document"),
)
"""What persons decided of documents set aside; of one document, code and field, the last word counts."""
Index("decision_connector", decision.c.tenant, decision.c.connector)

WRITTEN_ONCE = (tenant, journal, decision)
"""Tables whose rows nobody ever changes."""

REWRITTEN = (file, claim, document_finding)
"""Tables of which the chain deletes rows to write them anew; from no other is anything ever deleted."""

OF_A_TENANT = tuple(table for table in metadata.sorted_tables if table is not schema_version)
"""Tables behind the tenant's wall."""
