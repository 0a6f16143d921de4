"""Writes ArchiveTransferReplies in the forms that Vitam gives them, with dates that never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from versement.testing.memory_sip import Sip

_NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v2.2"
_DATE = "2024-01-01T00:00:00.000"
_CODE_LISTS = ("ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion")
_LABELS = {"OK": "succès", "WARNING": "avertissement", "KO": "échec", "FATAL": "erreur technique"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the archive thinks of a SIP.

    Attributes:
        status: OK, WARNING or KO.
        outcomes: details at operation level, such as `CHECK_DIGEST.KO`.
        named: xml id of a unit or object → lifecycle detail, such as `LFC.CHECK_DIGEST.KO`.
        early: judged before the manifest was understood: the reply lists nothing.
    """

    status: str
    outcomes: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    early: bool = False


def write_reply(
    operation_id: str, judgement: Judgement, sip: Sip | None, system_ids: Mapping[str, str], *, blank: bool = False
) -> bytes:
    """The reply to a SIP, or to its blank test.

    `system_ids` goes from xml ids of units, groups and objects to the archive's.
    """
    known = None if judgement.early else sip
    namespace = sip.namespace if sip else _NAMESPACE
    root = etree.Element(
        etree.QName(namespace, "ArchiveTransferReply"),
        nsmap={None: namespace},  # type: ignore[dict-item]  # lxml's stubs forget the default namespace
    )
    _add(root, "Date", f"{_DATE}Z")
    _add(root, "MessageIdentifier", operation_id)
    if known:
        _add(root, "ArchivalAgreement", known.agreement)
    lists = _add(root, "CodeListVersions")
    for name in _CODE_LISTS:
        _add(lists, name, f"{name}0" if known else "")
    _package(root, judgement, known, system_ids)
    _add(root, "ReplyCode", f"Test {judgement.status}" if blank else judgement.status)
    if judgement.outcomes:
        operation = _add(root, "Operation")
        for outcome in judgement.outcomes:
            _event(operation, outcome)
    _add(root, "MessageRequestIdentifier", known.message_identifier if known else "")
    if not blank:
        _add(root, "GrantDate", f"{_DATE}Z")
    if known:
        _add(_add(root, "ArchivalAgency"), "Identifier", known.archival_agency)
        _add(_add(root, "TransferringAgency"), "Identifier", known.transferring_agency)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _package(root: etree._Element, judgement: Judgement, sip: Sip | None, system_ids: Mapping[str, str]) -> None:
    package = _add(root, "DataObjectPackage")
    if sip:
        _groups(package, judgement, sip, system_ids)
    units = _add(package, "DescriptiveMetadata")
    for unit in sip.units if sip else ():
        element = _add(units, "ArchiveUnit")
        element.set("id", unit.xml_id)
        if judgement.status != "OK":
            management = _add(element, "Management")
            if unit.xml_id in judgement.named:
                _event(_add(management, "LogBook"), judgement.named[unit.xml_id])
        _add(_add(element, "Content"), "SystemId", system_ids[unit.xml_id])
    _add(package, "ManagementMetadata")


def _groups(package: etree._Element, judgement: Judgement, sip: Sip, system_ids: Mapping[str, str]) -> None:
    """Groups in reverse order of the manifest: Vitam keeps none."""
    for identifier in reversed(list(dict.fromkeys(item.group for item in sip.objects))):
        group = _add(package, "DataObjectGroup")
        group.set("id", identifier)
        items = [item for item in sip.objects if item.group == identifier]
        for item in items:
            element = _add(group, "BinaryDataObject")
            element.set("id", item.xml_id)
            _add(element, "DataObjectSystemId", system_ids[item.xml_id])
            _add(element, "DataObjectGroupSystemId", system_ids[item.group])
            _add(element, "DataObjectVersion", item.version)
        culprits = [item.xml_id for item in items if item.xml_id in judgement.named]
        if culprits:
            logbook = _add(group, "LogBook")
            for culprit in culprits:
                _add(_event(logbook, judgement.named[culprit]), "DataObjectReferenceId", culprit)


def _event(around: etree._Element, detail: str) -> etree._Element:
    code, _, outcome = detail.rpartition(".")
    event = _add(around, "Event")
    _add(event, "EventTypeCode", code)
    _add(event, "EventType", code)
    _add(event, "EventDateTime", _DATE)
    _add(event, "Outcome", outcome)
    _add(event, "OutcomeDetail", detail)
    _add(event, "OutcomeDetailMessage", f"{code} : {_LABELS[outcome]}")
    return event


def _add(around: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(around, etree.QName(etree.QName(around).namespace, name))
    if text:
        element.text = text
    return element
