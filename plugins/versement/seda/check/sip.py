"""Says of any SIP whether Vitam would take it, as far as the SIP alone tells."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from versement.seda.check import objects, structure
from versement.seda.check.bounds import Beyond, Corrupt
from versement.seda.check.container import Kind, kind_of
from versement.seda.check.formats import MAX_BYTES, Formats, Identify
from versement.seda.check.layout import Layout, oddities, read_layout, reception, root_layout
from versement.seda.check.manifest import read_manifest
from versement.seda.check.official import official_validity
from versement.seda.check.package import Package
from versement.seda.check.tree import levels, loops
from versement.seda.check.verdict import (
    Contents,
    Official,
    Report,
    Ruling,
    Verdict,
    limited,
    named,
    verdict_of,
)
from versement.seda.text import printable

_FORMATS = "formats des fichiers"
UNCHECKED: tuple[str, ...] = (
    "virus",
    f"{_FORMATS} : formats que la plateforme et le contrat d’entrée admettent",
    "services agents et contrat d’entrée (existence, état, droits du certificat)",
    "règles de gestion, profils d’archivage et d’unité archivistique (existence, conformité)",
    "unités déjà archivées auxquelles le versement se rattache",
)
"""What only the platform knows, or what is not looked at here."""

Step = Callable[[], Iterable[Ruling]]


def check_sip(path: Path, identify: Identify | None = None) -> Report:
    """Check a SIP of whatever origin: zip, tar, tar.gz or tar.bz2. Content, however hostile, raises nothing.

    `identify` tells the formats of files, which are copied aside for it; without it, they are not checked.

    Verdict and codes are those of Vitam 7's DEFAULT_WORKFLOW: like it, the check stops at the first step that refuses,
    and judges every object and every unit within their step.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as stream, tempfile.TemporaryFile(prefix="versement-") as copy:
            kind = kind_of(stream)
            if kind is None:
                message = "Le fichier n’est ni un zip complet, ni un tar, seul ou compressé par gzip ou bzip2."
                return _report([Ruling("CHECK_CONTAINER.KO", "", message)])
            return _check(stream, kind, copy, identify)
    except (Beyond, Corrupt) as error:
        return Report(Verdict.UNDETERMINED, (), unchecked=_STOPPED, unread=f"Le SIP n’est pas jugé : {error}.")


def _check(stream: IO[bytes], kind: Kind, copy: IO[bytes], identify: Identify | None) -> Report:
    layout = read_layout(stream, kind, copy)
    refused, later = _judge([lambda: reception(layout), lambda: root_layout(layout)])
    if refused:
        return _report(refused, [*later, *oddities(layout)])
    if layout.manifest in layout.undecoded:
        raise Beyond(_undecoded(layout, layout.manifest))
    reading = read_manifest(copy)
    if not reading.whole:
        return _report(reading.rulings, oddities(layout), contents=_contents(reading.package, layout))
    package = reading.package
    level = levels(package)
    events, later = _judge([lambda: reading.rulings, *_steps(package, layout, level)])
    units = limited(_unit_rulings(package, level))
    unchecked = _STOPPED
    if not events:
        found, unchecked = _objects(stream, kind, package, layout, identify)
        events = list(limited(found))
        if verdict_of(events) is not Verdict.KO:
            events, units = [*events, *units], ()
    if layout.undecoded and verdict_of(events) is not Verdict.KO:
        raise Beyond(_undecoded(layout, next(iter(layout.undecoded))))
    official = official_validity(copy, package.version, package.longest)
    remarks = [*later, *units, *_extensions(package), *oddities(layout)]
    contents = _contents(package, layout)
    return _report(events, remarks, official=official, contents=contents, unchecked=unchecked)


def _undecoded(layout: Layout, name: str) -> str:
    return (
        f"l’entrée « {printable(name)} » est {layout.undecoded[name]}, ce que Vitam lit et que ce contrôle ne sait pas "
        "lire ; refaites le paquet en zip ordinaire (« deflate »)"
    )


def _judge(steps: Iterable[Step]) -> tuple[list[Ruling], list[Ruling]]:
    """Vitam's event, on every element that it concerns, and what else the steps have to say."""
    events: list[Ruling] = []
    later: list[Ruling] = []
    for step in steps:
        found = limited(step())
        code = found[0].code if found and not events else ""
        events += [ruling for ruling in found if ruling.code == code]
        later += [ruling for ruling in found if ruling.code != code]
    return events, later


def _steps(package: Package, layout: Layout, level: Mapping[str, int]) -> list[Step]:
    return [
        lambda: structure.header(package),
        lambda: structure.versions(package),
        lambda: structure.numbers(package, layout.files, layout.skipped),
        lambda: structure.references(package),
        lambda: structure.shown_objects(package),
        lambda: structure.groups(package),
        lambda: loops(package, level),
        lambda: structure.attachments(package, level),
        lambda: structure.orphans(package),
    ]


def _objects(
    stream: IO[bytes], kind: Kind, package: Package, layout: Layout, identify: Identify | None
) -> tuple[list[Ruling], tuple[str, ...]]:
    """What Vitam would say of the objects, and what is left unchecked."""
    rulings: list[Ruling] = []
    if not package.groups:
        message = "Le SIP ne contient aucun objet : vérifiez que c’est voulu."
        rulings.append(Ruling("OBJECTS_LIST_EMPTY.WARNING", "", message))
    if identify is None:
        different = objects.differences(stream, kind, package, layout)
        return [*rulings, *objects.judged(package, different)], _unchecked(
            "non identifiés, faute d’avoir été demandés (--formats)"
        )
    with tempfile.TemporaryDirectory(prefix="versement-") as folder:
        formats = Formats(identify, Path(folder))
        different = objects.differences(stream, kind, package, layout, formats)
    rulings += objects.judged(package, different, formats)
    if formats.unavailable:
        return rulings, _unchecked(formats.unavailable)
    if formats.larger:
        return rulings, _unchecked(f"fichiers de plus de {MAX_BYTES >> 20} Mio, non identifiés : {formats.larger}")
    return rulings, UNCHECKED


def _unchecked(why: str) -> tuple[str, ...]:
    return tuple(f"{item} ; {why}" if item.startswith(_FORMATS) else item for item in UNCHECKED)


_STOPPED = (
    "empreintes et tailles des fichiers : le contrôle s’est arrêté avant",
    *_unchecked("non identifiés non plus"),
)


def _unit_rulings(package: Package, level: Mapping[str, int]) -> Iterator[Ruling]:
    """By level, as Vitam takes units."""
    for fault in sorted(package.faults, key=lambda fault: level.get(fault.unit, 0)):
        element = named("ArchiveUnit", fault.unit) if fault.unit else "ManagementMetadata"
        yield Ruling(f"{fault.code}.KO", element, f"{fault.message}.")
    if package.more_faults:
        code = f"{package.faults[-1].code}.KO"
        yield Ruling(code, "", f"… et {package.more_faults} autres unités refusées.")


def _extensions(package: Package) -> Iterator[Ruling]:
    for name, number in package.extensions.items():
        message = f"élément que le SEDA ne connaît pas, admis par Vitam comme extension ({number} fois)."
        yield Ruling("", printable(name), message)


def _contents(package: Package, layout: Layout) -> Contents:
    units = sum(unit.reference is None for unit in package.units.values())
    return Contents(package.version, units, len(package.groups), len(package.objects), len(layout.files))


def _report(
    events: Iterable[Ruling],
    remarks: Iterable[Ruling] = (),
    *,
    official: Official | None = None,
    contents: Contents | None = None,
    unchecked: tuple[str, ...] = _STOPPED,
) -> Report:
    told = tuple(events)
    return Report(verdict_of(told), told, tuple(remarks), unchecked, official or Official(), contents or Contents())
