"""Which files of a drop have arrived whole. What has not waits for the next collection, and is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from versement.domain.documents import FileReference, Finding
from versement.domain.listing import Listing
from versement.domain.qualification import remark


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells that a file, or a folder, is whole.

    Attributes:
        end_marker: name of the file that ends a folder, and all that is below it; empty when there is none.
        temporary: suffixes, in any case, of files that are being written.
        receipts: folder of the drop where our own receipts stand; nothing in it is the drop's.
    """

    end_marker: str = ""
    temporary: tuple[str, ...] = ()
    receipts: str = ""


def arrived(first: Listing, second: Listing, signs: Signs) -> Listing:
    """The files of the second listing that were the same in the first one and bear all signs of being whole.

    No clock is compared: the times are the source's own, twice.
    """
    if signs.receipts:
        second = _without(second, f"{signs.receipts}/")
    before = set(first.files)
    why = {file.path: code for file in second if (code := _still_moving(file, before, signs))}
    if signs.end_marker:
        ended = _ended(second, why, signs.end_marker)
        why |= {file.path: "FOLDER_UNFINISHED" for file in second if file.path not in why and not ended[file.folder]}
    ready = [file for file in second if file.path not in why and file.name != signs.end_marker]
    told = [*second.left, *_told(why, signs)]
    return Listing.of(ready, told, whole=second.whole and not why, empty=_empty(first, second, signs))


def _empty(first: Listing, second: Listing, signs: Signs) -> Iterator[str]:
    """Folders that stayed empty; without its end marker a folder is one that is still to be filled."""
    marked = {file.folder for file in second if file.name == signs.end_marker}
    for path in second.empty:
        ended = not signs.end_marker or _marked_above(path.removesuffix("/"), marked) is not None
        if ended and path in first.empty and not f"{signs.receipts}/".startswith(path):
            yield path


def _without(listing: Listing, folder: str) -> Listing:
    files = tuple(file for file in listing if not file.path.startswith(folder))
    left = tuple(finding for finding in listing.left if not finding.path.startswith(folder))
    empty = tuple(path for path in listing.empty if not path.startswith(folder))
    return Listing(files, left, listing.whole, empty)


def _still_moving(file: FileReference, before: set[FileReference], signs: Signs) -> str:
    if file.name.lower().endswith(tuple(suffix.lower() for suffix in signs.temporary)):
        return "TRANSFER_RUNNING"
    return "" if file in before else "FILE_UNSETTLED"


def _ended(listing: Listing, why: Mapping[str, str], marker: str) -> Mapping[str, bool]:
    """For each folder that holds files, whether it stands in a marked folder of which nothing moves any more."""
    marked = {file.folder for file in listing if file.name == marker and file.path not in why}
    moving = {top for path in why if (top := _marked_above(path.rpartition("/")[0], marked)) is not None}
    folders = {file.folder for file in listing}
    return {folder: (top := _marked_above(folder, marked)) is not None and top not in moving for folder in folders}


def _marked_above(folder: str, marked: set[str]) -> str | None:
    """The outermost marked folder that a folder is, or is in."""
    parts = folder.split("/") if folder else []
    above = ("/".join(parts[:depth]) for depth in range(len(parts) + 1))
    return next((one for one in above if one in marked), None)


_WHY = {
    "TRANSFER_RUNNING": "est en cours de transfert (suffixe temporaire)",
    "FILE_UNSETTLED": "est arrivé, ou a changé, pendant que le dépôt était lu",
}


def _told(why: Mapping[str, str], signs: Signs) -> Iterator[Finding]:
    waiting = Counter(path.rpartition("/")[0] for path, code in why.items() if code == "FOLDER_UNFINISHED")
    for path, code in why.items():
        if code in _WHY:
            yield remark(code, f"« {path} » {_WHY[code]} : il attend la prochaine collecte.", path)
    for folder, count in waiting.items():
        yield remark(
            "FOLDER_UNFINISHED",
            f"« {folder or 'racine du dépôt'} » : attendu « {signs.end_marker} » et plus aucun fichier en mouvement, "
            f"trouvé autre chose. Ses {count} fichiers attendent la prochaine collecte.",
            folder,
        )
