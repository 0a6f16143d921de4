"""Which paths of a drop are technical residue: by the name of the file, or by that of a folder above it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable

from versement.domain.documents import FileReference
from versement.domain.grouping.names import base, folder_of

CACHE_TAG = "cachedir.tag"
"""Name, in lower case, of the file by which a program says that a folder is its cache (Cache Directory Tagging
Specification 0.6). A folder that is merely called « cache » is anybody's: it is judged by its files, one by one."""

_RECEIPT = re.compile(r"accuse-[0-9a-f]{32}\.(?:json|txt)")
"""Name of a receipt that we wrote at the source, which stays there once the profile asks for none, or elsewhere."""


def residue_among(paths: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Paths that patterns name, all that is below a folder that they name or that bears a cache's tag, our receipts.

    Args:
        paths: of a drop's files, the whole drop.
        patterns: of base names (`*` and `?`), whatever their case; one that ends with `/` is of a folder's name.
    """
    known = list(paths)
    said = [pattern.casefold() for pattern in patterns]
    is_file = _matcher(pattern for pattern in said if not pattern.endswith("/"))
    is_folder = _matcher(pattern.removesuffix("/") for pattern in said if pattern.endswith("/"))
    below = {"": False}
    tagged = {folder_of(path) for path in known if base(path).casefold() == CACHE_TAG}

    def within(folder: str) -> bool:
        unknown = []
        while folder not in below:
            unknown.append(folder)
            folder = folder_of(folder)
        found = below[folder]
        for each in reversed(unknown):
            found = found or each in tagged or is_folder(base(each).casefold())
            below[each] = found
        return found

    return {
        path
        for path in known
        if is_file(base(path).casefold()) or _RECEIPT.fullmatch(base(path)) or within(folder_of(path))
    }


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    either = "|".join(map(fnmatch.translate, patterns))
    compiled = re.compile(either or r"(?!)")
    return lambda name: compiled.match(name) is not None


def parted(
    listing: Iterable[FileReference], patterns: Iterable[str]
) -> tuple[tuple[FileReference, ...], list[FileReference]]:
    """The residue of a listing, and the rest; each sorted."""
    files = sorted(set(listing))
    residue = residue_among((file.path for file in files), patterns)
    return tuple(file for file in files if file.path in residue), [file for file in files if file.path not in residue]
