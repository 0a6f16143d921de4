"""A hundred operations followed in one event loop, as one triggerer does, against the sandbox Vitam's own process.

No task runs meanwhile, so no slot is held: what is measured is how soon the end of each is noticed, what that costs the
archive in calls, and how long the event loop is ever held up.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from bench.measure import Measure, peak_mib

OPERATIONS = 100
POLL_SECONDS = 2.0
STEP_SECONDS = 0.2
"""How long each operation's first step lasts; the sandbox works at two at a time."""
ROOT = Path(__file__).resolve().parents[1]
CONTRACT = "AC-VERSEMENT"


def measures() -> Iterable[Measure]:
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as name, _vitam(Path(name)) as url:
        os.environ["AIRFLOW_HOME"] = name  # read when Airflow is first imported
        os.environ["AIRFLOW_CONN_SUIVI"] = json.dumps(
            {"conn_type": "http", "host": url, "extra": {"access_contract": CONTRACT, "sandbox": True}}
        )
        operations = _deposited(url)
        began = time.monotonic()
        late, held_up = asyncio.run(_follow(url, operations))
        yield Measure(f"{OPERATIONS} operations, from the first to the last end", time.monotonic() - began, "s")
    yield Measure("an end noticed after, at worst", late, "s", 2 * POLL_SECONDS, at_most=True)
    yield Measure("event loop held up, at worst", held_up, "s", 0.5, at_most=True)
    yield Measure("peak memory", peak_mib(), "MiB", 300, at_most=True)


def _deposited(url: str) -> list[str]:
    """Operations under way: what is deposited is no SIP, and is refused in its turn."""
    headers = {"X-Tenant-Id": "0", "X-Context-Id": "DEFAULT_WORKFLOW", "X-ACTION": "RESUME"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        slow = {"kind": "slow_step", "step": "STP_SANITY_CHECK_SIP", "seconds": STEP_SECONDS, "times": OPERATIONS}
        client.post("/sandbox/faults", json=[slow]).raise_for_status()
        posts = (
            client.post(
                "/ingest-external/v1/ingests", content=b"PK", headers={"Content-Type": "application/octet-stream"}
            )
            for _ in range(OPERATIONS)
        )
        return [answer.raise_for_status().headers["X-Request-Id"] for answer in posts]


async def _follow(url: str, operations: list[str]) -> tuple[float, float]:
    """Worst delay of an end's notice, and worst delay of the event loop, in seconds."""
    from versement.orchestration.triggers import OperationsEnded  # noqa: PLC0415 - imports Airflow

    ended: dict[str, float] = {}

    async def followed(operation: str) -> float:
        target: dict[str, Any] = {"dag_id": "mesure.suivi", "target": "suivi", "longest": 60.0, "seconds": POLL_SECONDS}
        place = {"connection": "suivi", "kind": "essai", "tenant": "mesure/suivi/0/suivi/essai"}
        trigger = OperationsEnded(operations=[operation], patience=600.0, **place, **target)
        async for _event in trigger.run():
            pass
        return time.monotonic()

    async with _watched(url, ended), _pulse() as delays:
        noticed = await asyncio.gather(*(followed(operation) for operation in operations))
    late = max(at - ended[operation] for operation, at in zip(operations, noticed, strict=True))
    return late, max(delays)


@asynccontextmanager
async def _watched(url: str, ended: dict[str, float]) -> AsyncIterator[None]:
    """Notes when each operation ends, by the sandbox's own list, from outside the triggers."""

    async def watch() -> None:
        headers = {"X-Tenant-Id": "0"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
            while True:
                answer = await client.get("/admin-external/v1/operations")
                for item in answer.json()["$results"]:
                    if item["globalState"] == "COMPLETED":
                        ended.setdefault(item["operationId"], time.monotonic())
                await asyncio.sleep(0.1)

    async with _beside(watch()):
        yield


@asynccontextmanager
async def _pulse() -> AsyncIterator[list[float]]:
    """How late a regular wake-up ever is."""
    delays = [0.0]

    async def beat() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.02)
            delays.append(time.monotonic() - before - 0.02)

    async with _beside(beat()):
        yield delays


@asynccontextmanager
async def _beside(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@contextmanager
def _vitam(folder: Path) -> Iterator[str]:
    ready = folder / "ready"
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(folder / "vitam"), "--ready-file", str(ready)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)
        yield f"http://{ready.read_text()}"
    finally:
        process.kill()
        process.wait()
