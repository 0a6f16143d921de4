"""What a waiting task waits for."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.module_loading import import_string
from airflow.triggers.base import TriggerEvent

from tests.adapters.vitam.bad_server import BadServer, answer, reset, serving
from versement.orchestration.triggers import ArchiveAlive, MaintenanceOver, OperationsEnded, pause

FIRST, SECOND = "aeeaaaaaaghduohdabkogamdgezb2taaaaaq", "aeeaaaaaaghduohdabkogamdgezb2taaaaba"
Answers = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BadServer]:
    """A Vitam that answers as a test asks, and the connection to it."""
    with serving() as bad:
        connection = {"conn_type": "http", "host": bad.url, "extra": {"access_contract": "A", "sandbox": True}}
        monkeypatch.setenv("AIRFLOW_CONN_CIBLE", json.dumps(connection))
        yield bad


TARGET: dict[str, Any] = {"dag_id": "maurecy.deliberations", "target": "demo", "seconds": 0.01}
PATIENCE = 5.0
ARCHIVE: dict[str, Any] = {
    "connection": "cible",
    "kind": "essai",
    "tenant": "maurecy/actes/3/demo/essai",
    "longest": 900.0,
    **TARGET,
}


def fired(trigger: Any) -> list[TriggerEvent]:
    """Run a trigger to its end, as the triggerer does with what was kept of it."""
    path, kept = trigger.serialize()
    again = import_string(path)(**json.loads(json.dumps(kept)))

    async def events() -> list[TriggerEvent]:
        async with asyncio.timeout(20):
            return [event async for event in again.run()]

    return asyncio.run(events())


def state(handler: BaseHTTPRequestHandler, text: str) -> None:
    execution, status = text.split()
    answer(handler, 200, X_Global_Execution_State=execution, X_Global_Execution_Status=status)


def in_turn(server: BadServer, *answers: Answers) -> None:
    """Give these answers one after another, then the last for ever."""
    left = list(answers)

    def behave(handler: BaseHTTPRequestHandler) -> None:
        server.seen(handler)
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    server.behave = behave


def test_an_archive_that_comes_back_is_noticed(server: BadServer) -> None:
    """However the archive fails to answer, the task goes on once it does."""
    in_turn(server, reset, lambda h: answer(h, 503), lambda h: answer(h, 502), lambda h: answer(h, 200))
    (event,) = fired(ArchiveAlive(losses=1, then={"losses": 1, "passes": 4}, **ARCHIVE))
    assert event.payload == {"losses": 1, "passes": 4}
    assert [seen.method for seen in server.received] == ["OPTIONS"] * 4


def test_an_archive_that_is_off_is_asked_more_and_more_rarely() -> None:
    """A platform that is down for days gets a call every quarter of an hour, not one a second."""
    pauses = [pause(2.0, losses, 900.0) for losses in range(1, 40)]
    assert pauses[:3] == [4.0, 8.0, 16.0]
    assert all(after >= before for before, after in pairwise(pauses))
    assert pauses[-1] == 900.0
    assert pause(3600.0, 5, 900.0) == 3600.0
    assert pause(2.0, 5, 10.0) == 10.0


@pytest.mark.parametrize("kind", ["alive", "ended"])
def test_each_wait_for_an_absent_archive_is_longer(server: BadServer, kind: str) -> None:
    """The triggers take those growing pauses themselves, whether they wait for the archive or for its operations."""
    down = [lambda h: answer(h, 503)] * 3
    in_turn(server, *down, lambda h: state(h, "COMPLETED OK"))
    often = {**ARCHIVE, "seconds": 0.05}
    began = time.monotonic()
    fired(
        ArchiveAlive(losses=1, **often)
        if kind == "alive"
        else OperationsEnded(patience=PATIENCE, operations=[FIRST], **often)
    )
    assert len(server.received) == 4
    assert time.monotonic() - began >= 0.1 + 0.2 + 0.4


@pytest.mark.parametrize("end", ["COMPLETED OK", "COMPLETED KO", "COMPLETED WARNING", "PAUSE FATAL"])
def test_operations_are_waited_for_until_each_has_ended_or_stopped(server: BadServer, end: str) -> None:
    """Nothing is read before every operation has come to its end, good or bad."""
    states = {FIRST: ["RUNNING STARTED", "PAUSE UNKNOWN", end], SECOND: ["RUNNING OK", end]}

    def behave(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        server.seen(handler)
        state(handler, states[name].pop(0) if len(states[name]) > 1 else states[name][0])

    server.behave = behave
    assert len(fired(OperationsEnded(patience=PATIENCE, operations=[FIRST, SECOND], **ARCHIVE))) == 1
    assert {name: len(left) for name, left in states.items()} == {FIRST: 1, SECOND: 1}
    assert {seen.headers["X-Tenant-Id"] for seen in server.received} == {"3"}


def test_an_operation_that_never_begins_is_not_waited_for_for_ever(server: BadServer) -> None:
    """PAUSE/UNKNOWN passes quickly or never: past the patience the task is given the floor, to call an operator."""
    idle = lambda h: state(h, "PAUSE UNKNOWN")  # noqa: E731 - as the others
    in_turn(server, idle, lambda h: state(h, "RUNNING STARTED"), *[idle] * 1000)
    began = time.monotonic()
    assert len(fired(OperationsEnded(operations=[FIRST], patience=0.3, **ARCHIVE))) == 1
    assert time.monotonic() - began >= 0.3
    assert len(server.received) > 4


def test_an_operation_that_the_engine_forgot_is_not_waited_for(server: BadServer) -> None:
    """An hour after its end an operation is no longer known to the engine: its reply is there to be read."""
    in_turn(server, lambda h: answer(h, 204))
    assert len(fired(OperationsEnded(patience=PATIENCE, operations=[FIRST], **ARCHIVE))) == 1


def test_an_archive_lost_while_waiting_is_said_once_and_once_when_it_is_back(
    server: BadServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Days without an answer make two lines in the log: one on loss, one on return."""
    in_turn(server, *[lambda h: answer(h, 503)] * 5, lambda h: state(h, "COMPLETED OK"))
    with caplog.at_level(logging.INFO):
        assert len(fired(OperationsEnded(patience=PATIENCE, operations=[FIRST], **ARCHIVE))) == 1
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if "503" in line]) == 1
    assert said.count("La plateforme répond de nouveau.") == 1
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


@pytest.mark.parametrize(
    "make",
    [lambda a: ArchiveAlive(losses=0, **a), lambda a: OperationsEnded(patience=PATIENCE, operations=[FIRST], **a)],
)
def test_what_waiting_cannot_mend_is_left_to_the_task_to_say(
    server: BadServer, make: Callable[[dict[str, Any]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is gone ends the wait, at the usual rate: the task fails with what to correct."""
    monkeypatch.delenv("AIRFLOW_CONN_CIBLE")
    began = time.monotonic()
    assert len(fired(make({**ARCHIVE, "seconds": 0.2}))) == 1
    assert time.monotonic() - began >= 0.2


def test_a_refusal_ends_the_wait(server: BadServer) -> None:
    """Rights withdrawn while a task waits are found out at once, by the task itself."""
    in_turn(server, lambda h: answer(h, 401))
    assert len(fired(OperationsEnded(patience=PATIENCE, operations=[FIRST], **ARCHIVE))) == 1


@pytest.mark.parametrize(
    "trigger", [ArchiveAlive(losses=2, **ARCHIVE), OperationsEnded(patience=PATIENCE, operations=[FIRST], **ARCHIVE)]
)
def test_a_trigger_keeps_ids_and_no_secret(trigger: Any) -> None:
    """What Airflow keeps of a waiting task names the connection; passwords and addresses stay in it."""
    path, kept = trigger.serialize()
    assert path.startswith("versement.orchestration.triggers.")
    assert kept.keys() - {"losses", "operations", "patience", "then"} == ARCHIVE.keys()
    assert import_string(path)(**kept).serialize() == (path, kept)


@pytest.fixture
def closed(profiles: Path) -> Callable[[str], None]:
    """Writes the reason of a maintenance, none when it is empty; there is one at first."""
    shipped = (profiles / "_targets.yaml").read_text()

    def write(reason: str) -> None:
        made = profiles / "_targets.new"  # nobody reads half a file
        made.write_text(shipped + (f"  maintenance: {reason}\n" if reason else ""))
        made.replace(profiles / "_targets.yaml")

    write("arrêt annuel")
    return write


def test_the_end_of_a_maintenance_is_noticed(closed: Callable[[str], None]) -> None:
    """The wait lasts as long as the reason stands in the targets' file, and ends once it is gone."""
    began = time.monotonic()
    timer = threading.Timer(0.2, closed, [""])
    timer.start()
    (event,) = fired(MaintenanceOver(then={"losses": 0, "passes": 2}, **TARGET))
    timer.join()
    assert event.payload == {"losses": 0, "passes": 2}
    assert time.monotonic() - began >= 0.2


@pytest.mark.usefixtures("closed")
def test_nothing_is_asked_of_a_target_under_maintenance(server: BadServer) -> None:
    """Waits that were under way when a maintenance begins leave the platform alone, and hand over to the task."""
    in_turn(server, lambda h: state(h, "RUNNING STARTED"))
    fired(OperationsEnded(patience=PATIENCE, operations=[FIRST], **ARCHIVE))
    fired(ArchiveAlive(losses=0, **ARCHIVE))
    assert not server.received


def test_one_event_loop_follows_a_hundred_operations(server: BadServer) -> None:
    """A hundred waits in one event loop, as one triggerer holds them, all end: none needs a task slot meanwhile."""
    answers = count()
    server.behave = lambda h: state(h, "RUNNING STARTED" if next(answers) < 150 else "COMPLETED OK")
    kept = [
        OperationsEnded(patience=PATIENCE, operations=[FIRST], **{**ARCHIVE, "seconds": 0.2}).serialize()
        for _ in range(100)
    ]

    async def events() -> list[TriggerEvent]:
        async with asyncio.timeout(20):
            followed = [import_string(path)(**told).run() for path, told in kept]
            return await asyncio.gather(*(anext(events) for events in followed))

    assert len(asyncio.run(events())) == 100
    assert next(answers) >= 250
