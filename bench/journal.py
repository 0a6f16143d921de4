"""The journal: written out and proved, line by line, whatever its length."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Measure, peak_mib
from versement.adapters.registry import SqlRegistry
from versement.adapters.registry.database import Access, Database
from versement.adapters.registry.tables import journal as table
from versement.domain.journal import JournalEntry, Segment, chained, exported, genesis, verified_export
from versement.domain.tenant import Tenant
from versement.steps.journal import verify
from versement.testing.builders import FixedClock

COFFRE = Tenant("osny", "actes", 1, "demo", "essai")
FEW, MANY = 20_000, 200_000
AT = datetime(2026, 3, 1, tzinfo=UTC)


def measures() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_proved(Path(folder), count) for count in (FEW, MANY))
        yield Measure(f"proving an exported journal of {MANY} lines", MANY / many, "lines/s")
        yield Measure(f"time per line, {MANY} lines against {FEW}", (many / MANY) / (few / FEW), "×", 1.5, at_most=True)
        yield Measure("resident memory", peak_mib(), "MiB")
        yield Measure(f"proving {MANY} lines in a SQLite registry", MANY / _in_registry(Path(folder)), "lines/s")


def _lines(count: int) -> Iterator[JournalEntry]:
    before = genesis(COFFRE.key)
    for number in range(1, count + 1):
        line = JournalEntry(number, AT, "document.collected", f"{number:032x}", '{"files":2}', "")
        before = chained(before, line)
        yield replace(line, chain=before)


def _proved(folder: Path, count: int) -> float:
    """Seconds to read an export back, after it was written."""
    head = ""
    for line in _lines(count):
        head = line.chain
    path = folder / f"{count}.jsonl"
    with path.open("wb") as file:
        file.writelines(exported(Segment(COFFRE.key, 1, count, genesis(COFFRE.key), head), _lines(count)))
    start = time.monotonic()
    with path.open("rb") as file:
        _, verifier = verified_export(file)
    if verifier.faults or verifier.count != count:
        raise AssertionError(verifier.faults)
    return time.monotonic() - start


def _in_registry(folder: Path) -> float:
    url = f"sqlite:///{folder / 'registry.db'}"
    registry, database = SqlRegistry(url, FixedClock()), Database(url)
    registry.journal(COFFRE)
    rows = [{name: getattr(line, name) for name in JournalEntry.__slots__} for line in _lines(MANY)]
    with database.transaction(COFFRE.key, FixedClock(), Access.REPEATABLE) as tx:
        tx.add(table, rows)
    start = time.monotonic()
    verifier = verify(registry, COFFRE)
    seconds = time.monotonic() - start
    registry.close()
    database.close()
    if verifier.faults or verifier.count != MANY:
        raise AssertionError(verifier.faults)
    return seconds
