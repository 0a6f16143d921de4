"""The tenant's journal: append-only, each line chained to the one before. Ids, codes and counts only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import LargeBinary, Text, bindparam, cast, func, select, type_coerce
from sqlalchemy.engine import Row

from versement.adapters.registry.codec import compact
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.tables import journal
from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.domain.journal import JournalEntry, Segment, chained, genesis, verified

PAGE = 1000
_WRITTEN = "versement_written"
"""In a connection's own dictionary: the last line of the transaction under way."""

SEALS = "journal"
"""Subject of the lines that tell a seal."""
_TEXTS = (journal.c.at, journal.c.event, journal.c.subject, journal.c.data, journal.c.chain)
_AS_WRITTEN = {
    "postgresql": select(journal.c.number, *(type_coerce(text, Text).label(text.name) for text in _TEXTS)),
    # SQLite lets anything be written into any column, and reads no text that is not UTF-8.
    "sqlite": select(journal.c.number, *(cast(text, LargeBinary).label(text.name) for text in _TEXTS)).where(
        func.typeof(journal.c.number) == "integer"
    ),
}
"""Lines as they stand, whatever was made of them: their chain tells."""

_LAST = (
    select(journal.c.number, journal.c.chain)
    .where(journal.c.tenant == bindparam("of_tenant"))
    .order_by(journal.c.number.desc())
    .limit(1)
)


def append(tx: Transaction, event: str, subject: str, **data: object) -> None:
    """Write one line; last thing of a transaction that changes something."""
    append_all(tx, event, {subject: data})


def append_all(tx: Transaction, event: str, told: Mapping[str, Mapping[str, object]]) -> None:
    """Write one line for each subject, in order, with what is told of it."""
    if not told:
        return
    last = tx.connection.execute(_LAST, {"of_tenant": tx.tenant}).first()
    number, chain = (last.number, last.chain) if last else (0, genesis(tx.tenant))
    rows = []
    for subject, data in told.items():
        number += 1
        line = JournalEntry(number, tx.now, event, subject, compact(data), chain="")
        chain = chained(chain, line)
        rows.append({"number": number, "at": line.at, "event": event, "subject": subject, "data": line.data})
        rows[-1]["chain"] = chain
    tx.connection.info[_WRITTEN] = (number, chain)
    tx.add(journal, rows)


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


def page(tx: Transaction, *, after: int, limit: int) -> Sequence[JournalEntry]:
    of_tenant = _AS_WRITTEN[tx.connection.dialect.name].where(journal.c.tenant == tx.tenant)
    statement = of_tenant.where(journal.c.number > after).order_by(journal.c.number).limit(limit)
    return [_as_written(row) for row in tx.rows(statement)]


def about(tx: Transaction, subjects: Collection[str]) -> tuple[JournalEntry, ...]:
    """Lines about these ids."""
    statement = tx.select(journal).where(journal.c.subject.in_(sorted(subjects))).order_by(journal.c.number)
    return tuple(_line(row) for row in tx.rows(statement))


def is_whole(tx: Transaction) -> bool:
    return not verified(tx.tenant, _all(tx)).faults


def seal(tx: Transaction, segment: Segment, digest: Digest) -> None:
    last = _last_seal(tx)
    told = {"first": segment.first, "last": segment.last, "head": segment.head, "digest": str(digest)}
    if last == told:
        return
    if segment.first != (last["last"] if last else 0) + 1 or not has(tx, segment.last, segment.head):
        raise Defect(
            "Un scellement du journal ne suit pas le précédent : signalez-le aux développeurs.",
            detail=f"seal of lines {segment.first} to {segment.last}",
        )
    append(tx, "journal.sealed", SEALS, **told)


def sealed(tx: Transaction) -> int:
    last = _last_seal(tx)
    return int(last["last"]) if last else 0


def _last_seal(tx: Transaction) -> dict[str, Any] | None:
    row = tx.first(tx.select(journal).where(journal.c.subject == SEALS).order_by(journal.c.number.desc()))
    return dict(json.loads(row.data)) if row else None


def _all(tx: Transaction) -> Iterator[JournalEntry]:
    number = 0
    while lines := page(tx, after=number, limit=PAGE):
        yield from lines
        number = lines[-1].number


def _line(row: Row[Any]) -> JournalEntry:
    return JournalEntry(row.number, row.at, row.event, row.subject, row.data, row.chain)


def _as_written(row: Row[Any]) -> JournalEntry:
    """A line of which anything was made unreadable is read all the same: its chain tells."""
    at, *words = (_text(getattr(row, column.name)) for column in _TEXTS)
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = datetime.min.replace(tzinfo=UTC)
    event, subject, data, chain = words
    return JournalEntry(row.number, moment, event, subject, data, chain)


def _text(value: object) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
