"""Which folders of a drop hold nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def empty_folders(folders: Iterable[str], held: Iterable[str]) -> Iterator[str]:
    """Folders below which there is nothing at all, the highest of each branch, each with a `/` at its end.

    Args:
        folders: paths, without `/` at their end; the drop's root is none.
        held: paths of whatever is no folder.
    """
    filled: set[str] = set()
    for path in held:
        while (path := path.rpartition("/")[0]) and path not in filled:
            filled.add(path)
    empty = {folder for folder in folders if folder not in filled}
    return (f"{folder}/" for folder in empty if folder.rpartition("/")[0] not in empty)
