"""The tenant's journal: append-only, each line chained to the one before. Ids, codes and counts only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from versement.adapters.registry.codec import compact
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.tables import journal
from versement.ports.registry import JournalEntry

PAGE = 1000
_WRITTEN = "versement_written"
"""In a connection's own dictionary: the last line of the transaction under way."""

_LAST = (
    select(journal.c.number, journal.c.chain)
    .where(journal.c.tenant == bindparam("of_tenant"))
    .order_by(journal.c.number.desc())
    .limit(1)
)


def append(tx: Transaction, event: str, subject: str, **data: object) -> None:
    """Write one line; last thing of a transaction that changes something."""
    last = tx.connection.execute(_LAST, {"of_tenant": tx.tenant}).first()
    number, before = (last.number + 1, last.chain) if last else (1, genesis(tx.tenant))
    line = JournalEntry(number, tx.now, event, subject, compact(data), chain="")
    chain = chained(before, line)
    tx.connection.info[_WRITTEN] = (number, chain)
    tx.add(
        journal,
        [
            {
                "number": number,
                "at": line.at,
                "event": event,
                "subject": subject,
                "data": line.data,
                "chain": chain,
            }
        ],
    )


def written(tx: Transaction) -> tuple[int, str] | None:
    """Number and chain of the last line that this transaction wrote; asked once."""
    line: tuple[int, str] | None = tx.connection.info.pop(_WRITTEN, None)
    return line


def has(tx: Transaction, number: int, chain: str) -> bool:
    """Whether this line is there."""
    return tx.first(tx.select(journal).where(journal.c.number == number, journal.c.chain == chain)) is not None


def head(tx: Transaction) -> JournalEntry | None:
    """The last line."""
    row = tx.first(tx.select(journal).order_by(journal.c.number.desc()))
    return _line(row) if row else None


def genesis(tenant: str) -> str:
    """What stands before the first line of a tenant."""
    return hashlib.sha256(tenant.encode()).hexdigest()


def chained(before: str, line: JournalEntry) -> str:
    """SHA-256 of the previous chain and of all that this line says."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = json.dumps([before, line.number, at, line.event, line.subject, line.data])
    return hashlib.sha256(said.encode()).hexdigest()


def page(tx: Transaction, *, after: int, limit: int) -> Sequence[JournalEntry]:
    statement = tx.select(journal).where(journal.c.number > after).order_by(journal.c.number).limit(limit)
    return [_line(row) for row in tx.rows(statement)]


def about(tx: Transaction, subjects: Collection[str]) -> tuple[JournalEntry, ...]:
    """Lines about these ids."""
    statement = tx.select(journal).where(journal.c.subject.in_(sorted(subjects))).order_by(journal.c.number)
    return tuple(_line(row) for row in tx.rows(statement))


def is_whole(tx: Transaction) -> bool:
    number, before = 0, genesis(tx.tenant)
    while lines := page(tx, after=number, limit=PAGE):
        for line in lines:
            if line.number != number + 1 or line.chain != chained(before, line):
                return False
            number, before = line.number, line.chain
    return True


def _line(row: Row[Any]) -> JournalEntry:
    return JournalEntry(row.number, row.at, row.event, row.subject, row.data, row.chain)
