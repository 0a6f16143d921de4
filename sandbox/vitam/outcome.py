"""Statuses, results of actions, and the names that Vitam's logbook gives them. No storage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Status(IntEnum):
    """Vitam's StatusCode, in order of gravity."""

    UNKNOWN = 0
    STARTED = 1
    OK = 3
    WARNING = 4
    KO = 5
    FATAL = 6


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of one action, or of one part of an action.

    Attributes:
        code: `CHECK_SEDA`; the last segment alone for a part (`CHECK_AGENT`).
        subcode: `NOT_XSD_VALID`, or nothing.
        counts: how many elements came to each status.
        detail: content of evDetData.
        parts: results of the parts, in order.
    """

    code: str
    status: Status = Status.OK
    subcode: str = ""
    counts: Counter[Status] = field(default_factory=Counter)
    detail: dict[str, object] = field(default_factory=dict)
    parts: tuple[Result, ...] = ()

    def out_detail(self, prefix: str = "") -> str:
        return ".".join(segment for segment in (prefix + self.code, self.subcode, self.status.name) if segment)


def ok(code: str, detail: dict[str, object] | None = None) -> Result:
    return Result(code, Status.OK, counts=Counter({Status.OK: 1}), detail=detail or {})


def ko(code: str, subcode: str = "", message: str = "") -> Result:
    """A refusal; the message goes where the reply's reader finds it (evDetTechData)."""
    detail: dict[str, object] = {"evDetTechData": message} if message else {}
    return Result(code, Status.KO, subcode, Counter({Status.KO: 1}), detail)


def composite(code: str, parts: Sequence[Result]) -> Result:
    """An action made of parts: worst status, sub-code of the first part that has it."""
    status = max((part.status for part in parts), default=Status.OK)
    worst = next((part for part in parts if part.status == status), None)
    subcode = worst.subcode if worst and status >= Status.KO else ""
    detail = worst.detail if worst and status >= Status.WARNING else {}
    return Result(code, status, subcode, Counter(part.status for part in parts), detail, tuple(parts))


@dataclass(frozen=True, slots=True)
class ElementResult:
    """Outcome of one action on one unit or object group: becomes a lifecycle event.

    Attributes:
        element: XML id of the unit or of the object group.
        objects: for a group, (XML id of the object, evType suffix and sub-code, status) of what is not OK.
    """

    element: str
    status: Status
    subcode: str = ""
    message: str = ""
    objects: tuple[tuple[str, str, Status], ...] = ()


def distributed(code: str, results: Iterable[ElementResult]) -> Result:
    """An action applied to many elements: counts by status, worst status."""
    listed = list(results)
    counts = Counter(result.status for result in listed)
    status = max(counts, default=Status.OK)
    worst = next((r for r in listed if r.status == status and status >= Status.WARNING), None)
    detail: dict[str, object] = {"evDetTechData": worst.message} if worst and worst.message else {}
    return Result(code, status, worst.subcode if worst else "", counts, detail)
