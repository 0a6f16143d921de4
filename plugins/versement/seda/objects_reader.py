"""Reads the data objects of a manifest, in declared groups or not, and finds the one that a unit refers to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from versement.domain.fixity import Fixity
from versement.seda.grammar import DATA_OBJECT, FILE_INFO, FORMAT
from versement.seda.identifiers import short
from versement.seda.manifest import entry_name
from versement.seda.model import BinaryObject, DataObjectGroup, PhysicalObject
from versement.seda.parts_reader import PartReader
from versement.seda.xml import child, local_name

OBJECTS = ("BinaryDataObject", "PhysicalDataObject")
_GROUP_ELEMENTS = ("DataObjectGroupId", "DataObjectGroupReferenceId")
_READ_APART = (*_GROUP_ELEMENTS, "MessageDigest", "Size")
_RAW = {"Compressed": "compressed", "Metadata": "metadata", "OtherMetadata": "other_metadata"}


class ObjectsReader:
    """Objects by group, as they are read; held whole, since any unit may refer to any of them."""

    def __init__(self, parts: PartReader) -> None:
        self._parts = parts
        self._members: dict[str, list[BinaryObject | PhysicalObject]] = {}
        self._group_of: dict[str, str] = {}
        self._used: set[str] = set()

    def read(self, element: etree._Element) -> bool:
        """Read a group, or an object outside of any; False for one that is read with its group."""
        parent = element.getparent()
        if local_name(element) == "DataObjectGroup":
            self._group(element)
            return True
        if parent is not None and local_name(parent) == "DataObjectGroup":
            return False
        self._object(element, "")
        return True

    def found(self, identifier: str) -> BinaryObject | DataObjectGroup | None:
        """The objects that an id stands for, be it of a group or of an object: one object, or else a group."""
        group = self._group_of.get(identifier, identifier)
        if group not in self._members:
            return None
        self._used.add(group)
        members = self._members[group]
        lone = members[0]
        if len(members) == 1 and isinstance(lone, BinaryObject) and not lone.key:
            return lone
        return DataObjectGroup(group, tuple(members))

    def orphans(self) -> tuple[DataObjectGroup, ...]:
        """Groups that were never asked for."""
        left = (group for group in self._members if group not in self._used)
        return tuple(DataObjectGroup(group, tuple(self._members[group])) for group in left)

    def _group(self, element: etree._Element) -> None:
        identifier = element.get("id", "")
        self._members.setdefault(identifier, [])
        for item in element:
            if local_name(item) in OBJECTS:
                self._object(item, identifier)
            else:
                self._parts.left_out(item)
        if not self._members[identifier]:
            del self._members[identifier]
            self._parts.remark(element, "ne contient aucun objet")

    def _object(self, element: etree._Element, group: str) -> None:
        key = element.get("id", "")
        for name in _GROUP_ELEMENTS:
            group = group or self._parts.token(child(element, name))
        group = group or f"{key}_groupe"
        item: BinaryObject | PhysicalObject
        if local_name(element) == "BinaryDataObject":
            item = _ours(self._binary(element, key), group)
        else:
            item = self._physical(element, key)
        self._members.setdefault(group, []).append(item)
        self._group_of[key] = group

    def _binary(self, element: etree._Element, key: str) -> BinaryObject:
        parts = self._parts
        said: dict[str, Any] = dict.fromkeys(("filename", "puid", "mime", "format_name"), "") | {"last_modified": None}

        def other(item: etree._Element) -> None:
            name = local_name(item)
            if name == "FormatIdentification":
                said.update(parts.values(FORMAT, item))
            elif name == "FileInfo":
                said.update(parts.values(FILE_INFO, item))
            elif name == "Uri":
                said["uri"] = parts.token(item)
            elif name in _RAW:
                said[_RAW[name]] = parts.raw(item)
            elif name not in _READ_APART:
                parts.left_out(item)

        said |= _head(parts.values(DATA_OBJECT, element, other))
        stated = child(element, "Size")
        size = parts.number(stated) if stated is not None else 0
        digest = parts.digest(child(element, "MessageDigest"))
        return BinaryObject(fixity=Fixity(digest, 0, size or 0), key=key, **said)

    def _physical(self, element: etree._Element, key: str) -> PhysicalObject:
        parts, extensions = self._parts, []
        said: dict[str, Any] = {"physical_id": ""}

        def other(item: etree._Element) -> None:
            name = local_name(item)
            if name == "PhysicalId":
                said["physical_id"] = parts.token(item)
            elif name == "PhysicalDimensions":
                said["dimensions"] = parts.raw(item)
            elif name not in _READ_APART:
                extensions.append(parts.raw(item))

        said |= _head(parts.values(DATA_OBJECT, element, other))
        return PhysicalObject(key=key, extensions=tuple(extensions), **said)


def _head(said: dict[str, Any]) -> dict[str, Any]:
    """Without a usage that says nothing: the archive's default, which is the model's, stands for it."""
    return {name: value for name, value in said.items() if name != "usage" or value}


def _ours(item: BinaryObject, group: str) -> BinaryObject:
    """The object without what the writer would give it by itself."""
    uri, name = item.uri, short(item.fixity.digest.value)
    item = replace(item, uri="")
    if entry_name(item) != uri:
        item = replace(item, uri=uri)
    return replace(item, key="") if (item.key, group) == (f"O{name}", f"G{name}") else item
