"""Dates as SEDA writes them: days, instants, and what is less than a day."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?")
_YEAR = re.compile(r"(\d{4})(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date without day, as SEDA's DateType allows it and Vitam refuses it, or one that no calendar has.

    Attributes:
        text: what the manifest says, `1987` or `1987-05` for instance.
    """

    text: str


AnyDate = date | PartialDate
"""A day, an instant (a datetime is a date), or what is less than a day."""


def parse_date(text: str) -> AnyDate:
    """A day or an instant when the text is one; never fails."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text)
            return instant if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return PartialDate(text)


def xml_date(when: date) -> str:
    """SEDA's DateType: a day, or an instant in UTC, to the millisecond at most.

    An instant that UTC puts outside of the calendar keeps its own offset.
    """
    if not isinstance(when, datetime):
        return when.isoformat()
    precision = "milliseconds" if when.microsecond >= 1000 else "seconds"
    if when.tzinfo is None:
        return when.isoformat(timespec=precision)
    instant = in_utc(when)
    if instant.utcoffset():
        return instant.isoformat(timespec=precision)
    return instant.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def in_utc(when: datetime) -> datetime:
    """An instant in UTC, which one without zone is taken to be; unchanged where UTC has no such day."""
    if when.tzinfo is None:
        return when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return when


def xml_time(when: date) -> str:
    """SEDA's dateTime; a day is its first instant."""
    return xml_date(when) if isinstance(when, datetime) else f"{when.isoformat()}T00:00:00"


def span(when: AnyDate) -> tuple[date, date] | None:
    """First and last day that a date covers; None when the text says neither a year nor a month."""
    if isinstance(when, datetime):
        day = in_utc(when).date()  # as it is written
        return day, day
    if isinstance(when, date):
        return when, when
    found = _YEAR.fullmatch(when.text)
    if found is None:
        return None
    year, month = int(found.group(1)), int(found.group(2) or 0)
    if not year or month > 12 or found.group(2) == "00":
        return None
    last = month or 12
    return date(year, month or 1, 1), date(year, last, calendar.monthrange(year, last)[1])
