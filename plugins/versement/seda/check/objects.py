"""Second reading of the container: digest and size of every file that the manifest cites, two at a time."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

from versement.seda.check.bounds import BLOCK, Entry
from versement.seda.check.container import Kind, entries
from versement.seda.check.formats import Formats
from versement.seda.check.formats import judged as formats_judged
from versement.seda.check.layout import Layout
from versement.seda.check.package import DataObject, Package
from versement.seda.check.structure import ALGORITHMS
from versement.seda.check.verdict import Ruling, named

_THREADS = 2
_WAITING = 16
"""Blocks read ahead of their digests."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file as it is: size in bytes, hexadecimal digests by algorithm as SEDA names them."""

    size: int
    digests: Mapping[str, str]


class _Sum:
    """A file being measured for the objects that cite it; kept only if it is not what one of them says."""

    def __init__(self, owners: Sequence[DataObject]) -> None:
        self._owners = owners
        self._size = 0
        self._hashers: dict[str, Any] = {
            each.algorithm: hashlib.new(ALGORITHMS[each.algorithm], usedforsecurity=False) for each in owners
        }

    def add(self, block: bytes) -> None:
        self._size += len(block)
        for hasher in self._hashers.values():
            hasher.update(block)

    def difference(self) -> Measured | None:
        digests = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        same = all(each.digest == digests[each.algorithm] and each.size in (None, self._size) for each in self._owners)
        return None if same else Measured(self._size, digests)


class _Hashers:
    """Threads that hash while the container is read; each file is one thread's.

    `in_order`: files end in their order, so that the last of two of one name counts.
    """

    def __init__(self, owners: Mapping[str, Sequence[DataObject]], *, in_order: bool) -> None:
        self.different: dict[str, Measured] = {}
        self._owners = owners
        self._in_order = in_order
        self._pools = [ThreadPoolExecutor(1) for _ in range(1 if in_order else _THREADS)]
        self._room = threading.BoundedSemaphore(_WAITING)
        self._turn = 0

    def measure(self, entry: Entry) -> None:
        """Hash a file; a small one at once, since handing it over would cost more."""
        whole = _Sum(self._owners[entry.name])
        if entry.size is not None and entry.size < BLOCK and not self._in_order:
            for block in entry.blocks:
                whole.add(block)
            self._end(entry.name, whole)
            return
        self._turn = (self._turn + 1) % len(self._pools)
        pool = self._pools[self._turn]
        for block in entry.blocks:
            self._room.acquire()
            pool.submit(self._add, whole, block)
        pool.submit(self._end, entry.name, whole)

    def _add(self, whole: _Sum, block: bytes) -> None:
        try:
            whole.add(block)
        finally:
            self._room.release()

    def _end(self, name: str, whole: _Sum) -> None:
        found = whole.difference()
        if found is not None:
            self.different[name] = found
        else:
            self.different.pop(name, None)

    def close(self) -> None:
        for pool in self._pools:
            pool.shutdown()


def differences(
    stream: IO[bytes], kind: Kind, package: Package, layout: Layout, formats: Formats | None = None
) -> dict[str, Measured]:
    """Files whose digest or size is not what an object of the manifest says, by name of entry.

    Args:
        stream: the container.
        kind: what it is.
        package: what the manifest says.
        layout: what its first reading found; the files whose CRC-32 is not theirs are added to it.
        formats: where they are identified, when they are.

    Raises:
        Corrupt: the container changed since it was first read.
        Beyond: it passes a bound.
    """
    owners: dict[str, list[DataObject]] = {}
    for each in package.objects.values():
        if not each.physical and each.uri:
            owners.setdefault(each.uri, []).append(each)
    if not owners:
        return {}
    hashers = _Hashers(owners, in_order=bool(layout.twice))
    try:
        for entry in entries(stream, kind):
            if entry.name in owners and not (entry.directory or entry.skipped or entry.undecoded):
                if formats is not None:
                    entry.blocks = formats.copied(entry.name, entry.blocks)
                hashers.measure(entry)
                if entry.altered:
                    layout.altered.append(entry.name)
    finally:
        hashers.close()
    if formats is not None:
        formats.end()
    return hashers.different


def judged(package: Package, different: Mapping[str, Measured], formats: Formats | None = None) -> Iterator[Ruling]:
    """CHECK_DIGEST, then CHECK_OBJECT_SIZE and the formats for the groups that it does not refuse."""
    refused: set[str] = set()
    for found in package.objects.values():
        actual = _measured(found, different)
        if actual is not None and actual.digests[found.algorithm] != found.digest:
            refused.add(found.group)
            yield Ruling("CHECK_DIGEST.KO", _object(found), _difference(found, actual.digests[found.algorithm]))
    for found in package.objects.values():
        actual = _measured(found, different)
        if actual is None or found.group in refused or found.size in (None, actual.size):
            continue
        message = f"Size annonce {found.size} octets, le fichier en a {actual.size}."
        yield Ruling("CHECK_OBJECT_SIZE.WARNING", _object(found), message)
    if formats is not None:
        yield from formats_judged(package, formats, refused)


def _measured(found: DataObject, different: Mapping[str, Measured]) -> Measured | None:
    return None if found.physical or not found.uri else different.get(found.uri)


def _difference(found: DataObject, actual: str) -> str:
    if not found.digest:
        return f"MessageDigest est vide ; l’empreinte {found.algorithm} du fichier est attendue."
    if found.digest.strip().lower() == actual:
        return "MessageDigest est juste, mais doit être écrit en minuscules et sans espace."
    return f"l’empreinte {found.algorithm} du fichier n’est pas celle de MessageDigest : le fichier a changé."


def _object(found: DataObject) -> str:
    return named("BinaryDataObject", found.id)
