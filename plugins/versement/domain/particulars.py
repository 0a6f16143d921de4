"""What a run's report tells of its collection, beside counts and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FormatCount:
    """Files of one format: PRONOM's PUID and name (both empty: not identified), number and bytes."""

    puid: str
    name: str
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class AlikeDocuments:
    """A document that is like another one.

    Attributes:
        code: of the finding; `DUPLICATE` for the same record with the same bytes.
        other: reference of the document that is kept; empty when the message names it.
        message: French, says what it is like and what to do; empty for a duplicate.
    """

    code: str
    reference: str
    other: str
    message: str


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of the journal of one step: how many, the first and the last."""

    step: str
    lines: int
    begun: datetime
    ended: datetime


DUPLICATE = "DUPLICATE"
LIKENESS = ("SAME_BYTES", "NEAR_DUPLICATE")
"""Findings that say that a document is like another one."""

STEPS = {
    "collect": ("collection.announced", "document.collected"),
    "qualify": ("document.qualified",),
    "deduplicate": ("record.claimed", "record.conflict", "record.duplicate", "documents.fingerprinted"),
    "package": ("transfer.packed",),
    "deposit": ("attempt.",),
    "reconcile": ("transfer.settled",),
}
"""Events of the journal by which a step is known, in order; what ends with a dot stands for all that begin so."""


def step_of(event: str) -> str:
    """The step that writes such lines; empty for those that several steps write."""
    for step, events in STEPS.items():
        if any(event == known or (known.endswith(".") and event.startswith(known)) for known in events):
            return step
    return ""
