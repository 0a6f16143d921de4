"""What it takes for bytes to be on a disk for good."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a disk says that has no room left."""


def write_all(stream: BinaryIO, chunk: bytes) -> None:
    """Write a block entirely to an unbuffered file."""
    left = memoryview(chunk)
    while left:
        left = left[stream.write(left) :]


def synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
