"""What the tests of the check share: a SIP that Vitam takes, each test spoiling one thing of it."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

from tests.sandbox.vitam.vitam_sips import TEXT, Binary, Sip, Unit
from versement.seda.check import Report, check_sip

__all__ = ["TEXT", "Binary", "Sip", "Unit", "check", "codes", "local_entry", "tarred"]


def check(folder: Path, sip: Sip | bytes) -> Report:
    path = folder / "sip"
    path.write_bytes(sip if isinstance(sip, bytes) else sip.zipped())
    return check_sip(path)


def codes(report: Report) -> list[str]:
    """Codes of what Vitam would log, each once, in order."""
    return list(dict.fromkeys(event.code for event in report.events))


def tarred(members: dict[str, bytes | tarfile.TarInfo], mode: str = "w") -> bytes:
    """A tar; a member is its content, or a header of its own (a link, a device)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, member in members.items():
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(name)
            content = b"" if isinstance(member, tarfile.TarInfo) else member
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def local_entry(name: str, content: bytes, *, flags: int = 0, method: int = 0, descriptor: bool = False) -> bytes:
    """A zip entry as it stands in the stream, with its sizes after it when there is a descriptor."""
    packed, crc = len(content), zlib.crc32(content)
    sizes = (0, 0, 0) if descriptor else (crc, packed, packed)
    head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags | 8 * descriptor, method, 0, 33, *sizes, len(name), 0)
    tail = struct.pack("<4sIII", b"PK\7\10", crc, packed, packed) if descriptor else b""
    return head + name.encode() + content + tail


def with_first(entry: bytes, archive: bytes) -> bytes:
    """A zip with one more entry at its head; its central directory, which no stream reads, does not know it."""
    return entry + archive
