"""Records that are no acts: their identity, the fields that must be there, and where they stand in the archive."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from versement.domain.documents import CollectedFile, Field, Metadata, Readings, Role, SourceDocument, Value
from versement.domain.errors import Defect
from versement.domain.labels import label
from versement.domain.titles import filled
from versement.profiles.families import PERSONAL, records_of
from versement.profiles.models import Profile
from versement.profiles.records import FIELDS, Branch, UnitShape
from versement.profiles.rules import rule_for
from versement.seda.model import ArchiveUnit, Keyword
from versement.seda.text import sane_token
from versement.steps.placing import Placed, object_of
from versement.steps.starts import rules_group, rules_of

CODES = {name: code for code, name in FIELDS.items()}
HASHED = (Field.IDENTIFIER,)
"""Fields made of paths, which in personal families may carry names: keys hold their digest."""

NUMBERS = (Field.MARKET, Field.FRAMEWORK)
"""Fields that a folder and a notice write in any case."""

LONGEST_KEY = 1000
"""Bytes of a key; a longer one, of a deep path, is told by its digest: PostgreSQL bounds what it indexes."""

_ODD = re.compile("[<>&\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a manifest may not hold as it stands: the archive would show the unit under another key."""

_ITEM_TITLES = {Role.MAIN: "Document", Role.SIGNATURE: "Signature", Role.PROOF: "Preuve", Role.ANNEX: "Annexe"}


def derived(readings: Readings) -> Readings:
    """The year of a record, when nothing gives it: that of its period, else of its date."""
    metadata = Metadata.settled(readings)
    if metadata.text(Field.YEAR):
        return readings
    for name in (Field.PERIOD, Field.DATE):
        if text := metadata.text(name):
            source = metadata.values[name]
            return (*readings, (Field.YEAR, Value(text[:4], source.source, source.origin)))
    return readings


def record_key_of(profile: Profile, metadata: Metadata) -> str:
    """A record's identity within its tenant; empty when a field that makes it is not known."""
    return _key(profile, metadata, records_of(profile.connector).identity, _scope(profile, ":"))


def lacking(profile: Profile, metadata: Metadata) -> Sequence[Field]:
    """Fields that the record must have and has not: identity, mandatory ones, and keys of the units above it."""
    records = records_of(profile.connector)
    branches = (code for branch in records.tree if not branch.optional for code in branch.key)
    codes = dict.fromkeys((*records.required, *branches))
    return [FIELDS[code] for code in codes if not metadata.text(FIELDS[code])]


def mandatory(profile: Profile) -> Sequence[Field]:
    """Fields that every record of the connector must have."""
    return lacking(profile, Metadata())


def latest_dates(profile: Profile, documents: Iterable[SourceDocument]) -> Mapping[str, date]:
    """By key of the topmost unit, the date of the most recent of these documents under it."""
    latest: dict[str, date] = {}
    for document in documents:
        day, top = document.metadata.date(Field.DATE), top_key(profile, document.metadata)
        if day is not None and top:
            latest[top] = max(day, latest.get(top, day))
    return latest


def placed_record(profile: Profile, document: SourceDocument, latest: Mapping[str, date]) -> Placed:
    """A record's unit, with its files, under the units that the profile's tree says.

    Raises:
        Defect: qualification let a record without access rule through.
    """
    metadata = document.metadata
    row = rule_for(profile.organisation, profile.connector.family, metadata)
    if row is None:
        raise Defect(
            "Un document sans règle d’accès est arrivé à l’empaquetage : signalez-le aux développeurs.",
            detail="packaging a record without management rule",
        )
    shape = records_of(profile.connector).unit
    unit = replace(
        _shaped(shape, document.record_key, metadata),
        transacted_date=metadata.date(Field.DATE),
        rules=rules_of(row, metadata, latest.get(top_key(profile, metadata))),
    )
    return Placed(
        _with_files(profile, unit, document), tuple(_branches(profile, metadata)), (document,), rules_group(row)
    )


def items_of_record(profile: Profile, document: SourceDocument) -> tuple[tuple[str, str, CollectedFile], ...]:
    """Key, title and file of each unit that a record's files make: its own unit when there is one file."""
    key = document.record_key
    if len(document.files) == 1:
        return ((key, "", document.files[0]),)
    items, counts = [], dict.fromkeys(Role, 0)
    for file in document.files:
        counts[file.role] += 1
        number = counts[file.role]
        suffix = f"{CODES_OF_ROLES[file.role]}-{number}"
        items.append((f"{key}#{suffix}", _item_title(profile, file, number), file))
    return tuple(items)


CODES_OF_ROLES = {role: role.name.lower() for role in Role}


def shown_name(profile: Profile, file: CollectedFile, number: int) -> str:
    """The file's name in the SIP: its own, unless it may carry a person's name."""
    if profile.connector.family not in PERSONAL:
        return file.name
    extension = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    plain = extension if extension.isascii() and extension.isalnum() and len(extension) <= 8 else ""
    return f"piece-{number}{f'.{plain}' if plain else ''}"


def _item_title(profile: Profile, file: CollectedFile, number: int) -> str:
    named = _ITEM_TITLES.get(file.role, "Pièce")
    if profile.connector.family in PERSONAL:
        return f"{named} {number}"
    return file.name if file.role in (Role.ANNEX, Role.MAIN) else f"{named} – {file.name}"


def _with_files(profile: Profile, unit: ArchiveUnit, document: SourceDocument) -> ArchiveUnit:
    items = items_of_record(profile, document)
    if len(items) == 1:
        return replace(unit, object=object_of(items[0][2], shown_name(profile, items[0][2], 1)))
    children = tuple(
        ArchiveUnit(
            key=key,
            level="Item",
            title=title,
            originating_system_id=key,
            start_date=unit.start_date,
            end_date=unit.end_date,
            object=object_of(file, shown_name(profile, file, number)),
        )
        for number, (key, title, file) in enumerate(items, start=1)
    )
    return replace(unit, level="File" if unit.level == "Item" else unit.level, children=children)


def _branches(profile: Profile, metadata: Metadata) -> Iterator[ArchiveUnit]:
    """Units above a record, from the top; one that would stand under itself stands once."""
    seen: set[str] = set()
    for branch, key in _branch_keys(profile, metadata):
        if key not in seen:
            seen.add(key)
            yield branch_unit(branch, key, metadata)


def _branch_keys(profile: Profile, metadata: Metadata) -> Iterator[tuple[Branch, str]]:
    for branch in records_of(profile.connector).tree:
        key = _key(profile, metadata, branch.key, _scope(profile, "/"))
        if key:
            yield branch, key


def branch_unit(branch: Branch, key: str, metadata: Metadata) -> ArchiveUnit:
    """A unit above documents, whichever of them asks for it."""
    unit = _shaped(branch, key, metadata)
    # What a branch says must not depend on which of its documents came first: its dates are its documents'.
    return replace(unit, start_date=None, end_date=None)


def top_key(profile: Profile, metadata: Metadata) -> str:
    return next((key for _, key in _branch_keys(profile, metadata)), "")


def _shaped(shape: UnitShape | Branch, key: str, metadata: Metadata) -> ArchiveUnit:
    values = {code: label(name, metadata.text(name)) for code, name in FIELDS.items()}
    words = dict.fromkeys(values[code] for code in shape.keywords)
    day = metadata.date(Field.DATE)
    return ArchiveUnit(
        key=key,
        level=shape.level,
        title=filled(shape.title, values) or key,
        description=filled(shape.description, values),
        originating_system_id=key,
        agency_identifier=values[shape.agency_identifier] if shape.agency_identifier else "",
        document_type=shape.document_type,
        keywords=tuple(Keyword(word) for word in words if word),
        start_date=metadata.date(Field.START) or day,
        end_date=metadata.date(Field.END) or day,
    )


def _scope(profile: Profile, mark: str) -> str:
    """What begins a key. Documents of no known family mean nothing outside of the connector that names them."""
    family = profile.connector.family
    return f"{family}{mark}{profile.connector_name}/" if family == "documents" else f"{family}{mark}"


def _key(profile: Profile, metadata: Metadata, codes: Sequence[str], prefix: str) -> str:
    parts = [_part(profile, FIELDS[code], metadata.text(FIELDS[code])) for code in codes]
    key = prefix + "/".join(parts) if all(parts) else ""
    if sane_token(key) != key:
        key = _ODD.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), key)
    if len(key.encode("utf-8", "surrogatepass")) <= LONGEST_KEY:
        return key
    return prefix + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _part(profile: Profile, name: Field, text: str) -> str:
    """A value as a key carries it: two different values never give one part."""
    said = " ".join(unicodedata.normalize("NFC", text).split())
    if name in NUMBERS:
        said = said.upper()
    if said and name in HASHED and profile.connector.family in PERSONAL:
        return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return said.replace("%", "%25").replace("/", "%2F").replace("#", "%23")
