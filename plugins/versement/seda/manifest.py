"""Writes the SEDA 2.2 manifest of a transfer, in one pass, the same bytes for the same transfer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import BinaryIO

from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.seda.model import (
    ArchiveTransfer,
    ArchiveUnit,
    BinaryObject,
    Event,
    Keyword,
    Rule,
    distinct_objects,
    with_dates,
)
from versement.seda.text import sane_text, sane_token

NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v2.2"
VERSION = "2.2"
UNTITLED = "[Sans titre]"
"""Title of a unit that has none: the archive demands one."""

_CODE_LISTS = ("ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion")
_RULES_BEFORE_HOLD = ("StorageRule", "AppraisalRule", "AccessRule", "DisseminationRule", "ReuseRule")
_CATEGORIES = (*_RULES_BEFORE_HOLD, "HoldRule")
_DEFAULT_FINAL_ACTION = {"AppraisalRule": "Keep", "StorageRule": ""}
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})$")
_ID_LENGTH = 32
_FLUSH_AT = 4096


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which xml id stands for what in a manifest; how a reply is read back.

    Attributes:
        units: unit key → xml id of its ArchiveUnit.
        objects: digest → xml id of its BinaryDataObject.
        groups: digest → xml id of its DataObjectGroup.
    """

    units: Mapping[str, str]
    objects: Mapping[Digest, str]
    groups: Mapping[Digest, str]


def entry_name(binary: BinaryObject) -> str:
    """Path of an object in the SIP and its Uri: digest and extension, never the name at the source.

    Several objects of one digest may disagree on the extension: ask for those of `distinct_objects`.
    """
    found = _EXTENSION.search(binary.filename)
    extension = f".{found.group(1).lower()}" if found else ""
    return f"content/{binary.fixity.digest.value[:_ID_LENGTH]}{extension}"


def write_manifest(transfer: ArchiveTransfer, out: BinaryIO) -> Numbering:
    """Write the manifest and say which id was given to what.

    Ids are made from keys and digests, so that a change in one record leaves the others' ids alone.

    Raises:
        Defect: two units with one key, or a rule that SEDA cannot express.
    """
    manifest = _Manifest(_Lines(out))
    manifest.write(transfer)
    return Numbering(manifest.units, manifest.objects, manifest.groups)


def _xml_time(when: datetime | date) -> str:
    if not isinstance(when, datetime):
        return f"{when.isoformat()}T00:00:00"
    return _xml_date(when)


def _xml_date(when: datetime | date) -> str:
    if not isinstance(when, datetime):
        return when.isoformat()
    if when.tzinfo is None:
        return when.isoformat(timespec="seconds")
    return when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Lines:
    """XML lines, indented, written by blocks. An element without text is left out."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines = ['<?xml version="1.0" encoding="UTF-8"?>\n']
        self._pad = ""

    def open(self, tag: str, attribute: str = "") -> None:
        self._lines.append(f"{self._pad}<{tag}{attribute}>\n")
        self._pad += " "

    def close(self, tag: str) -> None:
        self._pad = self._pad[:-1]
        self._lines.append(f"{self._pad}</{tag}>\n")
        if len(self._lines) > _FLUSH_AT:
            self.flush()

    def plain(self, tag: str, text: str, attribute: str = "") -> None:
        """An element whose text is ours: nothing to clean."""
        self._lines.append(f"{self._pad}<{tag}{attribute}>{text}</{tag}>\n")

    def text(self, tag: str, text: str) -> None:
        sane = sane_text(text) if text else ""
        if sane.strip():
            self._lines.append(f"{self._pad}<{tag}>{_escaped(sane)}</{tag}>\n")

    def token(self, tag: str, text: str) -> None:
        sane = sane_token(text) if text else ""
        if sane:
            self._lines.append(f"{self._pad}<{tag}>{_escaped(sane)}</{tag}>\n")

    def date(self, tag: str, when: date | None) -> None:
        if when is not None:
            self.plain(tag, _xml_date(when))

    def flush(self) -> None:
        self._out.write("".join(self._lines).encode())
        self._lines.clear()


@dataclass(slots=True)
class _Manifest:
    """The manifest being written, and the ids given so far."""

    _xml: _Lines
    units: dict[str, str] = field(default_factory=dict)
    objects: dict[Digest, str] = field(default_factory=dict)
    groups: dict[Digest, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def write(self, transfer: ArchiveTransfer) -> None:
        xml = self._xml
        xml.open("ArchiveTransfer", f' xmlns="{NAMESPACE}"')
        xml.text("Comment", transfer.comment)
        xml.plain("Date", _xml_time(transfer.date))
        xml.token("MessageIdentifier", transfer.message_identifier)
        xml.token("ArchivalAgreement", transfer.archival_agreement)
        xml.open("CodeListVersions")
        for name in _CODE_LISTS:
            xml.plain(name, f"{name}0")
        xml.close("CodeListVersions")
        self._package(transfer)
        for tag, identifier in (
            ("ArchivalAgency", transfer.archival_agency),
            ("TransferringAgency", transfer.transferring_agency),
        ):
            xml.open(tag)
            xml.token("Identifier", identifier)
            xml.close(tag)
        xml.close("ArchiveTransfer")
        xml.flush()

    def _package(self, transfer: ArchiveTransfer) -> None:
        xml = self._xml
        xml.open("DataObjectPackage")
        for binary in distinct_objects(transfer):
            self._group(binary)
        xml.open("DescriptiveMetadata")
        for unit in transfer.units:
            self._unit(with_dates(unit))
        xml.close("DescriptiveMetadata")
        xml.open("ManagementMetadata")
        xml.token("ArchivalProfile", transfer.archival_profile)
        xml.token("AcquisitionInformation", transfer.acquisition_information)
        xml.token("LegalStatus", transfer.legal_status)
        xml.token("OriginatingAgencyIdentifier", transfer.originating_agency)
        xml.token("SubmissionAgencyIdentifier", transfer.submission_agency)
        xml.close("ManagementMetadata")
        xml.close("DataObjectPackage")

    def _group(self, binary: BinaryObject) -> None:
        xml, digest = self._xml, binary.fixity.digest
        group = self.groups[digest] = self._new_id("G", digest.value)
        identifier = self.objects[digest] = self._new_id("O", digest.value)
        xml.open("DataObjectGroup", f' id="{group}"')
        xml.open("BinaryDataObject", f' id="{identifier}"')
        xml.token("DataObjectVersion", binary.usage)
        xml.plain("Uri", entry_name(binary))
        xml.plain("MessageDigest", digest.value, f' algorithm="{digest.algorithm}"')
        if binary.fixity.size:  # SEDA has no size of zero
            xml.plain("Size", str(binary.fixity.size))
        if binary.format_name or binary.mime or binary.puid:
            xml.open("FormatIdentification")
            xml.text("FormatLitteral", binary.format_name)
            xml.token("MimeType", binary.mime)
            xml.token("FormatId", binary.puid)
            xml.close("FormatIdentification")
        xml.open("FileInfo")
        xml.text("Filename", binary.filename if sane_text(binary.filename).strip() else entry_name(binary))
        if binary.last_modified is not None:
            xml.plain("LastModified", _xml_time(binary.last_modified))
        xml.close("FileInfo")
        xml.close("BinaryDataObject")
        xml.close("DataObjectGroup")

    def _unit(self, unit: ArchiveUnit) -> None:
        xml = self._xml
        if unit.key in self.units:
            raise Defect(
                "Deux unités d’archives du même versement ont la même clé : signalez-le aux développeurs.",
                detail=f"duplicate unit key {unit.key!r}",
            )
        identifier = self._new_id("U", hashlib.sha256(unit.key.encode(errors="surrogatepass")).hexdigest())
        self.units[unit.key] = identifier
        xml.open("ArchiveUnit", f' id="{identifier}"')
        if unit.rules or unit.attach_to is not None:
            self._management(unit)
        self._content(unit)
        for child in unit.children:
            self._unit(child)
        if unit.object is not None:
            xml.open("DataObjectReference")
            xml.plain("DataObjectGroupReferenceId", self.groups[unit.object.fixity.digest])
            xml.close("DataObjectReference")
        xml.close("ArchiveUnit")

    def _management(self, unit: ArchiveUnit) -> None:
        xml = self._xml
        xml.open("Management")
        unknown = {rule.category for rule in unit.rules}.difference(_CATEGORIES)
        if unknown:
            raise Defect(
                "Une règle de gestion est d’une catégorie que le bordereau ne sait pas exprimer : "
                "signalez-le aux développeurs.",
                detail=f"rule categories {sorted(unknown)} on unit {unit.key!r}",
            )
        for category in _CATEGORIES:
            rules = [rule for rule in unit.rules if rule.category == category]
            if rules:
                self._rules(category, rules)
        if unit.attach_to is not None:
            xml.open("UpdateOperation")
            xml.open("ArchiveUnitIdentifierKey")
            xml.plain("MetadataName", "OriginatingSystemId")
            xml.token("MetadataValue", unit.attach_to.key)
            xml.close("ArchiveUnitIdentifierKey")
            xml.close("UpdateOperation")
        xml.close("Management")

    def _rules(self, category: str, rules: list[Rule]) -> None:
        xml = self._xml
        xml.open(category)
        for rule in rules:
            xml.token("Rule", rule.rule)
            if rule.rule:
                xml.date("StartDate", rule.start_date)
        if category in _DEFAULT_FINAL_ACTION:
            actions = {rule.final_action for rule in rules if rule.final_action}
            action = actions.pop() if actions else _DEFAULT_FINAL_ACTION[category]
            if actions or not action:
                raise Defect(
                    f"{category} : le sort final manque ou n’est pas unique ; signalez-le aux développeurs.",
                    detail=f"final actions of {category}: {[rule.final_action for rule in rules]}",
                )
            xml.token("FinalAction", action)
        xml.close(category)

    def _content(self, unit: ArchiveUnit) -> None:
        xml = self._xml
        xml.open("Content")
        xml.token("DescriptionLevel", unit.level)
        xml.text("Title", unit.title if sane_text(unit.title).strip() else UNTITLED)
        xml.token("OriginatingSystemId", unit.originating_system_id)
        xml.token("OriginatingAgencyArchiveUnitIdentifier", unit.agency_identifier)
        xml.text("Description", unit.description)
        xml.text("DocumentType", unit.document_type)
        xml.token("Language", unit.language)
        for tag in unit.tags:
            xml.token("Tag", tag)
        for keyword in unit.keywords:
            self._keyword(keyword)
        xml.date("TransactedDate", unit.transacted_date)
        xml.date("SentDate", unit.sent_date)
        xml.date("ReceivedDate", unit.received_date)
        xml.date("StartDate", unit.start_date)
        xml.date("EndDate", unit.end_date)
        for event in unit.events:
            self._event(event)
        xml.close("Content")

    def _keyword(self, keyword: Keyword) -> None:
        xml = self._xml
        if not sane_text(keyword.content).strip():
            return
        xml.open("Keyword")
        xml.text("KeywordContent", keyword.content)
        xml.token("KeywordReference", keyword.reference)
        xml.token("KeywordType", keyword.type)
        xml.close("Keyword")

    def _event(self, event: Event) -> None:
        xml = self._xml
        xml.open("Event")
        xml.token("EventTypeCode", event.type_code)
        xml.token("EventType", event.type)
        xml.plain("EventDateTime", _xml_date(event.when))
        xml.text("EventDetail", event.detail)
        xml.token("Outcome", event.outcome)
        xml.close("Event")

    def _new_id(self, kind: str, digest: str) -> str:
        """An NCName from a digest, unique in the manifest."""
        identifier = kind + digest[:_ID_LENGTH]
        if identifier in self._taken:
            raise Defect(
                "Deux éléments du bordereau auraient le même identifiant : signalez-le aux développeurs.",
                detail=f"identifier {identifier} given twice",
            )
        self._taken.add(identifier)
        return identifier
