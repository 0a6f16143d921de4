"""In the struck process: counts the calls of the chain's ports, and strikes at the chosen one."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from crash import proxy
from crash.plan import CALLS, FILES, WRITES, Injection

SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}
EFFECTS = WRITES | FILES | {"put"}
LOCKED_SECONDS = 0.3
"""How long SQLite's file is held by somebody else."""


class Striker:
    """Strikes once, or never.

    Args:
        injection: what, where and when; None only counts.
        control: the relay's control port.
        restart: ends the database's server and starts it again, or holds its file; told when it strikes.
        struck: told at the moment of the strike.
    """

    def __init__(
        self,
        injection: Injection | None,
        *,
        control: int,
        restart: Callable[[str], None],
        struck: Callable[[], None],
    ) -> None:
        self.reached: list[str] = []
        self._injection = injection
        self._control = control
        self._restart = restart
        self._struck = struck

    def wrap(self, port: Any, names: frozenset[str] = EFFECTS | CALLS) -> Any:
        """The port, its calls counted."""
        striker = self

        class Watched:
            def __getattr__(self, name: str) -> Any:
                method = getattr(port, name)
                if name == "batch":
                    return striker._batch(method)
                return striker._watched(name, method) if name in names else method

        return Watched()

    def step(self, name: str) -> None:
        """Between two steps."""
        injection = self._at(f"step {name}")
        if injection is not None:
            self._strike(injection)

    def _batch(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def batch(*args: Any) -> Iterator[Any]:
            with method(*args) as inner:
                yield self.wrap(inner)

        return batch

    def _watched(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            injection = self._at(name)
            if injection is None:
                return method(*args, **kwargs)
            if injection.kind in SIGNALS or injection.kind == "database":
                return self._around(injection, method, args, kwargs)
            self._struck()
            proxy.order(self._control, **_order(injection, args))
            return method(*args, **kwargs)

        return watched

    def _at(self, point: str) -> Injection | None:
        self.reached.append(point)
        wanted = self._injection
        if wanted is None or (wanted.point, wanted.nth) != (point, self.reached.count(point)):
            return None
        return wanted

    def _around(
        self, injection: Injection, method: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        if injection.when == "before":
            self._strike(injection)
        if injection.when == "commit":
            with self._at_commit(injection):
                return method(*args, **kwargs)
        if injection.when == "within":
            args = (*args[:-1], _Body(args[-1], lambda: self._strike(injection)))
        result = method(*args, **kwargs)
        if injection.when == "after":
            self._strike(injection)
        return result

    @contextmanager
    def _at_commit(self, injection: Injection) -> Iterator[None]:
        waiting = [injection]

        def strike(_connection: Any) -> None:
            while waiting:
                self._strike(waiting.pop())

        event.listen(Engine, "commit", strike)
        try:
            yield
        finally:
            event.remove(Engine, "commit", strike)

    def _strike(self, injection: Injection) -> None:
        self._struck()
        if injection.kind == "database":
            self._restart(injection.when)
        else:
            os.kill(os.getpid(), SIGNALS[injection.kind])


class _Body:
    """A SIP that strikes once its first block has left."""

    def __init__(self, body: Any, strike: Callable[[], None]) -> None:
        self._body = body
        self._strike = strike

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        for number, block in enumerate(self._body):
            if number == 2:
                self._strike()
            yield block


def _order(injection: Injection, args: tuple[Any, ...]) -> dict[str, Any]:
    if injection.when == "within":
        return {"kind": injection.kind, "after_bytes": len(args[-1]) // 2}
    return {"kind": injection.kind, "answer": injection.when == "after"}


def hold(file: Path, when: str) -> None:
    """Keep an SQLite file to oneself for a while, from another process; at a commit, only keep reading it."""
    first = "BEGIN EXCLUSIVE" if when == "before" else "SELECT COUNT(*) FROM sqlite_master"
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            connection = sqlite3.connect(file, timeout=1, isolation_level=None)
            if when != "before":
                connection.execute("BEGIN")
            connection.execute(first).fetchall()
        finally:
            os.write(writing, b".")
            time.sleep(LOCKED_SECONDS)
            os._exit(0)
    os.read(reading, 1)
    os.close(reading)
    os.close(writing)
