"""Reading of what sources hand over: indexes, ACTES messages, stamps, formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from versement.domain.classification import Classification
from versement.domain.documents import Finding, Readings
from versement.domain.drop import ActesMessage, Descriptor, IndexRow
from versement.domain.health import Health
from versement.domain.marches import Notice
from versement.domain.registers import Register

__all__ = [
    "ActesMessage",
    "Archive",
    "Classification",
    "Descriptor",
    "FormatIdentification",
    "Formats",
    "IndexReading",
    "IndexRow",
    "Member",
    "MemberProblem",
    "TableLayout",
    "TableReading",
    "TableRow",
]


@dataclass(frozen=True, slots=True)
class IndexReading:
    """An SCDL index: its good rows, and a finding for each row or value that cannot be used (INDEX_ROW, INDEX_VALUE).

    Messages start with the line; no value is quoted.
    """

    rows: tuple[IndexRow, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FormatIdentification:
    """What Siegfried says a file is. All empty for a file that it does not know.

    Attributes:
        signatures: version of the signature file, for the record.
        others: PUIDs of the other formats that the content fits as well.
    """

    puid: str = ""
    mime: str = ""
    name: str = ""
    warning: str = ""
    signatures: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How an index of any tool is written.

    Attributes:
        encoding: name of an encoding, or `auto`: mark, UTF-16 by its zeros, UTF-8, else Windows-1252.
        separator: of cells, or `auto`: among `; , | tab`. For CSV alone.
        header: the first row names the columns; else they are `c1`, `c2`… For CSV alone.
        rows: dotted path of the repeated element in XML (`bulletins.bulletin`, the root first) or of the list in JSON
            (`paie.bulletins`); empty: the root's children, or a file that is a list.
    """

    encoding: str = "auto"
    separator: str = "auto"
    header: bool = True
    rows: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of an index.

    Attributes:
        line: where it starts in the file; its place in the list, from 1, in JSON.
        cells: texts by column; attributes and children of XML, and members of JSON, by dotted key. What is repeated
            has `name`, then `name.1`, `name.2`…
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableReading:
    """An index of any tool: its good rows, and INDEX_ROW for each that cannot be used; no value is quoted."""

    rows: tuple[TableRow, ...]
    findings: tuple[Finding, ...] = ()


class MemberProblem(StrEnum):
    """Why the bytes of one member cannot be had, although its archive is sound."""

    ENCRYPTED = "protégé par un mot de passe"
    METHOD = "compressé par un procédé qui n’est pas lu"
    LINK = "lien ou fichier spécial"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive (folders are not members).

    Attributes:
        name: path within the archive, repaired: `/` between parts, NFC, no part `.` or `..` or empty; two members of
            one archive never share it.
        raw_name: the path as the archive writes it, each undecodable byte as a surrogate.
        size: bytes once extracted, as the archive says; reading checks it.
        modified: seconds since the epoch; a zip knows no time zone, so its local time is taken for UTC. None when
            the archive gives no possible time.
        place: rank within the archive.
        problem: why it cannot be read; None when it can.
    """

    name: str
    raw_name: str
    size: int
    modified: int | None
    place: int
    problem: MemberProblem | None = None


class Archive(Protocol):
    """An opened archive; close it when done."""

    @property
    def members(self) -> Sequence[Member]:
        """Every file, in the archive's order."""
        ...

    def read(self, member: Member) -> Iterator[bytes]:
        """The member's bytes, a chunk at a time.

        Raises:
            UnreadableFile: it has a problem, or its bytes are not those that the archive announces (CRC, size, cut).
        """
        ...

    def close(self) -> None: ...


class Formats(Protocol):
    """Readers of formats. Hostile files give UnreadableFile, or nothing read, in bounded time and memory."""

    def is_index(self, path: Path, name: str) -> bool:
        """Whether a file is an SCDL index of délibérations, by its header row."""
        ...

    def index(self, path: Path) -> IndexReading:
        """Read an SCDL index.

        Raises:
            UnreadableFile: no encoding or delimiter makes a table of it.
        """
        ...

    def table(self, path: Path, name: str, layout: TableLayout) -> TableReading:
        """Read an index of any tool: CSV, XML (`.xml`) or JSON (`.json`, one object a line: `.jsonl`), by its name.

        Raises:
            UnreadableFile: too large, no table, no XML or JSON, or nothing at the path of the rows.
            ProfileError: the encoding is not known.
        """
        ...

    def message(self, path: Path) -> ActesMessage | None:
        """An ACTES message about one act, or None for an XML file that is none.

        Raises:
            UnreadableFile: not XML, or XML that must not be read (entities).
        """
        ...

    def descriptor(self, path: Path, name: str) -> Descriptor | None:
        """What a file says of others: a tool's description, an ACTES envelope or classification; None for any other.

        Raises:
            UnreadableFile: not XML although it is named so, or XML that must not be read (entities).
        """
        ...

    def classification(self, path: Path | None) -> Classification:
        """The préfecture's classification in a file, or the two national levels where there is no file.

        Raises:
            UnreadableFile: not XML, or XML that must not be read (entities).
        """
        ...

    def properties(self, path: Path, name: str) -> Mapping[str, Any]:
        """What a metadata file says (JSON, XML, YAML or `key=value`, by the name's extension), nested.

        Raises:
            UnreadableFile: it is in none of these forms, or not well formed.
        """
        ...

    def archive(self, path: Path) -> Archive:
        """Open a zip, tar or tar.gz, told by content.

        Raises:
            UnreadableFile: none of these, cut, ambiguous (two members of one name), hostile (a name that leads out
                of it, a bomb), or beyond the bounds on members, depth and size.
        """
        ...

    def is_notices(self, path: Path, name: str) -> bool:
        """Whether a file holds DECP notices, by its first element or key."""
        ...

    def notices(self, path: Path) -> Sequence[Notice]:
        """Read DECP notices, 2019 or 2022, JSON or XML; what is wrong with one is in its defects.

        Raises:
            UnreadableFile: neither JSON nor XML, or beyond the bounds.
        """
        ...

    def is_register(self, name: str) -> bool:
        """Whether a file name is that of a register of deposits or withdrawals."""
        ...

    def register(self, path: Path, name: str) -> Register:
        """Counts of a register (PDF, CSV, XLS, XLSX, ODS).

        Raises:
            UnreadableFile: it cannot be read as what its name says, or within the bounds.
        """
        ...

    def concluded(self, path: Path, name: str) -> tuple[str, ...] | None:
        """Numbers of the markets of a list of concluded ones (CSV, XLS, XLSX, ODS); None for any other file.

        Raises:
            UnreadableFile: it cannot be read as what its name says, or within the bounds.
        """
        ...

    def stamp(self, path: Path) -> Readings:
        """What the text of a PDF act says (stamp of the préfecture, session number, objet); source STAMP.

        Raises:
            UnreadableFile: not a PDF, corrupt, or protected by a password.
        """
        ...

    def health(self, path: Path) -> Health:
        """What is wrong with a PDF, an office file or a zip, and what it holds; whether TIFF, XML and RTF are whole.

        A file that takes too much time or memory has that trouble; this never raises for what a file holds.
        """
        ...

    def page_texts(self, path: Path) -> Sequence[str]:
        """Text of the first and last pages of a PDF, a page each; empty for a scan.

        Raises:
            UnreadableFile: as for `stamp`.
        """
        ...

    def text(self, path: Path, mime: str) -> str:
        """Text of what people write, for comparison: PDF, DOC, DOCX, ODT, HTML, text; empty for any other MIME type.

        Raises:
            UnreadableFile: abnormal, protected, or too much for the limits.
        """
        ...

    def page_count(self, path: Path) -> int:
        """Pages of a PDF.

        Raises:
            UnreadableFile: not a PDF, corrupt, protected, or too much for the limits.
        """
        ...

    def cut_pages(self, path: Path, ranges: Sequence[tuple[int, int]], folder: Path) -> Mapping[tuple[int, int], Path]:
        """PDFs of their own, in `folder`, for ranges of pages (from 1, both ends included).

        The bytes depend on the pages alone, on any machine; nothing of another page is in them. Document properties,
        outline and form of the whole stay behind.

        Raises:
            UnreadableFile: as for `page_count`, or a page is beyond the end: nothing is cut.
        """
        ...

    def payroll_header(self, path: Path) -> Mapping[str, str] | None:
        """Header of an XHL or PES_Aller file, or that it is a DSN: `type`, values, `nombre`; nothing of a person.

        None for any other file.

        Raises:
            UnreadableFile: such a file, but too large, not well formed or with entities.
        """
        ...

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        """Formats by content (PRONOM), never by name."""
        ...
