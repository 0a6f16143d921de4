"""The tasks of a connector's DAG. What they do is loaded when they run (`tasks`), never while DAGs are parsed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from versement.domain.errors import ArchiveUnavailable, ProfileError
from versement.orchestration.errors import Telling
from versement.orchestration.handle import Handle

if TYPE_CHECKING:
    from versement.orchestration.archive import Work
    from versement.orchestration.triggers import Pause

log = logging.getLogger("versement")

KEY = "collecte"
"""XCom key under which the collect task leaves its handle."""
COLLECT = "collect"
PATIENT_PASSES = 5
"""Reconciliations that wait for a late reply, or for units not shown yet, before that counts as a mismatch."""


class ChainOperator(BaseOperator):  # type: ignore[misc]  # Airflow comes without types
    """Base of the tasks: nothing but ids in XCom, and a French line when it fails."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(do_xcom_push=False, **kwargs)

    def execute(self, context: Context) -> None:
        with Telling():
            self.work(context)

    def work(self, context: Context) -> None:
        raise NotImplementedError


class CollectOperator(ChainOperator):
    """Announce and collect, under the profile as its file says now.

    Attributes:
        path: the profile's file.
    """

    def __init__(self, *, path: Path, **kwargs: Any) -> None:
        super().__init__(task_id=COLLECT, **kwargs)
        self.path = path

    def work(self, context: Context) -> None:
        from versement.orchestration import tasks, window  # noqa: PLC0415 - see the module

        run, ti = context["dag_run"], context["ti"]
        tasks.collect_into(
            self.path,
            run_id=run.run_id,
            window=window.window_of(run, context["params"]),
            save=lambda handle: ti.xcom_push(key=KEY, value=handle.to_xcom()),
        )


class StepOperator(ChainOperator):
    """One step that needs only the registry and staging.

    Attributes:
        step: a key of `tasks.STEPS`.
    """

    def __init__(self, *, step: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.step = step

    def work(self, context: Context) -> None:
        from versement.orchestration import tasks  # noqa: PLC0415 - see the module

        tasks.carry_out(self.step, _handle(context))


class ReportOperator(StepOperator):
    """Write the run's report, also of a run that failed; nothing to write when it did not even begin to collect."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(step="report", **kwargs)

    def work(self, context: Context) -> None:
        if _left_by_collect(context) is None:
            raise AirflowSkipException("La collecte n’a pas commencé : il n’y a pas de bilan à écrire.")
        super().work(context)


class ArchiveOperator(ChainOperator):
    """Base of the tasks that speak to the archive: one that is off, or under maintenance, uses up no retry."""

    def work(self, context: Context) -> None:
        self._pass(context, losses=0, passes=0)

    def resume(self, context: Context, event: Mapping[str, int]) -> None:
        """Go on after a wait; the event is the trigger's `then`."""
        with Telling():
            self._pass(context, **event)

    def _pass(self, context: Context, *, losses: int, passes: int) -> None:
        """Do what can be done now, then wait or be done.

        Args:
            context: Airflow's.
            losses: times in a row that the archive could not be reached.
            passes: waits of this task so far, those for an absent archive and for running operations aside.
        """
        from versement.orchestration import archive  # noqa: PLC0415 - see the module

        work = archive.Work.open(_handle(context))
        wait = work.until_open()
        if wait is not None:
            self._wait(wait, losses=losses, passes=passes)
        try:
            wait = self.carry_out(work, passes)
        except ArchiveUnavailable as error:
            if not losses:
                log.warning("%s", error.message)
            losses += 1
            wait = work.until_alive(losses)
        else:
            if losses:
                log.info("La plateforme « %s » répond de nouveau.", work.chain.profile.target.label)
            losses, passes = 0, passes + bool(wait and wait.counts)
        if wait is not None:
            self._wait(wait, losses=losses, passes=passes)

    def _wait(self, wait: Pause, **then: int) -> None:
        wait.then = then
        self.defer(trigger=wait, method_name="resume")

    def carry_out(self, work: Work, passes: int) -> Pause | None:
        """Do what can be done now; return the trigger to wait on, or None when all is done."""
        raise NotImplementedError


class DepositOperator(ArchiveOperator):
    """Deposit what is ready; tries whose outcome is not known yet are looked up until they are settled."""

    def carry_out(self, work: Work, passes: int) -> Pause | None:
        del passes
        return work.deposit()


class ReconcileOperator(ArchiveOperator):
    """Wait for the operations to end, read replies, compare with what the archive holds."""

    def carry_out(self, work: Work, passes: int) -> Pause | None:
        return work.reconcile(patient=passes < PATIENT_PASSES)


class VerdictOperator(ChainOperator):
    """The run's last word: fails when a task failed or when something waits for a person, so that it shows in red."""

    def work(self, context: Context) -> None:
        run = context["dag_run"]
        states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id]).get(run.run_id, {})
        names = [self.dag.get_task(name).task_display_name for name, state in states.items() if state == "failed"]
        lines = [f"tâche « {name} » en échec : son journal dit pourquoi" for name in sorted(names)]
        if _left_by_collect(context) is not None:
            from versement.orchestration import tasks  # noqa: PLC0415 - see the module

            lines += tasks.troubles(_handle(context))
        if lines:
            told = "".join(f"\n- {line}" for line in lines)
            raise AirflowFailException(
                f"Cette exécution demande l’attention d’une personne :{told}\n"
                "Le détail, document par document, est dans l’onglet « Bilan » de l’exécution."
            )
        log.info("Rien n’attend une personne.")


class BrokenProfileOperator(ChainOperator):
    """The only task of a profile that cannot be read: says what is wrong with it."""

    def __init__(self, *, message: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message = message

    def work(self, context: Context) -> None:
        del context
        raise ProfileError(self.message)


def _left_by_collect(context: Context) -> object:
    return context["ti"].xcom_pull(task_ids=COLLECT, key=KEY)


def _handle(context: Context) -> Handle:
    return Handle.from_xcom(_left_by_collect(context))
