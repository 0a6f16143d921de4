"""The ArchiveTransferReply, in the forms that Vitam gives it. Builds XML from an ingest; stores nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from sandbox.vitam import labels
from sandbox.vitam.judge.ingest import Ingest, Json
from sandbox.vitam.operations import moment
from sandbox.vitam.outcome import Status

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_CODE_LISTS = ("ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion")
_DEFAULT_VERSION = "2.2"
_Element = etree._Element  # noqa: SLF001  lxml's public type has no public name


def reply(ingest: Ingest, status: Status, events: Sequence[Json]) -> bytes:
    """The reply to an ingest: `events` are those of its logbook."""
    state = ingest.state
    version = state.version or _DEFAULT_VERSION
    root = _root(version)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    header = state.header if state.extracted else {}
    _add(root, "Date", now)
    _add(root, "MessageIdentifier", ingest.op.id)
    if header:
        _add(root, "ArchivalAgreement", header["ArchivalAgreement"])
    lists = _add(root, "CodeListVersions")
    for name in _CODE_LISTS:
        _add(lists, name, header.get("CodeListVersions", {}).get(name, ""))
    _package(_add(root, "DataObjectPackage"), ingest, status)
    _add(root, "ReplyCode", f"Test {status.name}" if ingest.op.workflow.blank else status.name)
    if status >= Status.WARNING:
        _operation(_add(root, "Operation"), status, events)
    _add(root, "MessageRequestIdentifier", header.get("MessageIdentifier", ""))
    if not ingest.op.workflow.blank:
        _add(root, "GrantDate", now)
    for name in ("ArchivalAgency", "TransferringAgency"):
        if header:
            _add(_add(root, name), "Identifier", header[name])
    return _serialised(root)


def default_refusal(operation_id: str, code: str) -> bytes:
    """The reply that goes with a 503, when the workflow is unknown and no operation exists."""
    root = _root("2.1")
    _add(root, "Comment", "Versement refusé avant tout traitement")
    _add(root, "Date", datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    _add(root, "MessageIdentifier", operation_id)
    lists = _add(root, "CodeListVersions")
    for name in _CODE_LISTS:
        _add(lists, name, f"{name}0")
    _add(root, "ReplyCode", Status.KO.name)
    event = {
        "evType": code,
        "evDateTime": moment(time.time()),
        "outcome": Status.KO.name,
        "outDetail": f"{code}.KO",
        "outMessg": "Contexte d’entrée inconnu",
    }
    _event(_add(root, "Operation"), event)
    _add(root, "MessageRequestIdentifier", "Unknown")
    _add(_add(root, "ArchivalAgency"), "Identifier", "ArchivalAgencyToBeDefined")
    _add(_add(root, "TransferringAgency"), "Identifier", "TransferringAgencyToBeDefined")
    return _serialised(root)


def _root(version: str) -> _Element:
    namespace = f"fr:gouv:culture:archivesdefrance:seda:v{version}"
    namespaces: Any = {None: namespace, "xsi": _XSI}  # the stubs forget the default namespace
    root = etree.Element(f"{{{namespace}}}ArchiveTransferReply", nsmap=namespaces)
    root.set(f"{{{_XSI}}}schemaLocation", f"{namespace} seda-{version}/seda-{version}-main.xsd")
    return root


def _add(parent: _Element, name: str, text: str = "", **attributes: str) -> _Element:
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", attributes)
    if text:
        element.text = text
    return element


def _serialised(root: _Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _package(parent: _Element, ingest: Ingest, status: Status) -> None:
    with_events = status >= Status.WARNING
    by_element: dict[str, list[Json]] = {}
    for event in ingest.state.events:
        if _told(Status[event["status"]], status):
            by_element.setdefault(event["element"], []).append(event)
    if ingest.state.extracted:
        for group in sorted(ingest.package.groups, key=lambda name: ingest.state.groups[name][::-1]):
            _group(parent, ingest, group, by_element.get(group, []) if with_events else None)
    units = _add(parent, "DescriptiveMetadata")
    if ingest.state.extracted:
        for unit in sorted(ingest.package.real_units, key=lambda unit: ingest.state.units[unit.id][::-1]):
            element = _add(units, "ArchiveUnit", id=unit.id)
            if with_events:
                _log_book(_add(element, "Management"), by_element.get(unit.id, []))
            _add(_add(element, "Content"), "SystemId", ingest.state.units[unit.id])
    metadata = _add(parent, "ManagementMetadata")
    if ingest.state.header.get("ArchivalProfile"):
        _add(metadata, "ArchivalProfile", ingest.state.header["ArchivalProfile"])


def _told(event: Status, reply_status: Status) -> bool:
    """A refusal tells its refusals only, a warning its warnings only."""
    return event >= Status.KO if reply_status >= Status.KO else event == Status.WARNING


def _group(parent: _Element, ingest: Ingest, group: str, events: list[Json] | None) -> None:
    element = _add(parent, "DataObjectGroup", id=group)
    for name in ingest.package.groups[group]:
        found = ingest.package.objects[name]
        kind = "PhysicalDataObject" if found.physical else "BinaryDataObject"
        data_object = _add(element, kind, id=name)
        _add(data_object, "DataObjectSystemId", ingest.state.objects[name])
        _add(data_object, "DataObjectGroupSystemId", ingest.state.groups[group])
        _add(data_object, "DataObjectVersion", found.full_version)
    if events is not None:
        _log_book(element, events, even_empty=True)


def _log_book(parent: _Element, events: list[Json], *, even_empty: bool = False) -> None:
    if not events and not even_empty:
        return
    book = _add(parent, "LogBook")
    for event in events:
        written = _event(
            book,
            {
                "evType": event["code"],
                "label": event["label"],
                "evDateTime": event["at"],
                "outcome": event["status"],
                "outDetail": event["detail"],
                "outMessg": event["message"],
                "evDetData": json.dumps({"evDetTechData": event["tech"]}, ensure_ascii=False),
            },
        )
        if event["object"]:
            _add(written, "DataObjectReferenceId", event["object"])


def _operation(parent: _Element, status: Status, events: Sequence[Json]) -> None:
    for event in events:
        if _told(Status[event["outcome"]], status):
            _event(parent, event)


def _event(parent: _Element, event: Json) -> _Element:
    element = _add(parent, "Event")
    _add(element, "EventTypeCode", event["evType"])
    _add(element, "EventType", event.get("label") or labels.name(event["evType"]))
    _add(element, "EventDateTime", event["evDateTime"])
    _add(element, "Outcome", event["outcome"])
    _add(element, "OutcomeDetail", event["outDetail"])
    _add(element, "OutcomeDetailMessage", event["outMessg"])
    detail = event.get("evDetData")
    if detail and "evDetTechData" in detail:
        _add(element, "EventDetailData", detail)
    return element
