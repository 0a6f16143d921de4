"""What is wrong with office files and zips: OLE2 (doc, xls, ppt), OOXML, ODF. Runs in the child of `pdf`."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import olefile

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of what is looked into here."""
UNPACKED_BYTES = 64 << 20
"""Unpacked of one file, to see that its members are whole."""
BOMB_BYTES, BOMB_RATIO, BOMB_MEMBERS = 1 << 30, 200, 100_000
"""A zip is a bomb when it announces so much and so many times its size, or so many members."""
DESCRIPTION_BYTES = 4 << 20
STREAM_BYTES = 64 << 20
END_OF_ZIP = b"PK\x05\x06"
FIB_ENCRYPTED = 0x0100
"""fEncrypted of the FIB (MS-DOC 2.5.2)."""
FILE_PASS = 0x002F
"""Record of an encrypted workbook (MS-XLS 2.4.117)."""


def troubles(path: Path) -> list[str]:
    """Codes of what is wrong, none for anything else than these formats."""
    with path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(ZIP):
        return list(dict.fromkeys(_of_zip(path)))
    return list(dict.fromkeys(_of_ole(path))) if head == OLE else []


def _of_zip(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _of_members(archive, path.stat().st_size)
    except zipfile.BadZipFile:
        yield "FILE_UNREADABLE" if END_OF_ZIP in _tail(path) else "FILE_TRUNCATED"
    except (zlib.error, OSError, EOFError, ValueError, NotImplementedError, MemoryError):
        yield "FILE_UNREADABLE"


def _of_members(archive: zipfile.ZipFile, size: int) -> Iterator[str]:
    members = archive.infolist()
    announced = sum(member.file_size for member in members)
    if len(members) > BOMB_MEMBERS or (announced > BOMB_BYTES and announced > BOMB_RATIO * size):
        yield "FILE_TOO_HEAVY"
        return
    if any(member.flag_bits & 1 for member in members) or _says_encrypted(archive):
        yield "FILE_ENCRYPTED"
        return
    left = UNPACKED_BYTES
    for member in members:
        left -= member.file_size
        if left >= 0:
            with archive.open(member) as content:
                while content.read(1 << 20):
                    continue


def _says_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether an ODF document says so of one of its parts."""
    try:
        member = archive.getinfo("META-INF/manifest.xml")
    except KeyError:
        return False
    with archive.open(member) as content:
        return b"encryption-data" in content.read(DESCRIPTION_BYTES)


def _tail(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 16) - 22))
        return stream.read()


def _of_ole(path: Path) -> Iterator[str]:
    try:
        with olefile.OleFileIO(path) as document:
            if _is_cut(document, path.stat().st_size):
                yield "FILE_TRUNCATED"
            elif _is_encrypted(document):
                yield "FILE_ENCRYPTED"
    except (OSError, ValueError, IndexError, TypeError, struct.error, RecursionError):
        yield "FILE_UNREADABLE"


def _is_cut(document: olefile.OleFileIO, size: int) -> bool:
    """Whether sectors in use lie beyond the end of the file; the last one may be short of its padding."""
    used = [number for number, following in enumerate(document.fat) if following != olefile.FREESECT]
    return bool(used) and (used[-1] + 1) * document.sector_size >= size


def _is_encrypted(document: olefile.OleFileIO) -> bool:
    if document.exists("EncryptedPackage") or document.exists("EncryptedSummary"):
        return True
    if document.exists("WordDocument"):
        head = _beginning(document, "WordDocument")
        return len(head) >= 12 and bool(int.from_bytes(head[10:12], "little") & FIB_ENCRYPTED)
    return any(_has_password(_beginning(document, name)) for name in ("Workbook", "Book") if document.exists(name))


def _beginning(document: olefile.OleFileIO, name: str) -> bytes:
    """First bytes of a stream; none of one too large to be loaded, which olefile does entirely."""
    if document.get_size(name) > STREAM_BYTES:
        return b""
    with document.openstream(name) as stream:
        return bytes(stream.read(8192))


def _has_password(head: bytes) -> bool:
    place = 0
    while place + 4 <= len(head):
        record, length = struct.unpack_from("<HH", head, place)
        if record == FILE_PASS:
            return True
        place += 4 + length
    return False
