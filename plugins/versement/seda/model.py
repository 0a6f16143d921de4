"""What a SEDA ArchiveTransfer says, as plain values; writing it down is left to `manifest`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime

from versement.domain.fixity import Fixity
from versement.seda.dates import AnyDate, in_utc, span
from versement.seda.description import Description, Element, Event, Further, Keyword, PersistentIdentifier
from versement.seda.versions import DEFAULT

__all__ = [
    "ArchiveTransfer",
    "ArchiveUnit",
    "Attachment",
    "BinaryObject",
    "Classification",
    "DataObjectGroup",
    "Event",
    "Hold",
    "Inheritance",
    "Keyword",
    "PhysicalObject",
    "Rule",
    "count_units",
    "extreme_dates",
    "objects",
    "walk",
]

DATED_LEVELS = frozenset({"RecordGrp", "SubGrp", "File"})
"""Levels whose extreme dates come from what they hold when they are not given."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What a HoldRule says of one rule beside its start (SEDA 2.2 and later)."""

    _: KW_ONLY
    end_date: AnyDate | None = None
    owner: str = ""
    reassessing_date: AnyDate | None = None
    reason: str = ""
    prevent_rearrangement: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One management rule of an archive unit.

    Attributes:
        category: SEDA element, `AppraisalRule`, `AccessRule`, `StorageRule`, `DisseminationRule`, `ReuseRule`,
            `ClassificationRule` or `HoldRule`.
        rule: identifier in the archive's referential; empty to state a final action alone.
        start_date: None when not known yet: the archive then computes no end.
        final_action: `Keep` or `Destroy` for AppraisalRule (`Keep` when empty); mandatory for StorageRule
            (`RestrictAccess`, `Transfer` or `Copy`); the same for all rules of one category.
        hold: for HoldRule only.
    """

    category: str
    rule: str
    start_date: AnyDate | None
    final_action: str = ""
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a unit does not inherit in one category of rules: everything, or the rules that are named.

    Attributes:
        prevent: PreventInheritance.
        refused: RefNonRuleId; never together with `prevent`.
    """

    category: str
    prevent: bool
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    """What a ClassificationRule says beside its rules."""

    level: str
    owner: str
    _: KW_ONLY
    audience: str = ""
    reassessing_date: AnyDate | None = None
    need_reassessing_authorization: bool | None = None


@dataclass(frozen=True, slots=True)
class BinaryObject:
    """One BinaryDataObject. Units that carry one each, of the same digest, share its DataObjectGroup.

    Attributes:
        fixity: read from a manifest, its CRC-32 is 0 and its size 0 when the manifest states none.
        filename: the name at the source, for FileInfo/Filename.
        usage: SEDA DataObjectVersion, with its number: `BinaryMaster_1`, `Dissemination_1`, `Thumbnail_1`,
            `TextContent_1`.
        uri: path in the SIP; empty for the one that `entry_name` makes.
        key: unique in the transfer; empty for one made from the digest, or from group and usage.
        compressed, metadata, other_metadata, relationships: as a manifest gave them.
    """

    fixity: Fixity
    filename: str
    last_modified: AnyDate | None
    puid: str
    mime: str
    format_name: str
    usage: str = "BinaryMaster_1"
    _: KW_ONLY
    uri: str = ""
    key: str = ""
    encoding: str = ""
    application_name: str = ""
    application_version: str = ""
    created_by_application: AnyDate | None = None
    os: str = ""
    os_version: str = ""
    profile: str = ""
    system_id: str = ""
    group_system_id: str = ""
    relationships: tuple[Element, ...] = ()
    persistent_identifiers: tuple[PersistentIdentifier, ...] = ()
    use: str = ""
    number: int | None = None
    compressed: Element | None = None
    metadata: Element | None = None
    other_metadata: Element | None = None


@dataclass(frozen=True, slots=True)
class PhysicalObject:
    """One PhysicalDataObject: something on a shelf, that the SIP only describes."""

    physical_id: str
    usage: str = "PhysicalMaster_1"
    _: KW_ONLY
    dimensions: Element | None = None
    extensions: tuple[Element, ...] = ()
    key: str = ""
    profile: str = ""
    system_id: str = ""
    group_system_id: str = ""
    relationships: tuple[Element, ...] = ()
    persistent_identifiers: tuple[PersistentIdentifier, ...] = ()
    use: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class DataObjectGroup:
    """Several objects of one record: the original, its copy to read, its picture, its text, its paper.

    Attributes:
        key: unique in the transfer; units that give the same group share it.
        objects: each with a usage of its own.
    """

    key: str
    objects: tuple[BinaryObject | PhysicalObject, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """The unit stands for one that the archive already holds (Vitam's UpdateOperation).

    Attributes:
        key: value that one held unit alone has as `metadata_name`; such an attachment survives a replay.
        system_id: the archive's own identifier instead; does not survive a replay.
    """

    key: str
    metadata_name: str = "OriginatingSystemId"
    _: KW_ONLY
    system_id: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveUnit(Description):
    """One ArchiveUnit with its children. What its Content says beside level and title: `Description`.

    Attributes:
        key: unique in the transfer; the unit's xml id is made from it.
        level: SEDA DescriptionLevel.
        refers_to: key of another unit of the transfer that this one only points at (ArchiveUnitRefId): it then
            has nothing else.
        profile: ArchiveUnitProfile.
        object: the record's one object; or else `group`.
        attach_to: this unit is not new: its children go under the one that the archive holds.
    """

    key: str
    level: str
    title: str
    _: KW_ONLY
    refers_to: str = ""
    profile: str = ""
    rules: tuple[Rule, ...] = ()
    inheritance: tuple[Inheritance, ...] = ()
    classification: Classification | None = None
    need_authorization: bool | None = None
    object: BinaryObject | None = None
    group: DataObjectGroup | None = None
    children: tuple[ArchiveUnit, ...] = ()
    attach_to: Attachment | None = None


@dataclass(frozen=True, slots=True)
class ArchiveTransfer:
    """One ArchiveTransfer message.

    Attributes:
        date: the latest source date in the transfer, never the clock's.
        archival_agreement: identifier of the ingest contract.
        legal_status: `Public Archive`, `Private Archive` or `Public and Private Archive`.
        units: root units, in the order of the manifest: any iterable, gone through once by the writer, so that
            a large transfer is never held whole.
        version: SEDA version of the manifest.
        code_lists: CodeListVersions, element and value; the three that Vitam copies into its reply are always
            written.
        comments: Comment beyond the first.
        keep_ids: keys are xml ids that another manifest gave, to be written as they stand.
    """

    message_identifier: str
    date: AnyDate
    comment: str
    archival_agreement: str
    archival_agency: str
    transferring_agency: str
    originating_agency: str
    submission_agency: str
    acquisition_information: str
    legal_status: str
    units: Iterable[ArchiveUnit]
    _: KW_ONLY
    version: str = DEFAULT
    archival_profile: str = ""
    service_level: str = ""
    code_lists: tuple[tuple[str, str], ...] = ()
    comments: tuple[Further, ...] = ()
    related_transfers: tuple[str, ...] = ()
    request_reply_identifier: str = ""
    rules: tuple[Rule, ...] = ()
    inheritance: tuple[Inheritance, ...] = ()
    classification: Classification | None = None
    need_authorization: bool | None = None
    keep_ids: bool = False


def walk(transfer: ArchiveTransfer) -> Iterator[ArchiveUnit]:
    """Every unit, in the order of the manifest."""
    stack = list(reversed(tuple(transfer.units)))
    while stack:
        unit = stack.pop()
        yield unit
        stack.extend(reversed(unit.children))


def objects(transfer: ArchiveTransfer) -> Iterator[BinaryObject | PhysicalObject]:
    """Every object, in the order of the manifest; one that units share comes once for each of them."""
    for unit in walk(transfer):
        if unit.object is not None:
            yield unit.object
        elif unit.group is not None:
            yield from unit.group.objects


def count_units(transfer: ArchiveTransfer) -> int:
    """Number of ArchiveUnit elements, those that stand for held units included."""
    return sum(1 for _ in walk(transfer))


Dates = tuple[AnyDate | None, AnyDate | None]


def extreme_dates(root: ArchiveUnit) -> dict[str, Dates]:
    """StartDate and EndDate, by unit key, of the units within whose own dates are not to be written as they stand.

    A group or a file takes the earliest and latest date found in it and below for what is not given. Dates are
    never inverted. A unit that the archive holds gets none.
    """
    found: dict[str, Dates] = {}
    _extremes(root, found)
    return found


def _extremes(unit: ArchiveUnit, found: dict[str, Dates]) -> list[date]:
    """Earliest and latest day of a unit and below, or nothing."""
    days = [day for child in unit.children for day in _extremes(child, found)]
    start, end = unit.start_date, unit.end_date
    own = (
        unit.created_date,
        unit.transacted_date,
        unit.sent_date,
        unit.received_date,
        unit.registered_date,
        start,
        end,
    )
    for when in own:
        if when is not None:
            days += span(when) or ()
    extremes = [min(days), max(days)] if days else []
    if unit.level in DATED_LEVELS and unit.attach_to is None and days:
        start, end = start or extremes[0], end or extremes[1]
    if _inverted(start, end):
        start, end = end, start
    if start is not unit.start_date or end is not unit.end_date:
        found[unit.key] = (start, end)
    return extremes


def _inverted(start: AnyDate | None, end: AnyDate | None) -> bool:
    if start is None or end is None or start == end:
        return False
    if isinstance(start, datetime) and isinstance(end, datetime):
        return in_utc(end) < in_utc(start)
    first, last = span(start), span(end)
    return first is not None and last is not None and last[1] < first[0]
