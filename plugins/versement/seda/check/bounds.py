"""Bounds of the check, and what passes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCK = 256 << 10
MAX_ENTRIES = 250_000
"""Vitam advises fewer than 100 000 units and objects in a SIP."""
MAX_NAMES = 64 << 20
MAX_KEPT = 32 << 20
"""Characters of identifiers, paths and digests that are kept of a manifest."""
MAX_MANIFEST = 512 << 20
MAX_RATIO = 100
"""Bytes that a container may expand to, for each of its own, past `FREE`."""
FREE = 64 << 20


class Corrupt(Exception):
    """The container cannot be read to its end; the text is French and completes a sentence."""


class Beyond(Exception):
    """A bound of the check is passed: the SIP is not judged; the text is French and completes a sentence."""


@dataclass(slots=True)
class Entry:
    """A file or a directory of a container.

    Attributes:
        skipped: French, why Vitam skips it without a word; empty when it reads it.
        undecoded: French, what it is that Vitam reads, and the check does not; empty otherwise.
        emptied: French, what it is that Vitam takes for an empty file; empty otherwise.
        size: in bytes, None when only reading tells.
        blocks: its content; to be read at most once, before the next entry.
        altered: its content, once read, has not the CRC-32 that the zip gives for it.
    """

    name: str
    directory: bool = False
    skipped: str = ""
    undecoded: str = ""
    emptied: str = ""
    size: int | None = None
    blocks: Iterator[bytes] = field(default_factory=lambda: iter(()))
    altered: bool = False


@dataclass(slots=True)
class Keeper:
    """Counts what is kept of a manifest, so that none fills the memory.

    Attributes:
        most: items that are kept.
    """

    most: int = MAX_ENTRIES
    items: int = 0
    total: int = 0

    def item(self) -> None:
        """Count a unit, an object, an identifier or a reference.

        Raises:
            Beyond: there are too many.
        """
        self.items += 1
        if self.items > self.most:
            raise Beyond(f"le bordereau a plus de {self.most} unités et objets, ou identifiants et références")

    def kept(self, text: str) -> str:
        """The text, counted.

        Raises:
            Beyond: there is too much of it.
        """
        self.total += len(text)
        if self.total > MAX_KEPT:
            raise Beyond(f"les identifiants et chemins du bordereau dépassent {MAX_KEPT >> 20} Mio")
        return text


@dataclass(slots=True)
class Meter:
    """Counts what a container of `size` bytes expands to."""

    size: int
    total: int = 0

    def expanded(self, number: int) -> None:
        """Count more bytes.

        Raises:
            Beyond: there are too many for the size of the container.
        """
        self.total += number
        if self.total > FREE and self.total > MAX_RATIO * self.size:
            raise Beyond(f"une fois décompressé, il dépasse {MAX_RATIO} fois sa taille (bombe de décompression)")
