"""Format identification of small PDFs on one core, against reading the same bytes; memory of the child apart."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.measure import Measure, peak_mib
from versement.adapters.formats.identify import Identifier

FILES = 5_000
_PDF = (
    b"%%PDF-1.7\n%%\xe2\xe3\xcf\xd3\n1 0 obj\n<</N %d>>\nendobj\n%s\nxref\n0 1\ntrailer <<>>\nstartxref\n9\n%%%%EOF\n"
)


def measures() -> Iterable[Measure]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the child inherits it
    with tempfile.TemporaryDirectory() as folder, Identifier() as identifier:
        paths = [_written(Path(folder) / f"{number}", number) for number in range(FILES)]
        read = _seconds(lambda: [path.read_bytes() for path in paths])
        first = _seconds(lambda: identifier.identify(paths[:1]))
        found = [0]
        spent = _seconds(lambda: found.append(sum(bool(one.puid) for one in identifier.identify(paths).values())))
        yield Measure("start and first file", first, "s")
        yield Measure(f"{FILES} PDFs of 20 kB identified, child already there", FILES / spent, "files/s", bar=500)
        yield Measure(f"{FILES} PDFs, start included", FILES / (spent + first), "files/s", bar=500)
        yield Measure("identified of them", found[-1] / FILES, "share", bar=1)
        yield Measure("time of identification against reading the same files", spent / read, "x")
    yield Measure("peak memory of this process", peak_mib(), "MiB", bar=300, at_most=True)


def _written(path: Path, number: int) -> Path:
    path.write_bytes(_PDF % (number, b"x" * 20_000))
    return path


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
