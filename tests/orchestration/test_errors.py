"""Our errors as Airflow's decisions."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import RetryAction
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred

from versement.domain import errors
from versement.domain.errors import ArchiveUnavailable, ProfileError, ToRetry, VersementError
from versement.orchestration.errors import LONGEST_DELAY, OnlyWhatTimeMends, Telling, action_for


def _leaves(kind: type[VersementError]) -> list[type[VersementError]]:
    below = [leaf for child in kind.__subclasses__() for leaf in _leaves(child)]
    return below or [kind]


LEAVES = [kind for kind in _leaves(VersementError) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_of_the_chain_is_decided_on(kind: type[VersementError]) -> None:
    """No error of the chain is left to chance: time mends it, or a person must act and no retry is spent on it."""
    expected = RetryAction.RETRY if issubclass(kind, ToRetry) else RetryAction.FAIL
    assert action_for(kind) is expected


def test_there_are_errors_of_every_kind() -> None:
    """The list above is the whole tree of domain.errors."""
    assert {"ProfileError", "SourceUnavailable", "FileVanished", "Defect"} <= {kind.__name__ for kind in LEAVES}


def test_what_is_not_ours_is_left_to_the_tasks_retries() -> None:
    """A task that was interrupted starts again; it resumes where it was."""
    decision = OnlyWhatTimeMends().evaluate(KeyError("x"), try_number=1, max_tries=3)
    assert decision.action is RetryAction.DEFAULT


def test_delays_grow_up_to_a_cap() -> None:
    """A source that is off is asked less and less often."""
    policy = OnlyWhatTimeMends()
    delays = [policy.evaluate(ToRetry("…"), number, 3).retry_delay for number in range(1, 12)]
    assert delays[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert delays[-1] == LONGEST_DELAY


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ProfileError("Fiche : corrigez la ligne 3.", detail="line 3"), "Fiche : corrigez la ligne 3."),
        (ArchiveUnavailable("La plateforme ne répond pas."), "La plateforme ne répond pas."),
        (AirflowFailException("Quelque chose attend."), "Quelque chose attend."),
        (KeyError("secret"), "Arrêt imprévu (KeyError)"),
    ],
)
def test_a_failed_tasks_log_says_what_to_do(error: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever opens the log of a red task reads a French sentence before the traceback, and no value of a document."""
    with caplog.at_level(logging.INFO, logger="versement"), pytest.raises(type(error)), Telling():
        raise error
    last = caplog.records[-1]
    assert last.levelno == logging.ERROR
    assert last.getMessage().startswith(said)
    assert "secret" not in last.getMessage()


@pytest.mark.parametrize(
    "signal", [TaskDeferred(trigger=TimeDeltaTrigger(timedelta(1)), method_name="x"), AirflowSkipException("x")]
)
def test_a_task_that_waits_or_has_nothing_to_do_has_not_failed(
    signal: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Waiting for the archive, or having no report to write, is no error in the log."""
    with pytest.raises(type(signal)), Telling():
        raise signal
    assert not caplog.records
