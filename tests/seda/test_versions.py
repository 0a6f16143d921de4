"""What each version of SEDA can say, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.seda.arbitrary import Maker
from tests.seda.builders import binary, parsed, transfer, written
from tests.seda.rich import ARK, HOLDS, SERVICE, SIGNATURE, rich
from versement.domain.errors import Defect, NotExpressible
from versement.seda.dates import PartialDate
from versement.seda.description import Element, Event, Further, LinkingAgent, SignedObject, SigningInformation
from versement.seda.model import ArchiveUnit, Attachment, DataObjectGroup, Hold, Inheritance, PhysicalObject, Rule
from versement.seda.validation import SETTING, validate
from versement.seda.versions import VERSIONS, namespace, version_of

ORDER = {
    "ArchiveTransfer": "Comment Date MessageIdentifier ArchivalAgreement CodeListVersions DataObjectPackage "
    "RelatedTransferReference TransferRequestReplyIdentifier ArchivalAgency TransferringAgency",
    "BinaryDataObject": "DataObjectProfile DataObjectSystemId DataObjectGroupSystemId Relationship DataObjectVersion "
    "PersistentIdentifier DataObjectUse DataObjectNumber Uri MessageDigest Size Compressed FormatIdentification "
    "FileInfo Metadata OtherMetadata",
    "PhysicalDataObject": "DataObjectProfile DataObjectSystemId DataObjectGroupSystemId Relationship "
    "DataObjectVersion PersistentIdentifier DataObjectUse DataObjectNumber PhysicalId PhysicalDimensions",
    "ArchiveUnit": "ArchiveUnitRefId ArchiveUnitProfile Management Content ArchiveUnit DataObjectReference",
    "Management": "StorageRule AppraisalRule AccessRule DisseminationRule ReuseRule ClassificationRule LogBook "
    "NeedAuthorization HoldRule UpdateOperation",
    "ManagementMetadata": "ArchivalProfile ServiceLevel AcquisitionInformation LegalStatus "
    "OriginatingAgencyIdentifier SubmissionAgencyIdentifier StorageRule AppraisalRule AccessRule DisseminationRule "
    "ReuseRule ClassificationRule NeedAuthorization HoldRule",
    "Content": "DescriptionLevel Title FilePlanPosition SystemId OriginatingSystemId "
    "ArchivalAgencyArchiveUnitIdentifier OriginatingAgencyArchiveUnitIdentifier "
    "TransferringAgencyArchiveUnitIdentifier Description CustodialHistory Type DocumentType Language "
    "DescriptionLanguage Status Version Tag Keyword Coverage OriginatingAgency SubmissionAgency Agent AuthorizedAgent "
    "Writer Addressee Recipient Transmitter Sender Source RelatedObjectReference CreatedDate TransactedDate "
    "AcquiredDate SentDate ReceivedDate RegisteredDate StartDate EndDate DateLitteral Event Signature "
    "SigningInformation Gps OriginatingSystemIdReplyTo TextContent PersistentIdentifier",
    "SigningInformation": "SigningRole DetachedSigningRole SignedDocumentReferenceId SignatureDescription "
    "TimestampingInformation AdditionalProof",
    "SignatureDescription": "Signer Validator SigningType",
    "TimestampingInformation": "TimeStamp AdditionalTimestampingInformation",
    "PersistentIdentifier": "PersistentIdentifierType PersistentIdentifierOrigin PersistentIdentifierReference "
    "PersistentIdentifierContent",
}
"""SEDA's order, as its schemas and Vitam's grammar give it."""

DAY = date(2024, 3, 4)
SIGNED_DIGEST = binary(b"signed", "x").fixity.digest
LATER = {
    "Agent": ("2.1", {"agents": (SERVICE,)}),
    "DateLitteral": ("2.1", {"date_litteral": "vers 1900"}),
    "OriginatingSystemIdReplyTo": ("2.1", {"originating_system_id_reply_to": "x"}),
    "TextContent": ("2.1", {"text_content": "x"}),
    "LinkingAgentIdentifier": ("2.1", {"events": (Event("E", "E", DAY, linking_agent=LinkingAgent("t")),)}),
    "HoldRule": ("2.1", {"rules": HOLDS}),
    "SigningInformation": ("2.2", {"signing_information": SigningInformation(("Signature",))}),
    "PersistentIdentifier": ("2.2", {"persistent_identifiers": (ARK,)}),
    "Signature": ("2.3", {"signatures": (SIGNATURE,), "object": binary(b"decision", "x")}),
    "DataObjectProfile": ("2.1", {"object": replace(binary(b"x", "x"), profile="P")}),
    "DataObjectUse": ("2.2", {"object": replace(binary(b"x", "x"), use="U")}),
    "DataObjectNumber": ("2.2", {"object": replace(binary(b"x", "x"), number=0)}),
}


def out_of_order(data: bytes) -> list[str]:
    """Parents whose children do not stand in SEDA's order, or that have one that SEDA does not."""
    wrong = []
    for element in parsed(data).iter():
        order = ORDER.get(element.tag.rpartition("}")[2], "").split()
        names = [child.tag.rpartition("}")[2] for child in element]
        if order and names != sorted(names, key=lambda name: order.index(name) if name in order else -1):
            wrong.append(element.tag)
    return wrong


@pytest.mark.parametrize("version", VERSIONS)
def test_elements_stand_in_seda_s_order_in_every_version(version):
    """Whatever a transfer says, its elements follow the order that the schemas share, 2.3 included."""
    for message in (rich(version), *(Maker(seed, version).transfer() for seed in range(30))):
        data, _ = written(message)
        assert out_of_order(data) == []
        assert parsed(data).tag == f"{{{namespace(version)}}}ArchiveTransfer"


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_all_that_a_version_has_is_official_seda(version):
    """A transfer with every element of its version is valid for the official schema of that version."""
    assert validate(written(rich(version))[0]) == ()


def test_seda_2_3_is_official_too(shared: Path | None, monkeypatch):
    """Transfers of SEDA 2.3 are valid for its official schema, where that schema is to be had."""
    if shared is None:
        pytest.skip("no official schema of SEDA 2.3 on this machine")
    monkeypatch.setenv(SETTING, str(shared / "schemas" / "seda"))
    for message in (rich("2.3"), *(Maker(seed, "2.3").transfer() for seed in range(30))):
        assert validate(written(message)[0]) == ()


@pytest.mark.parametrize("element", LATER)
def test_what_a_version_does_not_have_is_never_dropped(element):
    """An element that the version lacks stops the writing; the message names it and where it exists."""
    version, values = LATER[element]
    message = replace(transfer(ArchiveUnit("k", "Item", "t", **values)), version=version)
    with pytest.raises(NotExpressible, match=f"SEDA {version} : l’élément « {element} »") as caught:
        written(message)
    others = [other for other in VERSIONS if other in caught.value.message.partition("existe en")[2]]
    assert version not in others
    for other in others:
        written(replace(message, version=other))


def test_what_vitam_takes_apart_in_2_1_is_not_written_together():
    """Signature and Gps together are official SEDA 2.1, and refused by Vitam: both are named, either is written."""
    gps = Element("Gps", children=(Element("GpsAltitude", "10"),))
    unit = ArchiveUnit("k", "Item", "t", signatures=(SIGNATURE,), gps=gps, object=binary(b"decision", "x"))
    with pytest.raises(NotExpressible, match=r"SEDA 2\.1 .*Signature et Gps"):
        written(replace(transfer(unit), version="2.1"))
    for version, fewer in (("2.2", {}), ("2.1", {"gps": None}), ("2.1", {"signatures": ()})):
        assert validate(written(replace(transfer(replace(unit, **fewer)), version=version))[0]) == ()


@pytest.mark.parametrize("version", ["2.0", "1.0", "", "3"])
def test_a_version_that_vitam_does_not_take_is_refused(version):
    """A profile that asks for another SEDA is told which ones there are."""
    with pytest.raises(NotExpressible, match=r"2\.1, 2\.2, 2\.3"):
        written(replace(transfer(), version=version))


IN_2_1 = replace(transfer(), version="2.1")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (replace(transfer(), code_lists=(("AutreListe", "1"),)), "AutreListe"),
        (transfer(ArchiveUnit("k", "Item", "t", further=(Further("Status", "x"),))), "Status"),
        (transfer(ArchiveUnit("k", "Item", "t", extensions=(Element("Title", "x"),))), "Title"),
        (transfer(ArchiveUnit("k", "Item", "t", extensions=(Element("un nom", "x"),))), "nom que XML permet"),
        (transfer(ArchiveUnit("k", "Item", "t", events=(Event("E", "E", None),))), "Event"),
        (transfer(ArchiveUnit("k", "Item", "t", writers=(replace(SERVICE, full_name="x"),))), "Writer"),
        (transfer(ArchiveUnit("k", "Item", "t", inheritance=(Inheritance("AccessRule", True, ("R",)),))), "AccessRule"),
        (
            transfer(ArchiveUnit("k", "Item", "t", inheritance=(Inheritance("AccessRule", False, (" ",)),))),
            "RefNonRuleId",
        ),
        (transfer(ArchiveUnit("k", "Item", "t", rules=(Rule("AccessRule", " ", date(2024, 1, 1)),))), "AccessRule"),
        (transfer(ArchiveUnit("k", "Item", "t", attach_to=Attachment(" "))), "MetadataValue"),
        (transfer(ArchiveUnit("k", "Item", "t", further=(Further("Language", "fra", "fra"),))), "Language"),
        (
            replace(IN_2_1, units=(ArchiveUnit("k", "Item", "t", further=(Further("TextContent", "x", "fra"),)),)),
            "TextContent",
        ),
    ],
)
def test_what_seda_itself_cannot_say_is_named(message, words):
    """A value that no version has a place for stops the writing and names the element, not the value."""
    with pytest.raises(NotExpressible, match=words):
        written(message)


def test_an_extension_comes_last_and_may_be_of_any_namespace():
    """Elements that SEDA does not have close the description; Vitam takes them, the official schema is not asked."""
    extensions = (Element("Delegation", children=(Element("Numero", "1"),)), Element("x", "y", namespace="urn:exemple"))
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", text_content="T", extensions=extensions)))
    content = next(parsed(data).iter(f"{{{namespace('2.2')}}}Content"))
    tags = [element.tag for element in content][-3:]
    assert tags == [f"{{{namespace('2.2')}}}TextContent", f"{{{namespace('2.2')}}}Delegation", "{urn:exemple}x"]
    assert validate(data) == ()


def test_an_identifier_of_2_3_may_be_an_extension_before():
    """Vitam takes a persistent identifier as an extension in SEDA 2.2; in 2.3 it has its own place."""
    unit = ArchiveUnit("k", "Item", "t", extensions=(Element("PersistentIdentifier", "ark:/1/2"),))
    assert b"ark:/1/2" in written(transfer(unit))[0]
    with pytest.raises(NotExpressible, match="PersistentIdentifier"):
        written(replace(transfer(unit), version="2.3"))


def test_a_group_holds_every_usage_of_one_record():
    """Original, copies, picture, text and paper are one group, each with its usage; every file has its entry."""
    root = parsed(written(rich("2.2"))[0])
    group = next(item for item in root.iter("{*}DataObjectGroup") if len(item) > 1)
    assert [next(item.iter("{*}DataObjectVersion")).text for item in group] == [
        "BinaryMaster_1",
        "Dissemination_1",
        "Thumbnail_1",
        "TextContent_1",
        "Dissemination_2",
        "PhysicalMaster_1",
    ]
    references = [item.text for item in root.iter("{*}DataObjectGroupReferenceId")]
    assert references.count(group.get("id")) == 2


@pytest.mark.parametrize(
    "group",
    [
        DataObjectGroup("g", ()),
        DataObjectGroup("g", (binary(b"a", "a"), binary(b"b", "b"))),
        DataObjectGroup("g", (PhysicalObject("1"), PhysicalObject("2"))),
    ],
)
def test_a_group_that_vitam_refuses_is_not_written(group):
    """An empty group, or two objects of one usage, would be refused by Vitam."""
    with pytest.raises(Defect, match="groupe d’objets"):
        written(transfer(ArchiveUnit("k", "Item", "t", group=group)))


SIGNED = replace(SIGNATURE, signed_object=SignedObject(SIGNED_DIGEST, "ailleurs"))


@pytest.mark.parametrize(
    "values",
    [
        {"refers_to": "k", "children": (ArchiveUnit("autre", "Item", "t"),)},
        {"refers_to": "inconnue"},
        {"signatures": (SIGNED,)},
        {"signing_information": SigningInformation(("Signature",), signed_documents=("inconnue",))},
        {"object": binary(b"x", "x"), "group": DataObjectGroup("g", (binary(b"x", "x"),))},
        {"rules": (Rule("AccessRule", "A", None, hold=Hold(owner="O")),)},
    ],
)
def test_a_unit_that_contradicts_itself_is_our_fault(values):
    """References to what is not there, two kinds of objects, or a hold outside a HoldRule stop the writing."""
    version = "2.3" if "signing_information" in values else "2.2"
    with pytest.raises(Defect, match="développeurs"):
        written(replace(transfer(ArchiveUnit("k", "Item", "t", **values)), version=version))


def test_two_files_never_have_one_path():
    """Two objects that would lie at the same place in the SIP stop the writing."""
    items = (replace(binary(data, "x"), uri="content/x") for data in (b"1", b"2"))
    with pytest.raises(Defect, match="même chemin"):
        written(transfer(*(ArchiveUnit(f"k{n}", "Item", "t", object=item) for n, item in enumerate(items))))


@pytest.mark.parametrize(
    ("attribute", "element"),
    [
        ("message_identifier", "MessageIdentifier"),
        ("archival_agency", "ArchivalAgency"),
        ("transferring_agency", "TransferringAgency"),
        ("originating_agency", "OriginatingAgencyIdentifier"),
    ],
)
def test_no_agency_stands_in_for_another(attribute, element):
    """A transfer that does not say who transfers what to whom is not written; only the submitter may be missing."""
    with pytest.raises(NotExpressible, match=element):
        written(replace(transfer(), **{attribute: " \n"}))
    assert b"SubmissionAgencyIdentifier" not in written(replace(transfer(), submission_agency=""))[0]
    with pytest.raises(NotExpressible, match="Date"):
        written(replace(transfer(), date=PartialDate("2024")))


def test_a_group_of_one_key_has_one_content():
    """Two units that give different objects under one group key would lose the second ones."""
    groups = (DataObjectGroup("g", (binary(data, "x"),)) for data in (b"1", b"2"))
    with pytest.raises(Defect, match="deux contenus"):
        written(transfer(*(ArchiveUnit(f"k{n}", "Item", "t", group=group) for n, group in enumerate(groups))))


def test_kept_ids_must_be_given():
    """Where ids are another manifest's, an object of a group must bring its own."""
    unit = ArchiveUnit("k", "Item", "t", group=DataObjectGroup("g", (binary(b"1", "x"),)))
    with pytest.raises(Defect):
        written(replace(transfer(unit), keep_ids=True))


@pytest.mark.parametrize("usage", ["metadata", "other_metadata"])
def test_technical_metadata_are_written_as_given(usage):
    """Technical descriptions that the model does not interpret stand where SEDA wants them."""
    name = {"metadata": "Metadata", "other_metadata": "OtherMetadata"}[usage]
    inside = (
        Element("Text", children=(Element("lignes", "3", namespace="urn:exemple"),)) if usage == "metadata" else None
    )
    element = Element(name, children=(inside or Element("lignes", "3", namespace="urn:exemple"),))
    data, _ = written(transfer(ArchiveUnit("k", "Item", "t", object=replace(binary(b"x", "x"), **{usage: element}))))
    assert validate(data) == ()
    assert out_of_order(data) == []


def test_namespaces_and_versions_answer_to_one_another():
    """A namespace says its version, and one that is not SEDA's says none."""
    assert [version_of(namespace(version)) for version in VERSIONS] == list(VERSIONS)
    assert version_of("urn:autre") == ""


def test_a_blank_title_in_a_language_is_no_title():
    """Vitam demands a title: one that is blank, in whatever language, does not count."""
    data, _ = written(transfer(ArchiveUnit("k", "Item", "", further=(Further("Title", " ", "fra"),))))
    assert b"[Sans titre]" in data
