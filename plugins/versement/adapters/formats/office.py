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
LAST_SECTOR = 0xFFFFFFFA
"""Numbers from here on are no sectors (MS-CFB 2.1)."""
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
    if _lacks_its_tables(path):
        yield "FILE_TRUNCATED"
        return
    try:
        with olefile.OleFileIO(path) as document:
            if _is_cut(document):
                yield "FILE_TRUNCATED"
            elif _is_encrypted(document):
                yield "FILE_ENCRYPTED"
    except (OSError, ValueError, IndexError, TypeError, struct.error, RecursionError):
        yield "FILE_UNREADABLE"


def _lacks_its_tables(path: Path) -> bool:
    """Whether the header names sectors of tables beyond the end of the file (MS-CFB 2.2)."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if len(head) < 512:
        return True
    shift = int.from_bytes(head[30:32], "little")
    held = -(-path.stat().st_size // (1 << min(shift, 20))) - 1
    named = (*struct.unpack_from("<I", head, 48), *struct.unpack_from("<109I", head, 76))
    return any(held <= sector < LAST_SECTOR for sector in named)


def _is_cut(document: olefile.OleFileIO) -> bool:
    """Whether a chain of sectors leads beyond the end of the file, where the table of sectors is made to end too."""
    held = len(document.fat)
    return any(held <= following < LAST_SECTOR for following in document.fat)


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
