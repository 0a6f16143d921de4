"""Bytes on their way into a store on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from versement.adapters.durably import write_all
from versement.domain.fixity import Fixity, Meter

FLUSHED = 32 << 20
"""Bytes of one file between two flushes: of a large one, little is left to wait for at its end."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is written entirely, and not yet in its place."""

    path: Path
    stream: BinaryIO
    fixity: Fixity

    def clear(self) -> None:
        """Let go of what is written, wherever it is now; remove it if it is still here."""
        self.stream.close()
        self.path.unlink(missing_ok=True)


class Arriving:
    """Files written together, each under a name of its own.

    Args:
        name: the next file's.
        create: opens a new file, unbuffered.
        disk: what the disk refuses, in words.
    """

    def __init__(
        self,
        name: Callable[[], Path],
        create: Callable[[Path], BinaryIO],
        disk: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.arrived: list[Arrived] = []
        self._name = name
        self._create = create
        self._disk = disk

    def put(self, chunks: Iterable[bytes]) -> Fixity:
        path = self._name()
        with self._disk():
            stream = self._create(path)
        try:
            fixity = self._write(stream, chunks)
        except BaseException:
            stream.close()
            path.unlink(missing_ok=True)
            raise
        self.arrived.append(Arrived(path, stream, fixity))
        return fixity

    def clear(self) -> None:
        for one in self.arrived:
            one.clear()

    def _write(self, stream: BinaryIO, chunks: Iterable[bytes]) -> Fixity:
        meter = Meter()
        written = 0
        with Beside() as metering, Beside() as flushing:
            # The source's own errors pass through: only what the disk refuses is ours to explain.
            for chunk in chunks:
                if written:
                    metering.start(meter.update, chunk)
                else:
                    meter.update(chunk)
                with self._disk():
                    write_all(stream, chunk)
                    if written // FLUSHED != (written + len(chunk)) // FLUSHED:
                        flushing.start(os.fdatasync, stream.fileno())
                written += len(chunk)
            metering.wait()
            with self._disk():
                flushing.wait()
        return meter.fixity()


class Beside:
    """Work in a thread of its own, started when there is some, one piece at a time."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._last: Future[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()

    def start(self, work: Callable[..., object], *args: object) -> None:
        """Once the piece before is done; its error is raised here."""
        self.wait()
        self._pool = self._pool or ThreadPoolExecutor(1)
        self._last = self._pool.submit(work, *args)

    def wait(self) -> None:
        """Until all is done. What a disk says of a flush it says once only: it has to be heard here."""
        if self._last:
            self._last.result()
