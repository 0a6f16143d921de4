"""A drop in a local folder. Symbolic links are never followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from versement.adapters.sources import names, outcomes
from versement.adapters.sources.empties import empty_folders
from versement.domain.documents import FileReference, Finding
from versement.domain.errors import SettingsError, SourceUnavailable
from versement.domain.fixity import CHUNK
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant


class FolderSource:
    """Reads a folder of the machine that collects.

    Attributes:
        folder: root of the drop; what is outside of it is never read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def listing(self, tenant: Tenant) -> Listing:
        del tenant  # one adapter reads one tenant's drop
        found: list[FileReference] = []
        left: list[Finding] = []
        folders: set[str] = set()
        waiting = [(os.fsencode(self.folder), "", 0)]
        while waiting:
            path, shown, depth = waiting.pop()
            for entry in self._entries(path, shown, folders, left):
                name = f"{shown}{names.readable(entry.name)}"
                if entry.is_dir(follow_symlinks=False):
                    if depth == names.MAX_DEPTH:
                        raise outcomes.too_deep(shown)
                    waiting.append((entry.path, f"{name}/", depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    found += _reference(entry, name)
                    if len(found) > names.MAX_FILES:
                        raise outcomes.too_many()
                else:
                    left.append(outcomes.special(name, link=entry.is_symlink()))
        held = (*(file.path for file in found), *(finding.path for finding in left))
        return Listing.of(found, left, empty=empty_folders(folders - {""}, held))

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        del tenant
        *folders, name = names.original_parts(reference.path)
        with ExitStack() as stack:
            try:
                parent = self._open_parent(stack, folders)
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
                stack.callback(os.close, file)
                _check(reference, os.fstat(file))
                total = 0
                while chunk := os.read(file, CHUNK):
                    total += len(chunk)
                    yield chunk
                _check(reference, os.stat(name, dir_fd=parent, follow_symlinks=False))
            except PermissionError as error:
                raise outcomes.forbidden(reference) from error
            except (FileNotFoundError, NotADirectoryError) as error:
                raise outcomes.vanished(reference) from error
            except OSError as error:
                raise outcomes.vanished(reference) if error.errno == errno.ELOOP else _failed(error) from error
            if total != reference.size:
                raise outcomes.changed(reference, size=total, modified=reference.modified)

    def write(self, folder: str, name: str, data: bytes) -> None:
        """See receipts.Writer. No link is followed on the way, and a reader never sees half a receipt."""
        with ExitStack() as stack:
            try:
                parent = self._open_parent(stack, ())
                for part in folder.split("/"):
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=parent)
                    parent = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
                    stack.callback(os.close, parent)
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
                with os.fdopen(os.open(f".{name}", flags, 0o644, dir_fd=parent), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(f".{name}", name, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError as error:
                raise outcomes.no_receipt(folder, type(error).__name__) from error

    def close(self) -> None:
        """Nothing is held between calls."""

    def _entries(self, path: bytes, shown: str, opened: set[str], left: list[Finding]) -> Iterator[os.DirEntry[bytes]]:
        """What a folder holds, added to those opened unless it went away between its parent's listing and its own."""
        try:
            with os.scandir(path) as entries:
                opened.add(shown.rstrip("/"))
                yield from entries
        except (FileNotFoundError, NotADirectoryError) as error:
            if not shown:
                raise _no_folder(error) from error
        except PermissionError as error:
            if not outcomes.of_system(folder := shown.rstrip("/")):
                raise outcomes.unreadable_folder(folder or "racine") from error
            left.append(outcomes.system_folder(folder))
        except OSError as error:
            raise _failed(error) from error

    def _open_parent(self, stack: ExitStack, folders: Sequence[bytes]) -> int:
        """Open each folder on the way without following links, so that no path leads outside."""
        try:
            opened = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise _no_folder(error) from error
        stack.callback(os.close, opened)
        for folder in folders:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened)
            stack.callback(os.close, opened)
        return opened


def _no_folder(error: OSError) -> SettingsError:
    return SettingsError(
        "Dépôt : le dossier indiqué par la fiche (source.path) est introuvable. Créez-le, ou corrigez la fiche.",
        detail=f"drop folder: {type(error).__name__}",
    )


def _reference(entry: os.DirEntry[bytes], name: str) -> Iterator[FileReference]:
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    yield FileReference(name, found.st_size, _seconds(found))


def _check(reference: FileReference, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise outcomes.changed(reference, size=found.st_size, modified=_seconds(found))
    outcomes.check_unchanged(reference, size=found.st_size, modified=_seconds(found))


def _seconds(found: os.stat_result) -> int:
    return found.st_mtime_ns // 1_000_000_000


def _failed(error: OSError) -> SourceUnavailable:
    return SourceUnavailable(
        "Dépôt : le dossier ne répond pas. La collecte reprendra d’elle-même ; prévenez l’exploitant si cela dure.",
        detail=f"{type(error).__name__} errno {error.errno}",
    )
