"""What a SIP holds, as the memory archive needs it: units by nesting, objects with their bytes. Judges nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from versement.domain.fixity import Digest
from versement.seda.xml import Unreadable, child, children, local_name, read_xml, text_of


class NoSip(Exception):
    """Not a SIP at all; the text is the outcome that Vitam gives to it."""


@dataclass(frozen=True, slots=True)
class SipObject:
    """One BinaryDataObject; `data` is None when the SIP lacks the file."""

    xml_id: str
    group: str
    uri: str
    filename: str
    version: str
    digest: str
    size: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class SipUnit:
    """One ArchiveUnit.

    Attributes:
        parent: xml id of the unit around it, empty for a root.
        metadata: first text of each simple element of Content.
        group: xml id of its object group.
        stands_for: metadata name and value of the held unit that it stands for.
    """

    xml_id: str
    parent: str
    metadata: Mapping[str, str]
    group: str
    stands_for: tuple[str, str] | None

    @property
    def key(self) -> str:
        return self.metadata.get("OriginatingSystemId", "")


@dataclass(frozen=True, slots=True)
class Sip:
    """One ArchiveTransfer with its files; `manifest` is its digest."""

    manifest: Digest
    namespace: str
    message_identifier: str
    agreement: str
    archival_agency: str
    transferring_agency: str
    units: tuple[SipUnit, ...]
    objects: tuple[SipObject, ...]


def read_sip(data: bytes) -> Sip:
    """Read a zip with a manifest at its root.

    Raises:
        NoSip: no zip, no manifest, or no XML.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise NoSip("CHECK_CONTAINER.KO") from error
    if "manifest.xml" not in files:
        raise NoSip("MANIFEST_FILE_NAME_CHECK.KO")
    try:
        root = read_xml(files["manifest.xml"])
    except Unreadable as error:
        raise NoSip("CHECK_SEDA.NOT_XML_FILE.KO") from error
    package = child(root, "DataObjectPackage")
    return Sip(
        manifest=Digest.of(files["manifest.xml"]),
        namespace=etree.QName(root).namespace or "",
        message_identifier=text_of(child(root, "MessageIdentifier")),
        agreement=text_of(child(root, "ArchivalAgreement")),
        archival_agency=text_of(child(root, "ArchivalAgency", "Identifier")),
        transferring_agency=text_of(child(root, "TransferringAgency", "Identifier")),
        units=tuple(_units(child(package, "DescriptiveMetadata"), "")),
        objects=tuple(_objects(package, files)),
    )


def _units(around: etree._Element | None, parent: str) -> Iterator[SipUnit]:
    for unit in children(around, "ArchiveUnit"):
        metadata: dict[str, str] = {}
        for element in children(child(unit, "Content")):
            metadata.setdefault(local_name(element), text_of(element))
        identifier = unit.get("id", "")
        group = text_of(child(unit, "DataObjectReference", "DataObjectGroupReferenceId"))
        yield SipUnit(identifier, parent, metadata, group, _stands_for(unit))
        yield from _units(unit, identifier)


def _stands_for(unit: etree._Element) -> tuple[str, str] | None:
    update = child(unit, "Management", "UpdateOperation")
    if update is None:
        return None
    key = child(update, "ArchiveUnitIdentifierKey")
    if key is None:
        return "#id", text_of(child(update, "SystemId"))
    return text_of(child(key, "MetadataName")), text_of(child(key, "MetadataValue"))


def _objects(package: etree._Element | None, files: Mapping[str, bytes]) -> Iterator[SipObject]:
    for group in children(package, "DataObjectGroup"):
        for item in children(group, "BinaryDataObject"):
            uri = text_of(child(item, "Uri"))
            yield SipObject(
                xml_id=item.get("id", ""),
                group=group.get("id", ""),
                uri=uri,
                filename=text_of(child(item, "FileInfo", "Filename")),
                version=text_of(child(item, "DataObjectVersion")),
                digest=text_of(child(item, "MessageDigest")),
                size=text_of(child(item, "Size")),
                data=files.get(uri),
            )
