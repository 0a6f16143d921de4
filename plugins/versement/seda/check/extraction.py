"""Takes from a manifest, while it is read, what Vitam extracts from it: objects, groups, units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from versement.seda.check.bounds import Keeper
from versement.seda.check.package import DataObject, Fault, Package, Unit
from versement.seda.check.units import RULES, Description

MAX_FAULTS = 5_000
"""Faults of units that are kept; more are counted."""

_SHOWN_KEPT = 3
_OBJECTS = ("BinaryDataObject", "PhysicalDataObject")
_KEPT = frozenset(
    (
        "DataObjectVersion",
        "Uri",
        "MessageDigest",
        "Size",
        "PhysicalId",
        "DataObjectGroupId",
        "DataObjectGroupReferenceId",
    )
)
_GLOBAL = 3
"""Depth of ManagementMetadata, below ArchiveTransfer and DataObjectPackage."""
_GUID = re.compile(r"a[e-h][a-z2-7]{34}")


@dataclass(slots=True)
class _OpenUnit:
    unit: Unit
    depth: int
    description: Description = field(default_factory=Description)
    system_id: str = ""
    key: dict[str, str] | None = None


class Extraction:
    """Told of every element by `Follower`; fills `package`."""

    def __init__(self, version: str) -> None:
        self.package = Package(version)
        self._keeper = Keeper()
        self._group = ""
        self._object: DataObject | None = None
        self._units: list[_OpenUnit] = []
        self._global = Description(level=True, title=True)

    def opened(self, path: list[str], attributes: Mapping[str, str]) -> None:
        name = path[-1]
        if name == "ArchiveUnit":
            self._open_unit(len(path), attributes.get("id", ""))
        elif self._units:
            self._open_in_unit(path, attributes)
        elif name in _OBJECTS:
            self._keeper.item()
            self._object = DataObject(
                self._keeper.kept(attributes.get("id", "")), name == "PhysicalDataObject", self._group
            )
        elif name == "DataObjectGroup":
            self._group = self._keeper.kept(attributes.get("id", ""))
            self.package.declared.add(self._group)
            self.package.groups.setdefault(self._group, [])
        elif name == "MessageDigest" and self._object is not None and path[-2] in _OBJECTS:
            self._object.algorithm = attributes.get("algorithm", "")

    def closed(self, path: list[str], text: str, size: int) -> None:
        name = path[-1]
        self.package.longest = max(self.package.longest, size)
        if self._units:
            self._close_in_unit(path, name, text, size)
        elif name in _OBJECTS:
            self._close_object()
        elif name == "DataObjectGroup":
            self._group = ""
        elif self._object is not None:
            if path[-2] in _OBJECTS and name in _KEPT:
                self._take(self._object, name, self._keeper.kept(text))
            elif name == "FormatId" and path[-2] == "FormatIdentification":
                self._object.puid = self._keeper.kept(text)
        elif name == "ArchivalAgreement" and len(path) == 2:
            self.package.agreement = text
        elif len(path) > _GLOBAL and path[_GLOBAL - 1] == "ManagementMetadata":
            self._close_in_metadata(path, name, text, size)
        elif name == "ManagementMetadata":
            self._close_metadata()

    def _close_in_metadata(self, path: list[str], name: str, text: str, size: int) -> None:
        if name == "OriginatingAgencyIdentifier" and path[-2] == "ManagementMetadata":
            self.package.agency = text
        elif path[_GLOBAL] in RULES and text:
            self._global.value("Management", path[-2], name, text, size)

    def _close_metadata(self) -> None:
        """Vitam gives the rules of ManagementMetadata to the root units, and judges them there."""
        if any(not unit.parent and unit.reference is None for unit in self.package.units.values()):
            for code, message in self._global.wrong():
                self._fault(Fault("", code, message))

    def _close_object(self) -> None:
        found = self._object
        if found is None:
            return
        found.group = found.group or found.id
        self.package.objects[found.id] = found
        self.package.groups.setdefault(found.group, []).append(found.id)
        self._object = None

    def _take(self, found: DataObject, name: str, text: str) -> None:
        if name == "DataObjectVersion":
            found.version = text.strip()
        elif name == "Uri":
            found.uri = text
        elif name == "MessageDigest":
            found.digest = text
        elif name == "Size":
            found.size = int(text) if text.strip().isdecimal() and len(text) < 20 else None
        elif name == "PhysicalId":
            found.physical_id = text.strip()
        elif name in ("DataObjectGroupId", "DataObjectGroupReferenceId") and not found.group:
            found.group = text.strip()
            if name == "DataObjectGroupId":
                self.package.declared.add(found.group)

    def _open_unit(self, depth: int, identifier: str) -> None:
        self._keeper.item()
        unit = Unit(self._keeper.kept(identifier), self._units[-1].unit.id if self._units else "")
        self.package.units[identifier] = unit
        self._units.append(_OpenUnit(unit, depth))

    def _open_in_unit(self, path: list[str], attributes: Mapping[str, str]) -> None:
        here, name = self._units[-1], path[-1]
        if name == "CustodialHistoryItem" and "when" in attributes:
            here.description.date("l’attribut when de CustodialHistoryItem", attributes["when"].strip())
        elif name == "UpdateOperation" and path[here.depth :] == ["Management", "UpdateOperation"]:
            here.unit.update = ""
        elif name == "ArchiveUnitIdentifierKey" and path[-2] == "UpdateOperation":
            here.key = {}

    def _close_in_unit(self, path: list[str], name: str, text: str, size: int) -> None:
        here = self._units[-1]
        below = len(path) - here.depth
        if not below:
            self._close_unit(here)
        elif below == 1:
            if name == "ArchiveUnitRefId":
                here.unit.reference = self._keeper.kept(text)
        elif path[here.depth] == "DataObjectReference":
            if below == 2:
                _show(here.unit, self._keeper.kept(text.strip()))
        elif path[here.depth] in ("Content", "Management"):
            if path[-2] == "UpdateOperation" and name == "SystemId":
                here.system_id = text.strip()
            elif here.key is not None and path[-2] == "ArchiveUnitIdentifierKey":
                here.key[name] = text.strip()
            if text or below == 2:
                here.description.value(path[here.depth], path[-2], name, text, size)

    def _close_unit(self, here: _OpenUnit) -> None:
        self._units.pop()
        unit = here.unit
        if unit.update is not None:
            unit.update = _update_error(here)
        elif unit.reference is None:
            for code, message in here.description.wrong():
                self._fault(Fault(unit.id, code, message))

    def _fault(self, fault: Fault) -> None:
        if len(self.package.faults) < MAX_FAULTS:
            self.package.faults.append(fault)
        else:
            self.package.more_faults += 1


def _update_error(here: _OpenUnit) -> str:
    if here.key is not None:
        return "" if here.key.get("MetadataName") and here.key.get("MetadataValue") else "EMPTY_KEY_ATTACHMENT"
    return "" if _GUID.fullmatch(here.system_id) else "INVALID_GUID_ATTACHMENT"


def _show(unit: Unit, name: str) -> None:
    """Two are enough to know that there are several."""
    if name not in unit.shown and len(unit.shown) < _SHOWN_KEPT:
        unit.shown = (*unit.shown, name)
