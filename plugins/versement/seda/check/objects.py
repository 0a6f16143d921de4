"""Second reading of the container: digest and size of every file that the manifest cites, two at a time."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from versement.seda.check.bounds import BLOCK, Entry
from versement.seda.check.container import Kind, entries
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
    """A file being measured."""

    def __init__(self, algorithms: Collection[str]) -> None:
        self._hashers: dict[str, Any] = {
            name: hashlib.new(ALGORITHMS[name], usedforsecurity=False) for name in sorted(algorithms)
        }
        self._size = 0

    def add(self, block: bytes) -> None:
        self._size += len(block)
        for hasher in self._hashers.values():
            hasher.update(block)

    def result(self) -> Measured:
        return Measured(self._size, {name: hasher.hexdigest() for name, hasher in self._hashers.items()})


class _Hashers:
    """Threads that hash while the container is read; each file is one thread's, in order."""

    def __init__(self) -> None:
        self._pools = [ThreadPoolExecutor(1) for _ in range(_THREADS)]
        self._room = threading.BoundedSemaphore(_WAITING)
        self._turn = 0

    def measure(self, entry: Entry, whole: _Sum) -> None:
        """Feed a file's digests; small ones at once, since handing them over would cost more."""
        if entry.size is not None and entry.size < BLOCK:
            for block in entry.blocks:
                whole.add(block)
            return
        self._turn = (self._turn + 1) % _THREADS
        for block in entry.blocks:
            self._room.acquire()
            self._pools[self._turn].submit(self._add, whole, block)

    def _add(self, whole: _Sum, block: bytes) -> None:
        whole.add(block)
        self._room.release()

    def close(self) -> None:
        for pool in self._pools:
            pool.shutdown()


def measure(path: Path, kind: Kind, wanted: Mapping[str, Collection[str]]) -> dict[str, Measured]:
    """Measure the files of a container.

    Args:
        path: the container.
        kind: what it is.
        wanted: by name of entry, the algorithms that its digests are asked in.

    Raises:
        Corrupt: the container changed since it was first read.
        Beyond: it passes a bound.
    """
    sums: dict[str, _Sum] = {}
    hashers = _Hashers()
    try:
        for entry in entries(path, kind):
            if entry.name in wanted and not entry.directory and not entry.skipped:
                sums[entry.name] = _Sum(wanted[entry.name])
                hashers.measure(entry, sums[entry.name])
    finally:
        hashers.close()
    return {name: whole.result() for name, whole in sums.items()}


def binaries(package: Package) -> dict[str, set[str]]:
    """By Uri, the algorithms of the objects that cite it."""
    found: dict[str, set[str]] = {}
    for each in package.objects.values():
        if not each.physical and each.uri:
            found.setdefault(each.uri, set()).add(each.algorithm)
    return found


def judged(package: Package, measured: Mapping[str, Measured]) -> Iterator[Ruling]:
    """CHECK_DIGEST, then CHECK_OBJECT_SIZE for the groups that it does not refuse."""
    refused: set[str] = set()
    for found in package.objects.values():
        is_ = _measured(found, measured)
        if is_ is not None and is_.digests[found.algorithm] != found.digest:
            refused.add(found.group)
            yield Ruling("CHECK_DIGEST.KO", _object(found), _difference(found, is_.digests[found.algorithm]))
    for found in package.objects.values():
        is_ = _measured(found, measured)
        if is_ is None or found.group in refused or found.size in (None, is_.size):
            continue
        message = f"Size annonce {found.size} octets, le fichier en a {is_.size}."
        yield Ruling("CHECK_OBJECT_SIZE.WARNING", _object(found), message)


def _measured(found: DataObject, measured: Mapping[str, Measured]) -> Measured | None:
    return None if found.physical or not found.uri else measured.get(found.uri)


def _difference(found: DataObject, actual: str) -> str:
    if not found.digest:
        return f"MessageDigest est vide ; l’empreinte {found.algorithm} du fichier est attendue."
    if found.digest.strip().lower() == actual:
        return "MessageDigest est juste, mais doit être écrit en minuscules et sans espace."
    return f"l’empreinte {found.algorithm} du fichier n’est pas celle de MessageDigest : le fichier a changé."


def _object(found: DataObject) -> str:
    return named("BinaryDataObject", found.id)
