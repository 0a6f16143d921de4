"""Exact duplicates: a collection of 10 000 records looked up among a million that the coffre already holds."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import Measure, peak_mib
from crash.postgresql import APPLICATION, started
from versement.adapters.registry import SqlRegistry
from versement.adapters.registry.database import Access, Database
from versement.adapters.registry.tables import claim, collection, document
from versement.domain.lifecycle import DocumentState
from versement.domain.tenant import Tenant
from versement.testing.builders import NOON, FixedClock

COFFRE = Tenant("osny", "actes", 1, "demo", "essai")
KNOWN, ASKED, BLOCK = 1_000_000, 10_000, 20_000
CLAIMED = 2_000
PER_DOCUMENT = 20
"""Records that one document holds here: what is looked up is the records, and documents are slow to make."""


def measures() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _on("SQLite", f"sqlite:///{Path(folder) / 'registry.db'}")
    with started() as server:
        name = server.database()
        yield from _on("PostgreSQL", server.url(APPLICATION, name), lambda: server.execute("ANALYZE", database=name))
    yield Measure("resident memory", peak_mib(), "MiB")


def _on(base: str, url: str, settled: Callable[[], None] = lambda: None) -> Iterator[Measure]:
    with closing(SqlRegistry(url, FixedClock())) as registry, closing(Database(url)) as database:
        registry.journal(COFFRE)
        _fill(database)
        settled()
        versions = [_version(n) for n in range(KNOWN - ASKED // 2, KNOWN + ASKED // 2)]
        seconds = []
        for _ in range(3):
            start = time.monotonic()
            found = registry.holders(COFFRE, versions)
            seconds.append(time.monotonic() - start)
            if len(found) != ASKED // 2:
                raise AssertionError(len(found))
        yield Measure(f"{base}: {ASKED} looked up among {KNOWN}", max(seconds), "s", 2, at_most=True)
        start = time.monotonic()
        outcomes = {registry.claim(COFFRE, _id(n), other_key="", version=_version(n)).outcome for n in _unclaimed()}
        yield Measure(
            f"{base}: records claimed, one transaction each", CLAIMED / (time.monotonic() - start), "records/s"
        )
        if outcomes != {"taken"}:
            raise AssertionError(outcomes)


def _id(number: int) -> str:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def _version(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _unclaimed() -> range:
    return range(KNOWN, KNOWN + CLAIMED)


def _fill(database: Database) -> None:
    """A million records held by accepted documents, and some that were just qualified."""
    with database.transaction(COFFRE.key, FixedClock(), Access.REPEATABLE) as tx:
        words = dict.fromkeys(("id", "connector", "run_id", "run_window", "profile", "listing"), "c")
        counts = [column.name for column in collection.c if column.name.endswith(("_paths", "_documents", "_files"))]
        tx.add(collection, [words | dict.fromkeys(counts, 0) | {"started": NOON}])
    holders = KNOWN // PER_DOCUMENT
    for start in range(0, holders, BLOCK):
        with database.transaction(COFFRE.key, FixedClock(), Access.REPEATABLE) as tx:
            tx.add(document, [_document(number) for number in range(start, min(start + BLOCK, holders))])
    with database.transaction(COFFRE.key, FixedClock(), Access.REPEATABLE) as tx:
        tx.add(document, [_document(number) for number in _unclaimed()])
    for start in range(0, KNOWN, BLOCK):
        rows = [
            {"record_key": f"record-{n}", "document": _id(n % holders), "version": _version(n)}
            for n in range(start, start + BLOCK)
        ]
        with database.transaction(COFFRE.key, FixedClock(), Access.REPEATABLE) as tx:
            tx.add(claim, rows)
    if not database.on_sqlite:
        return  # its owner's work, done by the server in its own time
    with database.connect(Access.DURABLE) as connection:
        connection.exec_driver_sql("ANALYZE")


def _document(number: int) -> dict[str, object]:
    state = DocumentState.ACCEPTED if number < KNOWN else DocumentState.QUALIFIED
    said = {"readings": "[]", "attests": "[]", "announced": "{}", "kind": "acte"}
    return said | {
        "id": _id(number),
        "number": number,
        "connector": "actes",
        "collection": "c",
        "reference": f"actes/{number}.pdf",
        "state": state.value,
        "record_key": f"clé-{number}",
        "moved": NOON,
    }
