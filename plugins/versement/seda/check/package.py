"""What a manifest holds, as far as the checks need it; kept small, since a SIP may hold 100 000 units."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class DataObject:
    """A BinaryDataObject or PhysicalDataObject; texts as written, empty when absent.

    Attributes:
        group: id of its group, its own id when it declares none.
        uri: None when there is none.
        size: None when absent.
        puid: FormatId, the format that the manifest announces.
    """

    id: str
    physical: bool
    group: str = ""
    version: str = ""
    uri: str | None = None
    algorithm: str = ""
    digest: str = ""
    size: int | None = None
    physical_id: str = ""
    puid: str = ""

    @property
    def full_version(self) -> str:
        """`BinaryMaster_1` for `BinaryMaster`, and when nothing is written."""
        written = self.version or ("PhysicalMaster" if self.physical else "BinaryMaster")
        return written if "_" in written else f"{written}_1"


@dataclass(slots=True)
class Unit:
    """An ArchiveUnit.

    Attributes:
        parent: id of the unit that contains it, empty at the root.
        reference: ArchiveUnitRefId as written, None when the element is a unit of its own.
        shown: ids that its DataObjectReference elements name, groups or objects.
        update: code of what is wrong with its UpdateOperation; empty when all is well, None when it has none.
    """

    id: str
    parent: str
    reference: str | None = None
    shown: tuple[str, ...] = ()
    update: str | None = None


@dataclass(slots=True)
class Fault:
    """What is wrong with a unit's description: Vitam's action and sub-code, and a French message.

    Attributes:
        unit: its id, empty for the rules of ManagementMetadata.
    """

    unit: str
    code: str
    message: str


@dataclass(slots=True)
class Package:
    """A manifest.

    Attributes:
        declared: ids of groups that the manifest declares itself.
        faults: of units' descriptions; `more_faults` were left out.
        longest: bytes of the longest text.
        extensions: by name, how many elements the grammar lets through without knowing them.
    """

    version: str = ""
    agreement: str = ""
    agency: str = ""
    objects: dict[str, DataObject] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    units: dict[str, Unit] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    longest: int = 0
    extensions: dict[str, int] = field(default_factory=dict)
