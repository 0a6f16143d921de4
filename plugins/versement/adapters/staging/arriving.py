"""Bytes on their way into a store on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from versement.adapters.durably import write_all
from versement.domain.fixity import Fixity, Meter


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
        metered: Future[None] | None = None
        with ThreadPoolExecutor(1) as helper:  # no thread is started for a file of one chunk
            # The source's own errors pass through: only what the disk refuses is ours to explain.
            for chunk in chunks:
                if metered:
                    metered.result()
                if meter.size:
                    metered = helper.submit(meter.update, chunk)
                else:
                    meter.update(chunk)
                with self._disk():
                    write_all(stream, chunk)
        return meter.fixity()
