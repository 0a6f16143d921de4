"""The process engine: runs the steps of each operation in worker threads, resumes what a crash interrupted."""

from __future__ import annotations

import logging
import queue
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from lxml import etree

from sandbox.vitam import atr, labels
from sandbox.vitam.faults import Faults
from sandbox.vitam.judge import run_step
from sandbox.vitam.judge.ingest import Ingest, Services
from sandbox.vitam.operations import Operation, event, result_events
from sandbox.vitam.outcome import Result, Status, ok
from sandbox.vitam.pauses import ForcedPauses
from sandbox.vitam.settings import Settings
from sandbox.vitam.workflows import FINAL_STEP

_WORKERS = 2
_TECHNICAL = (OSError, ValueError, LookupError, TypeError, sqlite3.Error, subprocess.SubprocessError, etree.LxmlError)
_log = logging.getLogger("sandbox.vitam")


class Engine:
    """Steps run one after the other for an operation, two operations at a time."""

    def __init__(self, settings: Settings, services: Services, faults: Faults, pauses: ForcedPauses) -> None:
        self.pauses = pauses
        self._settings = settings
        self._services = services
        self._faults = faults
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self) -> None:
        """Start the workers, and go on with what was running when the process last died."""
        for operation_id in self._services.operations.running():
            self._waiting.put(operation_id)
        for number in range(_WORKERS):
            threading.Thread(target=self._work, name=f"vitam-worker-{number}", daemon=True).start()

    def folder(self, operation_id: str) -> Path:
        return self._settings.store / "work" / operation_id

    def run(self, op: Operation, mode: str) -> bool:
        """Let a paused operation go on, step by step where pauses are forced; False when it is not paused."""
        forced = self.pauses.forced(op.tenant, op.workflow.type_proc)
        return self._go_on(op, mode="NEXT" if forced else mode)

    def replay(self, op: Operation) -> bool:
        """Run the last started step again, then pause; False when the operation is not paused."""
        step, gravity = self._services.operations.last_step(op)
        return self._go_on(op, mode="NEXT", step=step, gravity=gravity)

    def _go_on(self, op: Operation, requested: str = "", **columns: object) -> bool:
        moved = self._services.operations.go_on(op.id, requested=requested, **columns)
        if moved:
            self._waiting.put(op.id)
        return moved

    def pause(self, op: Operation) -> bool:
        return self._services.operations.request(op, "PAUSE")

    def cancel(self, op: Operation) -> bool:
        """Send an operation to its final step as refused; False when it is too late."""
        return self._go_on(op, requested="CANCEL") or self._services.operations.request(op, "CANCEL")

    def _work(self) -> None:
        while True:
            operation_id = self._waiting.get()
            try:
                while self._advance(operation_id):
                    pass
            except sqlite3.Error:
                _log.exception("operation %s: the store does not answer, tried again", operation_id)
                time.sleep(1)
                self._waiting.put(operation_id)

    def _advance(self, operation_id: str) -> bool:
        """Run one step; True when another follows at once."""
        operations = self._services.operations
        op = operations.get(operation_id)
        if op is None or op.state != "RUNNING":
            return False
        if op.requested == "CANCEL":
            operations.end_step(op, [], step=op.workflow.last, gravity=Status.KO, requested="", mode="RESUME")
            return True
        operations.begin_step(op)
        result = self._run_step(op)
        if result.status == Status.FATAL:
            operations.end_step(op, result_events(op, result), state="PAUSE", status=Status.FATAL, requested="")
            return False
        return self._close_step(op, result)

    def _run_step(self, op: Operation) -> Result:
        self._wait(op)
        if self._faults.take("fatal", op.tenant, step=op.step_name):
            return Result(op.step_name, Status.FATAL)
        step, actions = op.workflow.steps[op.step]
        try:
            ingest = Ingest(op, self.folder(op.id), self._services)
            if step == FINAL_STEP:
                self._reply(ingest)
                return Result(step, Status.OK, parts=(ok("ATR_NOTIFICATION"), ok("ROLL_BACK")))
            result = run_step(ingest, step, actions)
            ingest.save()
        except _TECHNICAL as error:
            _log.exception("operation %s: step %s failed", op.id, step)
            return Result(step, Status.FATAL, detail={"evDetTechData": str(error)})
        return result

    def _wait(self, op: Operation) -> None:
        slow = self._faults.take("slow_step", op.tenant, step=op.step_name)
        time.sleep(self._settings.step_seconds + (slow.seconds if slow else 0.0))

    def _reply(self, ingest: Ingest) -> None:
        op, operations = ingest.op, self._services.operations
        late = self._faults.take("late_reply", op.tenant)
        status = Status(max(op.gravity, Status.OK))
        operations.keep_reply(
            op.id,
            atr.reply(ingest, status, operations.events(op.id)),
            visible_at=time.time() + (late.seconds if late else 0.0),
            manifest=ingest.manifest_path.read_bytes() if status < Status.KO and not op.workflow.blank else None,
        )

    def _close_step(self, op: Operation, result: Result) -> bool:
        operations = self._services.operations
        gravity = Status(max(op.gravity, result.status))
        events = result_events(op, result)
        if op.step == op.workflow.last:
            code = op.workflow.identifier
            final = event(
                op,
                code=code,
                out_detail=f"{code}.{gravity.name}",
                status=gravity,
                text=labels.message(code, "", gravity),
            )
            operations.end_step(
                op, [*events, final], state="COMPLETED", status=gravity, gravity=gravity, completed=time.time()
            )
            shutil.rmtree(self.folder(op.id), ignore_errors=True)
            return False
        following = op.workflow.last if result.status >= Status.KO else op.step + 1
        current = operations.get(op.id)
        paused = op.mode == "NEXT" or (current is not None and current.requested == "PAUSE")
        if paused and current is not None and current.requested != "CANCEL":
            operations.end_step(
                op, events, step=following, gravity=gravity, status=gravity, state="PAUSE", requested=""
            )
            return False
        operations.end_step(op, events, step=following, gravity=gravity, status=gravity)
        return True
