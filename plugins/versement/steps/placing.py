"""Where records stand in the archive: units above them, which exist once, and the record's own unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from versement.domain.documents import CollectedFile, SourceDocument
from versement.domain.errors import Defect
from versement.seda.model import ArchiveUnit, Attachment, BinaryObject


@dataclass(frozen=True, slots=True)
class Placed:
    """One record ready to be packed, with what comes with it.

    Attributes:
        unit: the record's own unit with its children; `attach_to` is set when the archive holds it already.
        ancestors: units above it, from the top, without children; none when it is held.
        members: documents that leave with it.
        group: records of different groups never share a transfer.
    """

    unit: ArchiveUnit
    ancestors: tuple[ArchiveUnit, ...]
    members: tuple[SourceDocument, ...]
    group: str = ""

    @property
    def held(self) -> bool:
        return self.unit.attach_to is not None


@dataclass(slots=True)
class _Node:
    unit: ArchiveUnit
    children: list[_Node] = field(default_factory=list)

    def made(self) -> ArchiveUnit:
        return replace(self.unit, children=(*self.unit.children, *(child.made() for child in self.children)))


def new_ancestors(placed: Placed, held: Callable[[str], bool]) -> tuple[ArchiveUnit, ...]:
    """Ancestors that the archive does not hold: those below the lowest one that it holds."""
    new: list[ArchiveUnit] = []
    for unit in reversed(placed.ancestors):
        if held(unit.key):
            break
        new.append(unit)
    return tuple(reversed(new))


def rooted(batch: Sequence[Placed], held: Callable[[str], bool]) -> Iterator[ArchiveUnit]:
    """Root units of a transfer: each ancestor once, those that the archive holds only where they receive children."""
    nodes: dict[str, _Node] = {}
    roots: list[_Node] = []
    for placed in batch:
        path = _path(placed, held)
        above: list[_Node] = roots
        for unit in path:
            if unit.key not in nodes:
                nodes[unit.key] = _Node(unit)
                above.append(nodes[unit.key])
            above = nodes[unit.key].children
        above.append(_Node(placed.unit))
    return (node.made() for node in roots)


def _path(placed: Placed, held: Callable[[str], bool]) -> Iterable[ArchiveUnit]:
    new = new_ancestors(placed, held)
    if len(new) == len(placed.ancestors):
        return new
    parent = placed.ancestors[len(placed.ancestors) - len(new) - 1]
    return (attached(parent), *new)


def attached(unit: ArchiveUnit) -> ArchiveUnit:
    """A unit that the archive holds: its children go under it, nothing of it changes."""
    return ArchiveUnit(
        key=unit.key,
        level=unit.level,
        title=unit.title,
        originating_system_id=unit.key,
        start_date=unit.start_date,
        end_date=unit.end_date,
        attach_to=Attachment(unit.key),
    )


def object_of(file: CollectedFile, name: str = "") -> BinaryObject:
    """A file as the SIP carries it, under its own name unless another is given.

    Raises:
        Defect: qualification let a file without bytes through.
    """
    if file.fixity is None:
        raise Defect(
            f"« {file.path} » est empaqueté sans contenu : signalez-le aux développeurs.",
            detail="packaging a file without bytes",
        )
    return BinaryObject(
        fixity=file.fixity,
        filename=name or file.name,
        last_modified=file.modified,
        puid=file.puid,
        mime=file.mime,
        format_name=file.format_name,
    )
