"""Documents of the sandbox Pastell, its journal, and what is to happen to them while they are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Document:
    """One document of an entity.

    Attributes:
        data: texts by field; files are in `files`.
        files: names and contents by field.
        state: last state; `since` is when it came to it (`AAAA-MM-JJ hh:mm:ss`, local time, as Pastell writes).
        actions: that may be asked for now.
    """

    id_d: str
    id_e: int
    type: str
    titre: str
    state: str
    since: str
    modification: str
    data: dict[str, Any]
    files: dict[str, list[tuple[str, bytes]]]
    actions: list[str]
    last_action: str = ""

    def row(self) -> dict[str, Any]:
        """As lists show it."""
        return {
            **self.info(),
            "id_e": self.id_e,
            "role": "editeur",
            "last_action": self.state,
            "last_action_date": self.since,
            "last_type": self.type,
            "date_dernier_etat": self.since,
        }

    def info(self) -> dict[str, Any]:
        return {
            "id_d": self.id_d,
            "type": self.type,
            "titre": self.titre,
            "creation": self.modification,
            "modification": self.modification,
        }

    def detail(self) -> dict[str, Any]:
        named = {name: [file for file, _ in files] for name, files in self.files.items() if files}
        data = {**self.data, **named}
        return {
            "info": self.info(),
            "data": data or [],  # PHP writes an empty object so
            "action_possible": self.actions,
            "last_action": {"action": self.last_action or self.state, "message": "", "date": self.since},
        }


@dataclass(slots=True)
class Fault:
    """An answer given instead of the real one to the next requests whose path holds a text."""

    path: str
    status: int
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Store:
    """Everything, in memory."""

    documents: dict[str, Document] = field(default_factory=dict)
    journal: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    between_pages: list[dict[str, Any]] = field(default_factory=list)

    def put(self, said: Mapping[str, Any]) -> None:
        document = Document(**said)
        self.documents[document.id_d] = document

    def listed(self, id_e: int, filters: Mapping[str, str]) -> Iterator[Document]:
        """Documents of an entity that the filters take, the last to change state first."""
        ordered = sorted(self.documents.values(), key=lambda one: (one.since, one.id_d), reverse=True)
        for one in ordered:
            wanted = {"type": one.type, "lastetat": one.state}
            if one.id_e != id_e or any(filters.get(name) not in (None, "", value) for name, value in wanted.items()):
                continue
            if filters.get("last_state_begin", "") <= one.since and (
                not filters.get("last_state_end") or one.since[:10] <= filters["last_state_end"]
            ):
                yield one

    def note(self, id_d: str, action: str, message: str) -> None:
        self.journal.append({"id_d": id_d, "action": action, "message": message})

    def move(self) -> None:
        """Do what was to happen between two pages, one thing at a time."""
        if self.between_pages:
            step = self.between_pages.pop(0)
            if step.get("remove"):
                self.documents.pop(step["remove"], None)
            if step.get("touch") in self.documents:
                self.documents[step["touch"]].since = step["since"]
