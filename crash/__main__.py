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
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crash.ordeal import Ordeals, say
from crash.outside import running
from crash.plan import SCENES, UNDISTURBED, Injection, chosen, every, places, record, recorded
from crash.world import RememberedFormats, write_drop

ROOT = Path(__file__).resolve().parents[1]


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
    workers = []
    for number in range(arguments.workers):
        pid = os.fork()
        if not pid:
            os._exit(_guarded(arguments, number, state, drop))
        workers.append(pid)
    signal.signal(signal.SIGTERM, lambda *_: _end(workers))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
    return _summary(state, arguments, time.monotonic() - began) or max(codes)


def _end(workers: Sequence[int]) -> None:
    for pid in workers:
        os.kill(pid, signal.SIGTERM)


def _guarded(arguments: argparse.Namespace, number: int, state: State, drop: Path) -> int:
    try:
        return _work(arguments, number, state, drop)
    except (SystemExit, KeyboardInterrupt):
        return 1
    except Exception:  # noqa: BLE001 - a worker's process never comes back
        traceback.print_exc()
        return 1


def _work(arguments: argparse.Namespace, number: int, state: State, drop: Path) -> int:
    """One worker: its share of the plan, without what is done."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers are ended too
    folder = arguments.var / f"worker-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    formats = RememberedFormats()
    try:
        with running(folder) as outside:
            ordeals = Ordeals(outside, formats, folder / "worlds", drop)
            plan = _plan(arguments, ordeals)
            done = state.done()
            for injection in plan[number :: arguments.workers]:
                if injection.key not in done:
                    _undergo(ordeals, injection, state)
    finally:
        formats.close()
    return 0


def _plan(arguments: argparse.Namespace, ordeals: Ordeals) -> list[Injection]:
    """The chosen injections, once a run that nobody strikes has loaded what is slow to load, before any fork.

    Raises:
        RuntimeError: that run does not come by the recorded places.
    """
    if places(ordeals.reached(UNDISTURBED)) != recorded()[UNDISTURBED]:
        raise RuntimeError("the chain's effects are no longer those of crash/points.json: python -m crash --record")
    return chosen(every(recorded()), arguments.seed, arguments.count)


def _record(folder: Path, drop: Path) -> int:
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


def _summary(state: State, arguments: argparse.Namespace, seconds: float) -> int:
    told = list(state.done().values())
    struck = [item for item in told if item["struck"]]
    lost, doubled = (sum(item[what] for item in told) for what in ("lost", "doubled"))
    wrong = [item for item in told if item["troubles"]]
    by_kind = Counter(item["key"].split("/")[4] for item in struck)
    say(", ".join(f"{kind} {number}" for kind, number in sorted(by_kind.items())))
    say(
        f"seed {arguments.seed}: {len(struck)} injections ({len(told) - len(struck)} places not reached), {lost} lost, "
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
