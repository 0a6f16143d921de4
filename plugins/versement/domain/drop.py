"""What indexes and ACTES messages of a drop say, once read. Grouping starts from these values."""

from __future__ import annotations

from dataclasses import dataclass

from versement.domain.documents import Kind, Readings


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of an SCDL index.

    Attributes:
        line: line number in the file, header = 1.
        identifier: `DELIB_ID`.
        file_name: last segment of `DELIB_URL`, percent-decoded, NFC; empty when there is none.
        readings: what the row says, source INDEX.
    """

    line: int
    identifier: str
    file_name: str
    readings: Readings


@dataclass(frozen=True, slots=True)
class ActesMessage:
    """One ACTES message métier.

    Attributes:
        kind: ACT for an `Acte` message, ACKNOWLEDGEMENT, CANCELLATION.
        act_file: `Document/NomFichier`, empty when not given.
        annex_files: `Annexe/NomFichier` in order.
        readings: what the message says of the act (source MESSAGE or ACKNOWLEDGEMENT).
    """

    kind: Kind
    act_file: str
    annex_files: tuple[str, ...]
    readings: Readings
