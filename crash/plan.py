"""What is struck, where and how: the whole list for what an undisturbed run does, and a seeded choice from it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

RECORD = Path(__file__).parent / "points.json"
DATABASES = ("sqlite", "postgresql")
WRITES = frozenset(
    {
        "announce", "attach_evidence", "collected", "set_aside", "qualified", "waits", "claim", "pack", "begin",
        "commit", "searched_in_vain", "end_attempt", "settle",
    }
)  # fmt: skip
"""Methods of the registry that change it."""
FILES = frozenset({"deliver", "remove"})
"""Methods of the folder of arrivals that change it."""
CALLS = frozenset(
    {
        "alive", "deposit", "deposit_local", "find_attempt", "operation", "logbook", "cancel", "reply", "units_of",
        "count_units", "units", "register", "object_bytes",
    }
)  # fmt: skip
"""Methods of the archive: each is an exchange over the network."""
TIMES_OF_A_POLL = 2
"""How often depends on the moment, so only the first ones are places to strike at."""
SENDING = WRITES - {"announce", "attach_evidence", "collected", "set_aside", "qualified", "waits", "claim", "pack"}
"""What a disturbed deposit adds; what comes before it is struck in the undisturbed scene."""

UNDISTURBED = "undisturbed"
BY_PATH = "by path"
SCENES: Mapping[str, str] = {
    UNDISTURBED: "nothing else happens",
    "cut": "the first upload is cut in the middle: the operation is found, cancelled, and the SIP sent again",
    "answer lost": "the first answer is lost: the operation is found and adopted",
    "nothing arrived": "the first upload never reaches the archive: two empty searches, then sent again",
    "swallowed": "something in between takes the whole SIP and answers 502: uncertain, until an operator says so",
    "fatal": "the archive stops on a technical error, until an operator resumes the operation",
    "late reply": "the reply is written late",
    BY_PATH: "every SIP goes by the folder of arrivals instead of HTTPS",
    f"{BY_PATH}, answer lost": "so it does, and the first answer is lost: the operation is found and adopted",
}
"""What disturbs a world from outside before the injection strikes."""


@dataclass(frozen=True, slots=True)
class Injection:
    """One strike.

    Attributes:
        database: registry on `sqlite` or `postgresql`.
        scene: a key of SCENES.
        point: a method of a port, or `step <name>`.
        nth: at which of its calls, counted from 1.
        kind: kill, pause, cut, error, timeout, late (delivered after the sender gave up) or database.
        when: before, after, within (in the middle of a body), commit (in a transaction, before it is committed).
    """

    database: str
    scene: str
    point: str
    nth: int
    kind: str
    when: str

    @property
    def key(self) -> str:
        return "/".join(str(value) for value in asdict(self).values())


def strikes(point: str) -> Iterator[tuple[str, str]]:
    """Every kind and moment that make sense at a point."""
    yield from (("kill", "before"), ("kill", "after"), ("pause", "before"), ("pause", "after"))
    if point in WRITES:
        yield from (("kill", "commit"), ("database", "before"), ("database", "commit"))
    if point in CALLS:
        yield from ((kind, when) for kind in ("cut", "error", "timeout") for when in ("before", "after"))
    if point == "deposit":
        yield from ((kind, "within") for kind in ("kill", "pause", "cut", "error", "timeout"))
        yield ("late", "before")
    if point == "deliver":
        yield from (("kill", "within"), ("pause", "within"))
    if point == "deposit_local":
        yield ("late", "before")


def places(calls: Sequence[str]) -> list[str]:
    """The calls of a run that are places to strike at: of a poll, whose number is a matter of the moment, the first."""
    seen: Counter[str] = Counter()
    kept = []
    for point in calls:
        seen[point] += 1
        if point not in CALLS - {"deposit", "deposit_local"} or seen[point] <= TIMES_OF_A_POLL:
            kept.append(point)
    return kept


def every(reached: Mapping[str, Sequence[str]]) -> list[Injection]:
    """All injections.

    Args:
        reached: by scene, the places that a run of it comes by.
    """
    found = []
    for scene, points in reached.items():
        counts = Counter(points)
        for point, times in sorted(counts.items()):
            if scene != UNDISTURBED and point not in SENDING | CALLS | FILES and not point.startswith("step "):
                continue
            found += [
                Injection(database, scene, point, nth, kind, when)
                for nth in range(1, times + 1)
                for kind, when in strikes(point)
                for database in DATABASES
            ]
    return found


def chosen(everything: Sequence[Injection], seed: int, count: int) -> list[Injection]:
    """So many injections, the same for the same seed: every kind takes its turn, on each database."""
    dice = random.Random(seed)  # noqa: S311 - the same injections again, not a secret
    groups: dict[tuple[str, str], list[Injection]] = {}
    for injection in everything:
        groups.setdefault((injection.kind, injection.database), []).append(injection)
    for group in groups.values():
        dice.shuffle(group)
    rows = [list(row) for row in zip_longest(*(groups[key] for key in sorted(groups)))]
    for row in rows:
        dice.shuffle(row)
    return [injection for row in rows for injection in row if injection is not None][:count]


def recorded() -> dict[str, list[str]]:
    """The places of each scene, as `python -m crash --record` found them: a seed must always mean the same."""
    found: dict[str, list[str]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def record(reached: Mapping[str, Sequence[str]]) -> None:
    lines = (f"{json.dumps(scene)}: {json.dumps(points)}" for scene, points in reached.items())
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
