"""Bordereaux d'élimination: what is proposed, line by line, and what became of each line."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from versement.domain.fixity import Digest

GO = 1_000_000_000
"""Bytes of a gigaoctet (Go), as everywhere in the chain."""
LAST_COPIES = " Derniers exemplaires : leurs doubles sont déjà sur un bordereau signé."
"""Ends the observations of documents that were the kept copy of doubles, when they are proposed in their turn."""
DOUBLES = "Doubles – "
"""Begins the category of doubles; the name of their rule follows."""
BOTH_GO = (
    "Doubles exacts d’exemplaires eux-mêmes proposés par ce bordereau : si les deux lignes sont accordées, aucun "
    "exemplaire ne reste."
)


class Ground(StrEnum):
    """Why it may be eliminated."""

    DOUBLE = "double"
    EXPIRED = "DUA échue"


class Visa(StrEnum):
    """What the Archives départementales said of a line."""

    AWAITED = "attendu"
    GRANTED = "accordé"
    REFUSED = "refusé"
    SAMPLE = "accordé, échantillon conservé"


@dataclass(frozen=True, slots=True)
class Given:
    """A visa as it is given to one line.

    Attributes:
        author: who gave it.
        reason: its reference, or why.
        kept: ids of the documents that are kept as a sample.
        replace: it may stand in place of another one.
    """

    visa: Visa
    author: str
    reason: str
    kept: frozenset[str] = frozenset()
    replace: bool = False


class BordereauState(StrEnum):
    """How far a bordereau is."""

    PROPOSED = "proposé"
    SIGNED = "signé"
    DECIDED = "visé"
    PURGED = "purgé"


@dataclass(frozen=True, slots=True)
class Kept:
    """The copy that stays when a double goes.

    Attributes:
        tenant: key of the coffre that holds it.
        operation: the archive's operation that accepted it.
        document: its id; empty where an earlier release wrote it.
        going: it is proposed for elimination itself, by the same bordereau.
    """

    reference: str
    tenant: str
    transfer: str
    operation: str
    document: str = ""
    going: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One document that a bordereau proposes.

    Attributes:
        category: what kind of record it is, as the line says it.
        observations: retention and reference text, or that it is a double.
        day: of the record; None when unknown.
        files: digest and size of each of its files.
        kept: for a double, the copy that stays.
        sampled: kept as a sample by the visa.
    """

    document_id: str
    reference: str
    ground: Ground
    category: str
    observations: str
    day: date | None
    files: tuple[tuple[Digest, int], ...]
    kept: Kept | None = None
    sampled: bool = False

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bordereau: the documents of one category that go for one reason."""

    number: int
    ground: Ground
    category: str
    observations: str
    items: tuple[Item, ...]
    visa: Visa = Visa.AWAITED
    reason: str = ""
    author: str = ""
    decided: datetime | None = None

    @property
    def last_copies(self) -> bool:
        """Whether its documents are those whose doubles another signed bordereau lets go."""
        return self.observations.endswith(LAST_COPIES)

    @property
    def files(self) -> int:
        return sum(len(item.files) for item in self.items)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(item.size for item in self.items)

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day of its records; None when none is known."""
        known = [item.day for item in self.items if item.day is not None]
        return (min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Addressees:
    """Who signs and who gives the visa."""

    organisation: str
    service: str
    agent: str
    signatory: str
    archives: str
    originals: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold (gel) keeps off a bordereau.

    Attributes:
        since: day from which it holds.
    """

    name: str
    reason: str
    since: date
    documents: int
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Bordereau:
    """A bordereau d'élimination.

    Attributes:
        day: of the proposal.
        journal: head of the coffre's journal then, `NOMBRE:EMPREINTE`.
        signed: digest of the signed PDF, once it came back.
        held: what it would propose but for the holds that the organisation declares.
    """

    id: str
    tenant: str
    day: date
    addressees: Addressees
    lines: tuple[Line, ...]
    journal: str = ""
    state: BordereauState = BordereauState.PROPOSED
    signed: Digest | None = None
    held: tuple[Held, ...] = ()
    documents: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        by_document = {item.document_id: line.number for line in self.lines for item in line.items}
        object.__setattr__(self, "documents", by_document)

    @property
    def files(self) -> int:
        return sum(line.files for line in self.lines)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(line.size for line in self.lines)

    @property
    def decided(self) -> bool:
        """Whether the visa of every line is known."""
        return self.state in (BordereauState.DECIDED, BordereauState.PURGED)

    def granted(self) -> tuple[Item, ...]:
        """What the visa lets go: samples are not part of it."""
        going = (line for line in self.lines if line.visa in (Visa.GRANTED, Visa.SAMPLE))
        return tuple(item for line in going for item in line.items if not item.sampled)


def lines_of(items: Iterable[Item]) -> tuple[Line, ...]:
    """Items by ground, category and observations; retention first, in a stable order."""
    ordered = sorted(items, key=lambda item: (*_line_key(item), item.reference, item.document_id))
    grouped = [tuple(same) for _, same in groupby(ordered, key=_line_key)]
    return tuple(
        Line(number, same[0].ground, same[0].category, same[0].observations, same)
        for number, same in enumerate(grouped, start=1)
    )


def bordereau_id(tenant: str, day: date, *said_of_it: Addressees | tuple[Line | Held, ...]) -> str:
    """The same proposal of the same day has the same id; one that says anything else of its documents has another."""
    said = repr((tenant, day.isoformat(), said_of_it))
    return f"BE-{day:%Y%m%d}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def retention_end(start: date, duration: int, unit: str) -> date:
    """First day on which a retention of so many Day, Month or Year has passed; 29 February gives the 28th."""
    if unit == "Day":
        return start + timedelta(days=duration)
    months = start.month - 1 + duration * (12 if unit == "Year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def in_go(size: int) -> str:
    """Bytes as gigaoctets, in French, never shown as nothing: `0,002 Go`."""
    shown = f"{size / GO:.3f}".replace(".", ",")
    return "moins de 0,001 Go" if size and shown == "0,000" else f"{shown} Go"


def _line_key(item: Item) -> tuple[bool, str, str]:
    return item.ground is Ground.DOUBLE, item.category, item.observations
