"""One demonstration for all tests, and beside it, in one other thread, those that need a folder of their own.

A machine of two cores runs two demonstrations side by side in little more time than one.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo import kills
from sandbox.samples import COMMUNES, write_drops
from tests.e2e.own_drops import Ended, mixed_folder, run_drop
from tests.e2e.running import Demonstration, Said

PORTS = {"main": 18610, "mixed": 18620, "montpellier": 18630, "single": 18640}
SEED = 7


@dataclass
class Main:
    """The demonstration of the two communes, as it was first run.

    Attributes:
        seconds: how long that took.
        counts: what its Vitam holds, by tenant.
        expected: EXPECTED.json by commune.
    """

    demo: Demonstration
    said: Said
    seconds: float
    counts: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass
class Beside:
    """Work done by the other thread: started early, asked for late."""

    folder: Path
    shared: Path | None
    main: Future[Main] = field(default_factory=Future)
    jobs: dict[str, Future[Any]] = field(default_factory=dict)

    def mixed(self) -> Ended:
        return run_drop(self._demo("mixed"), mixed_folder(self.folder / "mixed-drop"))

    def montpellier(self) -> Ended | None:
        if self.shared is None:
            return None
        return run_drop(self._demo("montpellier"), self.shared / "samples" / "deliberations" / "montpellier" / "pdf")

    def killed(self) -> list[str]:
        """Troubles of a demonstration that was killed twice."""
        main = self.main.result()
        reference = kills.Ending.of(main.said.out, main.counts)
        killer = kills.Killer(SEED, main.seconds, grace=10)
        struck, troubles = kills.ordeal(kills.Demonstration(self.folder / "killed"), reference, killer, kills=2)
        assert len(struck) == 2
        return troubles

    def _demo(self, name: str) -> Demonstration:
        return Demonstration(self.folder / name, PORTS[name])


JOBS: Mapping[str, Callable[[Beside], Any]] = {
    "mixed": Beside.mixed,
    "montpellier": Beside.montpellier,
    "killed": Beside.killed,
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def beside(request: pytest.FixtureRequest, folder: Path, shared: Path | None) -> Iterator[Beside]:
    """The other thread, at work on what the chosen tests will ask for."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    work = Beside(folder, shared)
    with ThreadPoolExecutor(max_workers=1) as thread:
        for name, job in JOBS.items():
            if name in wanted:
                work.jobs[name] = thread.submit(job, work)
        yield work
        for job in work.jobs.values():
            job.cancel()


@pytest.fixture(scope="session")
def main(beside: Beside, folder: Path) -> Iterator[Main]:
    """`make demo`, once."""
    demo = Demonstration(folder / "main", PORTS["main"])
    started = time.monotonic()
    try:
        said = demo.up()
        write_drops(folder / "samples")
        expected = {
            commune.key: json.loads((folder / "samples" / commune.key / "EXPECTED.json").read_text())
            for commune in COMMUNES
        }
        seconds = time.monotonic() - started
        assert said.code == 0, said.out + said.err
        found = Main(demo, said, seconds, demo.vitam("/sandbox/counts"), expected)
        beside.main.set_result(found)
        yield found
    finally:
        if not beside.main.done():
            beside.main.cancel()
        demo.stop()
        shutil.rmtree(folder / "samples", ignore_errors=True)


@pytest.fixture(scope="session")
def mixed(beside: Beside) -> Ended:
    return beside.jobs["mixed"].result()


@pytest.fixture(scope="session")
def montpellier(beside: Beside) -> Ended:
    ended = beside.jobs["montpellier"].result()
    if ended is None:
        pytest.skip("the real délibérations are not on this machine")
    return ended


@pytest.fixture(scope="session")
def killed(beside: Beside, main: Main) -> list[str]:
    return beside.jobs["killed"].result()
