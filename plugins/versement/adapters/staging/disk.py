"""The Staging port on a local disk: `<root>/<tenant>/<2 hex>/<SHA-512>`, objects read-only."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from versement.adapters.durably import FULL, flush, opened, synchronise
from versement.adapters.staging.arriving import EARLY, Arrived, Arriving
from versement.adapters.staging.turns import Busy, Turns
from versement.domain.errors import Defect, SettingsError, StagingBusy, StagingFull
from versement.domain.fixity import Digest, Fixity
from versement.domain.tenant import Tenant

ARRIVING = "en-cours"
"""Folder of what is being written; no digest is named like it."""
ABANDONED_AFTER_SECONDS = 24 * 3600
"""A file being written that has not grown for so long belongs to a dead writer."""
PATIENCE_SECONDS = 60.0
"""How long whoever removes waits for those who write."""

_SHA512 = re.compile(r"[0-9a-f]{128}")


class DiskStaging:
    """Bytes on disk, one folder for each tenant.

    Args:
        patience: seconds before a turn is given up.
        early: files of a batch that are flushed together while the next ones come.
    """

    def __init__(self, root: Path, *, patience: float = PATIENCE_SECONDS, early: int = EARLY) -> None:
        self._root = root
        self._early = early
        self._swept: set[str] = set()
        self._turns = Turns(patience)

    def put(self, tenant: Tenant, chunks: Iterable[bytes]) -> Fixity:
        with self.batch(tenant) as batch:
            return batch.put(chunks)

    @contextmanager
    def batch(self, tenant: Tenant) -> Iterator[Arriving]:
        with self._disk():
            folder = self._ready(tenant)
        batch = Arriving(lambda: folder / secrets.token_hex(16), self._create, self._disk, self._flush, self._early)
        try:
            yield batch
            with self._disk():
                batch.flushed()
                self._settle(tenant, batch.arrived)
        except BaseException:
            batch.clear()
            raise
        batch.close()

    def open(self, tenant: Tenant, digest: Digest) -> BinaryIO:
        place = self.path(tenant, digest)
        with self._disk():
            return place.open("rb")

    def path(self, tenant: Tenant, digest: Digest) -> Path:
        if not self.has(tenant, digest):
            raise Defect(
                "L’espace de préparation de ce coffre ne contient pas un fichier attendu : "
                "signalez-le aux développeurs.",
                detail=f"not staged: {digest!s:.40}",
            )
        return self._place(tenant, digest)

    def has(self, tenant: Tenant, digest: Digest) -> bool:
        if digest.algorithm != "SHA-512" or not _SHA512.fullmatch(digest.value):
            return False
        with self._disk():
            return self._place(tenant, digest).is_file()

    @contextmanager
    def holding(self, tenant: Tenant) -> Iterator[None]:
        with self._disk():
            folder = self._ready(tenant)
        with self._turns.shared(folder.parent, folder):
            yield

    @contextmanager
    def removing(self, tenant: Tenant) -> Iterator[None]:
        with self._disk():
            folder = self._ready(tenant)
        try:
            with self._turns.alone(folder.parent, folder):
                yield
        except Busy as error:
            raise StagingBusy(
                "Une collecte ou une préparation est en cours dans ce coffre : rien n’a été retiré de l’espace de "
                "préparation. Relancez quand elle sera finie.",
                detail="staging is held by a writer",
            ) from error

    def remove(self, tenant: Tenant, digest: Digest) -> bool:
        if not self.has(tenant, digest):
            return False
        place = self._place(tenant, digest)
        with self._disk():
            place.unlink(missing_ok=True)
            synchronise(place.parent)
        return True

    def _store(self, tenant: Tenant) -> Path:
        return self._root / quote(tenant.key, safe="@")

    def _place(self, tenant: Tenant, digest: Digest) -> Path:
        value = digest.value
        return self._store(tenant) / value[:2] / value

    def _ready(self, tenant: Tenant) -> Path:
        """The tenant's folder of arriving files, rid of what dead writers left there."""
        folder = self._store(tenant) / ARRIVING
        self._flush_folders(_make_folders([folder]))
        if tenant.key not in self._swept:
            self._swept.add(tenant.key)
            oldest = time.time() - ABANDONED_AFTER_SECONDS
            for left in folder.iterdir():
                _sweep(left, oldest)
        return folder

    def _create(self, path: Path) -> BinaryIO:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb", buffering=0)

    def _settle(self, tenant: Tenant, arriving: Sequence[Arrived]) -> None:
        """Move files that are entire on the disk to their places, for good; over the same bytes, should they be there.

        Nothing is at a digest's place before it and the folders above are on the disk.
        """
        places = [self._place(tenant, one.fixity.digest) for one in arriving]
        folders = sorted({place.parent for place in places})
        self._flush_folders(_make_folders(folders))
        for one, place in zip(arriving, places, strict=True):
            self._move(one.path, place)
        self._flush_folders(folders)

    def _move(self, path: Path, place: Path) -> None:
        path.replace(place)

    def _flush(self, descriptors: Sequence[int]) -> None:
        flush(descriptors)

    def _flush_folders(self, folders: Sequence[Path]) -> None:
        with ExitStack() as stack:
            self._flush([opened(stack, folder) for folder in folders])

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """What the disk refuses, in words."""
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise StagingFull(
                    f"Plus de place dans l’espace de préparation ({self._room()}) : rien n’est perdu, rien n’a changé "
                    "à la source. Libérez de la place sur ce disque, puis relancez : la chaîne reprendra où elle en "
                    "était.",
                    detail=f"staging: {errno.errorcode[error.errno]}",
                ) from error
            raise SettingsError(
                "L’espace de préparation n’est pas utilisable : vérifiez que son dossier existe, que l’application "
                f"peut y écrire, et que le disque est sain ({error.strerror}).",
                detail=f"staging: {errno.errorcode.get(error.errno or 0, 'unknown')}",
            ) from error

    def _room(self) -> str:
        try:
            free = shutil.disk_usage(self._root).free
        except OSError:
            return "place restante inconnue"
        return f"{free // 1_000_000} Mo libres"


def _make_folders(folders: Iterable[Path]) -> list[Path]:
    """Make folders and those above them, for this user only; the folders that hold a new one."""
    changed: set[Path] = set()
    for folder in (one for one in folders if not one.is_dir()):
        missing = list(takewhile(lambda above: not above.is_dir(), (folder, *folder.parents)))
        for made in reversed(missing):
            made.mkdir(mode=0o700, exist_ok=True)
            changed.add(made.parent)
    return sorted(changed)


def _sweep(left: Path, oldest: float) -> None:
    try:
        if left.stat().st_mtime < oldest:
            left.unlink()
    except FileNotFoundError:
        return  # its writer has just moved it
