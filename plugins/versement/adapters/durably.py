"""What it takes for bytes to be on a disk for good."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a disk says that has no room left."""


_TOGETHER = 32
"""Files flushed at a time: a journal commits once for all that wait for it."""


def write_all(stream: BinaryIO, chunk: bytes) -> None:
    """Write a block entirely to an unbuffered file."""
    left = memoryview(chunk)
    while left:
        left = left[stream.write(left) :]


def synchronise(folder: Path) -> None:
    with ExitStack() as stack:
        os.fsync(opened(stack, folder))


def opened(stack: ExitStack, folder: Path) -> int:
    """Descriptor of a folder, for as long as the stack."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, descriptor)
    return descriptor


def flush(descriptors: Sequence[int]) -> None:
    """Wait until all these files and folders are on the disk."""
    if len(descriptors) == 1:
        os.fsync(descriptors[0])
    elif descriptors:
        threads = min(_TOGETHER, len(descriptors))
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(_flush_each, (descriptors[first::threads] for first in range(threads))))


def _flush_each(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.fsync(descriptor)
