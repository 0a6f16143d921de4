"""Which acts a run is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.utils.types import DagRunType
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.errors import SettingsError
from versement.orchestration.window import window_of
from versement.steps.collect import Window

PARIS = ZoneInfo("Europe/Paris")


@dataclass
class Run:
    """A run as tasks see it."""

    run_type: str = DagRunType.MANUAL
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None


def test_a_scheduled_run_takes_what_arrived() -> None:
    """A nightly run is about whatever is in the drop, however old the acts are."""
    run = Run(DagRunType.SCHEDULED, datetime(2026, 5, 1, 6, tzinfo=PARIS), datetime(2026, 5, 2, 6, tzinfo=PARIS))
    assert window_of(run, {"acts_from": None, "acts_to": None}) == Window()


def test_a_run_without_any_date_takes_what_arrived() -> None:
    """A run started by REST has neither logical date nor interval, and works all the same."""
    assert window_of(Run(), {}) == Window()


def test_dates_of_the_form_are_dates_of_acts_both_included() -> None:
    """An archivist who asks for March in the form gets the acts of March."""
    window = window_of(Run(), {"acts_from": "2026-03-01", "acts_to": "2026-03-31"})
    assert window == Window(date(2026, 3, 1), date(2026, 3, 31))
    assert window_of(Run(), {"acts_from": "2026-03-01", "acts_to": ""}) == Window(date(2026, 3, 1), None)


@pytest.mark.parametrize(
    "params",
    [{"acts_from": "2026-04-01", "acts_to": "2026-03-01"}, {"acts_from": "01/04/2026"}, {"acts_to": "2026-02-30"}],
)
def test_impossible_dates_are_refused_in_french(params: dict[str, str]) -> None:
    """Dates the wrong way round or badly written stop the run with what to do, before anything is announced."""
    with pytest.raises(SettingsError, match=r"Dates des actes : .*Relancez"):
        window_of(Run(), params)


def test_a_backfill_of_a_day_asks_for_that_day() -> None:
    """The run of 1 May of a backfill is about the acts of 1 May, at whatever hour the connector usually runs."""
    run = Run(DagRunType.BACKFILL_JOB, datetime(2026, 5, 1, 6, tzinfo=PARIS), datetime(2026, 5, 2, 6, tzinfo=PARIS))
    assert window_of(run, {}) == Window(date(2026, 5, 1), date(2026, 5, 1))


def test_the_days_of_a_backfill_are_those_of_france() -> None:
    """Airflow gives moments in UTC: midnight in Paris is the day before there, and the acts are of the day here."""
    run = Run(
        DagRunType.BACKFILL_JOB, datetime(2026, 4, 30, 22, 15, tzinfo=UTC), datetime(2026, 5, 1, 22, 15, tzinfo=UTC)
    )
    assert window_of(run, {}) == Window(date(2026, 5, 1), date(2026, 5, 1))


@given(
    cron=st.sampled_from(["0 6 * * *", "30 2 * * 1", "0 5 1 * *", "0 22 * * 1-5", "15 0 1,15 * *", "0 */6 * * *"]),
    start=st.dates(date(2010, 1, 1), date(2030, 1, 1)),
)
def test_a_backfill_misses_no_day_whatever_the_schedule(cron: str, start: date) -> None:
    """Runs of a backfill that follow one another are about days that follow one another, summer time included."""
    since = TimeRestriction(datetime(start.year, start.month, start.day, 4, 30, tzinfo=PARIS), None, catchup=True)
    timetable = CronDataIntervalTimetable(cron, timezone="Europe/Paris")
    first = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
    assert first is not None
    following = timetable.next_dagrun_info(last_automated_data_interval=first.data_interval, restriction=since)
    assert following is not None
    windows = [
        window_of(Run(DagRunType.BACKFILL_JOB, info.data_interval.start, info.data_interval.end), {})
        for info in (first, following)
    ]
    ends, begins = windows[0].last, windows[1].first
    assert ends is not None
    assert begins in (ends, ends + timedelta(days=1))
    if cron != "0 */6 * * *":
        assert begins == ends + timedelta(days=1)
