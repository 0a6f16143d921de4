"""The Arrivals port on a folder that the archive's server shares: `<folder>/<connector>/<attempt>.zip`."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from versement.adapters.durably import FULL, synchronise, write_all
from versement.domain.errors import ArrivalsUnusable, OutcomeUncertain
from versement.ports.archive import SizedBody

UNFINISHED = ".part"
FINISHED = ".zip"


class DiskArrivals:
    """Files of one connector.

    Args:
        folder: the shared folder, as this machine sees it; never made, since it may be a disk that is not mounted.
        below: where that folder is below the server's own folder of arrivals; empty when it is that one.
        connector: name of the connector's folder inside.
        above: bytes beyond which a SIP goes this way.
    """

    def __init__(self, folder: Path, below: str, connector: str, above: int) -> None:
        self._folder = folder
        self._own = folder / connector
        self._seen_as = "/".join(part for part in (below, connector) if part)
        self._above = above

    def takes(self, size: int) -> bool:
        return size > self._above

    def path(self, attempt: str) -> str:
        return f"{self._seen_as}/{attempt}{FINISHED}"

    def deliver(self, attempt: str, body: SizedBody) -> None:
        unfinished = self._own / f"{attempt}{UNFINISHED}"
        with self._disk():
            self._make_room(len(body))
            stream = self._create(unfinished)
        try:
            written = hashlib.sha512()
            with stream:
                # The body's own errors pass through: only what the disk refuses is ours to explain.
                for block in body:
                    written.update(block)
                    with self._disk():
                        write_all(stream, block)
                with self._disk():
                    os.fsync(stream.fileno())
            with self._disk():
                self._finish(unfinished, written.digest())
        finally:
            # A failing disk must not hide why; what stays of it is cleared before the next try.
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def names(self) -> AbstractSet[str]:
        with self._disk():
            if not self._own.is_dir():
                return frozenset()
            return {path.stem for path in self._own.iterdir() if path.suffix in (UNFINISHED, FINISHED)}

    def remove(self, attempt: str) -> None:
        with self._disk():
            for suffix in (UNFINISHED, FINISHED):
                (self._own / f"{attempt}{suffix}").unlink(missing_ok=True)

    def _make_room(self, size: int) -> None:
        """Nothing is begun that cannot end."""
        self._own.mkdir(mode=0o770, exist_ok=True)
        if shutil.disk_usage(self._own).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _create(self, path: Path) -> BinaryIO:
        """A file that the archive's server, by its group, may read."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        return os.fdopen(descriptor, "wb", buffering=0)

    def _finish(self, unfinished: Path, written: bytes) -> None:
        try:
            self._check(unfinished, written)
            unfinished.replace(unfinished.with_suffix(FINISHED))
        except FileNotFoundError as error:
            raise OutcomeUncertain(
                "Le fichier du versement a été retiré du dossier d’arrivée pendant qu’il était écrit : une autre "
                "exécution a repris ce versement. Rien n’a été demandé à la plateforme.",
                detail="unfinished file gone from the arrivals",
            ) from error
        synchronise(self._own)

    def _check(self, path: Path, written: bytes) -> None:
        """Read back what was written, from the disk as far as the system lets us."""
        with path.open("rb", buffering=0) as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if hashlib.file_digest(stream, "sha512").digest() != written:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """What the folder refuses, in words."""
        try:
            yield
        except OSError as error:
            told = errno.errorcode.get(error.errno or 0, "unknown")
            if error.errno in FULL:
                raise ArrivalsUnusable(
                    "Plus assez de place dans le dossier d’arrivée de la plateforme (« local_deposit ») pour le "
                    "prochain versement : rien n’a été demandé à Vitam, rien n’est perdu. Faites-y de la place avec "
                    "son exploitant, puis relancez.",
                    detail=f"arrivals: {told}",
                ) from error
            raise ArrivalsUnusable(
                "Le dossier d’arrivée de la plateforme (« local_deposit » dans _targets.yaml) n’est pas utilisable "
                f"({error.strerror}) : rien n’a été demandé à Vitam, rien n’est perdu. Vérifiez qu’il existe, qu’il "
                "est monté, que la chaîne peut y écrire et que son disque est sain, puis relancez.",
                detail=f"arrivals: {told}",
            ) from error
