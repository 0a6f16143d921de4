"""The crash suite in short: a few strikes of each kind, on both databases, against the sandbox's own process."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crash.plan import CALLS, DATABASES, SCENES, WRITES, chosen, every, recorded

ROOT = Path(__file__).resolve().parents[2]

REACHED = recorded()


def test_every_effect_of_the_chain_is_a_place_to_strike_at() -> None:
    """Each write, each call and each step of the recorded runs is struck before and after, on both databases."""
    plan = every(REACHED)
    struck = {(i.database, i.point) for i in plan if i.kind == "kill"}
    reached = {point for points in REACHED.values() for point in points}
    assert {(database, point) for database in DATABASES for point in reached} == struck
    assert {"begin", "commit", "end_attempt", "searched_in_vain", "settle"} <= reached & WRITES
    assert CALLS - reached <= {"units_of"}, "asked only where the archive shows more or less than was sent"
    assert len(plan) > 1000


def test_a_seed_chooses_the_same_strikes() -> None:
    """What a seed found can be found again; another seed strikes elsewhere; the first ones are of every sort."""
    plan = every(REACHED)
    assert chosen(plan, 7, 200) == chosen(plan, 7, 200) != chosen(plan, 8, 200)
    first = chosen(plan, 7, 14)
    assert {i.kind for i in first} == {"kill", "pause", "cut", "error", "timeout", "late", "database"}
    assert {(i.kind, i.database) for i in first} == {(i.kind, i.database) for i in plan}
    assert {i.scene for i in chosen(plan, 7, 100)} == set(SCENES)


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """Struck once each, run again and compared: every document is accepted, once, as the archive holds it."""
    command = [sys.executable, "-m", "crash", "--seed", "1", "--count", "14", "--var", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.splitlines()[-1]
    assert re.match(r"seed 1: \d+ injections .*, 0 lost, 0 doubled, 0 otherwise wrong", summary)
    again = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert again.stdout.splitlines()[-1].startswith(summary.rpartition(", ")[0])
