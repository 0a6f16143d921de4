"""What a run's report tells of its collection: formats, documents that are alike, times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select

from versement.adapters.registry.database import Transaction, chunks
from versement.adapters.registry.tables import collection, document, document_finding, file, journal, transfer
from versement.domain.lifecycle import DocumentState
from versement.domain.particulars import DUPLICATE, LIKENESS, STEPS, AlikeDocuments, FormatCount, Span, step_of


def formats(tx: Transaction, collection_id: str) -> Sequence[FormatCount]:
    count, size = func.count().label("files"), func.sum(file.c.size).label("bytes")
    grouped = (file.c.puid, file.c.format_name)
    chosen = (
        tx.select(file, *grouped, count, size)
        .join(document, (file.c.tenant == document.c.tenant) & (file.c.document == document.c.id))
        .where(document.c.collection == collection_id, file.c.digest.is_not(None))
        .group_by(*grouped)
        .order_by(count.desc(), *grouped)
    )
    return [FormatCount(row.puid, row.format_name, int(row.files), int(row.bytes)) for row in tx.rows(chosen)]


def alikes(tx: Transaction, collection_id: str) -> Sequence[AlikeDocuments]:
    kept = document.alias()
    doubles = (
        tx.select(
            document,
            *(document.c.reference, document.c.connector),
            *(kept.c.reference.label("other"), kept.c.connector.label("elsewhere"), kept.c.id.label("other_id")),
        )
        .join(kept, (kept.c.tenant == document.c.tenant) & (kept.c.id == document.c.original))
        .where(document.c.collection == collection_id, document.c.state == DocumentState.DUPLICATE.value)
    )
    remarks = (
        tx.select(document, document.c.reference, document_finding.c.code, document_finding.c.message)
        .join(
            document_finding,
            (document_finding.c.tenant == document.c.tenant) & (document_finding.c.document == document.c.id),
        )
        .where(document.c.collection == collection_id, document_finding.c.code.in_(LIKENESS))
    )
    order = (document.c.reference, document.c.id)
    return [
        *(AlikeDocuments(DUPLICATE, row.reference, _shown(row), "") for row in tx.rows(doubles.order_by(*order))),
        *(
            AlikeDocuments(row.code, row.reference, "", row.message)
            for row in tx.rows(remarks.order_by(*order, document_finding.c.position))
        ),
    ]


def _shown(row: Row[Any]) -> str:
    """The kept document: by its reference within its own connector, whose readers alone may see it."""
    return row.other if row.connector == row.elsewhere else f"{row.elsewhere} : {row.other_id[:12]}"


def references(tx: Transaction, document_ids: Collection[str]) -> Mapping[str, str]:
    return {
        row.id: row.reference
        for ids in chunks(sorted(set(document_ids)))
        for row in tx.rows(tx.select(document, document.c.id, document.c.reference).where(document.c.id.in_(ids)))
    }


def spans(tx: Transaction, collection_id: str) -> Sequence[Span]:
    found: dict[str, Span] = {}
    for row in _events(tx, collection_id):
        step = step_of(row.event)
        if step:
            one, known = Span(step, int(row.lines), row.begun, row.ended), found.get(step)
            found[step] = one if known is None else _joined(known, one)
    return [found[step] for step in STEPS if step in found]


def _events(tx: Transaction, collection_id: str) -> Sequence[Row[Any]]:
    """Each event with its number of lines and its times."""
    start = tx.first(
        tx.select(journal, journal.c.number)
        .where(journal.c.subject == collection_id, journal.c.event == "collection.announced")
        .order_by(journal.c.number)
    )
    own = tx.first(tx.select(collection, collection.c.connector).where(collection.c.id == collection_id))
    if start is None or own is None:
        return ()
    of_connector = [
        journal.c.subject.in_(select(each.c.id).where(each.c.tenant == tx.tenant, each.c.connector == own.connector))
        for each in (document, transfer)
    ]
    times = (func.min(journal.c.at).label("begun"), func.max(journal.c.at).label("ended"))
    return tx.rows(
        tx.select(journal, journal.c.event, func.count().label("lines"), *times)
        .where(journal.c.number >= start.number, or_(journal.c.subject == collection_id, *of_connector))
        .group_by(journal.c.event)
        .order_by(journal.c.event)
    )


def _joined(one: Span, other: Span) -> Span:
    return Span(one.step, one.lines + other.lines, min(one.begun, other.begun), max(one.ended, other.ended))
