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

from demo.places import VAR, write_once

RUNNING = VAR / "processus"
GRACE_SECONDS = 8.0
MARK = "VERSEMENT_DEMO_MARK"
"""Environment variable by which our processes, and all that they start, are known again."""


def start(name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> None:
    """Start one process; what it prints goes to its log."""
    RUNNING.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            # Airflow retitles its processes; without this the new title overwrites the environment, our mark with it.
            env={**env, MARK: str(VAR), "SPT_NOENV": "1"},
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            start_new_session=True,
        )
    write_once(RUNNING / f"{name}.json", json.dumps({"pid": process.pid, "born": _born(process.pid)}))


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def alive(name: str) -> bool:
    """Whether the process that we started under this name still runs."""
    known = _known(name)
    return known is not None and _born(known["pid"]) == known["born"]


def running() -> list[str]:
    return sorted(path.stem for path in RUNNING.glob("*.json") if alive(path.stem))


def stop_all() -> list[str]:
    """End everything that the demonstration started, orphans of killed processes included; return its names."""
    names = running()
    for signum, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
        _signal_all(signum)
        deadline = time.monotonic() + seconds
        while _marked() and time.monotonic() < deadline:
            time.sleep(0.1)
    for path in RUNNING.glob("*.json"):
        path.unlink(missing_ok=True)
    return names


def _known(name: str) -> dict[str, int] | None:
    try:
        known: dict[str, int] = json.loads((RUNNING / f"{name}.json").read_text())
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


def _marked() -> list[int]:
    """Every live process that carries our mark, whatever group or session it has moved to."""
    mark = f"{MARK}={VAR}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            marked = mark in (entry / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if marked and _born(int(entry.name)):
            found.append(int(entry.name))
    return found


def _signal_all(signum: signal.Signals) -> None:
    for pid in _marked():
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue
