"""What a SEDA ArchiveTransfer says, as plain values; writing it down is left to `manifest`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime

from versement.domain.fixity import Digest, Fixity

DATED_LEVELS = frozenset({"RecordGrp", "SubGrp", "File"})
"""Levels whose extreme dates come from what they hold when they are not given."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One management rule of an archive unit.

    Attributes:
        category: SEDA element, `AppraisalRule`, `AccessRule`, `StorageRule`, `DisseminationRule`, `ReuseRule`
            or `HoldRule`.
        rule: identifier in the archive's referential; empty to state a final action alone.
        start_date: None when not known yet: the archive then computes no end.
        final_action: `Keep` or `Destroy` for AppraisalRule (`Keep` when empty); mandatory for StorageRule.
    """

    category: str
    rule: str
    start_date: date | None
    final_action: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the record before its transfer."""

    type_code: str
    type: str
    when: datetime | date
    outcome: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A controlled keyword.

    Attributes:
        type: one of SEDA's codes (`subject`, `corpname`, `genreform`…).
    """

    content: str
    reference: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class BinaryObject:
    """One BinaryDataObject in its own DataObjectGroup; units that carry the same digest share the group.

    Attributes:
        filename: the name at the source, for FileInfo/Filename.
        usage: SEDA DataObjectVersion.
    """

    fixity: Fixity
    filename: str
    last_modified: datetime | None
    puid: str
    mime: str
    format_name: str
    usage: str = "BinaryMaster_1"


@dataclass(frozen=True, slots=True)
class Attachment:
    """The unit stands for one that the archive already holds, found by its OriginatingSystemId."""

    key: str


@dataclass(frozen=True, slots=True)
class ArchiveUnit:
    """One ArchiveUnit with its children.

    Attributes:
        key: unique in the transfer; the unit's xml id is made from it.
        level: SEDA DescriptionLevel.
        agency_identifier: OriginatingAgencyArchiveUnitIdentifier.
        attach_to: this unit is not new: its children go under the one that the archive holds.
    """

    key: str
    level: str
    title: str
    _: KW_ONLY
    originating_system_id: str = ""
    agency_identifier: str = ""
    description: str = ""
    document_type: str = ""
    language: str = "fra"
    tags: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    transacted_date: date | None = None
    sent_date: date | None = None
    received_date: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    events: tuple[Event, ...] = ()
    rules: tuple[Rule, ...] = ()
    object: BinaryObject | None = None
    children: tuple[ArchiveUnit, ...] = ()
    attach_to: Attachment | None = None


@dataclass(frozen=True, slots=True)
class ArchiveTransfer:
    """One ArchiveTransfer message.

    Attributes:
        date: the latest source date in the transfer, never the clock's.
        archival_agreement: identifier of the ingest contract.
        legal_status: `Public Archive`, `Private Archive` or `Public and Private Archive`.
        archival_profile: identifier of the archival profile in the archive's referential; empty when none is named.
    """

    message_identifier: str
    date: datetime | date
    comment: str
    archival_agreement: str
    archival_agency: str
    transferring_agency: str
    originating_agency: str
    submission_agency: str
    acquisition_information: str
    legal_status: str
    units: tuple[ArchiveUnit, ...]
    archival_profile: str = ""


def walk(transfer: ArchiveTransfer) -> Iterator[ArchiveUnit]:
    """Every unit, in the order of the manifest."""
    stack = list(reversed(transfer.units))
    while stack:
        unit = stack.pop()
        yield unit
        stack.extend(reversed(unit.children))


def count_units(transfer: ArchiveTransfer) -> int:
    """Number of ArchiveUnit elements, those that stand for held units included."""
    return sum(1 for _ in walk(transfer))


def distinct_objects(transfer: ArchiveTransfer) -> tuple[BinaryObject, ...]:
    """One object per digest, in the order of the manifest: what the SIP contains.

    Of the names under which the same bytes come, the first one counts.
    """
    found: dict[Digest, BinaryObject] = {}
    for unit in walk(transfer):
        if unit.object is not None:
            found.setdefault(unit.object.fixity.digest, unit.object)
    return tuple(found.values())


def with_dates(unit: ArchiveUnit) -> ArchiveUnit:
    """The unit with StartDate and EndDate of every group and file within it, never inverted.

    A date that is given stays; one that is not is the earliest or latest date found in the unit and below.
    """
    return _dated(unit)[0]


def _dated(unit: ArchiveUnit) -> tuple[ArchiveUnit, list[date]]:
    below = [_dated(child) for child in unit.children]
    own = (unit.transacted_date, unit.sent_date, unit.received_date, unit.start_date, unit.end_date)
    dates = [day for day in own if day is not None]
    dates += [day for _, days in below for day in days]
    extremes = [min(dates), max(dates)] if dates else []
    start, end = unit.start_date, unit.end_date
    if unit.level in DATED_LEVELS and unit.attach_to is None and dates:
        start, end = start or extremes[0], end or extremes[1]
    if start is not None and end is not None and end < start:
        start, end = end, start
    children = tuple(child for child, _ in below)
    if (start, end, children) != (unit.start_date, unit.end_date, unit.children):
        unit = replace(unit, start_date=start, end_date=end, children=children)
    return unit, extremes
