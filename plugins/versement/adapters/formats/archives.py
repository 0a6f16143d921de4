"""Zip, tar and tar.gz archives opened without trusting them: sizes, counts, depths and names are bounded."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, cast

from versement.adapters.formats.archive_names import Raw, repaired
from versement.domain.errors import UnreadableFile
from versement.domain.fixity import CHUNK
from versement.ports.formats import Archive, Member, MemberProblem

MAX_MEMBERS = 100_000
MAX_DIRECTORY = 16 << 20
"""Bytes of a zip's central directory."""
MAX_TOTAL = 64 << 30
"""Bytes of all members once extracted."""
FREE_TOTAL = 32 << 20
"""Bytes that no archive is blamed for, however well they were packed."""
MAX_RATIO = 100
"""Beyond FREE_TOTAL, an archive may not grow more than so many times: documents do not."""
MAX_DEPTH = 32
MAX_NAME = 1024
"""Characters of one member's path."""

MAX_READ = 2 << 20
"""Bytes that a header of a tar may make its reader take at once."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""Not LZMA, whose window (its memory) a hostile file chooses."""
_SPECIAL = (0o01, 0o02, 0o06, 0o12, 0o14)
"""Unix file types of pipes, devices, links and sockets."""
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, OSError,
    struct.error, ValueError, NotImplementedError, RuntimeError, IndexError, OverflowError,
)  # fmt: skip


def open_archive(path: Path) -> Archive:
    """See `Formats.archive`."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _Zip(path)
    if head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar":
        return _Tar(path)
    raise UnreadableFile(
        "Ce fichier n’est ni un zip, ni un tar, ni un tar.gz : son contenu le dit. Redéposez l’archive d’origine."
    )


class _Zip:
    """A zip; its directory is read at once, within bounds."""

    def __init__(self, path: Path) -> None:
        _check_directory(path)
        with _readable():
            self._zip = zipfile.ZipFile(path)
        try:
            _check_begins(self._zip)
            self._infos = [info for info in self._zip.infolist() if not _is_folder(info)]
            self.members = _members(
                [_raw_name(info) for info in self._infos],
                [info.file_size for info in self._infos],
                [_zip_time(info) for info in self._infos],
                [_zip_problem(info) for info in self._infos],
            )
            _check_growth(self.members, path)
        except UnreadableFile:
            self._zip.close()
            raise

    def read(self, member: Member) -> Iterator[bytes]:
        _check_readable(member)
        with _readable(member), self._zip.open(self._infos[member.place]) as stream:
            yield from _exactly(stream, member)

    def close(self) -> None:
        self._zip.close()


class _Tar:
    """A tar, compressed by gzip or not; read through once to know its members."""

    def __init__(self, path: Path) -> None:
        self._bound = min(MAX_TOTAL, max(FREE_TOTAL, MAX_RATIO * path.stat().st_size))
        self._stream = _Sparing(path)
        try:
            with _readable():
                self._tar = tarfile.open(  # noqa: SIM115 - see close
                    fileobj=cast("IO[bytes]", self._stream), mode="r:", encoding="utf-8", errors="surrogateescape"
                )
            self._infos = list(self._listed())
            self.members = _members(
                [info.name.encode("utf-8", "surrogateescape") for info in self._infos],
                [info.size for info in self._infos],
                [int(info.mtime) if 0 < info.mtime < 1 << 33 else None for info in self._infos],
                [_tar_problem(info) for info in self._infos],
            )
        except UnreadableFile:
            self._stream.close()
            raise

    def _listed(self) -> Iterator[tarfile.TarInfo]:
        count = 0
        with _readable():
            while (info := self._tar.next()) is not None:
                count += 1
                _check_count(count)
                if self._tar.offset > self._bound:
                    raise _bomb()
                if not info.isdir():
                    yield info
            self._check_ended()

    def _check_ended(self) -> None:
        """A tar ends with zeros, and with nothing else: a cut one, or one that follows another, hides files."""
        end = self._stream.last  # what made the reader stop: not sought again, a gzip would be read anew
        if not end:
            raise EOFError
        while end:
            if end.strip(b"\0"):
                raise ValueError("something after the end")
            if self._stream.tell() > self._bound:
                raise _bomb()
            end = self._stream.read(CHUNK)

    def read(self, member: Member) -> Iterator[bytes]:
        _check_readable(member)
        with _readable(member):
            stream = self._tar.extractfile(self._infos[member.place])
            if stream is None:
                raise EOFError
            with stream:
                yield from _exactly(stream, member)

    def close(self) -> None:
        self._stream.close()


class _Sparing(io.RawIOBase):
    """The bytes of a tar, uncompressed; whoever asks for much at once was told so by a hostile header.

    Attributes:
        last: what was read last.
    """

    def __init__(self, path: Path) -> None:
        self.last = b""
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        self._inner: IO[bytes] = cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")  # noqa: SIM115

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= MAX_READ:
            raise ValueError("unbounded read")
        self.last = self._inner.read(size)
        return self.last

    def seek(self, place: int, whence: int = 0, /) -> int:
        return self._inner.seek(place, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Reading(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _exactly(stream: _Reading, member: Member) -> Iterator[bytes]:
    """Chunks of a stream that must give the announced size."""
    total = 0
    while chunk := stream.read(CHUNK):
        total += len(chunk)
        if total > member.size:
            raise ValueError("more bytes than announced")
        yield chunk
    if total != member.size:
        raise EOFError


def _members(
    raw: Sequence[Raw],
    sizes: Sequence[int],
    times: Sequence[int | None],
    problems: Sequence[MemberProblem | None],
) -> Sequence[Member]:
    """Members under names that are safe and that no two share."""
    _check_count(len(raw))
    texts = repaired(raw)
    if not any("/" in text for text in texts):
        texts = [text.replace("\\", "/") for text in texts]  # some Windows tools write their own separator
    names = [_safe(text) for text in texts]
    _check_distinct(names)
    shown = [name if isinstance(name, str) else name.decode("utf-8", "surrogateescape") for name in raw]
    parts = zip(names, shown, sizes, times, problems, strict=True)
    return tuple(
        Member(name, raw_name, size, modified, place, problem)
        for place, (name, raw_name, size, modified, problem) in enumerate(parts)
    )


def _safe(text: str) -> str:
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith(("/", "\\")) or ".." in parts or _DRIVE.match(text) or not parts:
        raise UnreadableFile(
            "Cette archive n’est pas ouverte : un nom y sort de l’archive (chemin absolu, lecteur ou « .. »). "
            "Refaites l’archive à partir du dossier d’origine.",
            detail="member name leads out of the archive",
        )
    if len(parts) > MAX_DEPTH or len(text) > MAX_NAME:
        raise UnreadableFile(
            f"Cette archive n’est pas ouverte : un chemin y dépasse {MAX_DEPTH} dossiers ou {MAX_NAME} caractères. "
            "Refaites-la avec moins de sous-dossiers.",
            detail="member path too deep or too long",
        )
    return "/".join(parts)


def _check_distinct(names: Sequence[str]) -> None:
    """Two files of one name hide each other; so does a file that is also a folder."""
    twice = sum(count - 1 for count in Counter(names).values())
    twice += len(set(names) & set(_folders(names)))
    if twice:
        raise UnreadableFile(
            f"Cette archive n’est pas ouverte : {twice} noms y servent plusieurs fois, si bien que des fichiers s’y "
            "cachent les uns les autres. Refaites l’archive avec des noms différents.",
            detail="duplicate member names",
        )


def _folders(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        folder = name
        while folder := folder.rpartition("/")[0]:
            yield folder


def _check_count(count: int) -> None:
    if count > MAX_MEMBERS:
        raise UnreadableFile(
            f"Cette archive n’est pas ouverte : elle contient plus de {MAX_MEMBERS} fichiers. Découpez-la.",
            detail="too many members",
        )


def _check_growth(members: Sequence[Member], path: Path) -> None:
    total, stored = sum(member.size for member in members), path.stat().st_size
    if total > MAX_TOTAL or (total > FREE_TOTAL and total > MAX_RATIO * stored):
        raise _bomb()


def _bomb() -> UnreadableFile:
    return UnreadableFile(
        f"Cette archive n’est pas ouverte : une fois ouverte elle dépasserait {MAX_RATIO} fois sa taille ou "
        f"{MAX_TOTAL >> 30} Gio, ce qu’aucun dossier ne fait. Faites vérifier son origine, ou découpez-la.",
        detail="archive grows beyond the bounds",
    )


def _check_readable(member: Member) -> None:
    if member.problem is not None:
        raise UnreadableFile(
            f"Ce fichier de l’archive est {member.problem} : il ne peut pas en être extrait. Redéposez-le à part, "
            "sous une forme lisible.",
            detail=f"member problem {member.problem.name}",
        )


@contextmanager
def _readable(member: Member | None = None) -> Iterator[None]:
    """Whatever a broken archive makes the libraries raise, in words."""
    try:
        yield
    except _BROKEN as error:
        what = "Ce fichier de l’archive" if member else "Cette archive"
        raise UnreadableFile(
            f"{what} est tronqué{'' if member else 'e'} ou abîmé{'' if member else 'e'} : ses octets ne sont pas ceux "
            "qui sont annoncés. Redéposez l’archive d’origine.",
            detail=f"{type(error).__name__}",
        ) from error


def _check_directory(path: Path) -> None:
    """The end of a zip bounds what its directory may take before a byte of it is read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - (1 << 16) - 22))
        tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise UnreadableFile(
            "Ce zip est tronqué : sa fin manque. Redéposez l’archive entière.", detail="no end of central directory"
        )
    length = struct.unpack("<I", tail[place + 12 : place + 16])[0]
    wide = tail[max(0, place - 76) : place]  # zip64's own end and its locator stand right before
    if wide[:4] == b"PK\x06\x06" and wide[56:60] == b"PK\x06\x07":
        length = struct.unpack("<Q", wide[40:48])[0]
    if length > MAX_DIRECTORY:
        _check_count(MAX_MEMBERS + 1)


def _check_begins(archive: zipfile.ZipFile) -> None:
    """What stands before the first member is another zip, whose files this one's directory does not name."""
    if min((info.header_offset for info in archive.infolist()), default=archive.start_dir) > 0:
        raise UnreadableFile(
            "Cette archive n’est pas ouverte : elle en contient une autre à son début, dont les fichiers seraient "
            "perdus. Redéposez chaque archive à part.",
            detail="bytes before the first member",
        )


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\")) and info.file_size == 0


def _raw_name(info: zipfile.ZipInfo) -> Raw:
    """What the archive holds: text when it says Unicode, in its flag or in the Info-ZIP field; else bytes."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", "surrogateescape")
    return _unicode_path(info.extra, raw) or raw


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Field 0x7075, which counts only when it is of this very name."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        body, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == 0x7075 and body[:1] == b"\x01" and body[1:5] == struct.pack("<I", zlib.crc32(raw)):
            return body[5:].decode("utf-8", "replace")
    return ""


def _zip_time(info: zipfile.ZipInfo) -> int | None:
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _tar_problem(info: tarfile.TarInfo) -> MemberProblem | None:
    if not info.isreg():
        return MemberProblem.LINK
    return MemberProblem.METHOD if info.issparse() else None


def _zip_problem(info: zipfile.ZipInfo) -> MemberProblem | None:
    if (info.external_attr >> 28) in _SPECIAL:
        return MemberProblem.LINK
    if info.flag_bits & 0x1:
        return MemberProblem.ENCRYPTED
    return None if info.compress_type in _METHODS else MemberProblem.METHOD
