"""Reads the archive's reply (ArchiveTransferReply, ATR) in every form of Vitam's.

Never gated on schema validity: real replies that report a KO are invalid. What codes mean: `explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from versement.domain.errors import UnreadableFile
from versement.seda.xml import Unreadable, child, children, local_name, read_xml, text_of

MAX_BYTES = 256 << 20
"""A reply is some hundred bytes per unit and object; more than this is none."""

_OBJECTS = ("BinaryDataObject", "PhysicalDataObject")
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
    """

    operation_id: str
    reply_code: str
    message_request_identifier: str
    date: datetime | None
    grant_date: datetime | None
    units: tuple[UnitReply, ...]
    objects: tuple[ObjectReply, ...]
    events: tuple[ReplyEvent, ...]


def read_reply(data: bytes) -> ArchiveTransferReply:
    """Read an ATR of any SEDA version.

    Raises:
        UnreadableFile: anything else.
    """
    try:
        if len(data) > MAX_BYTES:
            raise Unreadable(f"elle dépasse {MAX_BYTES >> 20} Mio")  # noqa: TRY301 (one message for all)
        root = read_xml(data)
    except Unreadable as error:
        raise _unreadable(str(error)) from error
    if local_name(root) != "ArchiveTransferReply":
        raise _unreadable(f"l’élément racine est « {local_name(root)} »")
    package = child(root, "DataObjectPackage")
    return ArchiveTransferReply(
        operation_id=_text(root, "MessageIdentifier"),
        reply_code=_text(root, "ReplyCode"),
        message_request_identifier=_text(root, "MessageRequestIdentifier"),
        date=_time(root, "Date"),
        grant_date=_time(root, "GrantDate"),
        units=tuple(_units(child(package, "DescriptiveMetadata"))),
        objects=tuple(_objects(package)),
        events=_events(child(root, "Operation")),
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


def _units(metadata: etree._Element | None) -> Iterator[UnitReply]:
    for unit in children(metadata, "ArchiveUnit"):
        events = _events(child(unit, "Management", "LogBook")) + _events(child(unit, "LogBook"))
        yield UnitReply(unit.get("id", ""), text_of(child(unit, "Content", "SystemId")), events)
        yield from _units(unit)


def _objects(package: etree._Element | None) -> Iterator[ObjectReply]:
    for group in children(package, "DataObjectGroup", *_OBJECTS):
        if local_name(group) in _OBJECTS:
            group_id = _text(group, "DataObjectGroupId") or _text(group, "DataObjectGroupReferenceId")
            yield _object(group, group_id, _events(child(group, "LogBook")))
        else:
            yield from _group(group)


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
