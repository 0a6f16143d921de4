"""The SIP stream: its rate against a copy and `sha512sum` of the same bytes, and its memory on very large SIPs.

The sink is /dev/null for all, so that only the work on the bytes is compared. Memory is that of a child process which
streams a whole SIP; its bytes are synthetic, since twenty gigabytes on disk would measure the disk.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from bench.measure import Measure, peak_mib
from versement.domain.fixity import CHUNK, Digest, Fixity, Meter
from versement.seda.sip import SipEntry, SipStream

FILES, FILE_SIZE = 256, 4 << 20
SMALL_FILES = 100_000
LARGE = 20 << 30
ZEROS = Fixity(
    Digest(
        "SHA-512",
        "acdb1ff05592e4e83c3b90daa006e301e42c16bb1324a140bc6d81638f06a603"
        "13fd5328b6c0a9fc3df8569ade85827c3285174dc496b05b459e1d238dcc9c06",
    ),
    0xC622F71D,
    LARGE,
)
"""Of `LARGE` zeros."""


def measures() -> Iterable[Measure]:
    yield from rates()
    yield from memory("100 000 small files", "many_small")
    yield from memory("one file of 20 GiB", "one_large")


def rates() -> Iterable[Measure]:
    """Best of three, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        paths, sip = written(Path(name))
        best = dict.fromkeys(("stream", "copy", "sha512sum"), float("inf"))
        runs: dict[str, Callable[[], None]] = {
            "stream": lambda: drain(sip),
            "copy": lambda: run("cat", paths),
            "sha512sum": lambda: run("sha512sum", paths),
        }
        for _ in range(3):
            for what, once in runs.items():
                best[what] = min(best[what], seconds(once))
    for what, took in best.items():
        yield Measure(f"{what}, {FILES} files of {FILE_SIZE >> 20} MiB", (FILES * FILE_SIZE >> 20) / took, "MiB/s")
    yield Measure(
        "stream against the slower of copy and sha512sum",
        max(best["copy"], best["sha512sum"]) / best["stream"],
        "×",
        bar=0.8,
    )


def memory(what: str, scene: str) -> Iterable[Measure]:
    code = f"from bench.sip_stream import {scene} as scene, peak_of; peak_of(scene())"
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    yield Measure(f"{what}: peak memory", float(done.stdout), "MiB", bar=300, at_most=True)
    yield Measure(f"{what}: whole child process", time.monotonic() - start, "s")


def peak_of(sip: SipStream) -> None:
    """Stream a SIP to its end, then print the highest memory of this process, in MiB."""
    drain(sip)
    print(peak_mib())


def drain(sip: SipStream) -> None:
    sent = 0
    with Path(os.devnull).open("wb", buffering=0) as sink:
        for block in sip:
            sent += sink.write(block) or 0
    if sent != len(sip):
        raise RuntimeError(f"{sent} bytes instead of {len(sip)}")


def run(tool: str, paths: Iterable[Path]) -> None:
    subprocess.run([tool, *paths], check=True, stdout=subprocess.DEVNULL)


def seconds(once: Callable[[], None]) -> float:
    start = time.monotonic()
    once()
    return time.monotonic() - start


def written(folder: Path) -> tuple[list[Path], SipStream]:
    """Files of random bytes on disk, and the SIP that holds them."""
    paths = {}
    for number in range(FILES):
        content = os.urandom(FILE_SIZE)
        entry = SipEntry(f"content/{number}.bin", fixity_of(content))
        paths[entry] = folder / str(number)
        paths[entry].write_bytes(content)
    manifest = b"<ArchiveTransfer/>"
    first = SipEntry("manifest.xml", fixity_of(manifest))
    sip = SipStream(first, list(paths), lambda e: io.BytesIO(manifest) if e is first else paths[e].open("rb"))
    return list(paths.values()), sip


def fixity_of(content: bytes) -> Fixity:
    meter = Meter()
    meter.update(content)
    return meter.fixity()


def many_small() -> SipStream:
    """100 000 files of some 2 KiB, each its own."""

    def content(entry: SipEntry) -> BinaryIO:
        return io.BytesIO(entry.name.encode() * 100)

    def entry(name: str) -> SipEntry:
        return SipEntry(name, fixity_of(name.encode() * 100))

    names = (f"content/{number:032}.pdf" for number in range(SMALL_FILES))
    return SipStream(entry("manifest.xml"), [entry(name) for name in names], content)


def one_large() -> SipStream:
    """One file of 20 GiB of zeros."""
    manifest = SipEntry("manifest.xml", fixity_of(b"<ArchiveTransfer/>"))
    large = SipEntry("content/large.bin", ZEROS)
    return SipStream(
        manifest,
        [large],
        lambda entry: io.BytesIO(b"<ArchiveTransfer/>") if entry is manifest else io.BufferedReader(_Zeros(LARGE), 1),
    )


class _Zeros(io.RawIOBase):
    """So many zeros, none of which is kept."""

    _ZEROS = bytes(CHUNK)

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._left, CHUNK)
        buffer[:length] = self._ZEROS[:length]
        self._left -= length
        return length
