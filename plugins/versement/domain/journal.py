"""The journal of a coffre: lines chained by their hashes, what proves it, what is wrong with one, and its export.

A chain finds what was altered, taken out or moved. It cannot find that its end was cut, or that all was written
anew from some line on: for that an anchor is needed, a line's number and chain noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from versement.domain.errors import SettingsError

FORMAT = "journal de versement 1"
LONGEST_LINE = 1 << 20
"""Bytes of a line of an export; the chain writes some hundreds."""
LISTED = 50
"""Faults that are told one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the tenant's hash-chained journal."""

    number: int
    at: datetime
    event: str
    subject: str
    data: str
    chain: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line's number and chain, noted outside of the journal: all lines up to it are what they were then."""

    number: int
    chain: str

    def __str__(self) -> str:
        return f"{self.number}:{self.chain}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NOMBRE:EMPREINTE`.

        Raises:
            SettingsError: it is none.
        """
        match = re.fullmatch(r"([1-9]\d{0,17}):([0-9a-f]{64})", text)
        if match is None:
            raise SettingsError(
                "Tête de journal illisible : attendu NOMBRE:EMPREINTE (64 signes, 0 à 9 et a à f), comme au bilan."
            )
        return cls(int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a journal, as its export begins: lines `first` to `last`.

    Attributes:
        tenant: key of the coffre.
        before: chain of the line before the first.
        head: chain of the last line.
    """

    tenant: str
    first: int
    last: int
    before: str
    head: str
    format: str = FORMAT


def genesis(tenant: str) -> str:
    """What stands before the first line of a tenant."""
    return hashlib.sha256(tenant.encode()).hexdigest()


def instant(at: datetime) -> str:
    """A line's time as it is hashed and exported: ISO 8601, UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def chained(before: str, line: JournalEntry) -> str:
    """SHA-256 of the previous chain and of all that this line says."""
    said = json.dumps([before, line.number, instant(line.at), line.event, line.subject, line.data])
    return hashlib.sha256(said.encode()).hexdigest()


def exported(segment: Segment, lines: Iterable[JournalEntry]) -> Iterator[bytes]:
    """JSON lines: the segment, then its lines; the same journal gives the same bytes."""
    yield _canonical(asdict(segment))
    for line in lines:
        yield _canonical(_told(line))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong; `message` is French and names the line."""

    line: int
    message: str


@dataclass(slots=True)
class Verifier:
    """Reads a journal from `first` on, in one pass, and notes what is wrong.

    Attributes:
        before: chain of the line before the first.
        anchors: lines known from elsewhere.
        count: lines read.
        last: the last line in order, or what stands before the first.
    """

    first: int
    before: str
    anchors: Sequence[Anchor] = ()
    count: int = 0
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    last: Anchor = field(init=False)
    _follows: set[str] = field(init=False)
    _gaps: list[tuple[int, int]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.last = Anchor(self.first - 1, self.before)
        self._follows = {self.before}
        self._compare(self.last)

    def read(self, line: JournalEntry) -> None:
        self.count += 1
        expected = self.last.number + 1
        if line.number < expected:
            self._out_of_place(line)
            return
        if line.number > expected:
            self._gaps.append((expected, line.number - 1))
            self._take(line, follows=True)
            return
        computed = {chained(before, line) for before in self._follows}
        follows = not self._follows or line.chain in computed
        if not follows:
            self._note(line.number, "altérée : son empreinte ne suit pas de ce qu’elle dit et de la ligne d’avant.")
        self._take(line, follows=follows, computed=computed)

    def unreadable(self) -> None:
        """A line that is none stands where the next one is expected."""
        self.count += 1
        number = self.last.number + 1
        self._note(number, "altérée : elle n’a plus la forme d’une ligne de journal.")
        self.last, self._follows = Anchor(number, ""), set()

    def end(self, said: Anchor | None = None, *, continued: bool = False) -> None:
        """No line follows; `said` is what the last one should be; `continued`: other segments do follow."""
        for start, stop in self._gaps:
            self._note(start, _missing(start, stop))
        if said is not None and self.last.number < said.number:
            self._note(self.last.number + 1, _missing(self.last.number + 1, said.number))
        elif said is not None and (self.last.number, self.last.chain) != (said.number, said.chain):
            self._note(said.number, "l’en-tête annonce une autre dernière ligne que celle qui est là.")
        for anchor in self.anchors:
            if anchor.number > self.last.number and not continued:
                self._note(anchor.number, _cut(self.last.number, anchor.number))
        self.faults.sort(key=lambda fault: fault.line)

    def _take(self, line: JournalEntry, *, follows: bool, computed: Iterable[str] = ()) -> None:
        self.last = Anchor(line.number, line.chain)
        # Of a wrong line either the words or the chain were altered: the next one tells, and is not accused of it.
        self._follows = {line.chain} if follows else {line.chain, *computed}
        self._compare(self.last)

    def _compare(self, seen: Anchor) -> None:
        for anchor in self.anchors:
            if anchor.number == seen.number and anchor.chain != seen.chain:
                self._note(
                    seen.number,
                    "son empreinte n’est pas celle de la tête donnée : cette ligne, ou d’autres avant elle, ont été "
                    "réécrites.",
                )

    def _out_of_place(self, line: JournalEntry) -> None:
        for position, (start, stop) in enumerate(self._gaps):
            if start <= line.number <= stop:
                left = [(start, line.number - 1), (line.number + 1, stop)]
                self._gaps[position : position + 1] = [(a, b) for a, b in left if a <= b]
                self._note(line.number, f"déplacée : elle vient après la ligne {self.last.number}.")
                return
        self._note(line.number, f"en trop : une ligne de ce numéro a déjà été lue, celle-ci suit {self.last.number}.")

    def _note(self, line: int, message: str) -> None:
        if len(self.faults) < LISTED:
            self.faults.append(Fault(line, f"Ligne {line} : {message}"))
        else:
            self.more_faults += 1


def verified(tenant: str, lines: Iterable[JournalEntry], anchors: Sequence[Anchor] = ()) -> Verifier:
    """A whole journal, read from its first line."""
    verifier = Verifier(1, genesis(tenant), anchors)
    for line in lines:
        verifier.read(line)
    verifier.end()
    return verifier


def verified_export(
    lines: Iterable[bytes], anchors: Sequence[Anchor] = (), *, continued: bool = False
) -> tuple[Segment, Verifier]:
    """An export, whole or a segment, as lines that end with a line feed; `continued`: other segments follow it.

    Raises:
        SettingsError: its first line is not that of an export.
    """
    rest = iter(lines)
    segment = _segment(next(rest, b""))
    verifier = Verifier(segment.first, segment.before, anchors)
    if segment.first == 1 and segment.before != genesis(segment.tenant):
        verifier.faults.append(Fault(0, "En-tête altéré : ce n’est pas le début du journal de ce coffre."))
    for text in rest:
        line = _line(text)
        if line is None:
            verifier.unreadable()
        else:
            verifier.read(line)
    verifier.end(Anchor(segment.last, segment.head), continued=continued)
    return segment, verifier


def _missing(start: int, stop: int) -> str:
    return "absente." if start == stop else f"absente, ainsi que les suivantes jusqu’à la ligne {stop}."


def _cut(last: int, anchored: int) -> str:
    return f"la tête donnée est à la ligne {anchored} et le journal s’arrête à la ligne {last} : sa fin a été coupée."


def _told(line: JournalEntry) -> dict[str, Any]:
    return {
        "number": line.number,
        "at": instant(line.at),
        "event": line.event,
        "subject": line.subject,
        "data": line.data,
        "chain": line.chain,
    }


def _canonical(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode() + b"\n"


def _read(text: bytes) -> Any:
    """The value of a line, None unless it is written as an export writes it."""
    if len(text) > LONGEST_LINE:
        return None
    try:
        value = json.loads(text)
        return value if _canonical(value) == text else None
    except (ValueError, RecursionError):
        return None


def _line(text: bytes) -> JournalEntry | None:
    value = _read(text)
    try:
        line = JournalEntry(**{**value, "at": datetime.fromisoformat(value["at"])})
        typed = type(line.number) is int and all(isinstance(word, str) for word in _words(line))
        return line if typed and instant(line.at) == value["at"] else None
    except (TypeError, ValueError, KeyError, OverflowError):
        return None


def _words(line: JournalEntry) -> tuple[object, ...]:
    return line.event, line.subject, line.data, line.chain


def _segment(text: bytes) -> Segment:
    value = _read(text)
    try:
        segment = Segment(**value)
    except TypeError:
        segment = None
    if segment is None or segment.format != FORMAT or not _plausible(segment):
        raise SettingsError(
            "Ce fichier n’est pas un journal exporté par versement, ou sa première ligne a été altérée : rien n’est "
            "prouvé. Attendu : un fichier de `journal export` ou de `journal seal`, tel qu’il a été écrit."
        )
    return segment


def _plausible(segment: Segment) -> bool:
    numbers = (segment.first, segment.last)
    words = (segment.tenant, segment.before, segment.head)
    typed = all(type(number) is int for number in numbers) and all(isinstance(word, str) for word in words)
    return typed and 1 <= segment.first <= segment.last + 1
