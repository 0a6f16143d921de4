"""Manifests of others: what is read, what is named, and that nothing in them harms."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.seda.builders import deliberation, transfer, written
from tests.seda.rich import rich
from versement.domain.errors import Defect, NotExpressible, UnreadableFile
from versement.domain.fixity import Digest, Fixity
from versement.seda.dates import PartialDate
from versement.seda.description import Element, Further
from versement.seda.model import BinaryObject, Inheritance, PhysicalObject, Rule, count_units
from versement.seda.parts_reader import MAX_REMARKS
from versement.seda.reader import ManifestReader, Reading, read_manifest

GROUPS = (
    '<BinaryDataObject id="B1"><DataObjectGroupId>G1</DataObjectGroupId><DataObjectVersion>BinaryMaster_1'
    '</DataObjectVersion><Uri>content/B1.pdf</Uri><MessageDigest algorithm="SHA-256">ab</MessageDigest><Size>3</Size>'
    "<FileInfo><Filename>un.pdf</Filename><LastModified>2020-01-01T10:00:00.5+01:00</LastModified></FileInfo>"
    "</BinaryDataObject>"
    '<BinaryDataObject id="B2"><DataObjectGroupReferenceId>G1</DataObjectGroupReferenceId>'
    "<DataObjectVersion>Thumbnail</DataObjectVersion><Uri>content/B2</Uri><MessageDigest algorithm='MD5'>cd"
    "</MessageDigest><FileInfo><Filename>deux.jpg</Filename></FileInfo></BinaryDataObject>"
    '<PhysicalDataObject id="P1"><DataObjectVersion>PhysicalMaster_1</DataObjectVersion><PhysicalId>BOITE 1'
    '</PhysicalId><PhysicalDimensions><Width unit="metre">1</Width></PhysicalDimensions><Reliure>cuir</Reliure>'
    "</PhysicalDataObject>"
    '<DataObjectGroup id="G3"><BinaryDataObject id="B3"/><LogBook><Event/></LogBook></DataObjectGroup>'
)


def manifest(units: str = "", groups: str = "", management: str = "", header: str = "", version: str = "2.1") -> bytes:
    return (
        f'<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v{version}" xmlns:x="urn:exemple">'
        f"<Date>2024-03-05T08:30:00Z</Date><MessageIdentifier> VERS\n1 </MessageIdentifier>{header}"
        f"<DataObjectPackage>{groups}<DescriptiveMetadata>{units}</DescriptiveMetadata><ManagementMetadata>"
        f"<OriginatingAgencyIdentifier>Osny</OriginatingAgencyIdentifier>{management}</ManagementMetadata>"
        "</DataObjectPackage><ArchivalAgency><Identifier>CACP</Identifier></ArchivalAgency>"
        "<TransferringAgency><Identifier>Osny</Identifier><OrganizationDescriptiveMetadata/></TransferringAgency>"
        "</ArchiveTransfer>"
    ).encode()


def unit(content: str = "", inside: str = "", identifier: str = "U1", management: str = "") -> str:
    described = f"<Content><DescriptionLevel>Item</DescriptionLevel><Title>T</Title>{content}</Content>"
    return f'<ArchiveUnit id="{identifier}">{management}{described}{inside}</ArchiveUnit>'


def reference(identifier: str, element: str = "DataObjectGroupReferenceId") -> str:
    return f"<DataObjectReference><{element}>{identifier}</{element}></DataObjectReference>"


def read(data: bytes) -> Reading:
    return read_manifest(io.BytesIO(data))


def named(found: Reading) -> list[str]:
    return [remark.element for remark in found.remarks]


def test_objects_without_a_group_around_them_are_found_by_their_ids():
    """Objects grouped by reference, alone, or of paper, reach their unit; the group's own logbook is named."""
    units = unit(inside=reference("G1")) + unit(identifier="U2", inside=reference("P1", "DataObjectReferenceId"))
    found = read(manifest(units, GROUPS))
    first, second = (item.group for item in found.transfer.units)
    assert first is not None
    assert second is not None
    assert (first.key, [item.key for item in first.objects]) == ("G1", ["B1", "B2"])
    assert first.objects[0] == BinaryObject(
        Fixity(Digest("SHA-256", "ab"), 0, 3),
        "un.pdf",
        datetime(2020, 1, 1, 9, 0, 0, 500_000, tzinfo=UTC),
        "",
        "",
        "",
        uri="content/B1.pdf",
        key="B1",
    )
    width = Element("Width", "1", (), (("unit", "metre"),))
    assert second.objects == (
        PhysicalObject(
            "BOITE 1",
            dimensions=Element("PhysicalDimensions", children=(width,)),
            extensions=(Element("Reliure", "cuir"),),
            key="P1",
        ),
    )
    assert [group.key for group in found.orphans] == ["G3"]
    assert "LogBook" in named(found)


def test_a_foreign_manifest_is_written_again_with_its_own_ids():
    """Replaying another's manifest keeps ids, groups and paper, in any version."""
    units = unit(inside=reference("G1")) + unit(identifier="U2", inside=reference("P1", "DataObjectReferenceId"))
    first = read(manifest(units, GROUPS)).transfer
    for version in ("2.1", "2.2", "2.3"):
        data, numbering = written(replace(first, version=version))
        again = read(data)
        assert numbering.units == {"U1": "U1", "U2": "U2"}
        assert numbering.entries["content/B1.pdf"].digest == Digest("SHA-256", "ab")
        assert replace(again.transfer, version="2.1") == first


def test_the_header_says_who_transfers_what():
    """Message, agreement, agencies, service level and rules for all are read, white space collapsed."""
    header = (
        '<Comment xml:lang="fra">Un</Comment><Comment>Deux</Comment><ArchivalAgreement>IC-1</ArchivalAgreement>'
        "<CodeListVersions><ReplyCodeListVersion>ReplyCodeListVersion0</ReplyCodeListVersion>"
        "<MimeTypeCodeListVersion>M1</MimeTypeCodeListVersion></CodeListVersions>"
        "<RelatedTransferReference>VERS-0</RelatedTransferReference>"
    )
    management = "<AccessRule><Rule>ACC-1</Rule><StartDate>2024-01-01</StartDate></AccessRule>"
    found = read(manifest(header=header, management=f"{management}<NeedAuthorization>true</NeedAuthorization>"))
    message = found.transfer
    assert (message.message_identifier, message.archival_agreement) == ("VERS 1", "IC-1")
    assert (message.archival_agency, message.transferring_agency) == ("CACP", "Osny")
    assert (message.comment, message.comments[0]) == ("", Further("Comment", "Un", "fra"))
    assert message.code_lists == (("MimeTypeCodeListVersion", "M1"),)
    assert message.rules == (Rule("AccessRule", "ACC-1", date(2024, 1, 1)),)
    assert (message.need_authorization, message.related_transfers) == (True, ("VERS-0",))
    assert (message.version, message.keep_ids) == ("2.1", True)
    assert named(found) == ["OrganizationDescriptiveMetadata"]


def test_rules_keep_what_limits_them():
    """Final actions, refused rules, holds and classification come back category by category."""
    management = (
        "<Management><AppraisalRule><Rule>A1</Rule><Rule>A2</Rule><StartDate>2024-01-01</StartDate>"
        "<RefNonRuleId>A3</RefNonRuleId><FinalAction>Destroy</FinalAction></AppraisalRule>"
        "<AccessRule><PreventInheritance>true</PreventInheritance></AccessRule>"
        "<StorageRule><FinalAction>Copy</FinalAction></StorageRule></Management>"
    )
    found = read(manifest(unit(management=management))).transfer.units[0]
    assert found.rules == (
        Rule("AppraisalRule", "A1", None, "Destroy"),
        Rule("AppraisalRule", "A2", date(2024, 1, 1), "Destroy"),
        Rule("StorageRule", "", None, "Copy"),
    )
    assert found.inheritance == (Inheritance("AppraisalRule", False, ("A3",)), Inheritance("AccessRule", True))


def test_a_rule_that_names_nothing_is_named_and_left_out():
    """A rule without identifier is no rule; what stands beside it is kept, and the element goes when nothing does."""
    management = (
        "<Management><DisseminationRule><Rule> </Rule></DisseminationRule><AccessRule><Rule/><Rule>ACC-1</Rule>"
        "</AccessRule></Management>"
    )
    found = read(manifest(unit(management=management)))
    assert found.transfer.units[0].rules == (Rule("AccessRule", "ACC-1", None),)
    assert named(found)[:2] == ["Rule", "Rule"]
    blank = replace(found.transfer.units[0], rules=(Rule("ReuseRule", " ", None),))
    assert b"ReuseRule" not in written(transfer(blank))[0]


@pytest.mark.parametrize("text", ["1987", "1987-05", "--05", "2023-02-30", "hier", "9999-12-31T23:59:59-10:00", ""])
def test_a_date_without_day_is_kept_and_named(text):
    """A year, a month or a date that no calendar has does not stop the reading, is said, and is written again."""
    found = read(manifest(unit(f"<StartDate>{text}</StartDate>")))
    assert found.transfer.units[0].start_date == PartialDate(text)
    assert named(found) == ["StartDate", "OrganizationDescriptiveMetadata"]
    assert f"<StartDate>{text}</StartDate>".encode() in written(found.transfer)[0]


@pytest.mark.parametrize("text", ["&lt;b&gt;gras&lt;/b&gt;", "l&amp;#39;acte", "a\u0085b", "é" * 20_000])
def test_text_that_vitam_refuses_is_named_without_being_repeated(text):
    """Tags, entities written as text, control characters and over-long texts are named; the value is in no message."""
    found = read(manifest(unit(f"<Description>{text}</Description>")))
    remark = found.remarks[0]
    assert (remark.element, remark.line) == ("Description", 2)
    assert "Vitam refuse" in remark.message
    assert text[:8] not in remark.message
    assert written(found.transfer)


@pytest.mark.parametrize(
    ("content", "element"),
    [
        ("<Status>a</Status><Status>b</Status>", "Status"),
        ("<Writer><Surnom>x</Surnom></Writer>", "Surnom"),
        ('<Keyword id="K"><KeywordContent>x<y/></KeywordContent></Keyword>', "KeywordContent"),
        ('<Keyword id="K"><KeywordContent>x</KeywordContent></Keyword>', "Keyword"),
        ("<Gps>texte<GpsVersionID>1</GpsVersionID></Gps>", "Gps"),
    ],
)
def test_what_the_model_does_not_hold_is_named(content, element):
    """A repeated element, an unknown one, or markup inside a text is said, never lost in silence."""
    assert element in named(read(manifest(unit(content))))


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (manifest(header="<Signature><x:s/></Signature>"), "Signature"),
        (manifest(header="<CodeListVersions><AutreListe>1</AutreListe></CodeListVersions>"), "AutreListe"),
        (manifest(management="<UpdateOperation><SystemId>a</SystemId></UpdateOperation>"), "UpdateOperation"),
        (manifest(management="<NeedAuthorization>oui</NeedAuthorization>"), "NeedAuthorization"),
        (manifest(unit(management="<Management><LogBook/></Management>")), "LogBook"),
        (manifest(unit(management="<Management><AccessRule><Autre/></AccessRule></Management>")), "Autre"),
        (manifest(groups='<BinaryDataObject id="B"><Size>trois</Size></BinaryDataObject>'), "Size"),
        (manifest(groups='<BinaryDataObject id="B"><Attachment>eA==</Attachment></BinaryDataObject>'), "Attachment"),
        (manifest(groups='<BinaryDataObject id="B" x:y="1"><Uri z="1">u</Uri></BinaryDataObject>'), "Uri"),
    ],
)
def test_what_is_left_out_around_the_description_is_named_too(data, element):
    """Header, objects and management lose nothing in silence either."""
    assert element in named(read(data))


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        (reference("G9"), "n’est pas dans le bordereau"),
        (reference("G1") + reference("G3"), "second groupe"),
        ("<ArchiveUnitReferenceAbstract/>", "n’est pas repris"),
    ],
)
def test_references_that_lead_nowhere_are_named(inside, words):
    """An unknown object, or a second group in one unit, is said; the unit is read all the same."""
    found = read(manifest(unit(inside=inside), GROUPS))
    assert count_units(found.transfer) == 1
    assert any(words in remark.message for remark in found.remarks)


def test_extensions_are_kept_with_their_namespace():
    """Elements that SEDA does not have, and later versions' own, come back as they stand."""
    content = (
        '<Delegation code="1"><Numero>3</Numero></Delegation><x:y x:z="&quot;1"> t </x:y><PersistentIdentifier>'
        "<PersistentIdentifierContent>ark:/1/2</PersistentIdentifierContent></PersistentIdentifier>"
    )
    first = read(manifest(unit(content), version="2.2")).transfer
    extensions = first.units[0].extensions
    assert [item.name for item in extensions] == ["Delegation", "y", "PersistentIdentifier"]
    assert extensions[1] == Element("y", " t ", (), (("{urn:exemple}z", '"1'),), "urn:exemple")
    assert read(written(first)[0]).transfer == first


def test_a_title_in_a_language_stays_in_that_language():
    """Titles and descriptions in several languages are kept, each with its own."""
    found = read(manifest(unit('<Description xml:lang="eng">D</Description><Description>E</Description>'))).transfer
    assert (found.units[0].description, found.units[0].further) == ("E", (Further("Description", "D", "eng"),))
    assert read(written(found)[0]).transfer == found


def test_units_that_only_point_at_another_are_kept():
    """A unit that stands under two parents is one unit and one reference to it, forwards or backwards."""
    pointing = '<ArchiveUnit id="R1"><ArchiveUnitRefId>U1</ArchiveUnitRefId></ArchiveUnit>'
    found = read(manifest(pointing + unit())).transfer
    assert [item.refers_to for item in found.units] == ["U1", ""]
    assert read(written(found)[0]).transfer == found


def test_attributes_of_the_xml_namespace_keep_their_prefix():
    """A language or a space rule within an extension is written again as XML has it."""
    first = read(manifest(unit('<Avis xml:lang="fra">Favorable</Avis>'))).transfer
    data, _ = written(first)
    assert b'<Avis xml:lang="fra">Favorable</Avis>' in data
    assert read(data).transfer == first


def test_a_manifest_that_is_too_large_is_not_read(monkeypatch):
    """Reading stops at a bound, however long the manifest goes on."""
    monkeypatch.setattr("versement.seda.xml.MAX_BYTES", 100)
    with pytest.raises(UnreadableFile, match="dépasse"):
        read(manifest())


def test_remarks_are_bounded():
    """A manifest that is wrong everywhere does not fill the memory with remarks."""
    found = read(manifest(unit("<Status/>" * (MAX_REMARKS + 50))))
    assert len(found.remarks) == MAX_REMARKS


def test_roots_are_read_one_by_one():
    """A manifest is gone through without being held: each root is there before the next one is read."""
    data = written(transfer(deliberation()))[0]
    cut = data[: data.index(b"<ManagementMetadata>")]
    roots = ManifestReader(io.BytesIO(cut)).roots()
    assert next(roots).title == "Séance du 4 mars 2024"
    with pytest.raises(UnreadableFile):
        next(roots)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bordereau",
        b"<html/>",
        manifest(version="2.0"),
        manifest().replace(b"ArchiveTransfer", b"ArchiveTransferReply"),
        manifest()[:-5],
        b"<a>" * 10_000,
        manifest("<ArchiveUnit>" * 300 + "</ArchiveUnit>" * 300),
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + manifest().replace(b"VERS", b"&e;"),
        b'<!DOCTYPE a [<!ENTITY e "eeee"><!ENTITY f "&e;&e;&e;">]>' + manifest().replace(b"VERS", b"&f;"),
        b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd">' + manifest(),
    ],
)
def test_what_is_no_manifest_is_said_to_be_none(data):
    """Anything else, and XML that hides entities, is refused with a French message; no entity is followed."""
    with pytest.raises(UnreadableFile, match="ArchiveTransfer de SEDA"):
        read(data)


WHOLE = written(rich("2.3"))[0]


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_a_damaged_manifest_is_read_or_refused(where, wrong, cut):
    """A manifest with wrong or missing bytes is read or refused, never anything else."""
    try:
        found = read(WHOLE[:where] + wrong + WHOLE[where + cut :])
    except UnreadableFile:
        return
    assert isinstance(found.transfer.units, tuple)


def test_an_empty_group_does_not_stop_the_reading():
    """A group without objects is named, and so is the unit's reference to it."""
    found = read(manifest(unit(inside=reference("G")), '<DataObjectGroup id="G"/>'))
    assert {"DataObjectGroup", "DataObjectGroupReferenceId"} <= set(named(found))
    assert (found.transfer.units[0].group, found.orphans) == (None, ())


def test_an_object_without_digest_is_read_but_not_sent():
    """Vitam refuses an object without digest: the manifest that would carry it is not written."""
    found = read(manifest(unit(inside=reference("G3")), GROUPS)).transfer
    assert found.units[0].group is not None
    with pytest.raises(NotExpressible, match="empreinte"):
        written(found)


def test_ids_that_are_no_names_are_not_written():
    """An id that XML does not allow, or that stands twice, is not sent on."""
    for wrong in (unit(identifier="1 U"), unit() + unit()):
        with pytest.raises(Defect):
            written(read(manifest(wrong)).transfer)
