"""Management rules of a record as SEDA carries them: which rule, from which event on. No start is ever guessed."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from versement.domain.documents import Field, Metadata
from versement.profiles.management import ManagementRule
from versement.seda.model import Rule

STARTS: Mapping[str, Field] = MappingProxyType(
    {
        "act_date": Field.DATE,
        "document_date": Field.DATE,
        "received_date": Field.RECEIVED,
        "notified_date": Field.NOTIFIED,
        "signed_date": Field.SIGNED,
        "end_date": Field.END,
        "birth_date": Field.BIRTH,
    }
)
"""Field whose date starts a delay, by event; `latest_date` and `period_end` are reckoned."""


def start_of(event: str, metadata: Metadata, latest: date | None = None) -> date | None:
    """The day that a delay runs from; None while it is not known.

    Args:
        event: as a profile names it.
        metadata: of the record.
        latest: date of the most recent document of the record's file, as far as it is known.
    """
    if event == "latest_date":
        own = metadata.date(Field.DATE)
        return max(filter(None, (own, latest)), default=None)
    if event == "period_end":
        return _end_of(metadata.text(Field.PERIOD))
    return metadata.date(STARTS[event])


def rules_of(row: ManagementRule, metadata: Metadata, latest: date | None = None) -> tuple[Rule, ...]:
    """AppraisalRule and AccessRule of a record, in SEDA's order."""
    rules = []
    if row.appraisal is not None:
        start = start_of(row.appraisal.start, metadata, latest)
        rules.append(Rule("AppraisalRule", row.appraisal.rule, start, row.appraisal.final_action))
    rules.append(Rule("AccessRule", row.access.rule, start_of(row.access.start, metadata, latest)))
    return tuple(rules)


def parts_of(row: ManagementRule) -> tuple[tuple[str, str, str, str], ...]:
    """Category, rule, start event and final action, for each category of a row, in SEDA's order."""
    access = ("AccessRule", row.access.rule, row.access.start, "")
    if row.appraisal is None:
        return (access,)
    appraisal = row.appraisal
    return (("AppraisalRule", appraisal.rule, appraisal.start, appraisal.final_action), access)


def rules_group(row: ManagementRule) -> str:
    """The same for records that one transfer may hold together when it is split by rule."""
    appraisal = (row.appraisal.rule, row.appraisal.final_action) if row.appraisal else ()
    return " ".join((row.access.rule, *appraisal))


def _end_of(period: str) -> date | None:
    """Last day of `AAAA-MM` or `AAAA`."""
    year, _, month = period.partition("-")
    if not year:
        return None
    last = int(month or 12)
    return date(int(year), last, calendar.monthrange(int(year), last)[1])
