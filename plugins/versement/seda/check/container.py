"""Reading of a SIP's container from its first byte to its last, as Vitam does: zip, tar, tar.gz, tar.bz2."""

from __future__ import annotations

import bz2
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import IO, Any

from versement.seda.check.bounds import BLOCK, MAX_ENTRIES, Beyond, Corrupt, Entry, Meter
from versement.seda.check.streamed_zip import zip_entries

_END_OF_ZIP = b"PK\x05\x06"
_TAIL = 128 << 10
_TAR_FAILURES = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError, RecursionError)
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_MAX_HEADER = 1 << 20
_MAX_GLOBAL = 16 << 20
_MAX_NESTED = 16
_MAX_READS_AT_END = 16
_BY_RECORD = 1 << 20
"""Bytes of a compressed tar, from its beginning, that are read record by record."""
_GZIP = 16 + zlib.MAX_WBITS
_SPARSE_ENDS = 504  # where a sparse header says whether another one follows
_UNREADABLE = "l’archive tar ne se lit pas jusqu’au bout"


class Kind(StrEnum):
    """A container that Vitam takes."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "tar.gz"
    BZIP2 = "tar.bz2"


def kind_of(stream: IO[bytes]) -> Kind | None:
    """What a container is by its content, as PRONOM tells it; None for what Vitam does not take."""
    stream.seek(0)
    head = stream.read(512)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    before, end, _ = stream.read().rpartition(_END_OF_ZIP)
    if head.startswith(_END_OF_ZIP):
        return Kind.ZIP
    if head.startswith(b"PK\x03\x04"):
        return Kind.ZIP if end and b"PK\x01\x02" in before else None
    if head.startswith(b"\x1f\x8b\x08"):
        return Kind.GZIP
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return Kind.BZIP2
    return Kind.TAR if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    """Whether a header is a tar's, of before 1988 or later: PRONOM looks at its first 156 bytes, not at « ustar »."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def entries(stream: IO[bytes], kind: Kind) -> Iterator[Entry]:
    """Entries of a container in order; an entry's blocks are read before the next entry is asked for.

    Raises:
        Corrupt: it is broken.
        Beyond: it passes a bound of ours (expansion, number of entries).
    """
    meter = Meter(stream.seek(0, io.SEEK_END))
    stream.seek(0)
    found = zip_entries(stream, meter) if kind is Kind.ZIP else _tar_entries(stream, kind, meter)
    for number, entry in enumerate(found):
        if number >= MAX_ENTRIES:
            raise Beyond(f"le paquet a plus de {MAX_ENTRIES} entrées")
        yield entry


class _TarFile(tarfile.TarFile):
    """An archive that counts what its headers claim.

    Attributes:
        nested: headers, each about the next one, that are being read.
        shared: bytes of the headers that apply to all that follow, which tarfile keeps.
    """

    nested = 0
    shared = 0


class _TarInfo(tarfile.TarInfo):
    """A member whose headers are bounded, and whose map, if it is a sparse file, is not read."""

    @classmethod
    def fromtarfile(cls, archive: Any) -> Any:
        """The next member; tarfile itself takes a broken header for the end of the archive."""
        archive.nested += 1
        try:
            if archive.nested > _MAX_NESTED:
                raise Beyond(f"l’archive tar a plus de {_MAX_NESTED} en-têtes de suite pour une entrée")
            return super().fromtarfile(archive)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]  # stubs forget them
            raise Corrupt(_UNREADABLE) from error
        finally:
            archive.nested -= 1

    def _proc_member(self, archive: Any) -> Any:
        if self.type in _HEADERS and self.size > _MAX_HEADER:
            raise Beyond("un en-tête de l’archive tar dépasse 1 Mio")
        if self.type == tarfile.XGLTYPE:
            archive.shared += self.size
            if archive.shared > _MAX_GLOBAL:
                raise Beyond(f"les en-têtes communs de l’archive tar dépassent {_MAX_GLOBAL >> 20} Mio")
        return super()._proc_member(archive)  # type: ignore[misc]  # the entry point that tarfile gives to subclasses

    def _proc_sparse(self, archive: Any) -> Any:
        _, extended, _ = self._sparse_structs  # type: ignore[attr-defined]  # tarfile's own
        del self._sparse_structs  # type: ignore[attr-defined]
        while extended:
            block = archive.fileobj.read(tarfile.BLOCKSIZE)
            if len(block) < tarfile.BLOCKSIZE:
                raise Corrupt(_UNREADABLE)
            extended = bool(block[_SPARSE_ENDS])
        self.offset_data = archive.fileobj.tell()
        archive.offset = self.offset_data + self._block(self.size)  # type: ignore[attr-defined]  # tarfile's own
        _unmapped(self)
        return self

    def _proc_gnusparse_00(self, following: Any, *_: Any) -> None:
        _unmapped(following)

    def _proc_gnusparse_01(self, following: Any, *_: Any) -> None:
        _unmapped(following)

    def _proc_gnusparse_10(self, following: Any, *_: Any) -> None:
        _unmapped(following)


def _unmapped(member: Any) -> None:
    """Known to be sparse, which is enough: Vitam skips it."""
    member.sparse = []


class _FirstStream(io.RawIOBase):
    """What a compressed file expands to, counted: its first stream alone, since Vitam reads no other.

    Its beginning is given by the record, as Vitam asks for it: a manifest that stands before a damage is found.
    """

    def __init__(self, stream: IO[bytes], decode: Callable[[int], bytes], decoder: Any, meter: Meter) -> None:
        self._stream = stream
        self._decode = decode
        self._decoder = decoder
        self._meter = meter
        self._at_end = 0
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        most = tarfile.BLOCKSIZE if self._given < _BY_RECORD else BLOCK
        data, size = b"", min(size, most) if size >= 0 else most
        while size and not data and not self._decoder.eof:
            data = self._decode(size)
        self._meter.expanded(len(data))
        self._given += len(data)
        if size and not data:
            self._ended()
        return data

    def finish(self) -> None:
        """Read the rest of the tar's last block, as Vitam does: a damage there refuses the archive."""
        while self._given % tarfile.RECORDSIZE and not self._decoder.eof:
            self._given += len(self._decode(tarfile.BLOCKSIZE))

    def _ended(self) -> None:
        if self._decoder.unused_data.strip(b"\0") or self._stream.read(BLOCK).strip(b"\0"):
            raise Corrupt("il est fait de plusieurs flux compressés à la suite, dont Vitam ne lit que le premier")
        self._at_end += 1
        if self._at_end > _MAX_READS_AT_END:
            # tarfile skips what a header announces by reading on, for ever when the archive has ended.
            raise Corrupt(_UNREADABLE)


def _tar_entries(stream: IO[bytes], kind: Kind, meter: Meter) -> Iterator[Entry]:
    source = _expanded(stream, kind, meter)
    try:
        with _TarFile.open(fileobj=source, mode=_mode(kind), tarinfo=_TarInfo) as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # else it keeps them all
                yield _tar_entry(archive, member)
        if isinstance(source, _FirstStream):
            source.finish()
    except (Beyond, Corrupt):
        raise
    except _TAR_FAILURES as error:
        raise Corrupt(_UNREADABLE) from error


def _mode(kind: Kind) -> Any:
    return "r:" if kind is Kind.TAR else "r|"


def _expanded(stream: IO[bytes], kind: Kind, meter: Meter) -> Any:
    if kind is Kind.GZIP:
        inflater = zlib.decompressobj(_GZIP)
        return _FirstStream(
            stream,
            lambda size: inflater.decompress(inflater.unconsumed_tail or _some(stream), size),
            inflater,
            meter,
        )
    if kind is Kind.BZIP2:
        decoder = bz2.BZ2Decompressor()
        return _FirstStream(
            stream,
            lambda size: decoder.decompress(_some(stream) if decoder.needs_input else b"", size),
            decoder,
            meter,
        )
    return stream


def _some(stream: IO[bytes]) -> bytes:
    data = stream.read(BLOCK)
    if not data:
        raise EOFError
    return data


def _tar_entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    if member.size < 0:
        raise Corrupt("l’archive tar donne une taille négative")
    if member.isdir():
        return Entry(member.name, directory=True)
    if member.issparse():
        return Entry(member.name, skipped="c’est un fichier creux (« sparse »)")
    if not member.isreg():
        return Entry(member.name, emptied="un lien ou un périphérique", size=0)
    return Entry(member.name, size=member.size, blocks=_tar_blocks(archive, member))


def _tar_blocks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(member)
    try:
        while content is not None and (block := content.read(BLOCK)):
            yield block
    except _TAR_FAILURES as error:
        raise Corrupt(_UNREADABLE) from error
