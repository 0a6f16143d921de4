"""Starts the demonstration's processes, each in a group of its own, and ends them all, whatever is left of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.places import VAR, write_once

RUNNING = VAR / "processus"
GRACE_SECONDS = 8.0
MARK = "VERSEMENT_DEMO_MARK"
"""Environment variable by which our processes, and all that they start, are known again."""


class Died(Exception):
    """A process of the demonstration is gone while it was needed; the message is for the user."""


def start(name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> None:
    """Start one process; what it prints goes to its log."""
    RUNNING.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=marking(env),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            start_new_session=True,
        )
    known = {"pid": process.pid, "born": _born(process.pid), "log": str(log)}
    write_once(RUNNING / f"{name}.json", json.dumps(known))


def marking(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that `stop_all` is to end, wherever it came from."""
    # Airflow retitles its processes; without SPT_NOENV the new title overwrites their environment, our mark with it.
    return {**env, MARK: str(VAR), "SPT_NOENV": "1"}


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def alive(name: str) -> bool:
    """Whether the process that we started under this name still runs."""
    known = _known(name)
    return known is not None and known["born"] != 0 and _born(known["pid"]) == known["born"]


def running() -> list[str]:
    return sorted(path.stem for path in RUNNING.glob("*.json") if alive(path.stem))


def check() -> None:
    """Nothing, as long as all that was started still runs.

    Raises:
        Died: something does not; the message names it and its log.
    """
    for path in sorted(RUNNING.glob("*.json")):
        if not alive(path.stem):
            raise died(path.stem, str((_known(path.stem) or {}).get("log", "")))


def died(name: str, log: str) -> Died:
    return Died(
        f"Le processus « {name} » de la démonstration s’est arrêté : elle ne peut pas continuer. Son journal : {log}. "
        "Rien n’est perdu : « make demo » reprend où elle en était, « make stop » arrête le reste."
    )


def stop_all() -> list[str]:
    """End everything that the demonstration started, orphans of killed processes included; return its names."""
    names = running()
    for signum, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
        _signal_all(signum)
        deadline = time.monotonic() + seconds
        while ours() and time.monotonic() < deadline:
            time.sleep(0.1)
    for path in RUNNING.glob("*.json"):
        path.unlink(missing_ok=True)
    return names


def _known(name: str) -> dict[str, Any] | None:
    return _read(RUNNING / f"{name}.json")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return known


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the command's name: state, ppid, pgrp, session and so on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _born(pid: int) -> int:
    """Start time of a process in clock ticks since boot, 0 when it is gone or a zombie: tells pids that are reused."""
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else 0


def ours(var: Path = VAR) -> list[int]:
    """Every live process of a demonstration: those that carry its mark, and those of the sessions that it opened.

    A mark alone is not enough: a process that changes its title, as Airflow's API server does, overwrites it.
    """
    mark, sessions = f"{MARK}={var}".encode(), _sessions(var)
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if pid != os.getpid() and _born(pid) and (_session(pid) in sessions or _has(pid, mark))]


def _sessions(var: Path) -> set[int]:
    """Sessions that its processes opened; a leader's number that somebody else has by now is left out."""
    known = [_read(path) for path in (var / RUNNING.name).glob("*.json")]
    return {entry["pid"] for entry in known if entry and _born(entry["pid"]) in (0, entry["born"])}


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _has(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _signal_all(signum: signal.Signals) -> None:
    for pid in ours():
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue
