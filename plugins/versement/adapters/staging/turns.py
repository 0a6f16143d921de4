"""Whose turn it is in a store on disk: any number that write, or one that removes.

A lock on a folder ends with its process, however that ends. Whoever waits to remove lets no new writer begin.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_PAUSE_SECONDS = 0.02


class Busy(Exception):
    """Others hold the folder, for longer than one would wait."""


class Turns:
    """Turns of one process at one store; safe among threads and processes.

    Args:
        patience: seconds that a remover waits for writers to end.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._own = threading.local()

    @contextmanager
    def shared(self, door: Path, room: Path) -> Iterator[None]:
        """Among others; again within itself, nothing more."""
        held: set[Path] = self._own.__dict__.setdefault("held", set())
        if room in held:
            yield
            return
        with ExitStack() as inside:
            with _locked(door, fcntl.LOCK_SH):
                inside.enter_context(_locked(room, fcntl.LOCK_SH))
            held.add(room)
            inside.callback(held.discard, room)
            yield

    @contextmanager
    def alone(self, door: Path, room: Path) -> Iterator[None]:
        """With nobody else.

        Raises:
            Busy: see there.
        """
        end = time.monotonic() + self._patience
        with _locked(door, fcntl.LOCK_EX, end), _locked(room, fcntl.LOCK_EX, end):
            yield


@contextmanager
def _locked(folder: Path, kind: int, end: float | None = None) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take(descriptor, kind, end)
        yield
    finally:
        # A child that was forked meanwhile holds the same lock: closing would not end it.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _take(descriptor: int, kind: int, end: float | None) -> None:
    if end is None:
        fcntl.flock(descriptor, kind)
        return
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise Busy from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
