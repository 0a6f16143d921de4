"""What the check says of a SIP: Vitam's events, remarks, and what it could not tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from versement.seda.text import printable

SHOWN = 100
"""Elements named for one code; the others are counted."""


class Verdict(StrEnum):
    """What Vitam would answer, as far as the SIP alone tells; `UNDETERMINED` when it could not be read to the end."""

    OK = "OK"
    WARNING = "WARNING"
    KO = "KO"
    UNDETERMINED = "INDÉTERMINÉ"


@dataclass(frozen=True, slots=True)
class Ruling:
    """An event of Vitam's logbook, on one element.

    Attributes:
        code: the whole outDetail, such as `CHECK_DIGEST.KO`.
        element: name and identifier of the element of the manifest, or entry of the container; may be empty.
        message: French; what is wrong, what was expected. Never a value of the metadata.
    """

    code: str
    element: str
    message: str

    @property
    def refuses(self) -> bool:
        return self.code.endswith(".KO")


@dataclass(frozen=True, slots=True)
class Official:
    """What the official schema says, which never changes the verdict.

    Attributes:
        valid: None when it was not asked.
        messages: French; violations, or why it was not asked.
    """

    valid: bool | None = None
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What the SIP holds, as far as it was read; `version` is that of SEDA, empty when unknown."""

    version: str = ""
    units: int = 0
    groups: int = 0
    objects: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The check of one SIP.

    Attributes:
        events: what Vitam would log that is not OK, in its order.
        remarks: what else was seen: beyond the step where Vitam stops, or that Vitam does not say.
        unchecked: French; what the SIP alone does not tell.
        unread: French; why the check stopped, empty unless the verdict is `UNDETERMINED`.
    """

    verdict: Verdict
    events: tuple[Ruling, ...]
    remarks: tuple[Ruling, ...] = ()
    unchecked: tuple[str, ...] = ()
    official: Official = Official()
    contents: Contents = Contents()
    unread: str = ""


def verdict_of(events: Iterable[Ruling]) -> Verdict:
    codes = [event.code for event in events]
    if any(code.endswith(".KO") for code in codes):
        return Verdict.KO
    return Verdict.WARNING if codes else Verdict.OK


def limited(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """At most `SHOWN` rulings of each code, then one that counts those left out."""
    kept: dict[str, list[Ruling]] = {}
    more: dict[str, int] = {}
    for ruling in rulings:
        shown = kept.setdefault(ruling.code, [])
        if len(shown) < SHOWN:
            shown.append(ruling)
        else:
            more[ruling.code] = more.get(ruling.code, 0) + 1
    for code, number in more.items():
        kept[code].append(Ruling(code, "", f"… et {number} autres éléments dans le même cas."))
    return tuple(ruling for shown in kept.values() for ruling in shown)


def named(name: str, identifier: str = "") -> str:
    """How an element is called in a message: its name, and its XML identifier when it has one."""
    return f"{name} « {printable(identifier)} »" if identifier else name
