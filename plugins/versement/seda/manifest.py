"""Writes the manifest of a transfer, in one pass over its units, the same bytes for the same transfer."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from versement.domain.errors import Defect, NotExpressible
from versement.domain.fixity import Digest, Fixity
from versement.seda.dates import AnyDate, PartialDate
from versement.seda.description import Further
from versement.seda.grammar import (
    CODE_LISTS,
    CONTENT,
    COPIED_CODE_LISTS,
    DATA_OBJECT,
    FILE_INFO,
    FORMAT,
    IN_A_LANGUAGE,
    REPEATED,
)
from versement.seda.identifiers import Identifiers, short
from versement.seda.lines import DECLARATION, Lines, attribute
from versement.seda.management import ManagementWriter
from versement.seda.model import (
    ArchiveTransfer,
    ArchiveUnit,
    BinaryObject,
    DataObjectGroup,
    Dates,
    PhysicalObject,
    extreme_dates,
)
from versement.seda.parts import PartWriter
from versement.seda.text import sane_text, sane_token
from versement.seda.versions import DEFAULT, VERSIONS, exists, namespace

NAMESPACE = namespace(DEFAULT)
UNTITLED = "[Sans titre]"
"""Title of a unit that has none: the archive demands one."""

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})$")
_SPOOL = 8 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which xml id stands for what in a manifest, and what the SIP must hold; how a reply is read back.

    Attributes:
        units: unit key → xml id of its ArchiveUnit.
        objects: digest → xml id of its BinaryDataObject, the first of those that have this digest.
        groups: digest → xml id of that object's DataObjectGroup.
        entries: path in the SIP → what identifies its bytes, in the order of the manifest.
    """

    units: Mapping[str, str]
    objects: Mapping[Digest, str]
    groups: Mapping[Digest, str]
    entries: Mapping[str, Fixity]


def entry_name(binary: BinaryObject) -> str:
    """Path of an object in the SIP and its Uri: digest and extension, never the name at the source.

    Several objects of one digest may disagree on the extension: the first one of the manifest counts.
    """
    if binary.uri:
        return binary.uri
    found = _EXTENSION.search(binary.filename)
    extension = f".{found.group(1).lower()}" if found else ""
    return f"content/{short(binary.fixity.digest.value)}{extension}"


def write_manifest(transfer: ArchiveTransfer, out: BinaryIO) -> Numbering:
    """Write the manifest and say which id was given to what.

    Ids are made from keys and digests, so that a change in one record leaves the others' ids alone. Units are gone
    through once and none is kept: their description waits in a temporary file, since objects come first.

    Raises:
        Defect: two units with one key, a reference to what is not there, or a rule that SEDA cannot express.
        NotExpressible: something that this version of SEDA, or SEDA itself, does not have a place for, or that it
            demands and the transfer does not say (agencies; a plan de classement that is read may have no originator).
    """
    if transfer.version not in VERSIONS:
        raise NotExpressible(
            f"SEDA {transfer.version} : version inconnue. Choisissez dans la fiche l’une de {', '.join(VERSIONS)}.",
            detail="unknown SEDA version",
        )
    with tempfile.SpooledTemporaryFile(_SPOOL) as spool:
        return _Manifest(transfer, out, spool).write()  # type: ignore[arg-type]  # a BinaryIO, says its documentation


@dataclass(slots=True)
class _Manifest:
    """The manifest being written, and the ids given so far."""

    _transfer: ArchiveTransfer
    _out: BinaryIO
    _spool: BinaryIO
    units: dict[str, str] = field(default_factory=dict)
    objects: dict[Digest, str] = field(default_factory=dict)
    groups: dict[Digest, str] = field(default_factory=dict)
    entries: dict[str, Fixity] = field(default_factory=dict)
    _shared: dict[str, tuple[DataObjectGroup, str]] = field(default_factory=dict)
    _ids: Identifiers = field(init=False)
    _xml: Lines = field(init=False)
    _parts: PartWriter = field(init=False)
    _unit_xml: Lines = field(init=False)
    _unit_parts: PartWriter = field(init=False)
    _management: ManagementWriter = field(init=False)

    def __post_init__(self) -> None:
        version = self._transfer.version
        self._ids = Identifiers(self._transfer.keep_ids)
        self._xml, self._unit_xml = Lines(self._out), Lines(self._spool, 3)
        self._parts = PartWriter(self._xml, version, self._ids)
        self._unit_parts = PartWriter(self._unit_xml, version, self._ids)
        self._management = ManagementWriter(self._unit_xml, self._unit_parts)

    def write(self) -> Numbering:
        self._check()
        xml, transfer = self._xml, self._transfer
        xml.line(DECLARATION)
        xml.open("ArchiveTransfer", f' xmlns="{namespace(transfer.version)}"')
        self._header()
        self._package()
        for reference in transfer.related_transfers:
            xml.token("RelatedTransferReference", reference)
        xml.token("TransferRequestReplyIdentifier", transfer.request_reply_identifier)
        for element, identifier in (
            ("ArchivalAgency", transfer.archival_agency),
            ("TransferringAgency", transfer.transferring_agency),
        ):
            xml.open(element)
            xml.token("Identifier", identifier)
            xml.close(element)
        xml.close("ArchiveTransfer")
        xml.flush()
        self._ids.check()
        return Numbering(self.units, self.objects, self.groups, self.entries)

    def _check(self) -> None:
        """Who transfers what to whom is always said: no agency stands in for another."""
        transfer = self._transfer
        said = {
            "MessageIdentifier": transfer.message_identifier,
            "Date": "" if isinstance(transfer.date, PartialDate) else "dated",
            "ArchivalAgency": transfer.archival_agency,
            "TransferringAgency": transfer.transferring_agency,
            "OriginatingAgencyIdentifier": transfer.originating_agency or ("another's" if transfer.keep_ids else ""),
        }
        missing = [element for element, value in said.items() if not value or not sane_token(value)]
        if missing:
            raise NotExpressible(
                f"Bordereau : {', '.join(missing)} manque. Complétez la fiche de l’organisation ou du connecteur.",
                detail=f"transfer without {missing}",
            )

    def _header(self) -> None:
        xml, transfer = self._xml, self._transfer
        xml.text("Comment", transfer.comment)
        for comment in transfer.comments:
            xml.text("Comment", comment.text, attribute("xml:lang", comment.language))
        xml.time("Date", transfer.date)
        xml.token("MessageIdentifier", transfer.message_identifier)
        xml.token("ArchivalAgreement", transfer.archival_agreement)
        lists = {name: f"{name}0" for name in COPIED_CODE_LISTS} | dict(transfer.code_lists)
        unknown = sorted(lists.keys() - set(CODE_LISTS))
        if unknown:
            self._parts.refuse("CodeListVersions", unknown[0])
        xml.open("CodeListVersions")
        for name in CODE_LISTS:
            xml.token(name, lists.get(name, ""))
        xml.close("CodeListVersions")

    def _package(self) -> None:
        xml, transfer = self._xml, self._transfer
        xml.open("DataObjectPackage")
        for unit in transfer.units:
            self._unit(unit, extreme_dates(unit))
        self._descriptive_metadata()
        xml.open("ManagementMetadata")
        xml.token("ArchivalProfile", transfer.archival_profile)
        xml.token("ServiceLevel", transfer.service_level)
        xml.token("AcquisitionInformation", transfer.acquisition_information)
        xml.token("LegalStatus", transfer.legal_status)
        xml.token("OriginatingAgencyIdentifier", transfer.originating_agency)
        xml.token("SubmissionAgencyIdentifier", transfer.submission_agency)
        ManagementWriter(xml, self._parts).rules(transfer)
        xml.close("ManagementMetadata")
        xml.close("DataObjectPackage")

    def _descriptive_metadata(self) -> None:
        self._unit_xml.flush()
        self._xml.open("DescriptiveMetadata")
        self._xml.flush()
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, self._out, _CHUNK)
        self._xml.close("DescriptiveMetadata")

    def _unit(self, unit: ArchiveUnit, dates: Mapping[str, Dates]) -> None:
        xml = self._unit_xml
        if unit.key in self.units:
            raise Defect(
                "Deux unités d’archives du même versement ont la même clé : signalez-le aux développeurs.",
                detail=f"duplicate unit key {unit.key!r}",
            )
        identifier = self.units[unit.key] = self._ids.unit(unit.key)
        group = self._group_of(unit)
        xml.flush_if_long()
        xml.open("ArchiveUnit", f' id="{identifier}"')
        if unit.refers_to:
            xml.plain("ArchiveUnitRefId", self._ids.unit_asked(unit.refers_to))
        else:
            xml.token("ArchiveUnitProfile", unit.profile)
            self._management.management(unit)
            self._content(unit, dates.get(unit.key))
        for child in unit.children:
            self._unit(child, dates)
        if group:
            xml.open("DataObjectReference")
            xml.plain("DataObjectGroupReferenceId", group)
            xml.close("DataObjectReference")
        xml.close("ArchiveUnit")

    def _content(self, unit: ArchiveUnit, dates: Dates | None) -> None:
        further: dict[str, list[Further]] = {}
        for more in unit.further:
            if more.element not in REPEATED or not exists(self._unit_parts.version, "Content", more.element):
                self._unit_parts.refuse("Content", more.element)
            if more.language and more.element not in IN_A_LANGUAGE:
                raise NotExpressible(
                    f"SEDA : l’élément « {more.element} » n’a pas de langue (xml:lang). Retirez-la à la source ou dans "
                    "la fiche.",
                    detail=f"{more.element} with xml:lang",
                )
            further.setdefault(more.element, []).append(more)
        changed: dict[str, AnyDate | str | None] = {"StartDate": dates[0], "EndDate": dates[1]} if dates else {}
        self._unit_parts.check_apart(CONTENT, unit)
        titles = (unit.title, *(more.text for more in further.get("Title", ())))
        if not any(sane_text(title).strip() for title in titles):
            changed["Title"] = UNTITLED
        self._unit_xml.open("Content")
        self._unit_parts.fields(CONTENT, unit, changed, further)
        for extension in unit.extensions:
            self._unit_parts.extension(CONTENT, extension)
        self._unit_xml.close("Content")

    def _group_of(self, unit: ArchiveUnit) -> str:
        """Id of the group of a unit's objects, written if it was not yet; empty when it has none."""
        if unit.refers_to and (unit.object or unit.group or unit.children or unit.attach_to):
            raise Defect(
                "Une unité d’archives en désigne une autre et porte autre chose : signalez-le aux développeurs.",
                detail=f"unit {unit.key!r} refers to another and has content",
            )
        if unit.object is not None:
            if unit.group is not None:
                raise Defect(
                    "Une unité d’archives a un objet et un groupe d’objets : signalez-le aux développeurs.",
                    detail=f"unit {unit.key!r} has both object and group",
                )
            return self._lone_object(unit.object)
        return self._shared_group(unit.group) if unit.group is not None else ""

    def _lone_object(self, item: BinaryObject) -> str:
        digest = item.fixity.digest
        if digest not in self.groups:
            group = self.groups[digest] = self._ids.lone_group(item)
            identifier = self.objects[digest] = self._ids.lone_object(item)
            self._xml.flush_if_long()
            self._xml.open("DataObjectGroup", f' id="{group}"')
            self._binary(item, identifier)
            self._xml.close("DataObjectGroup")
        return self.groups[digest]

    def _shared_group(self, group: DataObjectGroup) -> str:
        known, identifier = self._shared.get(group.key, (group, ""))
        usages = {(type(item), item.usage) for item in group.objects}
        if known != group or not group.objects or len(usages) < len(group.objects):
            raise Defect(
                "Un groupe d’objets est vide, ou a deux contenus, ou deux objets du même usage : signalez-le aux "
                "développeurs.",
                detail=f"group {group.key!r}",
            )
        if identifier:
            return identifier
        identifier = self._ids.group(group.key)
        self._shared[group.key] = (group, identifier)
        self._xml.flush_if_long()
        self._xml.open("DataObjectGroup", f' id="{identifier}"')
        for item in group.objects:
            self._object(group, identifier, item)
        self._xml.close("DataObjectGroup")
        return identifier

    def _object(self, group: DataObjectGroup, group_id: str, item: BinaryObject | PhysicalObject) -> None:
        identifier = self._ids.object(group, item)
        if isinstance(item, BinaryObject):
            self.groups.setdefault(item.fixity.digest, group_id)
            self.objects.setdefault(item.fixity.digest, identifier)
            self._binary(item, identifier)
            return
        self._xml.open("PhysicalDataObject", f' id="{identifier}"')
        self._parts.fields(DATA_OBJECT, item)
        self._xml.token("PhysicalId", item.physical_id)
        if item.dimensions is not None:
            self._parts.raw("PhysicalDimensions", item.dimensions)
        for extension in item.extensions:
            self._parts.extension(DATA_OBJECT, extension)
        self._xml.close("PhysicalDataObject")

    def _binary(self, item: BinaryObject, identifier: str) -> None:
        xml, digest, path = self._xml, item.fixity.digest, entry_name(item)
        if not digest.value or not digest.algorithm:
            raise NotExpressible(
                "Un objet du versement n’a pas d’empreinte : Vitam le refuserait. Demandez l’empreinte à qui a produit "
                "le bordereau d’origine.",
                detail=f"object {identifier} without digest",
            )
        if self.entries.setdefault(path, item.fixity).digest != digest:
            raise Defect(
                "Deux objets du versement auraient le même chemin dans le SIP : signalez-le aux développeurs.",
                detail=f"object {identifier} has the path of another",
            )
        xml.open("BinaryDataObject", f' id="{identifier}"')
        self._parts.fields(DATA_OBJECT, item)
        xml.token("Uri", path)
        xml.token("MessageDigest", digest.value, attribute("algorithm", digest.algorithm))
        if item.fixity.size:  # SEDA has no size of zero
            xml.plain("Size", str(item.fixity.size))
        if item.compressed is not None:
            self._parts.raw("Compressed", item.compressed)
        self._parts.part(FORMAT, "FormatIdentification", item)
        blank = not sane_text(item.filename).strip()
        xml.open("FileInfo")
        self._parts.fields(FILE_INFO, item, {"Filename": path} if blank else {})
        xml.close("FileInfo")
        if item.metadata is not None:
            self._parts.raw("Metadata", item.metadata)
        if item.other_metadata is not None:
            self._parts.raw("OtherMetadata", item.other_metadata)
        xml.close("BinaryDataObject")
