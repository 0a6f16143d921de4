"""Looking back: the invariant's table, what waits and for whom, all that is known of one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, Table, func, or_
from sqlalchemy.sql.elements import ColumnElement

from versement.adapters.registry import announcing, journal, transfers
from versement.adapters.registry.codec import to_finding
from versement.adapters.registry.columns import same
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.states import load
from versement.adapters.registry.tables import (
    collection,
    document,
    document_finding,
    file,
    member,
    transfer,
    transfer_finding,
    waste,
)
from versement.domain.actors import AUTHORITY, OPERATOR, actor_for
from versement.domain.balance import Balance, Counts
from versement.domain.cases import NOTHING_TO_KEEP
from versement.domain.decisions import ASKED, REJECTED
from versement.domain.documents import FileReference, Finding, Severity, SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.errors import Defect
from versement.domain.lifecycle import PENDING, DocumentState, TransferState
from versement.domain.transfers import SEVERAL_OPERATIONS
from versement.ports.records import Story, Waiting

_LINES = {
    DocumentState.ACCEPTED: "accepted",
    DocumentState.DUPLICATE: "duplicates",
    DocumentState.SET_ASIDE: "set_aside",
    DocumentState.REFUSED: "refused",
} | dict.fromkeys(PENDING, "pending")

_HELD_UP = {
    TransferState.UNCERTAIN: (
        "TRANSFER_UNCERTAIN",
        (
            "Versement {id} : la plateforme l’a peut-être reçu, son journal n’en dit pas la suite. Un opérateur doit "
            "vérifier auprès d’elle avant tout nouvel envoi."
        ),
    ),
    TransferState.STOPPED: (
        "TRANSFER_STOPPED",
        "Versement {id} : arrêté par la plateforme, un opérateur doit en examiner l’opération.",
    ),
}


def balance(tx: Transaction, connector: str, collection_id: str | None) -> Balance:
    """Left side from what the announcements recorded, right side from the rows as they are."""
    told = _announced(tx, connector, collection_id)
    of_it = _of(document, connector, collection_id)
    by_state = (document.c.state, func.count())
    documents = tx.rows(tx.select(document, *by_state).where(*of_it).group_by(document.c.state))
    pieces = tx.rows(
        tx.select(document, *by_state)
        .join(file, (file.c.tenant == document.c.tenant) & (file.c.document == document.c.id))
        .where(*of_it, file.c.announced)
        .group_by(document.c.state)
    )
    wasted = tx.rows(tx.select(waste, func.count()).where(*_of(waste, connector, collection_id)))
    return Balance(
        documents=Counts(**told["documents"], **_by_line(documents)),
        files=Counts(**told["files"], **_by_line(pieces), waste=wasted[0][0]),
    )


def waiting(tx: Transaction, connector: str, collection_id: str | None) -> Sequence[Waiting]:
    of_it = _of(document, connector, collection_id)
    found = [
        *_set_aside_or_refused(tx, connector, collection_id),
        *_not_yet_packed(tx, of_it),
        *_held_up(tx, of_it),
        *_of_the_drop(tx, connector, collection_id),
    ]
    return sorted(found, key=lambda item: (item.reference, item.document_id))


def residue(tx: Transaction, connector: str, collection_id: str | None) -> Sequence[FileReference]:
    rows = tx.rows(tx.select(waste).where(*_of(waste, connector, collection_id)))
    return sorted(FileReference(row.path, row.size, row.modified) for row in rows)


def find(tx: Transaction, text: str) -> Sequence[Story]:
    columns = (document.c.reference, document.c.record_key, document.c.other_key)
    known_by = [document.c.id == text, *(same(column, text) for column in columns)] if text else []
    having = tx.select(file, file.c.document).where(same(file.c.path, text))
    found = load(tx, or_(*known_by, document.c.id.in_(having)))
    return [_story(tx, row, loaded) for row, loaded in found]


def transfer_remarks(tx: Transaction, connector: str) -> Mapping[str, Sequence[Finding]]:
    of_it = tx.select(transfer, transfer.c.id).where(transfer.c.connector == connector)
    found: dict[str, list[Finding]] = {}
    for row in tx.rows(_remarks_on(tx, transfer_finding.c.transfer.in_(of_it))):
        found.setdefault(row.transfer, []).append(to_finding(row))
    return found


def _remarks_on(tx: Transaction, which: ColumnElement[bool]) -> Select[Any]:
    """On whole transfers."""
    as_a_whole = (transfer_finding.c.document.is_(None), transfer_finding.c.severity == Severity.REMARK.value)
    chosen = tx.select(transfer_finding).where(which, *as_a_whole)
    return chosen.order_by(transfer_finding.c.transfer, transfer_finding.c.position)


def _of(table: Table, connector: str, collection_id: str | None) -> list[ColumnElement[bool]]:
    of_it: list[ColumnElement[bool]] = [table.c.connector == connector]
    if collection_id is not None:
        of_it.append(table.c.collection == collection_id)
    return of_it


def _announced(tx: Transaction, connector: str, collection_id: str | None) -> dict[str, dict[str, int]]:
    columns = [
        func.coalesce(func.sum(collection.c[f"{line}_{what}"]), 0).label(f"{line}_{what}")
        for line in ("announced", "known", "collected")
        for what in ("documents", "files")
    ]
    statement = tx.select(collection, *columns).where(collection.c.connector == connector)
    if collection_id is not None:
        statement = statement.where(collection.c.id == collection_id)
    row = tx.rows(statement)[0]._mapping  # noqa: SLF001 (SQLAlchemy's documented name)
    told = {}
    for what in ("documents", "files"):
        announced, known, collected = (int(row[f"{line}_{what}"]) for line in ("announced", "known", "collected"))
        if collection_id is None:
            announced, known = announced - known, 0
        told[what] = {"announced": announced, "known": known, "collected": collected}
    return told


def _by_line(rows: Iterable[Row[Any]]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for state, count in rows:
        line = _LINES[DocumentState(state)]
        lines[line] = lines.get(line, 0) + count
    return lines


def _set_aside_or_refused(tx: Transaction, connector: str, collection_id: str | None) -> Iterable[Waiting]:
    """Those of the collection, and those of an earlier one that came to this since it began."""
    came_to_it: list[ColumnElement[bool]] = [document.c.connector == connector]
    if collection_id is not None:
        began = tx.select(collection, collection.c.started).where(collection.c.id == collection_id).scalar_subquery()
        came_to_it.append(or_(document.c.collection == collection_id, document.c.moved >= began))
    states = (DocumentState.SET_ASIDE.value, DocumentState.REFUSED.value)
    at_the_source = document.c.replaced_by.is_(None) & ~document.c.withdrawn
    stays = or_(document.c.state == DocumentState.REFUSED.value, at_the_source)
    open_ = (*came_to_it, document.c.state.in_(states), stays, document.c.code != REJECTED)
    asked = {found.document for found in tx.rows(_asked(tx, connector))}
    for row in tx.rows(tx.select(document).where(*open_)):
        if not _settled_since(tx, row):
            actor = AUTHORITY if row.id in asked else actor_for(row.code)
            yield replace(_waiting(row, row.code, row.reason, actor), asked=row.id in asked)


def _asked(tx: Transaction, connector: str) -> Select[Any]:
    """Documents about which the source was asked, and that are still what they were."""
    return (
        tx.select(document_finding, document_finding.c.document)
        .join(
            document, (document.c.tenant == document_finding.c.tenant) & (document.c.id == document_finding.c.document)
        )
        .where(document.c.connector == connector, document_finding.c.code == ASKED)
    )


def _settled_since(tx: Transaction, row: Row[Any]) -> bool:
    """Whether a document of a later collection has brought the same record into the archive, with the same bytes.

    Other bytes settle what was refused, or has nothing that can be kept; any other content is still a person's matter.
    """
    if not row.record_key:
        return False
    keys = (same(document.c.record_key, row.record_key), same(document.c.other_key, row.record_key))
    later = (
        or_(*keys),
        document.c.state == DocumentState.ACCEPTED.value,
        document.c.number > row.number,
        document.c.collection != row.collection,
    )
    if tx.first(tx.select(document, document.c.id).where(*later)) is None:
        return False
    if row.state == DocumentState.REFUSED or row.code in NOTHING_TO_KEEP:
        return True
    (_, aside), *_ = load(tx, document.c.id == row.id)
    return any(version_digest(found) == version_digest(aside) for _, found in load(tx, *later))


def _of_the_drop(tx: Transaction, connector: str, collection_id: str | None) -> Iterable[Waiting]:
    """What blocks in the drop itself, index rows above all: as the last collection, or the one asked for, found it."""
    wanted = tx.select(collection).where(*_of(collection, connector, None))
    if collection_id is not None:
        wanted = wanted.where(collection.c.id == collection_id)
    row = tx.first(wanted.order_by(collection.c.started.desc(), collection.c.id.desc()))
    found = announcing.find(tx, row.id) if row else None
    for finding in found.findings if found else ():
        if finding.severity is Severity.SET_ASIDE:
            actor = actor_for(finding.code)
            yield Waiting("", finding.path, "", DocumentState.SET_ASIDE, finding.code, finding.message, actor)


def _not_yet_packed(tx: Transaction, of_it: list[ColumnElement[bool]]) -> Iterable[Waiting]:
    says_why = (document.c.state == DocumentState.QUALIFIED.value, document.c.reason != "")
    for row in tx.rows(tx.select(document).where(*of_it, *says_why)):
        yield _waiting(row, row.code, row.reason, actor_for(row.code))


def _held_up(tx: Transaction, of_it: list[ColumnElement[bool]]) -> Iterable[Waiting]:
    held_up = [state.value for state in _HELD_UP]
    chosen = (
        tx.select(document, *document.c, transfer.c.id.label("held_by"), transfer.c.state.label("held_in"))
        .join(member, (member.c.tenant == document.c.tenant) & (member.c.document == document.c.id))
        .join(transfer, (transfer.c.tenant == member.c.tenant) & (transfer.c.id == member.c.transfer))
        .where(*of_it, document.c.state == DocumentState.PACKAGED.value, transfer.c.state.in_(held_up))
    )
    rows = tx.rows(chosen)
    reasons = {row.held_by: _why_held_up(tx, row.held_by, TransferState(row.held_in)) for row in rows}
    for row in rows:
        yield _waiting(row, *reasons[row.held_by], OPERATOR)


def _why_held_up(tx: Transaction, transfer_id: str, state: TransferState) -> tuple[str, str]:
    as_a_whole = tx.select(transfer_finding).where(
        transfer_finding.c.transfer == transfer_id, transfer_finding.c.document.is_(None)
    )
    told = tx.first(as_a_whole.order_by(transfer_finding.c.position.desc()))
    if told is not None and (state is TransferState.STOPPED or told.code == SEVERAL_OPERATIONS):
        return told.code, told.message
    code, message = _HELD_UP[state]
    return code, message.format(id=transfer_id)


def _waiting(row: Row[Any], code: str, message: str, actor: str) -> Waiting:
    return Waiting(row.id, row.reference, row.record_key, DocumentState(row.state), code, message, actor)


def _story(tx: Transaction, row: Row[Any], loaded: SourceDocument) -> Story:
    came_with = announcing.find(tx, row.collection)
    if came_with is None:
        raise Defect("Un document est sans collecte : signalez-le aux développeurs.", detail=f"document {row.id}")
    sent = transfers.of_document(tx, row.id)
    return Story(
        document=loaded,
        state=DocumentState(row.state),
        reason=row.reason,
        original=row.original or "",
        collection=came_with,
        findings=_findings(tx, row.id, [packed.id for packed in sent]),
        transfers=sent,
        units=transfers.units_of_document(tx, row.id),
        journal=journal.about(tx, {row.id, row.collection, *(packed.id for packed in sent)}),
    )


def _findings(tx: Transaction, document_id: str, sent: Sequence[str]) -> tuple[Finding, ...]:
    """What qualification found, then what the archive said of it, then of its transfers."""
    own = tx.select(document_finding).where(document_finding.c.document == document_id)
    said = tx.select(transfer_finding).where(transfer_finding.c.document == document_id)
    rows = [
        *tx.rows(own.order_by(document_finding.c.position)),
        *tx.rows(said.order_by(transfer_finding.c.transfer, transfer_finding.c.position)),
        *tx.rows(_remarks_on(tx, transfer_finding.c.transfer.in_(sent))),
    ]
    return tuple(to_finding(row) for row in rows)
