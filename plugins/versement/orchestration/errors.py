"""Our errors as Airflow's decisions: what time mends is tried again, the rest fails at once and says why in French."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any

from airflow.sdk import Context, RetryAction, RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from versement.domain.errors import Defect, SetAside, ToCorrect, ToRetry, VersementError
from versement.orchestration.logs import quiet

log = logging.getLogger("versement")

ACTIONS: Mapping[type[VersementError], RetryAction] = {
    ToRetry: RetryAction.RETRY,
    ToCorrect: RetryAction.FAIL,
    SetAside: RetryAction.FAIL,  # one document's matter: that it stops a task is our fault
    Defect: RetryAction.FAIL,
}
"""By class, the nearest ancestor deciding."""

RETRIES = 3
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(minutes=30)
INTERRUPTED_DELAY = timedelta(seconds=15)
"""Before a task that was killed, or that failed on something unforeseen, starts again: every step resumes."""


class OnlyWhatTimeMends(RetryPolicy):  # type: ignore[misc]  # Airflow comes without types
    """Retries ToRetry after growing delays, fails our other errors at once, leaves the rest to the task's retries."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 - Airflow's signature; it counts by itself
        context: Context | None = None,  # noqa: ARG002 - likewise
    ) -> RetryDecision:
        action = action_for(type(exception))
        if action is not RetryAction.RETRY:
            return RetryDecision(action=action)
        delay = min(FIRST_DELAY * 2 ** (try_number - 1), LONGEST_DELAY)
        return RetryDecision.retry(delay, "Le temps y remédiera : nouvel essai.")


def action_for(kind: type[BaseException]) -> RetryAction:
    """DEFAULT for what is none of ours: an interruption, or a defect that only its traceback explains."""
    return next((ACTIONS[base] for base in kind.__mro__ if base in ACTIONS), RetryAction.DEFAULT)


def task_settings(owner: str) -> dict[str, Any]:
    """What every task of a DAG is given: who owns it, and how it is tried again."""
    return {
        "owner": owner,
        "retries": RETRIES,
        "retry_delay": INTERRUPTED_DELAY,
        "retry_policy": OnlyWhatTimeMends(),
    }


class Telling:
    """Around a task's work: when it fails, an error line says what happened and what to do, in French.

    It comes before Airflow's traceback; what is logged after that one is folded away in the task's page.
    """

    def __enter__(self) -> None:
        quiet()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, VersementError):
            if error.detail:
                log.info("Détail technique : %s", error.detail)
            log.error("%s", error.message)
        elif isinstance(error, AirflowFailException):
            log.error("%s", error)
        elif isinstance(error, Exception) and not isinstance(error, AirflowSkipException):
            log.error(
                "Arrêt imprévu (%s). Rien n’est perdu : chaque étape reprend où elle en était. Si cela se répète, "
                "signalez-le aux développeurs avec ce journal.",
                type(error).__name__,
            )
