"""Manifests: archive units written a second, against lxml writing the same elements, and memory on large transfers."""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from bench.measure import Measure, peak_mib
from versement.domain.fixity import Digest, Fixity
from versement.seda.manifest import write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit, BinaryObject, Event, Keyword, Rule
from versement.seda.reader import ManifestReader
from versement.seda.validation import validate

_FIRST_DAY = date(2015, 1, 5)
_UNITS_EACH = 5
_COUNT = 10_000
_TIMES = 3


def measures() -> Iterable[Measure]:
    yield from _memory()
    units = tuple(_seances(_COUNT))
    out = io.BytesIO()
    ours = min(_seconds(lambda: write_manifest(_transfer(units), _emptied(out))) for _ in range(_TIMES))
    yield Measure(f"{_COUNT} units written, model in memory", _COUNT / ours, "units/s", 10_000)
    built = min(_seconds(lambda: write_manifest(_transfer(_seances(_COUNT)), _emptied(out))) for _ in range(_TIMES))
    yield Measure(f"{_COUNT} units built and written", _COUNT / built, "units/s", 10_000)
    root = etree.fromstring(out.getvalue())
    lxml = min(_seconds(lambda: _with_lxml(root)) for _ in range(_TIMES))
    yield Measure("speed against lxml.etree.xmlfile writing the same elements", lxml / ours, "×", 0.5)
    read = min(_seconds(lambda: _read(out)) for _ in range(_TIMES))
    yield Measure(f"{_COUNT} units read back", _COUNT / read, "units/s")


def _memory() -> Iterator[Measure]:
    for count in (1_000, 100_000):
        with tempfile.TemporaryFile() as out:
            write_manifest(_transfer(_seances(count)), out)
            yield Measure(f"peak memory, {count} units written as a stream", peak_mib(), "MiB", 300, at_most=True)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "manifest.xml").open("w+b") as out:
        write_manifest(_transfer(_seances(100_000)), out)
        out.flush()
        if validate(Path(out.name)):
            raise SystemExit("the manifest of the benchmark is not valid")
        yield Measure("peak memory, 100000 units written and validated", peak_mib(), "MiB", 300, at_most=True)
        out.seek(0)
        for _ in ManifestReader(out).roots():
            pass
        yield Measure("peak memory, 100000 units written and read back", peak_mib(), "MiB", 300, at_most=True)


def _seconds(task: Callable[[], Any]) -> float:
    """Processor time: nothing here waits, and a busy machine must not change the figure."""
    start = time.process_time()
    task()
    return time.process_time() - start


def _emptied(out: io.BytesIO) -> io.BytesIO:
    out.seek(0)
    out.truncate()
    return out


def _read(out: io.BytesIO) -> None:
    out.seek(0)
    for _ in ManifestReader(out).roots():
        pass


def _with_lxml(root: etree._Element) -> None:
    with Path(os.devnull).open("wb") as out, etree.xmlfile(out, encoding="UTF-8") as xml:
        _copy(xml, root)


def _copy(xml: Any, element: etree._Element) -> None:
    with xml.element(element.tag, element.attrib, nsmap=element.nsmap if element.getparent() is None else None):
        if len(element):
            for item in element:
                _copy(xml, item)
        else:
            xml.write(element.text or "")


def _transfer(units: Iterable[ArchiveUnit]) -> ArchiveTransfer:
    return ArchiveTransfer(
        "VERS-1",
        datetime(2024, 3, 5, 8, 30, tzinfo=UTC),
        "Délibérations",
        "IC-000001",
        "CACP",
        "Osny",
        "Osny-assemblee",
        "Osny",
        "Versement",
        "Public Archive",
        units,
    )


def _seances(count: int) -> Iterator[ArchiveUnit]:
    """Séances of one délibération each, with its act, an annex and its acknowledgement: five units."""
    for number in range(count // _UNITS_EACH):
        day = _FIRST_DAY + timedelta(days=number % 3650)
        key = f"095-219504768-{day:%Y%m%d}-{number:06d}-DE"
        items = tuple(_item(f"{key}#{name}", name, day) for name in ("acte", "annexe-1", "ar"))
        act = ArchiveUnit(
            key,
            "File",
            f"Budget primitif {day.year} & affectation des résultats de l’exercice n° {number}",
            originating_system_id=key,
            agency_identifier=f"{day.year}/{number}",
            document_type="Délibération",
            keywords=(Keyword("7.1 Décisions budgétaires"),),
            transacted_date=day,
            sent_date=day + timedelta(days=2),
            received_date=day + timedelta(days=2),
            events=(
                Event("TRANSMISSION", "Transmission au contrôle de légalité", day + timedelta(days=2)),
                Event("AR", "Réception par la préfecture", day + timedelta(days=2)),
            ),
            rules=(Rule("AppraisalRule", "APP-00001", day, "Keep"), Rule("AccessRule", "ACC-00001", day)),
            children=items,
        )
        yield ArchiveUnit(f"S{key}", "File", f"Séance du {day}", originating_system_id=f"S{key}", children=(act,))


def _item(key: str, name: str, day: date) -> ArchiveUnit:
    digest = Digest.of(key.encode())
    modified = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
    file = BinaryObject(
        Fixity(digest, 1, 52_000), f"Délibération – {name}.pdf", modified, "fmt/95", "application/pdf", "PDF/A"
    )
    return ArchiveUnit(key, "Item", name, originating_system_id=key, transacted_date=day, object=file)
