"""Acts while they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from versement.domain.documents import Field, Readings, Role
from versement.domain.grouping.names import key


@dataclass(slots=True)
class Act:
    """An act while it is put together; `path` is its main file's, or the name of one that is missing.

    Attributes:
        others: role of each other file, and whether it is there, by path or by the name of a missing one.
        role: what the main file is.
    """

    path: str
    present: bool
    others: dict[str, tuple[Role, bool]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    readings: tuple[Readings, ...] = ()
    row: bool = False
    role: Role = Role.ACT

    def add(self, role: Role, paths: Iterable[tuple[str, bool]]) -> None:
        """Add what is not there yet: a present file by its path, a missing one by its name."""
        missing = {key(path) for path, (_, present) in self.others.items() if not present}
        for path, present in paths:
            if (path == self.path and self.present >= present) or (not present and key(path) in missing):
                continue
            known, there = self.others.get(path, (role, False))
            self.others[path] = (known, present or there)

    def add_readings(self, readings: Readings) -> None:
        if readings and readings not in self.readings:
            self.readings += (readings,)

    def present_files(self) -> Iterator[str]:
        """Paths of its files that are in the drop, messages aside."""
        if self.present:
            yield self.path
        yield from (path for path, (_, present) in self.others.items() if present)

    def files(self) -> Iterator[tuple[str, Role, bool]]:
        """Every file: the act, annexes, then what proves it."""
        if self.present or self.path:
            yield self.path, self.role, self.present
        ordered = sorted(self.others.items(), key=lambda item: ORDER.index(item[1][0]))
        yield from ((path, role, present) for path, (role, present) in ordered if role is not Role.PROOF)
        yield from ((path, Role.MESSAGE, True) for path in self.messages)
        yield from ((path, role, present) for path, (role, present) in ordered if role is Role.PROOF)

    def identifiers(self) -> set[str]:
        """Every IDActe that something says this act has."""
        return {value.text for part in self.readings for name, value in part if name is Field.ID_ACTE}


ORDER = (Role.ANNEX, Role.STAMPED, Role.SIGNATURE, Role.PROOF)
