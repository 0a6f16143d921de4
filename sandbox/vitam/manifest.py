"""A manifest as Vitam extracts it: header, objects, groups, units. Reads what is valid; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

Element = etree._Element  # noqa: SLF001  lxml's public type has no public name
RULES = (
    "StorageRule",
    "AppraisalRule",
    "AccessRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)


@dataclass(slots=True)
class DataObject:
    """A BinaryDataObject or PhysicalDataObject.

    Attributes:
        group: id of its group; its own id when it declares none.
        version: DataObjectVersion as written, empty when absent.
    """

    id: str
    physical: bool
    group: str
    version: str
    uri: str
    algorithm: str
    digest: str
    size: int | None
    puid: str
    mime: str
    filename: str
    physical_id: str

    @property
    def usage(self) -> str:
        return self.full_version.rpartition("_")[0]

    @property
    def full_version(self) -> str:
        """`BinaryMaster_1` for `BinaryMaster`, and when nothing is written."""
        written = self.version or ("PhysicalMaster" if self.physical else "BinaryMaster")
        return written if "_" in written else f"{written}_1"


@dataclass(slots=True)
class Unit:
    """An ArchiveUnit of the manifest.

    Attributes:
        reference: ArchiveUnitRefId when the element is itself only a reference.
        children: ids of the units below, references resolved.
        groups: what its DataObjectReference elements name, as written (group or object ids).
    """

    id: str
    element: Element
    reference: str = ""
    children: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)

    @property
    def content(self) -> Element | None:
        return child(self.element, "Content")

    @property
    def management(self) -> Element | None:
        return child(self.element, "Management")

    @property
    def profile(self) -> str:
        return text(self.element, "ArchiveUnitProfile").strip()

    @property
    def update(self) -> Element | None:
        management = self.management
        return None if management is None else child(management, "UpdateOperation")


@dataclass(slots=True)
class Package:
    """What a manifest holds.

    Attributes:
        groups: objects by group id, in order.
        declared: group ids that the manifest declares itself.
    """

    root: Element
    objects: dict[str, DataObject]
    groups: dict[str, list[str]]
    declared: set[str]
    units: dict[str, Unit]

    @property
    def real_units(self) -> list[Unit]:
        return [unit for unit in self.units.values() if not unit.reference]

    @property
    def management_metadata(self) -> Element | None:
        package = child(self.root, "DataObjectPackage")
        return None if package is None else child(package, "ManagementMetadata")

    def resolve(self, unit_id: str) -> str:
        """The unit that an id stands for, through units that are only references; empty when there is none."""
        seen: set[str] = set()
        while unit_id not in seen:
            seen.add(unit_id)
            unit = self.units.get(unit_id)
            if unit is None:
                return ""
            if not unit.reference:
                return unit_id
            unit_id = unit.reference.strip()
        return ""


def parse(path: Path, *, whole: bool = True) -> etree._ElementTree:
    """Parse a manifest without entities or network.

    Args:
        path: the file.
        whole: values of any length, as Vitam reads them; not to be asked for a file that may begin with a DTD.

    Raises:
        lxml.etree.XMLSyntaxError: the file is not XML.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=whole, remove_comments=False
    )
    # Given the file, lxml says of a wrong byte that the file cannot be opened.
    with path.open("rb") as stream:
        while block := stream.read(1 << 16):
            parser.feed(block)
    return parser.close().getroottree()


def local(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def child(element: Element, name: str) -> Element | None:
    return next((found for found in element if local(found) == name), None)


def text(element: Element | None, *path: str) -> str:
    """Text of a descendant, empty when there is none; never trimmed."""
    for name in path:
        if element is None:
            return ""
        element = child(element, name)
    return "" if element is None else (element.text or "")


def read(tree: etree._ElementTree) -> Package:
    root = tree.getroot()
    package = Package(root, {}, {}, set(), {})
    container = child(root, "DataObjectPackage")
    if container is not None:
        for element in container:
            _read_object_element(package, element)
        metadata = child(container, "DescriptiveMetadata")
        if metadata is not None:
            for element in _units_below(metadata):
                _read_unit(package, element, "")
    _link(package)
    return package


def _read_object_element(package: Package, element: Element) -> None:
    name = local(element)
    if name == "DataObjectGroup":
        group = str(element.get("id"))
        package.declared.add(group)
        package.groups.setdefault(group, [])
        for inner in element:
            if local(inner) in ("BinaryDataObject", "PhysicalDataObject"):
                _add_object(package, inner, group)
    elif name in ("BinaryDataObject", "PhysicalDataObject"):
        declared = text(element, "DataObjectGroupId").strip()
        group = declared or text(element, "DataObjectGroupReferenceId").strip()
        if declared:
            package.declared.add(declared)
        _add_object(package, element, group or str(element.get("id")))


def _add_object(package: Package, element: Element, group: str) -> None:
    digest = child(element, "MessageDigest")
    size = text(element, "Size").strip()
    data_object = DataObject(
        id=str(element.get("id")),
        physical=local(element) == "PhysicalDataObject",
        group=group,
        version=text(element, "DataObjectVersion").strip(),
        uri=text(element, "Uri"),
        algorithm="" if digest is None else str(digest.get("algorithm", "")),
        digest="" if digest is None else (digest.text or ""),
        size=int(size) if size.isdigit() else None,
        puid=text(element, "FormatIdentification", "FormatId"),
        mime=text(element, "FormatIdentification", "MimeType"),
        filename=text(element, "FileInfo", "Filename"),
        physical_id=text(element, "PhysicalId"),
    )
    package.objects[data_object.id] = data_object
    package.groups.setdefault(group, []).append(data_object.id)


def _units_below(element: Element) -> Iterator[Element]:
    return (found for found in element if local(found) == "ArchiveUnit")


def _read_unit(package: Package, element: Element, parent: str) -> None:
    """Read a unit and all below it, without recursion: depth has no limit of ours."""
    pending = [(element, parent)]
    while pending:
        current, above = pending.pop()
        unit = Unit(str(current.get("id")), current, reference=text(current, "ArchiveUnitRefId"))
        package.units[unit.id] = unit
        if above:
            package.units[above].children.append(unit.id)
        for found in current:
            if local(found) == "DataObjectReference":
                unit.groups.extend(_texts(found, "DataObjectGroupReferenceId"))
                unit.objects.extend(_texts(found, "DataObjectReferenceId"))
        pending.extend((found, unit.id) for found in reversed(list(_units_below(current))))


def _texts(element: Element, name: str) -> list[str]:
    return [(found.text or "").strip() for found in element if local(found) == name]


def _link(package: Package) -> None:
    for unit in package.units.values():
        resolved = [package.resolve(below) or below for below in unit.children]
        unit.children = list(dict.fromkeys(resolved))
        for below in unit.children:
            if below in package.units:
                package.units[below].parents.append(unit.id)
