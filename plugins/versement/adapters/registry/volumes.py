"""Volumes of what was collected, from the rows as they are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func

from versement.adapters.registry import eliminations
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.tables import collection, document, file, waste
from versement.domain.footprint import Collected, Volumes
from versement.domain.lifecycle import DocumentState

_SUMS = {DocumentState.DUPLICATE: "doubled", DocumentState.ACCEPTED: "archived"}


def total(tx: Transaction, connector: str | None, collection_id: str | None) -> Volumes:
    return sum(_by_collection(tx, connector, collection_id).values(), Volumes())


def over_time(tx: Transaction, connector: str) -> Sequence[Collected]:
    found = _by_collection(tx, connector, None)
    began = tx.select(collection, collection.c.id, collection.c.started).where(collection.c.connector == connector)
    rows = tx.rows(began.order_by(collection.c.started, collection.c.id))
    return [Collected(row.started, found.get(row.id, Volumes())) for row in rows]


def _by_collection(tx: Transaction, connector: str | None, collection_id: str | None) -> dict[str, Volumes]:
    size = func.coalesce(func.sum(file.c.size), 0)
    let_go = eliminations.let_go(tx).subquery()
    gone = let_go.c.document.is_not(None)
    pieces = (
        tx.select(document, document.c.collection, document.c.state, gone.label("gone"), size.label("bytes"))
        .join(file, (file.c.tenant == document.c.tenant) & (file.c.document == document.c.id))
        .outerjoin(let_go, let_go.c.document == document.c.id)
        .group_by(document.c.collection, document.c.state, gone)
    )
    residue = tx.select(waste, waste.c.collection, func.sum(waste.c.size).label("bytes")).group_by(waste.c.collection)
    for column, value in (("connector", connector), ("collection", collection_id)):
        if value is not None:
            pieces = pieces.where(document.c[column] == value)
            residue = residue.where(waste.c[column] == value)
    found: dict[str, Volumes] = {}
    for row in tx.rows(pieces):
        line = _SUMS.get(DocumentState(row.state))
        line = "eliminated" if row.gone and line == "archived" else line
        told = Volumes(collected=int(row.bytes), **({line: int(row.bytes)} if line else {}))
        found[row.collection] = found.get(row.collection, Volumes()) + told
    for row in tx.rows(residue):
        found[row.collection] = found.get(row.collection, Volumes()) + Volumes(waste=int(row.bytes))
    return found
