"""Reading of a SIP's container from its first byte to its last, as Vitam does. Names are not judged here."""

from __future__ import annotations

import bz2
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CONTAINER_MIMES = frozenset(
    {"application/zip", "application/x-tar", "application/x-gzip", "application/gzip", "application/x-bzip2"}
)
_LOCAL, _CENTRAL, _DESCRIPTOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
_ENDS = (_CENTRAL, b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_ENCRYPTED, _HAS_DESCRIPTOR = 0x1, 0x8
_FROM_ELSEWHERE = 0xF00
_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_LONG = 0xFFFFFFFF
_TAR_FAILURES = (tarfile.TarError, EOFError, zlib.error, OSError)


class Corrupt(ValueError):
    """The archive cannot be read to its end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a directory of the archive; its blocks must be read before the next entry is asked for."""

    name: str
    blocks: Iterator[bytes]
    directory: bool = False


def entries(path: Path, mime: str) -> Iterator[Entry]:
    """Files and directories of an archive, in order; entries that a streamed reading cannot read are silently skipped.

    Raises:
        Corrupt: the archive is broken.
    """
    with path.open("rb") as stream:
        if mime == "application/zip":
            yield from _zip_entries(stream)
        else:
            yield from _tar_entries(stream)


def _tar_entries(stream: IO[bytes]) -> Iterator[Entry]:
    try:
        gunzipped = _Gunzipped(stream) if stream.read(len(_GZIP)) == _GZIP else None
        stream.seek(0)
        with tarfile.open(fileobj=gunzipped or stream, mode="r|*") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if member.isdir():
                    yield Entry(member.name, iter(()), directory=True)
                elif content is not None:
                    yield Entry(member.name, _tar_blocks(content))
        if gunzipped is not None:
            gunzipped.finish()
    except _TAR_FAILURES as error:
        raise Corrupt(str(error)) from error


class _Gunzipped(io.RawIOBase):
    """The first stream of a gzip, its CRC-32 compared at its end, which tarfile does not do.

    It is given by the record of a tar, so that what comes before the damage is read, as Vitam reads it.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = b""
        while size and not data and not self._inflater.eof:
            packed = self._inflater.unconsumed_tail or self._stream.read(_BLOCK)
            data = self._inflater.decompress(packed, tarfile.BLOCKSIZE)
            if not packed and not data:
                raise EOFError("the compressed stream ends too early")
        self._given += len(data)
        return data

    def finish(self) -> None:
        """Read the rest of the tar's last block, where its end may be damaged."""
        while self._given % tarfile.RECORDSIZE and self.read(tarfile.BLOCKSIZE):
            pass


def _tar_blocks(content: IO[bytes]) -> Iterator[bytes]:
    try:
        while block := content.read(_BLOCK):
            yield block
    except _TAR_FAILURES as error:
        raise Corrupt(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Header:
    flags: int
    method: int
    size: int
    name: str

    @property
    def readable(self) -> bool:
        if self.flags & _ENCRYPTED:
            return False
        return self.method == _DEFLATED or (self.method in (_STORED, _BZIP2) and not self.flags & _HAS_DESCRIPTOR)


def _zip_entries(stream: IO[bytes]) -> Iterator[Entry]:
    while True:
        signature = stream.read(4)
        if signature in _ENDS:
            return
        if signature != _LOCAL:
            raise Corrupt(f"unexpected record {signature!r} at {stream.tell() - len(signature)}")
        header = _read_header(stream)
        start = stream.tell()
        if not header.readable:
            _skip(stream, header, start)
        else:
            blocks = _content(stream, header)
            yield Entry(header.name.rstrip("/"), blocks, directory=header.name.endswith("/"))
            for _ in blocks:
                pass


def _read_header(stream: IO[bytes]) -> _Header:
    fixed = _exactly(stream, 26)
    version, flags, method, _, _, _, packed, size, name_length, extra_length = struct.unpack("<HHHHHIIIHH", fixed)
    name = _exactly(stream, name_length)
    extra = _exactly(stream, extra_length)
    if packed == _LONG:
        packed = _zip64_packed_size(extra, size)
    return _Header(flags, method, packed, _with_slashes(name.decode("utf-8", "surrogateescape"), version))


def _with_slashes(name: str, version: int) -> str:
    """A name from DOS, or of no known system, that has no slash has backslashes for it (Commons Compress)."""
    return name if version & _FROM_ELSEWHERE or "/" in name else name.replace("\\", "/")


def _zip64_packed_size(extra: bytes, size: int) -> int:
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1:
            offset = place + 4 + (8 if size == _LONG else 0)
            if offset + 8 > len(extra):
                break
            return int(struct.unpack_from("<Q", extra, offset)[0])
        place += 4 + length
    raise Corrupt("zip64 sizes are missing")


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise Corrupt("the archive ends too early")
    return data


def _content(stream: IO[bytes], header: _Header) -> Iterator[bytes]:
    if header.method == _STORED:
        left = header.size
        while left:
            block = _exactly(stream, min(left, _BLOCK))
            left -= len(block)
            yield block
        return
    if header.method == _BZIP2:
        yield from _unbzip(stream, header.size)
        return
    yield from _inflate(stream)
    if header.flags & _HAS_DESCRIPTOR:
        _read_descriptor(stream)


def _inflate(stream: IO[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pending = b""
    while not inflater.eof:
        pending = pending or stream.read(_BLOCK)
        if not pending:
            raise Corrupt("a compressed entry ends too early")
        try:
            block = inflater.decompress(pending, _BLOCK)
        except zlib.error as error:
            raise Corrupt(str(error)) from error
        pending = inflater.unconsumed_tail
        if block:
            yield block
    stream.seek(-len(inflater.unused_data), 1)


def _unbzip(stream: IO[bytes], length: int) -> Iterator[bytes]:
    end = stream.tell() + length
    decoder = bz2.BZ2Decompressor()
    while not decoder.eof:
        packed = b""
        if decoder.needs_input:
            packed = _exactly(stream, min(end - stream.tell(), _BLOCK))
            if not packed:
                raise Corrupt("a compressed entry ends too early")
        try:
            block = decoder.decompress(packed, _BLOCK)
        except OSError as error:
            raise Corrupt(str(error)) from error
        if block:
            yield block
    stream.seek(end)


def _read_descriptor(stream: IO[bytes]) -> None:
    start = stream.tell()
    head = stream.read(24)
    begin = 4 if head[:4] == _DESCRIPTOR else 0
    for length in (begin + 12, begin + 20):
        stream.seek(start + length)
        if stream.read(2) == b"PK":
            stream.seek(start + length)
            return
    raise Corrupt("data descriptor cannot be read")


def _skip(stream: IO[bytes], header: _Header, start: int) -> None:
    if not header.flags & _HAS_DESCRIPTOR:
        stream.seek(start + header.size)
        return
    window, base = b"", start
    stream.seek(start)
    while block := stream.read(_BLOCK):
        window += block
        end = _descriptor_end(window, base - start)
        if end is not None:
            stream.seek(base + end)
            return
        kept = window[-32:]
        base += len(window) - len(kept)
        window = kept
    raise Corrupt("an entry without known end")


def _descriptor_end(window: bytes, offset: int) -> int | None:
    """Place after a data descriptor whose compressed size is the number of bytes before it."""
    place = window.find(_DESCRIPTOR)
    while place >= 0 and place + 28 <= len(window) + 8:
        for width, form in ((4, "<I"), (8, "<Q")):
            end = place + 8 + 2 * width
            if end + 2 > len(window) or window[end : end + 2] != b"PK":
                continue
            if struct.unpack_from(form, window, place + 8)[0] == offset + place:
                return end
        place = window.find(_DESCRIPTOR, place + 1)
    return None
