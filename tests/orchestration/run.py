"""One run of a connector, as tests of its tasks carry it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from versement.domain.lifecycle import TransferState
from versement.orchestration.handle import Handle
from versement.orchestration.operators import KEY
from versement.orchestration.wiring import chain_of
from versement.steps.chain import Chain
from versement.testing.memory_archive import MemoryArchive

RUN = "manual__2026-06-01T10:00:00+00:00"


@dataclass
class Run:
    """One run of a connector, its tasks carried out one by one, without Airflow around them."""

    dag: Any
    archive: MemoryArchive
    left: dict[str, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    triggers: list[Any] = field(default_factory=list)
    meanwhile: Callable[[Any], None] = lambda trigger: None

    @property
    def context(self) -> Any:
        run = SimpleNamespace(
            dag_id=self.dag.dag_id, run_id=RUN, run_type="manual", data_interval_start=None, data_interval_end=None
        )
        ti = SimpleNamespace(
            xcom_push=lambda key, value: self.left.update({key: value}),
            xcom_pull=lambda task_ids, key: self.left.get(key),
            get_task_states=lambda dag_id, run_ids: {RUN: self.states},
        )
        return {"dag_run": run, "ti": ti, "params": {"acts_from": None, "acts_to": None}}

    def carry_out(self, *names: str) -> Run:
        """Carry out tasks; each wait is over at once, after `meanwhile` was told of its trigger."""
        for name in names:
            task = self.dag.get_task(name)
            work: partial[None] | None = partial(task.execute, self.context)
            while work is not None:
                work = self._attempt(task, work)
        return self

    def _attempt(self, task: Any, work: partial[None]) -> partial[None] | None:
        """One pass of a task; what it resumes with, or None when it is done."""
        try:
            work()
        except TaskDeferred as wait:
            self.triggers.append(wait.trigger)
            self.meanwhile(wait.trigger)
            return partial(getattr(task, wait.method_name), self.context, event=wait.trigger.then)
        return None

    @property
    def chain(self) -> Chain:
        return chain_of(Handle.from_xcom(self.left[KEY]))

    def transfers(self, *states: TransferState) -> int:
        return len(self.chain.registry.transfers(self.chain.tenant, "deliberations", *states))
