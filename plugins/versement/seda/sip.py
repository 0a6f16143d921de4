"""The SIP as a stream: a zip of stored entries whose length is known before its first byte.

Bytes are checked while they leave, and the last block is kept back until all of them have matched. What is in
the manifest is left to `manifest`, where the bytes are to staging.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from versement.domain.errors import Defect, FixityMismatch
from versement.domain.fixity import CHUNK, Digest, Fixity

_SAFE_NAME = re.compile(r"[a-zA-Z0-9_@-]+(\.[a-zA-Z0-9_@-]+)*(/[a-zA-Z0-9_@-]+(\.[a-zA-Z0-9_@-]+)*)*")
_MIDNIGHT_1980 = 0x0021 << 16
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3 << 8
_STORED = 20
_ZIP64 = 45
_MAX32 = 0xFFFFFFFF
_MAX16 = 0xFFFF
_IN_THREAD = 1 << 16


@dataclass(frozen=True, slots=True)
class SipEntry:
    """One file of the SIP.

    Attributes:
        name: path in the zip, made of what Vitam accepts in names.
    """

    name: str
    fixity: Fixity


@dataclass(frozen=True, slots=True)
class _Placed:
    entry: SipEntry
    offset: int


class SipStream:
    """The zip's bytes: `len()` of them, in blocks of about 1 MiB, identical each time.

    `len()` counts bytes, not blocks: `list()` would reserve room for as many items.

    Iterating raises FixityMismatch as soon as an entry is not what its Fixity says; the end of the zip leaves
    only after every entry has matched and `before_last` has returned.
    """

    def __init__(
        self,
        manifest: SipEntry,
        entries: Sequence[SipEntry],
        open_entry: Callable[[SipEntry], BinaryIO],
        before_last: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_entry = open_entry
        self._before_last = before_last
        self._placed: list[_Placed] = []
        names: set[str] = set()
        offset = 0
        for entry in (manifest, *entries):
            _check_name(entry.name, names)
            self._placed.append(_Placed(entry, offset))
            offset += len(_local_header(entry)) + entry.fixity.size
        self._directory_offset = offset
        self._directory_size = sum(len(header) for header in self._directory())
        self._end = self._end_of_directory()

    def __len__(self) -> int:
        return self._directory_offset + self._directory_size + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        block = bytearray()
        for piece in self._pieces():
            if len(piece) >= CHUNK and not block:
                yield piece
                continue
            block += piece
            if len(block) >= CHUNK:
                yield bytes(block)
                block.clear()
        self._before_last()
        yield bytes(block) + self._end

    def _pieces(self) -> Iterator[bytes]:
        with ThreadPoolExecutor(1) as pool:
            for placed in self._placed:
                yield _local_header(placed.entry)
                yield from self._content(placed.entry, pool)
        yield from self._directory()

    def _directory(self) -> Iterator[bytes]:
        return (_directory_header(placed) for placed in self._placed)

    def _content(self, entry: SipEntry, pool: ThreadPoolExecutor) -> Iterator[bytes]:
        """The entry's bytes, never more than announced; hashed in a thread while they travel."""
        sha512, crc32, left = hashlib.sha512(), 0, entry.fixity.size
        hashing = Future[None]()
        hashing.set_result(None)
        with self._open_entry(entry) as stream:
            while left and (piece := stream.read(min(CHUNK, left))):
                left -= len(piece)
                hashing.result()
                if len(piece) < _IN_THREAD:
                    sha512.update(piece)
                else:
                    hashing = pool.submit(sha512.update, piece)
                crc32 = zlib.crc32(piece, crc32)
                yield piece
            too_long = bool(stream.read(1))
        hashing.result()
        found = Fixity(Digest("SHA-512", sha512.hexdigest()), crc32, entry.fixity.size - left)
        if too_long or found != entry.fixity:
            raise _mismatch(entry, found, too_long=too_long)

    def _end_of_directory(self) -> bytes:
        count, size, offset = len(self._placed), self._directory_size, self._directory_offset
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


def _check_name(name: str, names: set[str]) -> None:
    if not _SAFE_NAME.fullmatch(name) or name in names:
        raise Defect(
            "Un nom d’entrée du SIP est refusé par Vitam ou donné deux fois : signalez-le aux développeurs.",
            detail=f"entry name {name!r}",
        )
    names.add(name)


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


def _directory_header(placed: _Placed) -> bytes:
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


def _mismatch(entry: SipEntry, found: Fixity, *, too_long: bool) -> FixityMismatch:
    expected = entry.fixity
    if too_long:
        difference = f"plus de {expected.size} octets"
    elif found.size != expected.size:
        difference = f"{found.size} octets au lieu de {expected.size}"
    else:
        difference = "une autre empreinte SHA-512"
    return FixityMismatch(
        f"SIP, entrée « {entry.name} » : les octets collectés étaient attendus, l’espace de transit rend "
        f"{difference}. L’envoi est interrompu avant sa fin. "
        "Vérifiez le disque de l’espace de transit, puis relancez la collecte.",
        detail=f"{entry.name}: expected {expected}, found {found}, too_long={too_long}",
    )
