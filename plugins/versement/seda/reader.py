"""Reads a manifest, ours or another's, into the model that `manifest` writes.

What is read and written again has the same ids, tree, objects and metadata; what the model does not hold is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from versement.domain.errors import UnreadableFile
from versement.seda.grammar import CONTENT
from versement.seda.header_reader import read_header
from versement.seda.management_reader import read_management
from versement.seda.model import ArchiveTransfer, ArchiveUnit, BinaryObject, DataObjectGroup
from versement.seda.objects_reader import OBJECTS, ObjectsReader
from versement.seda.parts_reader import PartReader, Remark
from versement.seda.versions import DEFAULT, ROOT, VERSIONS, version_of, wrong_root
from versement.seda.xml import Unreadable, children, forget, local_name, stream_xml

_READ = ("ArchiveUnit", "DataObjectGroup", *OBJECTS)


@dataclass(frozen=True, slots=True)
class Reading:
    """A manifest that was read.

    Attributes:
        transfer: `keep_ids` is set: keys are the manifest's ids.
        orphans: groups that no unit refers to, which Vitam refuses.
        remarks: what the model does not hold as it stands, or Vitam refuses.
    """

    transfer: ArchiveTransfer
    orphans: tuple[DataObjectGroup, ...]
    remarks: tuple[Remark, ...]


def read_manifest(source: BinaryIO) -> Reading:
    """Read a whole manifest.

    Raises:
        UnreadableFile: not XML, or no ArchiveTransfer of SEDA 2.1, 2.2 or 2.3.
    """
    reader = ManifestReader(source)
    units = tuple(reader.roots())
    return Reading(reader.transfer(units), reader.orphans(), reader.remarks())


class ManifestReader:
    """Reads a manifest root by root, so that a large one is never held whole; its objects are."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._parts = PartReader(DEFAULT)
        self._objects = ObjectsReader(self._parts)
        self._header: dict[str, Any] = {}

    def roots(self) -> Iterator[ArchiveUnit]:
        """Root units in the order of the manifest; to be gone through once, to the end, before anything else.

        Raises:
            UnreadableFile: not XML, or no ArchiveTransfer of SEDA 2.1, 2.2 or 2.3.
        """
        try:
            yield from self._roots()
        except Unreadable as error:
            raise UnreadableFile(
                f"Bordereau : un message ArchiveTransfer de SEDA {', '.join(VERSIONS)} était attendu, mais {error}. "
                "Vérifiez le fichier auprès de qui l’a produit.",
                detail=f"manifest not readable, line {error.line}: {error}",
            ) from error

    def transfer(self, units: Iterable[ArchiveUnit]) -> ArchiveTransfer:
        """The message around these units."""
        return ArchiveTransfer(**self._header, units=units, keep_ids=True)

    def orphans(self) -> tuple[DataObjectGroup, ...]:
        return self._objects.orphans()

    def remarks(self) -> tuple[Remark, ...]:
        return tuple(self._parts.remarks)

    def _roots(self) -> Iterator[ArchiveUnit]:
        root: etree._Element | None = None
        around: list[list[ArchiveUnit]] = []
        for event, element in stream_xml(self._source, *_READ):
            if root is None:
                root = element
                self._begin(element)
            elif local_name(element) != "ArchiveUnit":
                if event == "end" and not around and self._objects.read(element):
                    forget(element)
            elif event == "start":
                around.append([])
            else:
                unit = self._unit(element, tuple(around.pop()))
                forget(element)
                if around:
                    around[-1].append(unit)
                else:
                    yield unit
        if root is not None:
            self._header |= read_header(self._parts, root)

    def _begin(self, root: etree._Element) -> None:
        space = etree.QName(root).namespace or ""
        version = version_of(space)
        if local_name(root) != ROOT or version not in VERSIONS:
            raise Unreadable(f"l’élément racine {wrong_root(space, local_name(root))}", 1)
        self._parts = PartReader(version)
        self._objects = ObjectsReader(self._parts)
        self._header = {"version": version}

    def _unit(self, element: etree._Element, below: tuple[ArchiveUnit, ...]) -> ArchiveUnit:
        parts = self._parts
        said: dict[str, Any] = {
            "key": element.get("id", ""),
            "level": "",
            "title": "",
            "language": "",
            "children": below,
        }
        for item in element:
            name = local_name(item)
            if name == "Content":
                said |= parts.content(CONTENT, item)
            elif name == "Management":
                said |= read_management(parts, item)
            elif name == "ArchiveUnitProfile":
                said["profile"] = parts.token(item)
            elif name == "ArchiveUnitRefId":
                said["refers_to"] = parts.token(item)
            elif name == "DataObjectReference":
                said |= self._reference(item, said)
            elif name != "ArchiveUnit":
                parts.left_out(item)
        return ArchiveUnit(**said)

    def _reference(self, element: etree._Element, said: Mapping[str, Any]) -> dict[str, Any]:
        for item in children(element, "DataObjectGroupReferenceId", "DataObjectReferenceId"):
            found = self._objects.found(self._parts.token(item))
            if found is None:
                self._parts.remark(item, "désigne un objet qui n’est pas dans le bordereau")
            elif "object" in said or "group" in said:
                self._parts.remark(item, "désigne un second groupe d’objets, ce que Vitam refuse ; il n’est pas repris")
            else:
                return {"object" if isinstance(found, BinaryObject) else "group": found}
        return {}
