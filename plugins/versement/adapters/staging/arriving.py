"""Bytes on their way into a store on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Self

from versement.adapters.durably import write_all
from versement.domain.fixity import Fixity, Meter

FLUSHED = 32 << 20
"""Bytes of one file between two flushes: of a large one, little is left to wait for at its end."""
EARLY = 64
"""Files of a batch that are flushed together while the next ones are read."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is written entirely, and not yet in its place."""

    path: Path
    stream: BinaryIO
    fixity: Fixity


class Arriving:
    """Files written together, each under a name of its own.

    Args:
        name: the next file's.
        create: opens a new file, unbuffered.
        disk: what the disk refuses, in words.
        flush: waits until all these descriptors are on the disk.
        early: how many files are flushed before the batch ends, as soon as there are so many.
    """

    def __init__(
        self,
        name: Callable[[], Path],
        create: Callable[[Path], BinaryIO],
        disk: Callable[[], AbstractContextManager[None]],
        flush: Callable[[Sequence[int]], None],
        early: int = EARLY,
    ) -> None:
        self.arrived: list[Arrived] = []
        self._name = name
        self._create = create
        self._disk = disk
        self._flush = flush
        self._early = early
        self._waiting: list[int] = []
        self._flushing: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(1)

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
        self._waiting.append(stream.fileno())
        if len(self._waiting) == self._early:
            self._flushing.append(self._pool.submit(self._flush, self._waiting))
            self._waiting = []
        return fixity

    def flushed(self) -> None:
        """Wait until all is on the disk. What it said of any earlier flush, it says once only: it is heard here."""
        for one in self._flushing:
            one.result()
        self._flush(self._waiting)

    def clear(self) -> None:
        """Let go of all that is written, and remove what is still here."""
        self.close()
        for one in self.arrived:
            one.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of all that is written, wherever it is now."""
        self._pool.shutdown()  # no descriptor is closed under a flush
        for one in self.arrived:
            one.stream.close()

    def _write(self, stream: BinaryIO, chunks: Iterable[bytes]) -> Fixity:
        meter = Meter()
        coming = iter(chunks)
        # A small file is one chunk: no other thread is worth its while.
        first = next(coming, b"")
        meter.update(first)
        with self._disk():
            write_all(stream, first)
        second = next(coming, None)
        if second is not None:
            self._write_on(stream, meter, chain([second], coming))
        return meter.fixity()

    def _write_on(self, stream: BinaryIO, meter: Meter, chunks: Iterable[bytes]) -> None:
        written = meter.size
        with Beside() as metering, Beside() as flushing:
            # The source's own errors pass through: only what the disk refuses is ours to explain.
            for chunk in chunks:
                metering.start(meter.update, chunk)
                with self._disk():
                    write_all(stream, chunk)
                    if written // FLUSHED != (written + len(chunk)) // FLUSHED:
                        flushing.start(os.fdatasync, stream.fileno())
                written += len(chunk)
            metering.wait()
            with self._disk():
                flushing.wait()


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
