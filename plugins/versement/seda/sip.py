"""The SIP as a stream: a zip of stored entries whose length is known before its first byte.

Bytes are checked while they leave, and the last block is kept back until all of them have matched. What is in
the manifest is left to `manifest`, where the bytes are to staging, where they stand in the zip to `layout`.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from versement.domain.errors import Defect, FixityMismatch
from versement.domain.fixity import CHUNK, Digest, Fixity
from versement.seda.layout import Layout, Placed, SipEntry

__all__ = ["SipEntry", "SipStream"]

_IN_THREAD = 1 << 16

OpenEntry = Callable[[SipEntry], BinaryIO]


class SipStream:
    """The zip's bytes: `len()` of them, in blocks of about 1 MiB, identical each time and on any machine.

    `len()` counts bytes, not blocks: `list()` would reserve room for as many items.
    """

    def __init__(
        self,
        manifest: SipEntry,
        entries: Sequence[SipEntry],
        open_entry: OpenEntry,
        before_last: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_entry = open_entry
        self._before_last = before_last
        self._layout = Layout(manifest, entries)

    def __len__(self) -> int:
        return self._layout.size

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks()

    def blocks(self, start: int = 0) -> Iterator[bytes]:
        """The bytes from an offset on, to send, or to go on sending after a cut.

        Wherever it starts, every entry is read and compared with its Fixity in this very pass, those before `start`
        too: they are read first and not sent. The end of the zip leaves only after every entry has matched and
        `before_last` has returned. So a complete pass proves that what it sent is what was packed, and that
        staging holds, now, all that was sent before `start`; that the receiver kept those bytes is its own affair
        (compare them with `open`). Starting at the very end sends nothing and proves nothing.

        Raises:
            FixityMismatch: as soon as an entry is not what its Fixity says.
            Defect: there is no such offset.
        """
        if not 0 <= start <= len(self):
            raise Defect(
                "Un SIP est demandé à partir d’un octet qu’il n’a pas : signalez-le aux développeurs.",
                detail=f"offset {start} of {len(self)}",
            )
        return self._blocks(start) if start < len(self) else iter(())

    def open(self) -> BinaryIO:
        """The same bytes as a read-only file that seeks, to look into; not to be sent: no digest is verified.

        Reading raises FixityMismatch where staging holds fewer bytes than were packed.
        """
        return io.BufferedReader(_SipFile(self._layout, self._open_entry), CHUNK)

    def _blocks(self, start: int) -> Iterator[bytes]:
        held = b""
        for block in _joined(_from(start, self._pieces())):
            if held:
                yield held
            held = block
        self._before_last()
        yield held

    def _pieces(self) -> Iterator[bytes]:
        """All there is, in order; the end of the zip, a piece of its own, is only reached past every entry."""
        with ThreadPoolExecutor(1) as pool:
            for placed in self._layout.placed:
                yield placed.header
                yield from self._content(placed.entry, pool)
        directory = self._layout.directory
        for offset in range(0, len(directory), CHUNK):
            yield directory[offset : offset + CHUNK]
        yield self._layout.end

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


class _SipFile(io.RawIOBase):
    """Reads the SIP at any place; keeps the entry that it stands in open."""

    def __init__(self, layout: Layout, open_entry: OpenEntry) -> None:
        self._layout = layout
        self._open_entry = open_entry
        self._position = 0
        self._opened: tuple[Placed, BinaryIO] | None = None
        self._tail = layout.directory + layout.end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._layout.size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._leave()
        super().close()

    def _piece(self, most: int) -> bytes:
        """What stands at the position, at most so many bytes; empty at the end only."""
        inside = self._position - self._layout.directory_offset
        if inside >= 0:
            return self._tail[inside : inside + most]
        placed = self._layout.at(self._position)
        header, inside = placed.header, self._position - placed.offset
        if inside < len(header):
            return header[inside : inside + most]
        return self._content(placed, inside - len(header), most)

    def _content(self, placed: Placed, inside: int, most: int) -> bytes:
        if self._opened is None or self._opened[0] is not placed:
            self._leave()
            self._opened = (placed, self._open_entry(placed.entry))
        stream = self._opened[1]
        stream.seek(inside)
        expected = placed.entry.fixity
        piece = stream.read(min(most, expected.size - inside))
        if not piece:
            raise _mismatch(placed.entry, Fixity(expected.digest, expected.crc32, inside), too_long=False)
        return piece

    def _leave(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None


def _from(start: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces without their first `start` bytes."""
    for piece in pieces:
        if start < len(piece):
            yield piece[start:]
        start = max(start - len(piece), 0)


def _joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of at least CHUNK, the last one aside; no piece is cut."""
    block = bytearray()
    for piece in pieces:
        if len(piece) >= CHUNK and not block:
            yield piece
            continue
        block += piece
        if len(block) >= CHUNK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


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
