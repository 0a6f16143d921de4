"""What the files of a drop that describe others say, once read. Grouping starts from these values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from versement.domain.classification import Classification
from versement.domain.documents import Kind, Readings, Role


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of an SCDL index.

    Attributes:
        line: line number in the file, header = 1.
        identifier: `DELIB_ID`.
        file_name: last segment of `DELIB_URL`, percent-decoded, NFC; empty when there is none.
        readings: what the row says, source INDEX.
        place: path of `DELIB_URL`, its folders included, likewise.
    """

    line: int
    identifier: str
    file_name: str
    readings: Readings
    place: str = ""


@dataclass(frozen=True, slots=True)
class ActesMessage:
    """One ACTES message métier about one act.

    Attributes:
        kind: ACT for an `Acte` message, ACKNOWLEDGEMENT, CANCELLATION, EXCHANGE for all others.
        act_file: `Document/NomFichier` of the act, empty when not given.
        annex_files: `Annexe/NomFichier` in order.
        readings: what the message says of the act (source MESSAGE or ACKNOWLEDGEMENT).
        signature_files: `Signature/NomFichier` of act and annexes.
        own_files: files that an exchange brings with it (a letter, pieces asked for), none of which is the act.
    """

    kind: Kind
    act_file: str
    annex_files: tuple[str, ...]
    readings: Readings
    signature_files: tuple[str, ...] = ()
    own_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """An ACTES message that is about no act: an envelope, an anomaly of one, a word about the classification.

    Attributes:
        name: of the root element, such as `EnveloppeCLMISILL`.
        forms: file names of the messages that it carries.
    """

    name: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A file that a description names.

    Attributes:
        name: as written there, folders included.
        alias: `<field>_<n>` by which Pastell may have named it instead.
        piece: for a file of a séance, what it is: `convocation`, `procès-verbal`…
    """

    role: Role
    name: str
    alias: str = ""
    piece: str = ""


@dataclass(frozen=True, slots=True)
class DescribedAct:
    """One act as a tool's description says it: its files by role and what is said of it (source METADATA)."""

    files: tuple[DescribedFile, ...]
    readings: Readings


@dataclass(frozen=True, slots=True)
class DescribedSeance:
    """One séance as a tool's description says it.

    Attributes:
        readings: SIREN, DATE (the day of the séance), ASSEMBLY, as far as they are known.
        folder: whose other files are pieces of the séance too; empty when there is none.
    """

    files: tuple[DescribedFile, ...]
    readings: Readings
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a tool's own file (Pastell, Mégalis, web-delib…) says of the files beside it."""

    acts: tuple[DescribedAct, ...] = ()
    seances: tuple[DescribedSeance, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorAnswer:
    """What the operator of télétransmission answered about one transaction.

    Attributes:
        state: of the transaction (4: the préfecture acknowledged it); None when the operator refused to answer.
        message: what the préfecture said; without it nothing tells which act it is about.
    """

    state: int | None
    message: ActesMessage | None = None


Descriptor: TypeAlias = Description | Envelope | Classification | OperatorAnswer
"""What a file that is neither an index nor a message about one act may be for the drop."""
