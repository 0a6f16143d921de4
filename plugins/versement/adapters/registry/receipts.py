"""Which sources were told of what the archive accepted: the journal remembers it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, exists

from versement.adapters.registry import journal
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.states import load
from versement.adapters.registry.tables import document
from versement.adapters.registry.tables import journal as lines
from versement.domain.documents import SourceDocument
from versement.domain.lifecycle import DocumentState

EVENT = "receipt"


def missing(tx: Transaction, connector: str) -> Sequence[SourceDocument]:
    told = exists().where(lines.c.tenant == document.c.tenant, lines.c.subject == document.c.id, lines.c.event == EVENT)
    accepted = and_(document.c.connector == connector, document.c.state == DocumentState.ACCEPTED.value)
    return [found for _, found in load(tx, and_(accepted, ~told))]


def note(tx: Transaction, document_id: str) -> None:
    if not any(line.event == EVENT for line in journal.about(tx, [document_id])):
        journal.append(tx, EVENT, document_id)
