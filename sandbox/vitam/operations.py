"""Operations: their place in the workflow, their logbook, their reply. Rows only, no judgement."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.vitam import index, labels
from sandbox.vitam.database import Database
from sandbox.vitam.dsl import Select
from sandbox.vitam.guid import GuidType, new_guid
from sandbox.vitam.outcome import Result, Status
from sandbox.vitam.workflows import WORKFLOWS, Workflow

Json = dict[str, Any]
_AGENT = json.dumps({"Name": "sandbox", "Role": "processing", "ServerId": 1})


@dataclass(frozen=True, slots=True)
class Operation:
    """One ingest, as the process engine keeps it.

    Attributes:
        application: the caller's X-Application-Id.
        mode: RESUME (run to the end) or NEXT (pause after each step).
        status: what HEAD answers.
        gravity: worst status of the steps done so far.
        step: index of the step to run.
        requested: PAUSE or CANCEL, obeyed at the end of the running step.
        security_context: the context of the caller's certificate, empty where the server asks for none.
    """

    id: str
    tenant: int
    context: str
    application: str
    created: float
    mode: str
    state: str
    status: Status
    gravity: Status
    step: int
    requested: str
    completed: float | None
    digest_algorithm: str
    digest_value: str
    master: Json
    security_context: str = ""

    @property
    def workflow(self) -> Workflow:
        return WORKFLOWS[self.context]

    @property
    def step_name(self) -> str:
        return self.workflow.steps[self.step][0]


_COLUMNS = tuple(found.name for found in dataclasses.fields(Operation))
_CREATED = tuple(name for name in _COLUMNS if name not in ("master", "completed"))


def moment(at: float) -> str:
    """A time as the logbook writes it: milliseconds, no zone."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def event(op: Operation, *, code: str, out_detail: str, status: Status, text: str) -> Json:
    return {
        "evId": new_guid(GuidType.EVENT, op.tenant),
        "evParentId": None,
        "evType": code,
        "evDateTime": moment(time.time()),
        "evDetData": None,
        "evIdProc": op.id,
        "evTypeProc": op.workflow.type_proc,
        "outcome": status.name,
        "outDetail": out_detail,
        "outMessg": text,
        "agId": _AGENT,
        "evIdReq": op.id,
        "obId": op.id,
    }


def result_events(op: Operation, step: Result) -> list[Json]:
    """Events of a finished step: the step, then each action followed by its parts."""
    head = event(
        op,
        code=step.code,
        out_detail=step.out_detail(),
        status=step.status,
        text=labels.message(step.code, "", step.status),
    )
    listed = [head]
    for action in step.parts:
        listed.extend(_action_events(op, action, "", str(head["evId"])))
    return listed


def _action_events(op: Operation, action: Result, prefix: str, parent: str) -> list[Json]:
    code = prefix + action.code
    body = event(
        op,
        code=code,
        out_detail=action.out_detail(prefix),
        status=action.status,
        text=labels.counted(labels.message(code, action.subcode, action.status), Counter(action.counts)),
    )
    body["evParentId"] = parent
    body["evDetData"] = json.dumps(action.detail, ensure_ascii=False) if action.detail else None
    listed = [body]
    for part in action.parts:
        listed.extend(_action_events(op, part, f"{action.code}.", str(body["evId"])))
    return listed


class Operations:
    """The process engine's rows and the logbook of operations."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, op: Operation) -> None:
        kept = {name: getattr(op, name) for name in _CREATED}
        names, places = ", ".join(kept), ", ".join("?" * len(kept))
        with self._db.transaction() as connection:
            written = connection.execute(
                f"INSERT INTO operations ({names}) VALUES ({places})",  # noqa: S608  names come from our own code
                tuple(kept.values()),
            )
            connection.execute(
                "INSERT INTO operation_words (rowid, evIdAppSession, obIdIn) VALUES (?,?,?)",
                (written.lastrowid, index.text([op.application]), index.text([op.id])),
            )

    def get(self, operation_id: str, tenant: int | None = None) -> Operation | None:
        row = self._db.row("SELECT * FROM operations WHERE id = ?", operation_id)
        if row is None or (tenant is not None and row["tenant"] != tenant):
            return None
        return _operation(row)

    def of_tenant(self, tenant: int) -> list[Operation]:
        rows = self._db.rows("SELECT * FROM operations WHERE tenant = ? ORDER BY created, id", tenant)
        return [_operation(row) for row in rows]

    def found(self, tenant: int, *, until: float, select: Select) -> list[tuple[Operation, Json]]:
        """Operations that the index knows at a time, with their last event, among which all that a query finds."""
        condition, asked = index.operations(select)
        narrowed = f" AND {condition}" if condition else ""
        last = "SELECT body FROM events WHERE operation = o.id AND at <= ?2 ORDER BY seq DESC LIMIT 1"
        known = f"{'+' if narrowed else ''}tenant = ?1 AND created <= ?2"
        sql = f"SELECT o.*, ({last}) AS last FROM operations AS o WHERE {known}{narrowed} ORDER BY created, id"  # noqa: S608  ours
        rows = self._db.rows(sql, tenant, until, *([asked] if narrowed else []))
        return [(_indexed(row, until), json.loads(row["last"] or "{}")) for row in rows]

    def running(self) -> list[str]:
        rows = self._db.rows("SELECT id FROM operations WHERE state = 'RUNNING' ORDER BY created")
        return [str(row["id"]) for row in rows]

    def go_on(self, operation_id: str, *, requested: str = "", **columns: object) -> bool:
        """PAUSE → RUNNING; False when the operation is not paused any more."""
        assignments = "".join(f"{name} = ?, " for name in columns)
        touched = self._db.execute(
            f"UPDATE operations SET {assignments}state = 'RUNNING', requested = ?,"  # noqa: S608  names come from our own code
            " status = CASE WHEN gravity > 0 THEN gravity ELSE 1 END WHERE id = ? AND state = 'PAUSE'",
            *columns.values(),
            requested,
            operation_id,
        )
        return touched == 1

    def last_step(self, op: Operation) -> tuple[int, Status]:
        """Index of the step that was last started, and the worst status of those before it."""
        names = [step for step, _ in op.workflow.steps]
        told = self.events(op.id)
        started = [event["evType"].removesuffix(".STARTED") for event in told if event["evType"].endswith(".STARTED")]
        index = names.index(started[-1]) if started else 0
        done = self.steps_done(op)
        return index, max((done[name] for name in names[:index] if name in done), default=Status.UNKNOWN)

    def steps_done(self, op: Operation) -> dict[str, Status]:
        """Steps that have ended, in their order, with their last outcome."""
        outcomes = {event["evType"]: Status[event["outcome"]] for event in self.events(op.id)}
        return {step: outcomes[step] for step, _ in op.workflow.steps if step in outcomes}

    def request(self, op: Operation, what: str) -> bool:
        """Ask a running operation to stop after its step; False when it is in its last one, or not running."""
        touched = self._db.execute(
            "UPDATE operations SET requested = ? WHERE id = ? AND state = 'RUNNING' AND step < ?",
            what,
            op.id,
            op.workflow.last,
        )
        return touched == 1

    def begin_step(self, op: Operation) -> None:
        """Write the STARTED event of the step, once even when the step is run again."""
        code = f"{op.step_name}.STARTED"
        last = self._db.row("SELECT body FROM events WHERE operation = ? ORDER BY seq DESC LIMIT 1", op.id)
        if last is not None and json.loads(last["body"])["evType"] == code:
            return
        text = labels.message(op.step_name, "", Status.STARTED)
        self.append(op, [event(op, code=code, out_detail=f"{code}.OK", status=Status.OK, text=text)])

    def append(self, op: Operation, events: Sequence[Json]) -> None:
        with self._db.transaction() as connection:
            _insert(connection, op.id, events)

    def end_step(self, op: Operation, events: Sequence[Json], **columns: object) -> None:
        """Write a step's events and the operation's next state together."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        with self._db.transaction() as connection:
            _insert(connection, op.id, events)
            connection.execute(
                f"UPDATE operations SET {assignments} WHERE id = ?",  # noqa: S608  names come from our own code
                (*columns.values(), op.id),
            )

    def describe(self, operation_id: str, master: Json) -> None:
        """Set the master fields that CHECK_HEADER reads from the manifest (obIdIn among them)."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE operations SET master = ?, master_at = ? WHERE id = ?",
                (json.dumps(master, ensure_ascii=False), time.time(), operation_id),
            )
            connection.execute(
                "UPDATE operation_words SET obIdIn = ? WHERE rowid = (SELECT seq FROM operations WHERE id = ?)",
                (index.text([operation_id, master["obIdIn"]]), operation_id),
            )

    def keep_reply(self, operation_id: str, reply: bytes, *, visible_at: float, manifest: bytes | None) -> None:
        self._db.execute(
            "UPDATE operations SET reply = ?, reply_at = ?, manifest = ? WHERE id = ?",
            reply,
            visible_at,
            manifest,
            operation_id,
        )

    def reply(self, operation_id: str, tenant: int) -> bytes | None:
        row = self._db.row("SELECT tenant, reply, reply_at FROM operations WHERE id = ?", operation_id)
        if row is None or row["tenant"] != tenant or row["reply"] is None or row["reply_at"] > time.time():
            return None
        return bytes(row["reply"])

    def manifest(self, operation_id: str, tenant: int) -> bytes | None:
        row = self._db.row("SELECT tenant, manifest FROM operations WHERE id = ?", operation_id)
        if row is None or row["tenant"] != tenant or row["manifest"] is None:
            return None
        return bytes(row["manifest"])

    def events(self, operation_id: str, *, until: float | None = None) -> list[Json]:
        rows = self._db.rows(
            "SELECT body FROM events WHERE operation = ? AND at <= ? ORDER BY seq",
            operation_id,
            time.time() if until is None else until,
        )
        return [json.loads(row["body"]) for row in rows]


def _insert(connection: sqlite3.Connection, operation_id: str, events: Sequence[Json]) -> None:
    connection.executemany(
        "INSERT INTO events (operation, at, body) VALUES (?, ?, ?)",
        [(operation_id, time.time(), json.dumps(body, ensure_ascii=False)) for body in events],
    )


def _operation(row: sqlite3.Row) -> Operation:
    read = {name: row[name] for name in _COLUMNS}
    status, gravity, master = Status(read["status"]), Status(read["gravity"]), json.loads(read["master"])
    return Operation(**{**read, "status": status, "gravity": gravity, "master": master})


def _indexed(row: sqlite3.Row, until: float) -> Operation:
    """An operation as the index shows it: its header's fields come late."""
    op = _operation(row)
    described = row["master_at"] is not None and row["master_at"] <= until
    return op if described else dataclasses.replace(op, master={})
