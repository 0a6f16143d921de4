"""What Vitam's answers say, as the port says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from versement.adapters.vitam.errors import Call, unintelligible
from versement.adapters.vitam.wire import IDENTIFIER, Answer, judged, page
from versement.ports.archive import Details, HeldUnit, LogbookEntry, Operation, Registered

_GUID = re.compile(r"ae[a-z2-7]{33}[aq]")
"""22 bytes in base32, the first of which is 1."""
_STATES = frozenset({"PAUSE", "RUNNING", "COMPLETED"})
_STATUSES = frozenset({"UNKNOWN", "STARTED", "ALREADY_EXECUTED", "OK", "WARNING", "KO", "FATAL"})


def operation_id(answer: Answer) -> str | None:
    """The id given to a deposit, None when the answer carries none of Vitam's making: a proxy may write its own."""
    value = answer.headers.get("X-Request-Id", "")
    return value if _GUID.fullmatch(value) else None


def operation(asked: str, answer: Answer) -> Operation | None:
    """State and status from the headers of a HEAD; None when the process engine does not know it."""
    if not judged(Call.OPERATION, answer):
        return None
    state = answer.headers.get("X-Global-Execution-State", "").upper()
    status = answer.headers.get("X-Global-Execution-Status", "").upper()
    if state not in _STATES or status not in _STATUSES:
        raise unintelligible(Call.OPERATION, "no execution state in the headers")
    return Operation(asked, state, status)


def details(asked: str, answer: Answer) -> Details | None:
    """The ItemStatus of a GET; None when the process engine does not know it."""
    if not judged(Call.DETAILS, answer):
        return None
    items = page(Call.DETAILS, answer).items
    item = items[0] if items else {}
    state, status = str(item.get("globalState")), str(item.get("globalStatus"))
    if state not in _STATES or status not in _STATUSES:
        raise unintelligible(Call.DETAILS, "no execution state in the answer")
    done = item.get("itemsStatus")
    steps = done.items() if isinstance(done, dict) else ()
    return Details(
        Operation(asked, state, status),
        _text(item.get("message")),
        tuple((name, _text(step.get("globalStatus"))) for name, step in steps if isinstance(step, dict)),
    )


def entry(call: Call, item: Mapping[str, Any]) -> LogbookEntry:
    """One operation of the logbook, whether with all its events or with the last only."""
    events = item.get("events")
    last = events[-1] if isinstance(events, list) and events else item
    detail = last.get("outDetail") if isinstance(last, dict) else None
    name = item.get("#id") or item.get("evId") or item.get("evIdProc")
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        raise unintelligible(call, "a logbook operation without id")
    worked = call is not Call.LOGBOOK or not isinstance(events, list) or any(map(_is_work, events))
    return LogbookEntry(name, _text(item.get("evIdAppSession")), _text(detail), worked)


def _is_work(event: object) -> bool:
    """Whether an event belongs to a step that is not the last."""
    name = _text(event.get("evType")) if isinstance(event, dict) else ""
    return name.startswith("STP_") and name.removesuffix(".STARTED") != "STP_INGEST_FINALISATION"


def unit(item: Mapping[str, Any]) -> HeldUnit:
    """One archive unit of a search."""
    name = item.get("#id")
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        raise unintelligible(Call.SEARCH, "a unit without #id")
    parents = item.get("#unitups")
    return HeldUnit(
        system_id=name,
        key=_text(item.get("OriginatingSystemId")),
        title=_text(item.get("Title")),
        object_group=_text(item.get("#object")),
        parents=tuple(str(parent) for parent in parents) if isinstance(parents, list) else (),
        operation_id=_text(item.get("#opi")),
    )


def registered(items: Iterable[Mapping[str, Any]]) -> Registered | None:
    """The details of one operation in the accession register, one for each agency, as one sum; None for none."""
    found = [
        Registered(*(_ingested(item.get(name)) for name in ("TotalUnits", "TotalObjectGroups", "TotalObjects")))
        for item in items
    ]
    if not found:
        return None
    return Registered(
        sum(item.units for item in found),
        sum(item.object_groups for item in found),
        sum(item.objects for item in found),
    )


def _ingested(total: object) -> int:
    number = total.get("ingested") if isinstance(total, dict) else None
    if not isinstance(number, int):
        raise unintelligible(Call.SEARCH, "an accession register without its totals")
    return number


def _text(value: Any) -> str:
    """Text, or the first text of a list."""
    first = next(iter(value), "") if isinstance(value, list) else value
    return first if isinstance(first, str) else ""
