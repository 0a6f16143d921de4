"""Sources that hold items, not folders: each item is shown as the folder `<id>/`, its description and its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

from versement.adapters.sources import names, outcomes
from versement.adapters.sources.web import Web
from versement.domain.documents import FileReference, Finding
from versement.domain.fixity import CHUNK
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant

UNKNOWN_SIZE = -1
"""Size of a file that only its reading tells."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the application tells it.

    Attributes:
        id: as the application writes it.
        modified: seconds since the epoch.
        name: of the file that describes it.
        description: content of that file.
        files: address of each file, by its path below the item.
    """

    id: str
    modified: int
    name: str
    description: bytes
    files: Mapping[str, str]

    @property
    def folder(self) -> str:
        return segment(self.id)

    def references(self) -> Iterator[FileReference]:
        yield FileReference(f"{self.folder}/{self.name}", len(self.description), self.modified)
        for path in self.files:
            yield FileReference(f"{self.folder}/{path}", UNKNOWN_SIZE, self.modified)


class Items(Protocol):
    """An application that tells its items."""

    def found(self) -> Iterable[Item | Finding]:
        """Every item, or why one cannot be taken; one may come twice."""
        ...

    def current(self, item_id: str) -> Item | None:
        """An item as it is now; None when it is no longer there."""
        ...


class ItemsSource:
    """Shows an application's items as a drop.

    Attributes:
        whole: the items are all that the application holds for this profile, not those of some time only.
    """

    def __init__(self, web: Web, items: Items, *, whole: bool = True) -> None:
        self._web = web
        self._items = items
        self.whole = whole

    def listing(self, tenant: Tenant) -> Listing:
        del tenant  # one adapter reads one tenant's items
        files: dict[str, FileReference] = {}
        left: list[Finding] = []
        for found in self._items.found():
            if isinstance(found, Finding):
                left.append(found)
                continue
            files |= {reference.path: reference for reference in found.references()}
            if len(files) > names.MAX_FILES:
                raise outcomes.too_many()
        return Listing.of(files.values(), left, whole=self.whole)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        del tenant
        names.original_parts(reference.path)
        folder, _, path = reference.path.partition("/")
        item = self._checked(reference, folder)
        if path == item.name:
            yield from (item.description[start : start + CHUNK] for start in range(0, len(item.description), CHUNK))
            return
        yield from self._web.stream(item.files[path], reference)
        self._checked(reference, folder)

    def close(self) -> None:
        self._web.close()

    def _checked(self, reference: FileReference, folder: str) -> Item:
        """The item now, once it is sure to hold the file as it was listed."""
        item = self._items.current(names.original(folder).decode("utf-8", "surrogateescape"))
        now = {one.path: one for one in item.references()} if item else {}
        if item is None or reference.path not in now:
            raise outcomes.vanished(reference)
        found = now[reference.path]
        outcomes.check_unchanged(reference, size=found.size, modified=found.modified)
        return item


def segment(name: str) -> str:
    """Any text as one part of a path."""
    shown = names.readable(name.encode("utf-8", "surrogatepass")) or names.escaped(" ")
    return names.escaped(shown) if shown in (".", "..") else shown


def told_apart(files: Iterable[tuple[str, str]], taken: str = "") -> dict[str, str]:
    """Names and addresses as a mapping; a name that comes again, or is taken, has its rank before it."""
    found: dict[str, str] = {}
    for rank, (name, address) in enumerate(files, start=1):
        while name in found or name == taken:
            name = f"{rank}-{name}"  # noqa: PLW2901 - the name that it gets
        found[name] = address
    return found


def canonical(value: object) -> bytes:
    """JSON, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "backslashreplace")


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path of a JSON value; None when nothing does."""
    for part in path.split(".") if path else ():
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def seconds(value: object, zone: tzinfo = UTC) -> int | None:
    """A date and time (ISO 8601, or seconds since the epoch), as seconds since the epoch; None when it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if 0 <= value < 1 << 40 else None
    with suppress(ValueError, OverflowError):
        text = str(value)
        if text.isdecimal() and len(text) > 8:
            return int(text) if len(text) < 12 else None
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
    return None
