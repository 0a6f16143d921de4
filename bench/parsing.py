"""200 connector profiles become DAGs: time, against only reading the same files with libyaml; one of them alone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import yaml

from bench.measure import Measure

ORGANISATIONS, CONNECTORS = 20, 10
PROFILES = ORGANISATIONS * CONNECTORS
TURNS = 3
SHIPPED = Path(__file__).resolve().parent.parent / "include" / "profiles"


def write_profiles(folder: Path) -> None:
    """The shipped profile for each of as many organisations, each with a coffre of its own."""
    shutil.copy(SHIPPED / "_targets.yaml", folder)
    model = SHIPPED / "saint-aubin"
    organisation = (model / "_organisation.yaml").read_text(encoding="utf-8")
    connector = (model / "deliberations.yaml").read_text(encoding="utf-8")
    for number in range(ORGANISATIONS):
        place = folder / f"commune-{number:02}"
        place.mkdir()
        own = organisation.replace("{number: 2,", f"{{number: {100 + number},")
        own = own.replace("{number: 4,", f"{{number: {200 + number},")
        (place / "_organisation.yaml").write_text(own, encoding="utf-8")
        for rank in range(CONNECTORS):
            (place / f"connecteur-{rank}.yaml").write_text(connector, encoding="utf-8")


def measures() -> Iterator[Measure]:
    os.environ.setdefault("AIRFLOW_HOME", mkdtemp(prefix="versement-mesure-"))
    from versement.orchestration.factory import connector_dags  # noqa: PLC0415 - Airflow makes its home when imported

    with TemporaryDirectory() as name:
        folder = Path(name)
        write_profiles(folder)
        read = _seconds(lambda: [yaml.load(p.read_bytes(), yaml.CSafeLoader) for p in folder.glob("**/*.yaml")])
        made = _seconds(lambda: _check([dag for dag in connector_dags([folder]) if "collect" in dag.task_dict]))
        alone = _seconds(lambda: list(connector_dags([folder], "commune-07.connecteur-3")))
    yield Measure(f"{PROFILES} profiles to DAGs", made, "s", 3, at_most=True)
    yield Measure("the same, against reading their files with libyaml", made / read, "times")
    yield Measure("one of them, as a task's process reads it", alone, "s", 0.3, at_most=True)


def _seconds(work: Callable[[], object]) -> float:
    """The best of a few turns, what the first one keeps for the next ones thrown away."""
    from versement.profiles.text import parse  # noqa: PLC0415 - see above

    taken = []
    for _ in range(TURNS):
        parse.cache_clear()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _check(made: list[Any]) -> None:
    if len(made) != PROFILES:
        raise SystemExit(f"{len(made)} of {PROFILES} profiles made a chain")
