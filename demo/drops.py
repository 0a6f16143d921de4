"""What the SFTP server holds: the sample communes' drops, or a copy of the user's own folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from demo.places import Places
from sandbox.samples import COMMUNES, OTHERS, write_drops, write_others

FOLDER = "deliberations"


def sample_logins() -> list[str]:
    return [commune.key for commune in COMMUNES]


def prepare_samples(places: Places) -> None:
    """The first batch of each commune, and its other drops, on the server; a second call changes nothing."""
    samples = _samples(places)
    for login in sample_logins():
        _bring(samples / login / "first", places.drops / login / FOLDER)
    for login, folder in OTHERS:
        _bring(samples / login / folder, places.drops / login / folder)


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


def files_of(folder: Path) -> list[Path]:
    """Every file of a folder and its sub-folders, links aside, sorted.

    Raises:
        PermissionError: a folder cannot be read; its files would be missing from every count.
    """

    def stop(error: OSError) -> None:
        raise error

    found = [Path(where, name) for where, _, names in os.walk(folder, onerror=stop) for name in names]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _samples(places: Places) -> Path:
    samples = places.home / "exemples"
    if not samples.exists():
        temporary = places.home / f".exemples.{os.getpid()}"
        write_drops(temporary)
        write_others(temporary)
        temporary.rename(samples)
    return samples


def _bring(source: Path, drop: Path) -> int:
    """Copy whole files with their times; each appears at once or not at all."""
    files = files_of(source)
    for path in files:
        target = drop / path.relative_to(source)
        if target.exists() and _same(path, target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = drop.parent / f".copie.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        _copy(path, temporary)
        temporary.replace(target)
    return len(files)


def _copy(path: Path, target: Path) -> None:
    """A file, or, of one that cannot be read, an empty one that cannot be read either: the chain will say it."""
    try:
        shutil.copyfile(path, target)
    except PermissionError:
        target.touch(mode=0)
    shutil.copystat(path, target)


def _same(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return first.st_size == second.st_size and int(first.st_mtime) == int(second.st_mtime)
