"""`python -m crash`: strike the chain, run it again, say what was lost or doubled. What is done is not done again."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from crash.ordeal import Ordeals, say
from crash.outside import running
from crash.plan import SCENES, UNDISTURBED, Injection, chosen, every, places, record, recorded
from crash.world import RememberedFormats, write_drop

ROOT = Path(__file__).resolve().parents[1]
LOOKS = 3
"""Undisturbed runs, at most, that say whether the chain comes by the recorded places."""


class State:
    """What is done already: one line of JSON for each injection, in a file of the seed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def done(self) -> dict[str, dict[str, Any]]:
        """By the injection's key; a line cut short by a kill does not count."""
        found = {}
        for line in self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else ():
            try:
                told = json.loads(line)
            except ValueError:
                continue
            found[told["key"]] = told
        return found

    def add(self, told: dict[str, Any]) -> None:
        with self._file.open("ab") as out:
            out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def main(argv: Sequence[str] | None = None) -> int:
    """0 when nothing was lost, doubled or otherwise wrong."""
    arguments = _parser().parse_args(argv)
    began = time.monotonic()
    root: Path = arguments.var
    state = State(root / f"seed-{arguments.seed}.jsonl")
    drop = root / "drop"
    write_drop(drop)
    if arguments.record:
        return _record(root / "record", drop)
    plan = chosen(every(recorded()), arguments.seed, arguments.count)
    done = state.done()
    left = [injection for injection in plan if not _good(done.get(injection.key))]
    workers = []
    for number in range(min(arguments.workers, len(left))):
        pid = os.fork()
        if not pid:
            _never_back(partial(_work, root / f"worker-{number}", left[number :: arguments.workers], state, drop))
        workers.append(pid)
    signal.signal(signal.SIGTERM, lambda *_: _end(workers))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
    done = state.done()
    told = [done[injection.key] for injection in plan if injection.key in done]
    return _summary(told, arguments.seed, time.monotonic() - began) or max(codes, default=0)


def _good(told: Mapping[str, Any] | None) -> bool:
    """What went wrong before is struck again: it may have been mended."""
    return told is not None and not (told["lost"] or told["doubled"] or told["troubles"])


def _never_back(work: Callable[[], int]) -> NoReturn:
    """In a forked process: do the work and end, whatever happens."""
    code = 1
    try:
        code = work()
    finally:
        if sys.exc_info()[0] not in (None, SystemExit):
            traceback.print_exc()
        os._exit(code)


def _end(workers: Sequence[int]) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGTERM)


def _work(folder: Path, injections: Sequence[Injection], state: State, drop: Path) -> int:
    """One worker, once a run that nobody strikes has loaded what is slow to load, before any fork.

    Raises:
        RuntimeError: that run does not come by the recorded places.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are ended too
    shutil.rmtree(folder, ignore_errors=True)
    formats = RememberedFormats()
    try:
        with running(folder) as outside:
            ordeals = Ordeals(outside, formats, folder / "worlds", drop)
            if all(odd := _odd_places(recorded(), ordeals) for _ in range(LOOKS)):
                raise RuntimeError(
                    f"the chain no longer comes by crash/points.json ({', '.join(sorted(odd))}): "
                    "python -m crash --record"
                )
            for injection in injections:
                _undergo(ordeals, injection, state)
    finally:
        formats.close()
    return 0


def _odd_places(known: Mapping[str, Sequence[str]], ordeals: Ordeals) -> AbstractSet[str]:
    """Recorded places by which a run that nobody strikes did not come, and those by which no recorded scene comes.

    On a busy machine an index that lags makes the chain look in other ways: whoever asks tries again.
    """
    reached = set(ordeals.reached(UNDISTURBED))
    return (set(known[UNDISTURBED]) - reached) | (reached - {place for scene in known.values() for place in scene})


def _record(folder: Path, drop: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    formats = RememberedFormats()
    with running(folder) as outside:
        ordeals = Ordeals(outside, formats, folder / "worlds", drop)
        record({scene: places(ordeals.reached(scene)) for scene in SCENES})
    formats.close()
    return 0


def _undergo(ordeals: Ordeals, injection: Injection, state: State) -> None:
    began = time.monotonic()
    outcome = ordeals.undergo(injection)
    state.add({"key": injection.key, **asdict(outcome), "seconds": round(time.monotonic() - began, 2)})
    if not outcome.good:
        say(f"{injection.key}: {outcome}")


def _summary(told: Sequence[Mapping[str, Any]], seed: int, seconds: float) -> int:
    struck = [item for item in told if item["struck"]]
    lost, doubled = (sum(item[what] for item in told) for what in ("lost", "doubled"))
    wrong = [item for item in told if item["troubles"]]
    by_kind = Counter(item["key"].split("/")[4] for item in struck)
    say(", ".join(f"{kind} {number}" for kind, number in sorted(by_kind.items())))
    say(
        f"seed {seed}: {len(struck)} injections ({len(told) - len(struck)} places not reached), {lost} lost, "
        f"{doubled} doubled, {len(wrong)} otherwise wrong, {sum(item['operator'] for item in told)} operator's "
        f"decisions, {seconds:.0f} s"
    )
    return 1 if lost or doubled or wrong or not struck else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crash", description="Frappe la chaîne, la relance, compare.")
    parser.add_argument("--seed", type=int, default=1, help="graine du choix des frappes")
    parser.add_argument("--count", type=int, default=1100, help="nombre de frappes")
    parser.add_argument("--workers", type=int, default=2, help="mondes frappés à la fois")
    parser.add_argument("--record", action="store_true", help="relever les endroits où frapper, au lieu de frapper")
    parser.add_argument("--var", type=Path, default=ROOT / "var" / "crash", metavar="DOSSIER", help="où tout se passe")
    return parser


if __name__ == "__main__":
    sys.exit(main())
