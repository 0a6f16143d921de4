"""Documents as rows: loading them, and moving them as the lifecycle allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Update, bindparam, literal_column, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from versement.adapters.registry.codec import to_document, to_file
from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.tables import document, file
from versement.domain.documents import SourceDocument
from versement.domain.errors import Defect, ToRetry
from versement.domain.lifecycle import DOCUMENT_MOVES, DocumentState, checked
from versement.ports.records import Record

_ONE = select(document).where(document.c.tenant == bindparam("of_tenant"), document.c.id == bindparam("of_id"))
_WAY = (
    DocumentState.ANNOUNCED,
    DocumentState.COLLECTED,
    DocumentState.QUALIFIED,
    DocumentState.PACKAGED,
    DocumentState.ACCEPTED,
)
_FORGOTTEN = {"code": "", "reason": "", "original": None}


def load(tx: Transaction, *which: ColumnElement[bool]) -> list[tuple[Row[Any], SourceDocument]]:
    """Documents that meet these conditions, each with its row, by reference."""
    chosen = tx.select(document).where(*which)
    files: dict[str, list[Any]] = {}
    of_chosen = (
        tx.select(file)
        .join(document, (document.c.tenant == file.c.tenant) & (document.c.id == file.c.document))
        .where(document.c.tenant == tx.tenant, *which)
        .order_by(file.c.document, file.c.position)
    )
    for row in tx.rows(of_chosen):
        files.setdefault(row.document, []).append(to_file(row))
    rows = tx.rows(chosen.order_by(document.c.reference, document.c.id))
    return [(row, to_document(row, files.get(row.id, ()))) for row in rows]


def record_of(tx: Transaction, document_id: str) -> Record | None:
    found = load(tx, document.c.id == document_id)
    return next((Record(loaded, DocumentState(row.state), row.reason) for row, loaded in found), None)


def row_of(tx: Transaction, document_id: str) -> Row[Any]:
    """The document's row.

    Raises:
        Defect: this tenant has no such document.
    """
    row = tx.connection.execute(_ONE, {"of_tenant": tx.tenant, "of_id": document_id}).first()
    if row is None:
        raise Defect(
            f"Le document {document_id} est inconnu de ce coffre : signalez-le aux développeurs.",
            detail="unknown document",
        )
    return row


def move(tx: Transaction, document_id: str, after: DocumentState, **values: object) -> None:
    """Change a document's state as the lifecycle allows it; what it waited for is forgotten unless told anew."""
    move_each(tx, [(document_id, values)], after)


def move_each(tx: Transaction, moves: Sequence[tuple[str, Mapping[str, object]]], after: DocumentState) -> None:
    """Change the state of several documents, each with its own values; all of them or none."""
    if not moves:
        return
    told = {**_FORGOTTEN, "state": after.value, "moved": tx.now}
    rows = [{"of_tenant": tx.tenant, "of_id": document_id, **told, **values} for document_id, values in moves]
    if tx.connection.execute(_one_move(after), rows).rowcount != len(rows):
        ids = [document_id for document_id, _ in moves]
        for document_id in ids:
            _tell_overtaken(tx, document_id, after)
        _tell_forbidden_move(tx, ids, after)


@cache
def _one_move(after: DocumentState) -> Update:
    """Built once: there are several moves for each document of a collection."""
    return update(document).where(
        document.c.tenant == bindparam("of_tenant"),
        document.c.id == bindparam("of_id"),
        or_(*(document.c.state == literal_column(f"'{before}'") for before in _leading_to(after))),
    )


def _leading_to(after: DocumentState) -> list[str]:
    return [before.value for before, afters in DOCUMENT_MOVES.items() if after in afters]


def _tell_overtaken(tx: Transaction, document_id: str, after: DocumentState) -> None:
    """Raise when the document is further on already: whoever slept meanwhile begins again from what is there.

    Raises:
        ToRetry: another run brought it there.
    """
    before = DocumentState(row_of(tx, document_id).state)
    if before in _WAY and after in _WAY and _WAY.index(before) > _WAY.index(after):
        raise ToRetry(
            "Une autre exécution a fait avancer un document entre-temps : rien n’est perdu, cette tâche reprendra "
            "avec ce qui reste à faire.",
            detail=f"overtaken: {before.name} when {after.name} was to be written",
        )


def move_all(tx: Transaction, document_ids: Sequence[str], after: DocumentState, **values: object) -> None:
    """Change the state of several documents, all of them or none."""
    values = {**_FORGOTTEN, **values, "state": after.value, "moved": tx.now}
    for ids in chunks(document_ids):
        moved = tx.update(document).where(document.c.id.in_(ids), document.c.state.in_(_leading_to(after)))
        if tx.run(moved.values(**values)) != len(ids):
            _tell_forbidden_move(tx, ids, after)


def _tell_forbidden_move(tx: Transaction, ids: Sequence[str], after: DocumentState) -> None:
    """Raise for the first of these documents that may not move.

    Raises:
        Defect: always; one of them is unknown, named twice, or in a state that the lifecycle does not leave so.
    """
    for document_id in ids:
        before = DocumentState(row_of(tx, document_id).state)
        if before is not after:
            checked(DOCUMENT_MOVES, before, after)
    raise Defect(
        "Un document est nommé deux fois dans la même écriture : signalez-le aux développeurs.",
        detail=f"a document is named twice for a move to {after.name}",
    )
