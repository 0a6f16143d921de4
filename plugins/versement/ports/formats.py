"""Reading of what sources hand over: indexes, ACTES messages, stamps, formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from versement.domain.documents import Finding, Readings
from versement.domain.drop import ActesMessage, IndexRow

__all__ = ["ActesMessage", "FormatIdentification", "Formats", "IndexReading", "IndexRow"]


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
    """

    puid: str = ""
    mime: str = ""
    name: str = ""
    warning: str = ""
    signatures: str = ""


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

    def message(self, path: Path) -> ActesMessage | None:
        """An ACTES message, or None for an XML file that is none.

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

    def stamp(self, path: Path) -> Readings:
        """What the text of a PDF act says (stamp of the préfecture, session number, objet); source STAMP.

        Raises:
            UnreadableFile: not a PDF, corrupt, or protected by a password.
        """
        ...

    def identify(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        """Formats by content (PRONOM), never by name."""
        ...
