"""Dates as SEDA writes them, and extreme dates of what is dated in several ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.seda.dates import PartialDate, parse_date, span, xml_date, xml_time
from versement.seda.model import ArchiveUnit, extreme_dates


@given(st.dates())
def test_a_day_is_read_as_it_was_written(day):
    """Any day of the calendar comes back."""
    assert parse_date(xml_date(day)) == day
    assert xml_time(day) == f"{xml_date(day)}T00:00:00"


@given(st.integers(-5 * 10**16, 5 * 10**16), st.sampled_from([None, UTC, timezone(timedelta(hours=-10))]))
def test_an_instant_is_read_as_it_was_written_to_the_millisecond(microseconds, zone):
    """An instant comes back the same, whatever its time zone, but for what is less than a millisecond."""
    when = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    when = when.astimezone(zone) if zone else when.replace(tzinfo=None)
    assert parse_date(xml_date(when)) == when.replace(microsecond=when.microsecond // 1000 * 1000)


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9]{1,5}(-[0-9]{1,2}){0,2}(T[0-9:.]{1,12})?[Z+-]?\Z"))
def test_no_text_makes_the_reading_of_dates_fail(text):
    """What is no date stays what it is."""
    found = parse_date(text)
    if isinstance(found, PartialDate):
        assert found.text == text
        span(found)
    else:
        assert len(text) >= len("2024-01-01")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1987", (date(1987, 1, 1), date(1987, 12, 31))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("0000", None),
        ("2024-13", None),
        ("2024-00", None),
        ("--05", None),
    ],
)
def test_a_year_or_a_month_covers_its_days(text, days):
    """A date without day counts from its first to its last day, when it has any."""
    assert span(PartialDate(text)) == days


def test_extreme_dates_are_found_among_days_instants_and_years():
    """A file that holds a day, an instant and a year is dated from the first to the last of them."""
    held = (
        ArchiveUnit("a", "Item", "t", transacted_date=datetime(2020, 5, 4, 23, 0, tzinfo=UTC)),
        ArchiveUnit("b", "Item", "t", created_date=PartialDate("2019")),
        ArchiveUnit("c", "Item", "t", registered_date=date(2020, 6, 1), acquired_date=date(2024, 1, 1)),
    )
    file = ArchiveUnit("f", "RecordGrp", "t", children=held)
    assert extreme_dates(file) == {"f": (date(2019, 1, 1), date(2020, 6, 1))}


@pytest.mark.parametrize(
    "name",
    ["created_date", "transacted_date", "sent_date", "received_date", "registered_date", "start_date", "end_date"],
)
@pytest.mark.parametrize("level", ["File", "RecordGrp", "SubGrp"])
def test_every_date_of_a_document_counts(level, name):
    """Whatever dates the document below, however deep, dates the file: made, signed, sent, received, registered."""
    day = date(2020, 6, 1)
    item = ArchiveUnit("i", "Item", "t", **{name: day})
    file = ArchiveUnit("f", level, "t", children=(ArchiveUnit("s", "Series", "t", children=(item,)),))
    assert extreme_dates(file)["f"] == (day, day)


def test_instants_of_one_day_are_not_inverted():
    """Two instants are put in order even within one day."""
    morning, noon = datetime(2020, 5, 4, 9, tzinfo=UTC), datetime(2020, 5, 4, 12, tzinfo=UTC)
    unit = ArchiveUnit("a", "Item", "t", start_date=noon, end_date=morning)
    assert extreme_dates(unit) == {"a": (morning, noon)}


ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5))])
ANY = st.dates() | st.datetimes(timezones=ZONES)


@given(ANY, ANY, st.sampled_from(["Item", "File"]), st.none() | ANY)
def test_dates_are_not_inverted_as_they_are_written(start, end, level, below):
    """Whatever zones days and instants come in, up to the calendar's ends, the day written first is not the later."""
    children = (ArchiveUnit("c", "Item", "t", transacted_date=below),) if below else ()
    unit = ArchiveUnit("a", level, "t", start_date=start, end_date=end if not below else None, children=children)
    first, last = extreme_dates(unit).get("a", (unit.start_date, unit.end_date))
    if last is not None:
        assert xml_date(first)[:10] <= xml_date(last)[:10]


@pytest.mark.parametrize("when", ["9999-12-31T23:59:00-05:00", "0001-01-01T00:00:00+05:00"])
def test_an_instant_at_the_end_of_the_calendar_keeps_its_offset(when):
    """An instant whose day UTC does not have is written as it came."""
    assert xml_date(datetime.fromisoformat(when)) == when
