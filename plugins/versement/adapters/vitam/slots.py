"""How many deposits one platform is sent at a time, whatever tenants and machines they come from."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from versement.domain.errors import ArchiveUnavailable, SettingsError


class Slots:
    """Places to send from, one locked file each; a process that dies leaves its place.

    Args:
        folder: the same for all who send to this platform.
        places: how many there are.
    """

    def __init__(self, folder: Path, places: int) -> None:
        self._folder = folder
        self._places = places

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            ArchiveUnavailable: all are taken; nothing was sent.
            SettingsError: the folder takes no locks.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            place = self._taken()
        except OSError as error:
            raise SettingsError(
                "Espace de préparation : les verrous qui bornent les envois ne peuvent pas y être posés. Vérifiez que "
                "le disque n’est pas plein, que la chaîne peut y écrire et qu’il admet les verrous (flock).",
                detail=f"deposit slots: {error.strerror}",
            ) from error
        try:
            yield
        finally:
            os.close(place)

    def _taken(self) -> int:
        for number in range(self._places):
            place = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return place
            os.close(place)
        raise ArchiveUnavailable(
            f"Plateforme cible : ses {self._places} places d’envoi (« deposit_slots ») sont prises par d’autres "
            "versements. Celui-ci attend son tour, rien n’est perdu.",
            detail="no free deposit slot",
        )
