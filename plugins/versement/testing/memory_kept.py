"""What the memory archive keeps of an operation and of a unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from versement.domain.fixity import CHUNK, Digest
from versement.ports.archive import Context, HeldUnit, Operation, Registered


class FileBody:
    """A file of the server's own as a body."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        return (self._data[start : start + CHUNK] for start in range(0, len(self), CHUNK))


@dataclass(slots=True)
class Kept:
    """One operation; `end` is what it comes to once it has run."""

    operation: Operation
    attempt: str
    hidden_searches: int
    running_polls: int
    late_replies: int
    late_register: int
    context: Context
    manifest: Digest | None
    end: Operation | None = None
    registered: Registered | None = None
    reply: bytes | None = None
    forgotten: bool = False
    received: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """One unit; `metadata` is what attachments are resolved by."""

    unit: HeldUnit
    operation_id: str
    metadata: Mapping[str, str]
    data: bytes | None


def finished(kept: Kept) -> bool:
    """Whether the operation has ended and shows it."""
    return kept.end is not None and not kept.running_polls
