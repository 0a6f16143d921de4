"""Personnel records: what masking adds to the log, index rows read a second, payslips cut a second and their memory."""

from __future__ import annotations

import csv
import io
import logging
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from bench.measure import Measure, peak_mib
from versement.adapters.formats.formats import FileFormats
from versement.domain.personal import MASKING, found_in
from versement.ports.formats import TableLayout

_LINES = 100_000
_ROWS = 100_000
_AGENTS = 1_000
_LINE = "Versement %s : opération aeaaaaaaaahkzs5tabc3qamwqhq6tyaaaaaq, %d documents déposés, état %s."
_TITLE = "Arrêté portant avancement d’échelon, matricule A01234, à compter du 1er janvier 2026"


def measures() -> Iterable[Measure]:
    plain, masking = _logged(), _logged(masked=True)
    yield Measure("a log line with masking, against without", masking / plain, "×")
    yield Measure("masking of one log line", (masking - plain) / _LINES * 1e6, "µs", 50, at_most=True)
    searched = _seconds(lambda: [found_in(_TITLE) for _ in range(_LINES // 10)])
    yield Measure("a title searched for personal data", searched / (_LINES // 10) * 1e6, "µs", 100, at_most=True)
    with tempfile.TemporaryDirectory() as folder, FileFormats() as formats:
        yield from _index(Path(folder), formats)
        yield from _pages(Path(folder), formats)


def _logged(*, masked: bool = False) -> float:
    logger = logging.getLogger(f"bench.{masked}")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    if masked:
        logger.addFilter(MASKING)
    return min(_seconds(lambda: _log(logger)) for _ in range(3))


def _log(logger: logging.Logger) -> None:
    for number in range(_LINES):
        logger.info(_LINE, "maurecy_paie_f2c7c71184eef5f524efaec0b23aba2b", number, "accepté")


def _index(folder: Path, formats: FileFormats) -> Iterable[Measure]:
    path = folder / "index"
    with path.open("w", encoding="cp1252", newline="") as out:
        writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow([f"Colonne {place}" for place in range(14)])
        writer.writerows([f"valeur é {number}.{place}" for place in range(14)] for number in range(_ROWS))
    with path.open(encoding="cp1252", newline="") as stream:
        bare = _seconds(lambda: [dict(zip(range(14), row, strict=True)) for row in csv.reader(stream, delimiter=";")])
    ours = _seconds(lambda: formats.table(path, "index.csv", TableLayout()))
    yield Measure(f"{_ROWS} index rows of 14 columns read", _ROWS / ours, "rows/s", 20_000)
    yield Measure("against csv.reader told all about the file", ours / bare, "×")


def _pages(folder: Path, formats: FileFormats) -> Iterable[Measure]:
    canvas = Canvas(str(folder / "run.pdf"))
    for number in range(_AGENTS):
        for line in range(40):
            canvas.drawString(60, 780 - 18 * line, f"Ligne {line} du bulletin {number}")
        canvas.showPage()
    canvas.save()
    (folder / "cuts").mkdir()
    ranges = [(page, page) for page in range(1, _AGENTS + 1)]
    started = time.monotonic()
    formats.cut_pages(folder / "run.pdf", ranges, folder / "cuts")
    yield Measure(f"{_AGENTS} payslips cut out of one PDF", _AGENTS / (time.monotonic() - started), "payslips/s", 100)
    yield Measure("peak memory of this process", peak_mib(), "MiB", 400, at_most=True)


def _seconds(task: Callable[[], object]) -> float:
    started = time.process_time()
    task()
    return time.process_time() - started
