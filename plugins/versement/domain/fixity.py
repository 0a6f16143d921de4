"""Digests and checksums of bytes, as they are computed while the bytes pass."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Self

CHUNK = 1 << 20
"""Bytes read or written at a time."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """Algorithm and value together; SEDA MessageDigest and its algorithm attribute.

    Attributes:
        algorithm: as Vitam writes it, `SHA-512`.
        value: lower-case hexadecimal, as Vitam compares it.
    """

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Self:
        algorithm, _, value = text.partition(":")
        return cls(algorithm, value)

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls("SHA-512", hashlib.sha512(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Fixity:
    """What identifies a file's bytes: SHA-512, CRC-32 (for zip) and size in bytes."""

    digest: Digest
    crc32: int
    size: int


class Meter:
    """Computes a Fixity while bytes pass."""

    def __init__(self) -> None:
        self._sha512 = hashlib.sha512()
        self._crc32 = 0
        self._size = 0

    def update(self, chunk: bytes) -> None:
        self._sha512.update(chunk)
        self._crc32 = zlib.crc32(chunk, self._crc32)
        self._size += len(chunk)

    @property
    def size(self) -> int:
        return self._size

    def fixity(self) -> Fixity:
        return Fixity(Digest("SHA-512", self._sha512.hexdigest()), self._crc32, self._size)
