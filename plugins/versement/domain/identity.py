"""Which record a document is: keys made of what its source says of it, never of the clock.

A number alone is never a key: numbers repeat within one séance, in real drops too.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from versement.domain.documents import Field, Kind, Metadata

NATURES: Mapping[str, str] = MappingProxyType(
    {"1": "DE", "2": "AR", "3": "AI", "4": "CC", "5": "BF", "6": "AU"},
)
"""`CodeNatureActe` of ACTES messages → nature as IDActe abbreviates it."""

YEARS = range(1790, 2100)
"""Years that an act may bear: what lies outside is a slip of the keyboard."""

_SHAPE = re.compile(
    r"(?<![A-Za-z0-9])(?P<departement>[0-9][0-9AB]{2})-(?P<siren>[0-9]{9})-(?P<date>[0-9]{8})"
    r"-(?P<number>[A-Za-z0-9_]{1,15})-(?P<nature>DE|AR|AI|CC|BF|AU)(?![A-Za-z0-9_])"
)


@dataclass(frozen=True, slots=True, order=True)
class IdActe:
    """The préfecture's identifier of an act (ACTES 1.1).

    Attributes:
        departement: three characters, `095`, `02A`.
        siren: of the authority that took the act.
        date: of the decision.
        number: numéro interne.
        nature: `DE`, `AR`, `AI`, `CC`, `BF` or `AU`.
    """

    departement: str
    siren: str
    date: dt.date
    number: str
    nature: str

    def __str__(self) -> str:
        return f"{self.departement}-{self.siren}-{compact_day(self.date)}-{self.number}-{self.nature}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The identifier that the text is, blanks around it aside; None when it is none."""
        match = _SHAPE.fullmatch(text.strip())
        return cls._made(match) if match else None

    @classmethod
    def found_in(cls, text: str) -> Iterator[tuple[int, Self]]:
        """Every identifier in a text with the place where it starts, in the text's order."""
        for match in _SHAPE.finditer(text):
            found = cls._made(match)
            if found:
                yield match.start(), found

    @classmethod
    def _made(cls, match: re.Match[str]) -> Self | None:
        day = match["date"]
        try:
            date = dt.date(int(day[:4]), int(day[4:6]), int(day[6:]))
        except ValueError:
            return None
        if date.year not in YEARS:
            return None
        return cls(match["departement"], match["siren"], date, match["number"], match["nature"])


def compact_day(day: dt.date) -> str:
    """`AAAAMMJJ`, whatever the year."""
    return day.isoformat().replace("-", "")


def normalised_number(text: str) -> str:
    """An act's number as keys carry it, so that `2026/014`, `2026-014` and `2026 / 014` are equal."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def valid_siren(text: str) -> bool:
    """Nine digits with a right Luhn key."""
    if not re.fullmatch(r"[0-9]{9}", text):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(text))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def record_key(kind: Kind, metadata: Metadata) -> str:
    """The document's identity within its tenant; empty when the source does not say enough.

    It is the IDActe, else `<SIREN>/<AAAAMMJJ>/<number>`;
    what attests an act or was exchanged about it carries the key of the act and what it is itself,
    a piece of a séance the key of the séance and what it is.
    """
    if kind is Kind.SEANCE:
        return _suffixed(seance_key(metadata), slug(metadata.text(Field.PIECE)))
    identifier = IdActe.parse(metadata.text(Field.ID_ACTE))
    key = str(identifier) if identifier else _numbered_key(metadata)
    if kind is Kind.EXCHANGE:
        said = (metadata.text(Field.PIECE), metadata.text(Field.SENT).replace("-", ""))
        return _suffixed(key, "-".join(filter(None, said)))
    return key if kind is Kind.ACT else _suffixed(key, kind.value)


def _suffixed(key: str, suffix: str) -> str:
    return f"{key}#{suffix}" if key and suffix else ""


def act_key(key: str) -> str:
    """The key of the act that a record is, attests or cancels."""
    return key.partition("#")[0]


def other_key(metadata: Metadata) -> str:
    """The key that the act would have without its IDActe; empty when it has no IDActe.

    An acknowledgement that comes late finds by it the act that was known by its index row alone.
    """
    return _numbered_key(metadata) if IdActe.parse(metadata.text(Field.ID_ACTE)) else ""


def seance_key(metadata: Metadata) -> str:
    """Key of the séance: one for each SIREN and day, and for the body that sat; empty when SIREN or day is unknown.

    A conseil (municipal, communautaire, d’administration…) is what sits when nothing is said: its acts rarely name it.
    """
    siren, day, _ = _numbered(metadata)
    body = slug(metadata.text(Field.ASSEMBLY))
    other = f"/{body}" if body and not body.startswith("conseil") else ""
    return f"{siren}/seance/{day}{other}" if siren and day else ""


def slug(text: str) -> str:
    """A text as keys carry it: ASCII letters and digits in lower case, `-` between."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def siren_of(metadata: Metadata) -> str:
    """Whose the record is: its SIREN, else the one in its IDActe; empty when neither is known."""
    return _numbered(metadata)[0]


def _numbered_key(metadata: Metadata) -> str:
    siren, day, number = _numbered(metadata)
    return f"{siren}/{compact_day(day)}/{number}" if siren and day and number else ""


def _numbered(metadata: Metadata) -> tuple[str, dt.date | None, str]:
    """SIREN, date and normalised number; the IDActe stands in for what nothing else says."""
    identifier = IdActe.parse(metadata.text(Field.ID_ACTE))
    siren = metadata.text(Field.SIREN) or (identifier.siren if identifier else "")
    day = metadata.date(Field.DATE) or (identifier.date if identifier else None)
    number = metadata.text(Field.NUMBER) or (identifier.number if identifier else "")
    return siren, day, normalised_number(number)
