"""Where each byte of a SIP stands: a zip of stored entries, every offset known before its first byte is read.

Sizes and CRC-32 stand in the local headers (Vitam, which unzips while it receives, silently skips entries that have
them only after their bytes), times are fixed, and zip64 fields appear only where the plain ones cannot hold a value.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from versement.domain.errors import Defect
from versement.domain.fixity import Fixity

_PART = r"[a-zA-Z0-9_@-]+(\.[a-zA-Z0-9_@-]+)*"
_MANIFEST_NAME = re.compile(r"([a-zA-Z0-9_-]{0,56}[_-])?manifest\.xml")
_OBJECT_NAME = re.compile(rf"content(/{_PART})+")
_LONGEST_PART = 255
_MIDNIGHT_1980 = 0x0021 << 16
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3 << 8
_STORED = 20
_ZIP64 = 45
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF


@dataclass(frozen=True, slots=True)
class SipEntry:
    """One file of the SIP.

    Attributes:
        name: path in the zip: `manifest.xml` at its root, every object under `content/`, each part of the path made
            of what Vitam accepts (SafeFileChecker).
    """

    name: str
    fixity: Fixity


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and the offset of its local header in the SIP."""

    entry: SipEntry
    offset: int

    @property
    def header(self) -> bytes:
        """The local header; the entry's own bytes follow it at once."""
        return _local_header(self.entry)


class Layout:
    """Entries one after the other, the manifest first, then the central directory.

    Attributes:
        placed: every entry with its offset.
        directory: central directory; it begins where the last entry ends.
        end: end of central directory, with its zip64 record and locator when they are needed.
        size: bytes of the whole SIP.

    Raises:
        Defect: a name that Vitam refuses, or that two files cannot both have.
    """

    def __init__(self, manifest: SipEntry, objects: Sequence[SipEntry]) -> None:
        _check_names(manifest, objects)
        placed, offset = [], 0
        for entry in (manifest, *objects):
            placed.append(Placed(entry, offset))
            offset += len(placed[-1].header) + entry.fixity.size
        self.placed = tuple(placed)
        self.directory_offset = offset
        self.directory = b"".join(_directory_header(item) for item in placed)
        self.end = _end(len(placed), len(self.directory), offset)
        self.size = offset + len(self.directory) + len(self.end)

    def at(self, offset: int) -> Placed:
        """The entry whose header or bytes stand at an offset, which is before the directory."""
        return self.placed[bisect_right(self.placed, offset, key=lambda item: item.offset) - 1]


def _check_names(manifest: SipEntry, objects: Sequence[SipEntry]) -> None:
    if not _MANIFEST_NAME.fullmatch(manifest.name):
        raise _refused(manifest.name)
    files, folders = set[str](), set[str]()
    for entry in objects:
        safe = _OBJECT_NAME.fullmatch(entry.name) and all(len(p) <= _LONGEST_PART for p in entry.name.split("/"))
        if not safe or entry.name in files or entry.name in folders or not files.isdisjoint(_folders(entry.name)):
            raise _refused(entry.name)
        files.add(entry.name)
        folders.update(_folders(entry.name))


def _folders(name: str) -> Iterator[str]:
    while name := name.rpartition("/")[0]:
        yield name


def _refused(name: str) -> Defect:
    return Defect(
        "Un nom d’entrée du SIP est refusé par Vitam ou donné deux fois : signalez-le aux développeurs.",
        detail=f"entry name {name!r}",
    )


def _local_header(entry: SipEntry) -> bytes:
    fixity, name = entry.fixity, entry.name.encode("ascii")
    huge = fixity.size >= _MAX32
    size = min(fixity.size, _MAX32)
    extra = struct.pack("<2H2Q", 1, 16, fixity.size, fixity.size) if huge else b""
    return (
        struct.pack(
            "<4s3H4L2H",
            b"PK\x03\x04",
            _ZIP64 if huge else _STORED,
            0,
            0,
            _MIDNIGHT_1980,
            fixity.crc32,
            size,
            size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _directory_header(placed: Placed) -> bytes:
    fixity, name = placed.entry.fixity, placed.entry.name.encode("ascii")
    large = [fixity.size, fixity.size] if fixity.size >= _MAX32 else []
    large += [placed.offset] if placed.offset >= _MAX32 else []
    extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _ZIP64 if large else _STORED
    size = min(fixity.size, _MAX32)
    return (
        struct.pack(
            "<4s4H4L5H2L",
            b"PK\x01\x02",
            _UNIX | version,
            version,
            0,
            0,
            _MIDNIGHT_1980,
            fixity.crc32,
            size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _REGULAR_FILE,
            min(placed.offset, _MAX32),
        )
        + name
        + extra
    )


def _end(count: int, size: int, offset: int) -> bytes:
    classic = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        0,
        0,
        min(count, _MAX16),
        min(count, _MAX16),
        min(size, _MAX32),
        min(offset, _MAX32),
        0,
    )
    if count < _MAX16 and size < _MAX32 and offset < _MAX32:
        return classic
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    return record + locator + classic
