"""Qualification of a collection and its exact duplicates on two cores, antivirus apart; memory of it all."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from bench.measure import Measure, peak_mib
from versement.adapters.clock import SystemClock
from versement.adapters.expectations import GreatExpectations
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources.folder import FolderSource
from versement.adapters.staging import DiskStaging
from versement.profiles.load import load_profile
from versement.settings import ROOT
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.qualify import qualify

DOCUMENTS = 10_000
DOUBLES = 100
BAR = 200


def measures() -> Iterable[Measure]:
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp())
    try:
        yield from _measured(folder)
    finally:
        shutil.rmtree(folder)


def _measured(folder: Path) -> Iterator[Measure]:
    drop = folder / "drop"
    drop.mkdir()
    for number in range(DOCUMENTS):
        _write(drop / f"acte-{number:05}.pdf", number if number < DOCUMENTS - DOUBLES else number - DOUBLES)
    chain = _chain(folder)
    record = collect(chain, FolderSource(drop), FileFormats(), run_id="bench", window=Window())
    formats = FileFormats()
    started = time.perf_counter()
    qualified, aside = qualify(chain, formats, GreatExpectations(), collection_id=record.id)
    judged = time.perf_counter()
    doubles, _ = deduplicate(chain)
    ended = time.perf_counter()
    formats.close()
    yield Measure(f"{DOCUMENTS} acts qualified and deduplicated", DOCUMENTS / (ended - started), "documents/s", bar=BAR)
    yield Measure("of which deduplication", ended - judged, "s")
    yield Measure("qualified of them", qualified / DOCUMENTS, "share", bar=1)
    yield Measure("set aside", aside, "documents", bar=0, at_most=True)
    yield Measure("doubles found", doubles, "documents", bar=DOUBLES)
    yield Measure("peak memory of this process", peak_mib(), "MiB", bar=700, at_most=True)


def _chain(folder: Path) -> Chain:
    shipped = load_profile(ROOT / "include" / "profiles" / "saint-aubin" / "deliberations.yaml")
    connector = shipped.connector.model_copy(update={"index": "none"})
    profile = shipped.model_copy(update={"connector": connector})
    clock = SystemClock()
    registry = SqlRegistry(f"sqlite:///{folder / 'registry.db'}", clock)
    return Chain(profile, registry, DiskStaging(folder / "staging"), clock)


def _write(path: Path, number: int) -> None:
    """One page of text with its préfecture's stamp."""
    day = date(2024, 1, 1) + timedelta(days=number % 365)
    canvas = Canvas(str(path), invariant=1)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 800, f"ID : 095-219509908-{day:%Y%m%d}-2024_{number:05}-DE")
    canvas.drawString(60, 770, f"Objet : Adoption de la délibération numéro {number}")
    for line in range(40):
        canvas.drawString(60, 740 - 16 * line, f"Considérant qu’il y a lieu d’en délibérer, point {line} du rapport.")
    canvas.showPage()
    canvas.save()
