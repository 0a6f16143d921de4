"""A drop as nobody wishes for: names, links, devices, depths, sizes and crowds that have broken other tools.

`build` makes it in a folder; `ReplacedWhileRead` changes one file under its reader.
"""

from __future__ import annotations

import os
import socket
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from versement.domain.documents import FileReference
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant
from versement.ports.source import Source

REPLACED = "remplace-pendant-la-collecte.pdf"
BOMB_SIZE = 64 << 20
"""Bytes in the zip bomb once it is opened; a thousand times its size on disk."""
DEEP = 30
_ACCENTED = "délibération à l’été.pdf"
_RESERVED = ("CON", "PRN.txt", "aux.pdf", "NUL", "COM1.xml", "LPT9.pdf")
_TRAILING = (
    "point.",
    "trois points...",
    "blanc ",
    " devant.pdf",
    "blanc-et-point. ",
    "~",
    "-rf",
    "$(id).pdf",
    "%2e%2e",
)
_BYTES = (b"saut\nde-ligne.pdf", b"\x01\x02.pdf", b"\x7f.pdf", b"d\xe9lib\xe9ration.pdf", b"\xff\xfe", b"\\dos.pdf")


@dataclass(slots=True)
class Hostile:
    """What was made.

    Attributes:
        files: size of each regular file, by its path in the drop, as bytes.
        specials: paths of what is neither a file nor a folder.
    """

    files: dict[bytes, int] = field(default_factory=dict)
    specials: set[str] = field(default_factory=set)


def build(folder: Path, *, crowd: int = 1000) -> Hostile:
    """Make the drop; `crowd` is the number of files in its one full folder."""
    made = Hostile()
    for name in _names():
        _file(folder, made, b"noms/" + name, b"%PDF-1.7\n" + name)
    _file(folder, made, b"tailles/vide.pdf", b"")
    _file(folder, made, REPLACED.encode(), bytes(3 << 20))
    _file(folder, made, b"/".join([b"profond"] * DEEP) + b"/acte.pdf", b"%PDF-1.7\n")
    _bomb(folder, made)
    _specials(folder, made)
    _crowd(folder, made, crowd)
    return made


def _names() -> Iterator[bytes]:
    yield from (unicodedata.normalize(form, _ACCENTED).encode() for form in ("NFC", "NFD"))
    yield "é".encode() * 125 + b"a.pdf"  # 255 bytes
    yield from (name.encode() for name in (*_RESERVED, *_TRAILING))
    yield from _BYTES


def _file(folder: Path, made: Hostile, path: bytes, data: bytes) -> None:
    place = os.fsencode(folder) + b"/" + path
    os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 - names are bytes
    with open(place, "wb") as file:  # noqa: PTH123 - likewise
        file.write(data)
    made.files[path] = len(data)


def _bomb(folder: Path, made: Hostile) -> None:
    place = folder / "tailles" / "bombe.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zéros.pdf", "w") as member:
        for _ in range(BOMB_SIZE >> 20):
            member.write(bytes(1 << 20))
    made.files[b"tailles/bombe.zip"] = place.stat().st_size


def _specials(folder: Path, made: Hostile) -> None:
    place = folder / "liens"
    place.mkdir()
    for name, target in (("fichier", "/etc/hostname"), ("dossier", "/etc"), ("casse", "absent"), ("boucle", "..")):
        (place / name).symlink_to(target)
    os.mkfifo(place / "tube")
    made.specials = {f"liens/{name}" for name in ("fichier", "dossier", "casse", "boucle", "tube")}
    # A socket's address is short: it is bound from inside the folder.
    with socket.socket(socket.AF_UNIX) as opened, suppress(OSError):
        opened.bind(f"/proc/self/fd/{(handle := os.open(place, os.O_RDONLY))}/prise")
        made.specials.add("liens/prise")
        os.close(handle)


def _crowd(folder: Path, made: Hostile, count: int) -> None:
    place = folder / "foule"
    place.mkdir()
    handle = os.open(place, os.O_RDONLY)
    for number in range(count):
        os.close(os.open(f"{number:06}.pdf", os.O_WRONLY | os.O_CREAT, dir_fd=handle))
        made.files[b"foule/%06d.pdf" % number] = 0
    os.close(handle)


@dataclass(slots=True)
class ReplacedWhileRead:
    """A source under whose reader the file `REPLACED` is written anew, as a person does who corrects a drop."""

    source: Source
    folder: Path

    def listing(self, tenant: Tenant) -> Listing:
        return self.source.listing(tenant)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        chunks = self.source.read(tenant, reference)
        if reference.path == REPLACED:
            yield next(iter(chunks))
            (self.folder / REPLACED).write_bytes(b"autre contenu")
        yield from chunks

    def close(self) -> None:
        self.source.close()
