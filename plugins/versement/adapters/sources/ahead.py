"""Small files read before they are asked for, several at a time and in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from versement.domain.documents import FileReference
from versement.domain.fixity import CHUNK

FILES = 16
"""Files being read ahead of the reader; as many again may wait for it."""
BYTES = 8 * CHUNK
SMALL = CHUNK
"""Size in bytes up to which a file is read ahead; a larger one fills the line by itself."""


class Ahead:
    """Files that will be read in this order. Everything happens in one event loop.

    Args:
        fetch: reads a file to its end; its errors are told to whoever asks for that file.
    """

    def __init__(
        self, references: Sequence[FileReference], fetch: Callable[[FileReference], Coroutine[Any, Any, list[bytes]]]
    ) -> None:
        self._waiting = deque(one for one in references if one.size <= SMALL)
        self._fetch = fetch
        self._asked: dict[FileReference, asyncio.Task[list[bytes]]] = {}
        self._bytes = 0

    async def take(self, reference: FileReference) -> dict[FileReference, asyncio.Task[list[bytes]]]:
        """All that is read by now, at least this file if it is read ahead: its bytes by chunks, or its error."""
        self._ask()
        wanted = self._asked.get(reference)
        if wanted is not None:
            await asyncio.wait([wanted])
        done = {one: task for one, task in self._asked.items() if task.done()}
        for one, task in done.items():
            del self._asked[one]
            self._bytes -= one.size
            task.cancelled() or task.exception()  # an error that nobody asks for is no trouble
        self._ask()
        return done

    async def drop(self) -> None:
        """Give up what is not taken yet."""
        self._waiting.clear()
        tasks = list(self._asked.values())
        self._asked.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ask(self) -> None:
        while self._waiting and len(self._asked) < FILES and self._bytes + self._waiting[0].size <= BYTES:
            reference = self._waiting.popleft()
            self._asked[reference] = asyncio.create_task(self._fetch(reference))
            self._bytes += reference.size
