"""A zip read from local header to local header, without its central directory, as Vitam reads it.

So entries whose end such a reading cannot know, or that it cannot decode, are skipped, and nothing says so. Vitam reads
with Apache Commons Compress (ZipArchiveInputStream), which decodes deflate, deflate64, bzip2, shrink and implode, takes
sizes after the content with deflate and deflate64 only, does not compare the CRC-32, and, in a name from DOS without
any slash, takes the backslash for one.
"""

from __future__ import annotations

import bz2
import re
import struct
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO

from versement.seda.check.bounds import BLOCK, Corrupt, Entry, Meter

_LOCAL = b"PK\x03\x04"
_ENDS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_DESCRIPTOR = b"PK\x07\x08"
_FIXED = struct.Struct("<HHHHHIIIHH")
_STORED, _DEFLATED, _DEFLATED64, _BZIP2 = 0, 8, 9, 12
_ONLY_VITAM = {1: "shrink", 6: "implode", _DEFLATED64: "deflate64"}
_ENCRYPTED, _WITH_DESCRIPTOR = 0x1, 0x8
_IN_EXTRA = 0xFFFFFFFF
_FROM = 0xF00
"""System that a name comes from, in the version of its entry; 0 for DOS, and for whoever does not say."""
_OVERLAP = 32
_FIRST_READ = 4096
"""Read at first of an entry of unknown length: what is read too far is read again."""
_DAMAGED = "une entrée compressée du zip est abîmée"

_Blocks = Generator[bytes, None, int]
"""Content of an entry, then the CRC-32 that the zip gives for it."""


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    flags: int
    method: int
    crc: int
    packed: int

    @property
    def described(self) -> bool:
        return bool(self.flags & _WITH_DESCRIPTOR)

    @property
    def skipped(self) -> str:
        """Why Vitam cannot read the entry, in French; empty when it can."""
        if self.flags & _ENCRYPTED:
            return "elle est chiffrée"
        if self.method not in (_STORED, _DEFLATED, _BZIP2, *_ONLY_VITAM):
            return "Vitam ne sait pas lire sa compression (« deflate » convient)"
        if self.described and self.method not in (_DEFLATED, _DEFLATED64):
            return "sa taille vient après son contenu (« data descriptor »), ce que Vitam ne lit qu’avec « deflate »"
        return ""


def zip_entries(stream: IO[bytes], meter: Meter) -> Iterator[Entry]:
    """Entries of a zip, in order.

    Raises:
        Corrupt: it is broken.
        Beyond: it expands too much.
    """
    while True:
        signature = stream.read(4)
        if signature in _ENDS:
            return
        if signature != _LOCAL:
            raise Corrupt("le zip est abîmé ou tronqué")
        header = _header(stream)
        start = stream.tell()
        if header.skipped:
            yield Entry(header.name, skipped=header.skipped)
            stream.seek(_end_of_skipped(stream, header, start))
        elif header.method in _ONLY_VITAM:
            yield Entry(header.name, undecoded=f"compressée par {_ONLY_VITAM[header.method]}")
            stream.seek(_end_of_skipped(stream, header, start))
        else:
            entry = _entry(stream, header, meter)
            yield entry
            if header.method == _STORED:
                stream.seek(start + header.packed)
            else:
                for _ in entry.blocks:
                    pass
        _check_room(stream, meter)


def _entry(stream: IO[bytes], header: _Header, meter: Meter) -> Entry:
    entry = Entry(header.name, directory=header.name.endswith("/"))
    if header.method == _DEFLATED:
        entry.blocks = _compared(entry, _inflated(stream, header, meter))
        return entry
    if stream.tell() + header.packed > meter.size:
        raise Corrupt("le zip est tronqué")
    if header.method == _STORED:
        entry.size = header.packed
        entry.blocks = _compared(entry, _stored_blocks(stream, header))
    else:
        entry.blocks = _compared(entry, _unbzipped(stream, header, meter))
    return entry


def _compared(entry: Entry, blocks: _Blocks) -> Iterator[bytes]:
    """The blocks, and whether their CRC-32 is the one that the zip gives."""
    crc = 0
    while True:
        try:
            block = next(blocks)
        except StopIteration as end:
            entry.altered = crc != end.value
            return
        crc = zlib.crc32(block, crc)
        yield block


def _header(stream: IO[bytes]) -> _Header:
    version, flags, method, _, _, crc, packed, size, name_length, extra_length = _FIXED.unpack(
        _exactly(stream, _FIXED.size)
    )
    name = _exactly(stream, name_length).decode("utf-8", "surrogateescape")
    if not version & _FROM and "/" not in name:
        name = name.replace("\\", "/")
    extra = _exactly(stream, extra_length)
    if packed == _IN_EXTRA:
        packed = _long_size(extra, second=size == _IN_EXTRA)
    return _Header(name, flags, method, crc, packed)


def _long_size(extra: bytes, *, second: bool) -> int:
    """Compressed size in a zip64 extra field, where it comes second when the other size is there too."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        offset = place + (12 if second else 4)
        if kind == 1 and offset + 8 <= min(len(extra), place + 4 + length):
            return int(struct.unpack_from("<Q", extra, offset)[0])
        place += 4 + length
    raise Corrupt("une entrée du zip n’a pas de taille")


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise Corrupt("le zip est tronqué")
    return data


def _check_room(stream: IO[bytes], meter: Meter) -> None:
    if stream.tell() > meter.size:
        raise Corrupt("le zip est tronqué")


def _stored_blocks(stream: IO[bytes], header: _Header) -> _Blocks:
    left = header.packed
    while left:
        block = _exactly(stream, min(left, BLOCK))
        left -= len(block)
        yield block
    return header.crc


def _inflated(stream: IO[bytes], header: _Header, meter: Meter) -> _Blocks:
    start = stream.tell()
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pending, ahead = b"", min(BLOCK, header.packed or _FIRST_READ)
    while not inflater.eof:
        if not pending:
            pending, ahead = stream.read(ahead), min(BLOCK, max(_FIRST_READ, 2 * ahead))
        if not pending:
            raise Corrupt("une entrée compressée du zip est tronquée")
        try:
            block = inflater.decompress(pending, BLOCK)
        except zlib.error as error:
            raise Corrupt(_DAMAGED) from error
        pending = inflater.unconsumed_tail
        meter.expanded(len(block))
        if block:
            yield block
    end = stream.tell() - len(inflater.unused_data)
    if header.described:
        stream.seek(end)
        return _pass_descriptor(stream)
    stream.seek(max(end, start + header.packed))
    return header.crc


def _unbzipped(stream: IO[bytes], header: _Header, meter: Meter) -> _Blocks:
    end = stream.tell() + header.packed
    decoder = bz2.BZ2Decompressor()
    while not decoder.eof:
        pending = stream.read(min(BLOCK, end - stream.tell())) if decoder.needs_input else b""
        if decoder.needs_input and not pending:
            raise Corrupt("une entrée compressée du zip est tronquée")
        try:
            block = decoder.decompress(pending, BLOCK)
        except OSError as error:
            raise Corrupt(_DAMAGED) from error
        meter.expanded(len(block))
        if block:
            yield block
    stream.seek(end)
    return header.crc


def _pass_descriptor(stream: IO[bytes]) -> int:
    """Go after a descriptor; the CRC-32 that it gives."""
    start = stream.tell()
    first = stream.read(8)
    begin = 4 if first[:4] == _DESCRIPTOR else 0
    for length in (begin + 12, begin + 20):
        stream.seek(start + length)
        if stream.read(2) == b"PK":
            stream.seek(start + length)
            return int.from_bytes(first[begin : begin + 4], "little")
    raise Corrupt("une entrée du zip n’a pas de fin lisible")


def _end_of_skipped(stream: IO[bytes], header: _Header, start: int) -> int:
    """Place after an entry that is not read: known, or after the first descriptor that gives its size."""
    if not header.described:
        return start + header.packed
    stream.seek(start)
    window, base = b"", 0
    while block := stream.read(BLOCK):
        window += block
        end = _descriptor_end(window, base)
        if end is not None:
            return start + base + end
        base += max(0, len(window) - _OVERLAP)
        window = window[-_OVERLAP:]
    raise Corrupt("une entrée du zip n’a pas de fin lisible")


def _descriptor_end(window: bytes, base: int) -> int | None:
    for found in re.finditer(re.escape(_DESCRIPTOR), window):
        place = found.start()
        for end, form in ((place + 16, "<I"), (place + 24, "<Q")):
            if window[end : end + 2] != b"PK":
                continue
            if struct.unpack_from(form, window, place + 8)[0] == base + place:
                return end
    return None
