"""What the SFTP server holds: the sample communes' drops, or a copy of the user's own folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from demo.places import Places
from sandbox.samples import COMMUNES, write_drops

FOLDER = "deliberations"


def sample_logins() -> list[str]:
    return [commune.key for commune in COMMUNES]


def prepare_samples(places: Places) -> None:
    """The first batch of each commune in its drop; a second call changes nothing."""
    samples = _samples(places)
    for login in sample_logins():
        _bring(samples / login / "first", places.drops / login / FOLDER)


def bring_late(places: Places, login: str) -> bool:
    """Drop what arrives after the first run; False when it was already there."""
    done = places.home / f"{login}.tardif"
    if done.exists():
        return False
    _bring(_samples(places) / login / "late", places.drops / login / FOLDER)
    done.touch()
    return True


def bring_own(places: Places, login: str, folder: Path) -> int:
    """Copy the user's folder into the drop as it is; return the number of files. The folder itself is only read."""
    return _bring(folder, places.drops / login / FOLDER)


def _samples(places: Places) -> Path:
    samples = places.home / "exemples"
    if not samples.exists():
        temporary = places.home / f".exemples.{os.getpid()}"
        write_drops(temporary)
        temporary.rename(samples)
    return samples


def _bring(source: Path, drop: Path) -> int:
    """Copy whole files with their times; each appears at once or not at all."""
    count = 0
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        count += 1
        target = drop / path.relative_to(source)
        if target.exists() and _same(path, target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = drop.parent / f".copie.{os.getpid()}"
        shutil.copyfile(path, temporary)
        shutil.copystat(path, temporary)
        temporary.replace(target)
    return count


def _same(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return first.st_size == second.st_size and int(first.st_mtime) == int(second.st_mtime)
