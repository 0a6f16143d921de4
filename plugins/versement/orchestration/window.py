"""Which acts a run is about: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from versement.domain.errors import SettingsError
from versement.steps.collect import Window

ZONE = ZoneInfo("Europe/Paris")


class Run(Protocol):
    """What is read of Airflow's run. A run started by REST or by an asset has no data interval."""

    run_type: str
    data_interval_start: datetime | None
    data_interval_end: datetime | None


def window_of(run: Run, params: Mapping[str, object]) -> Window:
    """Dates given in the form; else, for a backfill, the days of its interval; else whatever has arrived.

    Raises:
        SettingsError: the form's dates are none, or the wrong way round.
    """
    first, last = _day(params.get("acts_from")), _day(params.get("acts_to"))
    if first and last and first > last:
        raise SettingsError(
            f"Dates des actes : le début ({first}) doit précéder la fin ({last}). Relancez avec les deux dates "
            "dans l’ordre."
        )
    if first or last:
        return Window(first, last)
    if run.run_type == "backfill" and run.data_interval_start and run.data_interval_end:
        return _days_between(run.data_interval_start, run.data_interval_end)
    return Window()


def _days_between(start: datetime, end: datetime) -> Window:
    """From the interval's first day to the one before its last: daily or rarer intervals share no day and miss none."""
    first = start.astimezone(ZONE).date()
    last = end.astimezone(ZONE).date() - timedelta(days=1)
    return Window(first, max(first, last))


def _day(value: object) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise SettingsError(
            "Dates des actes : une date de la forme AAAA-MM-JJ est attendue. Relancez avec une date ainsi écrite."
        ) from error
