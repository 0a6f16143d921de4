"""What the manifest says, and that it says it as Vitam expects."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seda.builders import (
    ANY_TEXT,
    attached,
    binary,
    deliberation,
    fixity,
    parsed,
    texts,
    transfer,
    written,
)
from versement.domain.errors import Defect
from versement.seda.manifest import NAMESPACE, UNTITLED, entry_name
from versement.seda.model import ArchiveUnit, Event, Keyword, Rule, count_units, extreme_dates
from versement.seda.text import sane_text, sane_token
from versement.seda.validation import validate

ORDER = {
    "ArchiveTransfer": [
        "Comment",
        "Date",
        "MessageIdentifier",
        "ArchivalAgreement",
        "CodeListVersions",
        "DataObjectPackage",
        "ArchivalAgency",
        "TransferringAgency",
    ],
    "CodeListVersions": [
        "ReplyCodeListVersion",
        "MessageDigestAlgorithmCodeListVersion",
        "FileFormatCodeListVersion",
    ],
    "BinaryDataObject": [
        "DataObjectVersion",
        "Uri",
        "MessageDigest",
        "Size",
        "FormatIdentification",
        "FileInfo",
    ],
    "ManagementMetadata": [
        "AcquisitionInformation",
        "LegalStatus",
        "OriginatingAgencyIdentifier",
        "SubmissionAgencyIdentifier",
    ],
    "Management": ["StorageRule", "AppraisalRule", "AccessRule", "HoldRule"],
}
CONTENT = [
    "DescriptionLevel",
    "Title",
    "OriginatingSystemId",
    "OriginatingAgencyArchiveUnitIdentifier",
    "Description",
    "DocumentType",
    "Language",
    "Tag",
    "Tag",
    "Keyword",
    "Keyword",
    "TransactedDate",
    "SentDate",
    "ReceivedDate",
    "StartDate",
    "EndDate",
    "Event",
    "Event",
]


def names(element):
    return [child.tag.rpartition("}")[2] for child in element]


@pytest.mark.parametrize("parent", ORDER)
def test_elements_stand_in_the_order_of_seda(parent):
    """Header, objects and management follow SEDA's order, with the three code lists always there."""
    root = parsed(written(transfer(deliberation()))[0])
    element = next(root.iter(f"{{{NAMESPACE}}}{parent}"))
    assert names(element) == ORDER[parent]


def test_the_description_follows_the_order_of_seda():
    """Every descriptive element of a délibération is there, in SEDA's order."""
    root = parsed(written(transfer(deliberation()))[0])
    contents = [names(content) for content in root.iter(f"{{{NAMESPACE}}}Content")]
    assert CONTENT in contents


def test_a_full_transfer_is_valid_seda():
    """A transfer that uses everything the model has is valid for the official schema, identifiers included."""
    assert validate(written(transfer(deliberation()))[0]) == ()


def test_an_attachment_is_valid_once_vitam_s_extension_is_left_out():
    """A late ARActe names its délibération by our key, and the rest of the manifest is official SEDA."""
    data, _ = written(transfer(attached()))
    assert texts(parsed(data), "MetadataName") == ["OriginatingSystemId"]
    assert texts(parsed(data), "MetadataValue") == ["095-2024_01-DE"]
    assert validate(data) == ()


def test_a_transfer_of_nearly_nothing_is_valid_seda():
    """Empty values leave their element out instead of making the manifest invalid."""
    bare = binary(b"", "   ")
    bare = replace(bare, mime="", puid="", format_name="", last_modified=None)
    unit = ArchiveUnit("k", "Item", " \x0b", language="", object=bare, keywords=(Keyword(" "),), tags=("\t",))
    data, _ = written(replace(transfer(unit), comment="", date=date(2024, 3, 5), submission_agency=""))
    assert validate(data) == ()
    assert texts(parsed(data), "Title") == [UNTITLED]
    assert texts(parsed(data), "Date") == ["2024-03-05T00:00:00"]


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_text_survives_the_manifest(title, name, system_id, detail):
    """Any title, file name, identifier or event detail goes in and comes back, but for what XML or Vitam refuse."""
    unit = ArchiveUnit(
        "k",
        "Item",
        title,
        originating_system_id=system_id,
        events=(Event("E", "E", date(2024, 1, 1), detail=detail),),
        object=binary(b"x", name),
    )
    data, _ = written(transfer(unit))
    root = parsed(data)
    assert texts(root, "Title") == [sane_text(title) if sane_text(title).strip() else UNTITLED]
    assert texts(root, "Filename")[0] in (sane_text(name), entry_name(binary(b"x", name)))
    assert texts(root, "OriginatingSystemId") == [token for token in [sane_token(system_id)] if token]
    assert texts(root, "EventDetail") == [text for text in [sane_text(detail)] if text.strip()]
    assert validate(data) == ()


@pytest.mark.parametrize(
    "name",
    [
        "Délibération n° 1 – l’été.pdf",
        "a'b\"c.pdf",
        "été & fils <1>.pdf",
        "  espaces  .pdf",
        "文書.pdf",
        "C#; 100 %.PDF",
    ],
)
def test_a_file_name_comes_back_as_the_source_writes_it(name):
    """Accents, quotes, spaces and signs of a name at the source are kept in Filename."""
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", object=binary(b"x", name))))
    assert texts(parsed(data), "Filename") == [sane_text(name)]
    assert sane_text(name) == name.replace("<1>", "‹1›")


@given(st.binary(max_size=20), ANY_TEXT)
def test_an_entry_name_is_one_that_vitam_accepts(data, name):
    """Whatever the name at the source, the name in the SIP is made of a digest and a plain extension."""
    assert re.fullmatch(r"content/[0-9a-f]{32}(\.[a-z0-9]+)?", entry_name(binary(data, name)))


def test_the_same_transfer_gives_the_same_bytes():
    """Nothing of the clock, of chance or of the machine is in a manifest."""
    assert written(transfer(deliberation(), attached())) == written(transfer(deliberation(), attached()))


def test_a_change_in_one_unit_leaves_the_other_ids_alone():
    """Ids come from keys and digests: a corrected neighbour does not renumber a record."""
    _, before = written(transfer(attached(), deliberation()))
    _, after = written(transfer(deliberation()))
    assert {key: before.units[key] for key in after.units} == after.units
    assert {digest: before.objects[digest] for digest in after.objects} == after.objects


def test_ids_are_unique_names_and_those_of_the_numbering():
    """Every id of the manifest is an XML name, used once, and the numbering says what it stands for."""
    data, numbering = written(transfer(deliberation(), attached()))
    found = [element.get("id") for element in parsed(data).iter() if element.get("id")]
    given_ids = [*numbering.units.values(), *numbering.objects.values(), *numbering.groups.values()]
    assert sorted(found) == sorted(given_ids)
    assert len(set(found)) == len(found)
    assert all(re.fullmatch("[A-Z][0-9a-f]+", identifier) for identifier in found)
    assert count_units(transfer(deliberation(), attached())) == len(numbering.units) == 7


def test_an_annex_of_two_deliberations_is_one_group_and_two_units():
    """Both délibérations keep the annex; the SIP carries its bytes once."""
    units = [ArchiveUnit(key, "Item", key, object=binary(b"annexe", f"{key}.pdf")) for key in ("une", "autre")]
    data, numbering = written(transfer(*units))
    group = next(iter(numbering.groups.values()))
    assert texts(parsed(data), "DataObjectGroupReferenceId") == [group, group]
    assert texts(parsed(data), "Filename") == ["une.pdf"]
    assert list(numbering.entries) == texts(parsed(data), "Uri")
    assert list(numbering.entries.values()) == [fixity(b"annexe")]


def test_two_units_of_one_key_are_our_fault():
    """A key that is used twice stops the writing: a reply could not be read back."""
    unit = ArchiveUnit("k", "Item", "t")
    with pytest.raises(Defect, match="même clé"):
        written(transfer(unit, unit))


def test_a_file_without_dates_of_its_own_takes_those_it_holds():
    """Extreme dates of a séance and of its file are those of the documents below; an item gets none."""
    extremes = (date(2024, 3, 4), date(2024, 3, 9))
    assert extreme_dates(deliberation()) == {"seance": extremes, "deliberation": extremes}


DAYS = st.none() | st.dates()


@given(DAYS, DAYS, DAYS, DAYS, st.sampled_from(["RecordGrp", "File", "Item"]))
def test_dates_are_never_inverted_and_given_ones_stay(start, end, first, second, level):
    """StartDate is never after EndDate, and one that was given in good order is not replaced."""
    children = tuple(ArchiveUnit(str(n), "Item", "t", transacted_date=day) for n, day in enumerate((first, second)))
    unit = ArchiveUnit("k", level, "t", start_date=start, end_date=end, children=children)
    earliest, latest = extreme_dates(unit).get("k", (start, end))
    if earliest and latest:
        assert earliest <= latest
    if start and end:
        assert {earliest, latest} == {start, end}
    elif start:
        assert earliest == start
    elif end:
        assert latest == end
    if level != "Item" and (first or second):
        assert earliest is not None
        assert latest is not None


def test_a_rule_starts_on_a_day():
    """SEDA asks for a day: an instant is written as its own day."""
    rule = Rule("AccessRule", "A", datetime(2024, 3, 4, 23, 30, tzinfo=timezone(timedelta(hours=-5))))
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", rules=(rule,))))
    assert b"<StartDate>2024-03-04</StartDate>" in data


def test_a_unit_that_the_archive_holds_gets_no_dates():
    """A late piece does not pretend to know the extreme dates of the file that it joins."""
    late = ArchiveUnit("i", "Item", "t", transacted_date=date(2024, 3, 4))
    joined = replace(attached(), level="File", children=(late,))
    assert joined.attach_to is not None
    assert extreme_dates(joined) == {}
    assert set(extreme_dates(replace(joined, attach_to=None))) == {joined.key}


def test_an_appraisal_rule_without_a_final_action_keeps():
    """Nothing is marked for destruction unless somebody said so."""
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", rules=(Rule("AppraisalRule", "A", None),))))
    assert texts(parsed(data), "FinalAction") == ["Keep"]


@pytest.mark.parametrize(
    "rules",
    [
        (Rule("RetentionRule", "C", None),),
        (Rule("StorageRule", "S", None),),
        (Rule("AppraisalRule", "A", None, "Keep"), Rule("AppraisalRule", "B", None, "Destroy")),
    ],
)
def test_a_rule_that_seda_cannot_express_is_our_fault(rules):
    """A category without model, a missing or a double final action stop the writing."""
    with pytest.raises(Defect, match="développeurs"):
        written(transfer(ArchiveUnit("k", "Item", "t", rules=rules)))


def test_the_archival_profile_comes_first_in_the_management_of_the_transfer():
    """The archival profile is named where Vitam reads it, and not at all when the transfer has none."""
    data = written(replace(transfer(deliberation()), archival_profile="PR-000001"))[0]
    management = parsed(data).find(f".//{{{NAMESPACE}}}ManagementMetadata")
    assert [management[0].tag, management[0].text] == [f"{{{NAMESPACE}}}ArchivalProfile", "PR-000001"]
    assert validate(data) == ()
    assert texts(parsed(written(transfer(deliberation()))[0]), "ArchivalProfile") == []


def test_times_are_written_in_utc():
    """A source's local time becomes UTC, so that the same instant is always written the same."""
    paris = timezone(timedelta(hours=1))
    item = replace(binary(b"x", "x"), last_modified=datetime(2024, 3, 5, 9, 30, 0, 5, tzinfo=paris))
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", object=item)))
    assert texts(parsed(data), "LastModified") == ["2024-03-05T08:30:00Z"]
    assert texts(parsed(data), "Date") == ["2024-03-05T08:30:00Z"]
    naive = replace(transfer(), date=datetime(2024, 3, 5, 8, 30, tzinfo=UTC).replace(tzinfo=None))
    assert texts(parsed(written(naive)[0]), "Date") == ["2024-03-05T08:30:00"]


def test_nothing_stands_before_the_root():
    """Vitam refuses a comment before the root element; the manifest starts with its root."""
    lines = io.BytesIO(written(transfer())[0]).readlines()
    assert lines[0] == b'<?xml version="1.0" encoding="UTF-8"?>\n'
    assert lines[1].startswith(b"<ArchiveTransfer ")
