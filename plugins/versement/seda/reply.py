"""Reads the archive's reply (ArchiveTransferReply, ATR) in every form of Vitam's.

Never gated on schema validity: real replies that report a KO are invalid. What codes mean: `explain`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from versement.domain.errors import UnreadableFile
from versement.seda.versions import version_of
from versement.seda.xml import Unreadable, child, children, forget, local_name, stream_xml, text_of

MAX_BYTES = 256 << 20
"""A reply is some hundred bytes per unit and object; more than this is none."""

_OBJECTS = ("BinaryDataObject", "PhysicalDataObject")
_GROUP = "DataObjectGroup"
_READ = ("ArchiveUnit", _GROUP, *_OBJECTS)
_FAILED = ("KO", "FATAL")
_BEFORE_STORING = frozenset(
    {
        "STP_SANITY_CHECK_SIP",
        "STP_UPLOAD_SIP",
        "STP_INGEST_CONTROL_SIP",
        "STP_OG_CHECK_AND_TRANSFORME",
        "STP_UNIT_CHECK_AND_PROCESS",
        "STP_STORAGE_AVAILABILITY_CHECK",
    }
)
_WHOLE = "PROCESS_SIP_UNITARY."


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """One event of the archive's logbook or lifecycles.

    Attributes:
        outcome: `OK`, `WARNING`, `KO` or `FATAL`.
        outcome_detail: full code, such as `CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO`.
        message: the archive's own French label.
        data: JSON text of EventDetailData, empty when there is none.
    """

    type_code: str
    type: str
    when: datetime | None
    outcome: str
    outcome_detail: str
    message: str
    data: str

    @property
    def failed(self) -> bool:
        return self.outcome in _FAILED or self.outcome_detail.rpartition(".")[2] in _FAILED


@dataclass(frozen=True, slots=True)
class UnitReply:
    """What became of one ArchiveUnit of the manifest. In a KO the system id exists nowhere."""

    xml_id: str
    system_id: str
    events: tuple[ReplyEvent, ...]


@dataclass(frozen=True, slots=True)
class ObjectReply:
    """What became of one data object of the manifest.

    Attributes:
        xml_id: empty when the reply speaks of the group alone.
        version: DataObjectVersion, such as `BinaryMaster_1`.
        events: those that name it, and those that name its whole group.
    """

    xml_id: str
    group_xml_id: str
    system_id: str
    group_system_id: str
    version: str
    events: tuple[ReplyEvent, ...]


@dataclass(frozen=True, slots=True)
class ArchiveTransferReply:
    """A reply. Any text is empty, any date None, when the archive did not give it.

    Attributes:
        operation_id: the ATR's own MessageIdentifier: Vitam's operation, the key of reconciliation.
        reply_code: `OK`, `WARNING`, `KO` or `FATAL`, after `Test ` for a blank test.
        message_request_identifier: our MessageIdentifier; often empty in a KO.
        grant_date: given for a KO too: it proves nothing.
        events: the operation's own events.
        version: SEDA version of the reply, the SIP's own unless the archive could not tell.
        comment: said in the reply to an unknown workflow only.
    """

    operation_id: str
    reply_code: str
    message_request_identifier: str
    date: datetime | None
    grant_date: datetime | None
    units: tuple[UnitReply, ...]
    objects: tuple[ObjectReply, ...]
    events: tuple[ReplyEvent, ...]
    version: str = ""
    comment: str = ""
    archival_agreement: str = ""
    archival_agency: str = ""
    transferring_agency: str = ""


def read_reply(data: bytes) -> ArchiveTransferReply:
    """Read an ATR of any SEDA version.

    Raises:
        UnreadableFile: anything else.
    """
    try:
        if len(data) > MAX_BYTES:
            raise Unreadable(f"elle dépasse {MAX_BYTES >> 20} Mio")  # noqa: TRY301 (one message for all)
        found = _Package()
        root = found.read(data)
    except Unreadable as error:
        raise _unreadable(str(error)) from error
    return ArchiveTransferReply(
        operation_id=_text(root, "MessageIdentifier"),
        reply_code=_text(root, "ReplyCode"),
        message_request_identifier=_text(root, "MessageRequestIdentifier"),
        date=_time(root, "Date"),
        grant_date=_time(root, "GrantDate"),
        units=tuple(unit for unit in found.units if unit is not None),
        objects=tuple(found.objects),
        events=_events(child(root, "Operation")),
        version=version_of(etree.QName(root).namespace or ""),
        comment=_text(root, "Comment"),
        archival_agreement=_text(root, "ArchivalAgreement"),
        archival_agency=text_of(child(root, "ArchivalAgency", "Identifier")),
        transferring_agency=text_of(child(root, "TransferringAgency", "Identifier")),
    )


def culprits(reply: ArchiveTransferReply, blames: Callable[[str], bool] = lambda _: True) -> tuple[str, ...]:
    """Xml ids of the units and objects that a KO event names, in the order of the reply.

    An object group that is named without its objects stands under its own id. `blames` tells which outcome details
    say something against the unit or object itself.
    """

    def guilty(events: Iterable[ReplyEvent]) -> bool:
        return any(event.failed and blames(event.outcome_detail) for event in events)

    named = [unit.xml_id for unit in reply.units if guilty(unit.events)]
    named += [item.xml_id or item.group_xml_id for item in reply.objects if guilty(item.events)]
    return tuple(dict.fromkeys(identifier for identifier in named if identifier))


def events_by_id(reply: ArchiveTransferReply) -> dict[str, tuple[ReplyEvent, ...]]:
    """What is said of each unit and object, by xml id; of a group named without its objects, by its own."""
    of_units = {unit.xml_id: unit.events for unit in reply.units}
    return of_units | {item.xml_id or item.group_xml_id: item.events for item in reply.objects}


def judgements(reply: ArchiveTransferReply) -> tuple[ReplyEvent, ...]:
    """What failed, step by step; empty when the operation was cancelled before anything was judged.

    The event of the workflow as a whole only says that the operation ended.
    """
    return tuple(event for event in reply.events if event.failed and not event.outcome_detail.startswith(_WHOLE))


def judged_before_storing(reply: ArchiveTransferReply) -> bool:
    """Whether every step that failed is one that leaves nothing in the archive; later ones may leave units in it."""
    return all(event.type_code in _BEFORE_STORING for event in judgements(reply) if event.type_code.startswith("STP_"))


def _unreadable(reason: str) -> UnreadableFile:
    return UnreadableFile(
        f"Réponse de la plateforme (ATR) : un message ArchiveTransferReply était attendu, mais {reason}. "
        "Redemandez la réponse ; si elle reste la même, transmettez-la à l’exploitant de Vitam.",
        detail=f"reply not readable: {reason}",
    )


class _Package:
    """Units and objects of a reply, read and forgotten one by one: a reply has one of each for all of a SIP."""

    def __init__(self) -> None:
        self.units: list[UnitReply | None] = []
        self.objects: list[ObjectReply] = []
        self._open: list[int] = []

    def read(self, data: bytes) -> etree._Element:
        """Read a reply; give back what is around its units and objects.

        Raises:
            Unreadable: anything else.
        """
        root: etree._Element | None = None
        for event, element in stream_xml(io.BytesIO(data), *_READ):
            if root is None:
                root = element
                if local_name(root) != "ArchiveTransferReply":
                    raise Unreadable(f"l’élément racine est « {local_name(root)} »", 1)
            elif local_name(element) == "ArchiveUnit":
                self._unit(event, element)
            elif event == "end":
                self._data_object(element)
        if root is None:
            raise Unreadable("ce n’est pas du XML bien formé")
        return root

    def _unit(self, event: str, element: etree._Element) -> None:
        if event == "start":
            self._open.append(len(self.units))
            self.units.append(None)
            return
        events = _events(child(element, "Management", "LogBook")) + _events(child(element, "LogBook"))
        system_id = text_of(child(element, "Content", "SystemId"))
        self.units[self._open.pop()] = UnitReply(element.get("id", ""), system_id, events)
        forget(element)

    def _data_object(self, element: etree._Element) -> None:
        parent = element.getparent()
        if local_name(element) == _GROUP:
            self.objects += _group(element)
        elif parent is not None and local_name(parent) == _GROUP:
            return
        else:
            group_id = _text(element, "DataObjectGroupId") or _text(element, "DataObjectGroupReferenceId")
            self.objects.append(_object(element, group_id, _events(child(element, "LogBook"))))
        forget(element)


def _group(group: etree._Element) -> Iterator[ObjectReply]:
    group_id = group.get("id", "")
    items = list(children(group, *_OBJECTS))
    known = {item.get("id", "") for item in items}
    of_all: list[ReplyEvent] = []
    of_one: dict[str, list[ReplyEvent]] = {identifier: [] for identifier in known}
    for element in children(child(group, "LogBook"), "Event"):
        of_one.get(_text(element, "DataObjectReferenceId"), of_all).append(_event(element))
    for item in items:
        own = _events(child(item, "LogBook"))
        yield _object(item, group_id, (*own, *of_one[item.get("id", "")], *of_all))
    if not items:
        yield ObjectReply("", group_id, "", _text(group, "DataObjectGroupSystemId"), "", tuple(of_all))


def _object(item: etree._Element, group_id: str, events: Sequence[ReplyEvent]) -> ObjectReply:
    return ObjectReply(
        item.get("id", ""),
        group_id,
        _text(item, "DataObjectSystemId"),
        _text(item, "DataObjectGroupSystemId"),
        _text(item, "DataObjectVersion"),
        tuple(events),
    )


def _events(logbook: etree._Element | None) -> tuple[ReplyEvent, ...]:
    return tuple(_event(element) for element in children(logbook, "Event"))


def _event(element: etree._Element) -> ReplyEvent:
    return ReplyEvent(
        type_code=_text(element, "EventTypeCode"),
        type=_text(element, "EventType"),
        when=_time(element, "EventDateTime"),
        outcome=_text(element, "Outcome"),
        outcome_detail=_text(element, "OutcomeDetail"),
        message=_text(element, "OutcomeDetailMessage"),
        data=_text(element, "EventDetailData"),
    )


def _text(element: etree._Element, name: str) -> str:
    return text_of(child(element, name))


def _time(element: etree._Element, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_text(element, name))
    except ValueError:
        return None
