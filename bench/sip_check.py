"""Check of a SIP before it is sent: a big one against `sha512sum`, many units, memory; with formats identified."""

from __future__ import annotations

import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench.measure import Measure, peak_mib
from versement.adapters.formats.identify import identify
from versement.seda.check import Report, Verdict, check_sip

_MIB = 1 << 20
_BEGIN, _END = b"%PDF-1.4\n%xy\n", b"\n%%EOF\n"
_TOOL = shutil.which("sha512sum") or "sha512sum"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2">'
    "<Date>2024-03-01T10:00:00</Date><MessageIdentifier>MESURE</MessageIdentifier>"
    "<ArchivalAgreement>CONTRAT</ArchivalAgreement><CodeListVersions/><DataObjectPackage>"
)
_OBJECT = (
    '<DataObjectGroup id="G{n}"><BinaryDataObject id="O{n}"><DataObjectVersion>BinaryMaster_1</DataObjectVersion>'
    '<Uri>content/O{n}</Uri><MessageDigest algorithm="SHA-512">{digest}</MessageDigest><Size>{size}</Size>'
    "<FormatIdentification><FormatId>fmt/18</FormatId></FormatIdentification>"
    "<FileInfo><Filename>acte-{n}.pdf</Filename></FileInfo></BinaryDataObject></DataObjectGroup>\n"
)
_UNIT = (
    '<ArchiveUnit id="U{n}"><Management><AccessRule><Rule>ACC-1</Rule><StartDate>2024-03-01</StartDate></AccessRule>'
    "</Management><Content><DescriptionLevel>Item</DescriptionLevel><Title>Délibération n° {n} du conseil</Title>"
    "<OriginatingSystemId>095-{n}</OriginatingSystemId><Description>Adoption du budget et de ses annexes</Description>"
    "<Tag>Finances</Tag><TransactedDate>2024-03-01</TransactedDate></Content><DataObjectReference>"
    "<DataObjectGroupReferenceId>G{n}</DataObjectGroupReferenceId></DataObjectReference></ArchiveUnit>\n"
)
_FOOT = (
    "<ManagementMetadata><OriginatingAgencyIdentifier>SERVICE</OriginatingAgencyIdentifier></ManagementMetadata>"
    "</DataObjectPackage><ArchivalAgency><Identifier>ARCHIVES</Identifier></ArchivalAgency>"
    "<TransferringAgency><Identifier>VERSANT</Identifier></TransferringAgency></ArchiveTransfer>"
)


def measures() -> Iterable[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _big(Path(folder) / "gros.zip")
        yield from _many(Path(folder) / "unites.zip", 10_000, bar=10)
        yield from _many(Path(folder) / "plus.zip", 100_000)
        yield Measure("peak memory of all that", peak_mib(), "MiB", bar=300, at_most=True)


def _big(path: Path) -> Iterable[Measure]:
    _write_apart(path, 64, 16 * _MIB)
    ratios: list[float] = []
    for _ in range(3):
        plain = _plain(path)
        ratios.append(100 * plain / _seconds(lambda: _passed(check_sip(path))))
    yield Measure("check of 1 GiB, against sha512sum on the same bytes", statistics.median(ratios), "%", bar=70)
    with_formats = 100 * _plain(path) / _seconds(lambda: _passed(check_sip(path, identify)))
    yield Measure("the same with formats identified, which is not the default", with_formats, "%")
    path.unlink()


def _plain(path: Path) -> float:
    return _seconds(lambda: subprocess.run([_TOOL, str(path)], check=True, stdout=subprocess.DEVNULL))


def _many(path: Path, units: int, bar: float | None = None) -> Iterable[Measure]:
    _write_apart(path, units, 1024)
    yield Measure(f"check of {units} units", _seconds(lambda: _passed(check_sip(path))), "s", bar=bar, at_most=True)
    path.unlink()


def _passed(report: Report) -> None:
    if report.verdict is not Verdict.OK:
        raise AssertionError(report.events[:1] or report.unread)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _write_apart(path: Path, number: int, size: int) -> None:
    """In another process, whose memory is not that of the check."""
    code = "import sys, pathlib, bench.sip_check as b; b.write(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:]))"
    subprocess.run([sys.executable, "-c", code, str(path), str(number), str(size)], check=True)


def write(path: Path, number: int, size: int) -> None:
    """A SIP of so many units, each with an object of that size; entries STORED, the manifest last."""
    digests: list[str] = []
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(number):
            content = _BEGIN + n.to_bytes(4, "big") * ((size - len(_BEGIN + _END)) // 4) + _END
            digests.append(hashlib.sha512(content).hexdigest())
            archive.writestr(f"content/O{n}", content)
        with archive.open("manifest.xml", "w") as manifest:
            for part in _manifest(digests, size):
                manifest.write(part.encode())


def _manifest(digests: list[str], size: int) -> Iterator[str]:
    yield _HEAD
    for n, digest in enumerate(digests):
        yield _OBJECT.format(n=n, digest=digest, size=size)
    yield "<DescriptiveMetadata>"
    for n in range(len(digests)):
        yield _UNIT.format(n=n)
    yield f"</DescriptiveMetadata>{_FOOT}"
