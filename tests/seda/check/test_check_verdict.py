"""Verdict, codes and words of the check of a SIP."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.seda.check.checking import TEXT, Binary, Sip, Unit, check, codes
from versement.seda.check import Verdict

MD5 = hashlib.md5(TEXT, usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(TEXT, usedforsecurity=False).hexdigest()
PACKAGE = "CHECK_DATAOBJECTPACKAGE"
MANIFEST = f"{PACKAGE}.CHECK_MANIFEST"
VERSION = f"{PACKAGE}.CHECK_MANIFEST_DATAOBJECT_VERSION"
NUMBER = f"{PACKAGE}.CHECK_MANIFEST_OBJECTNUMBER"


def unit(extra: str = "", management: str = "", **values: str) -> Sip:
    return Sip(units=[Unit(group="GRP1", extra=extra, management=management, **values)])


def raw(old: str, new: str, sip: Sip | None = None) -> Sip:
    manifest = (sip or Sip()).manifest()
    assert manifest.count(old.encode()) >= 1
    return Sip(raw=manifest.replace(old.encode(), new.encode(), 1))


def reference(name: str, to: str) -> str:
    return f'<ArchiveUnit id="{name}"><ArchiveUnitRefId>{to}</ArchiveUnitRefId></ArchiveUnit>'


def update(inside: str) -> Unit:
    return Unit("AU0", "Rattachement", management=f"<UpdateOperation>{inside}</UpdateOperation>", group="GRP1")


def paper(inside: str) -> Sip:
    found = f'<PhysicalDataObject id="P1"><DataObjectGroupId>GRP2</DataObjectGroupId>{inside}</PhysicalDataObject>'
    return Sip(units=[Unit(group="GRP2")], objects=[], more_objects=found)


def key(name: str, value: str) -> str:
    inside = f"<MetadataName>{name}</MetadataName><MetadataValue>{value}</MetadataValue>"
    return f"<ArchiveUnitIdentifierKey>{inside}</ArchiveUnitIdentifierKey>"


REFUSED = {
    "a day that does not exist": (
        unit("<CreatedDate>2023-02-29</CreatedDate>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "CreatedDate (dans ArchiveUnit « AU1 ») a une valeur que le SEDA ne permet pas",
    ),
    "an empty identifier": (
        unit("<SystemId> </SystemId>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "SystemId (dans ArchiveUnit « AU1 ») a une valeur que le SEDA ne permet pas : elle est vide",
    ),
    "an element before its place": (
        raw(
            "<DescriptionLevel>Item</DescriptionLevel><Title>",
            "<Title>Avant</Title><DescriptionLevel>Item</DescriptionLevel><Title>",
        ),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "DescriptionLevel n’est pas permis à cet endroit de l’élément Content ; attendu : Title, FilePlanPosition",
    ),
    "an element left out": (
        raw("<CodeListVersions>", "<Faux>", raw("</CodeListVersions>", "</Faux>")),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "Faux n’est pas permis à cet endroit de l’élément ArchiveTransfer ; attendu : CodeListVersions",
    ),
    "an end too early": (
        unit(management="<AppraisalRule><Rule>APP-1</Rule></AppraisalRule>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "AppraisalRule est incomplet ; attendu : StartDate, Rule, PreventInheritance, RefNonRuleId, FinalAction",
    ),
    "an attribute that SEDA does not have": (
        raw("<Content>", '<Content secret="oui">'),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "Content ne peut pas avoir d’attribut « secret »",
    ),
    "no identifier": (
        raw('<ArchiveUnit id="AU1">', "<ArchiveUnit>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "ArchiveUnit n’a pas l’attribut « id », obligatoire",
    ),
    "an identifier that is no XML name": (
        raw('<ArchiveUnit id="AU1">', '<ArchiveUnit id="1AU">'),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "ArchiveUnit « 1AU » porte un identifiant qui n’est pas un nom XML valide",
    ),
    "two objects that declare one group": (
        Sip(
            objects=[],
            units=[Unit(group="G")],
            more_objects="".join(
                f'<BinaryDataObject id="O{n}"><DataObjectGroupId>G</DataObjectGroupId></BinaryDataObject>'
                for n in (1, 2)
            ),
        ),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "DataObjectGroupId porte un identifiant déjà utilisé dans le bordereau",
    ),
    "loose text": (
        raw("<Content>", "<Content>texte"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "Content contient du texte entre ses éléments",
    ),
    "a signature with SEDA 2.3": (
        Sip(
            version="2.3",
            units=[Unit(group="GRP1", extra="<Signature><Masterdata>x</Masterdata></Signature>")],
        ),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "Signature",
    ),
    "no package at all": (
        Sip(
            raw=Sip().manifest().partition(b"<DataObjectPackage>")[0]
            + Sip().manifest().rpartition(b"</DataObjectPackage>")[2]
        ),
        "CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO",
        "OriginatingAgencyIdentifier",
    ),
    "an originating agency that is empty": (
        raw("<OriginatingAgencyIdentifier>SERVICE<", "<OriginatingAgencyIdentifier><"),
        "CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO",
        "OriginatingAgencyIdentifier",
    ),
    "no digest": (
        raw('<MessageDigest algorithm="SHA-512">', '<MessageDigest algorithm="sha512">'),
        f"{VERSION}.INVALIDE_ALGO.KO",
        "MD5, SHA-1, SHA-256, SHA-384, SHA-512",
    ),
    "a version that is not a number": (
        Sip(objects=[Binary(version="BinaryMaster_un")]),
        f"{VERSION}.INVALID_DATAOBJECTVERSION.KO",
        "DataObjectVersion n’est pas un usage admis",
    ),
    "paper without identifier": (
        paper("<DataObjectVersion>PhysicalMaster_1</DataObjectVersion>"),
        f"{VERSION}.EMPTY_REQUIRED_FIELD.KO",
        "PhysicalId",
    ),
    "a space in an Uri": (Sip(objects=[Binary(uri="Content/a b.txt", stored=False)]), f"{NUMBER}.KO", "espace"),
    "an object without Uri": (
        raw("<Uri>Content/OBJ1.txt</Uri>", ""),
        f"{NUMBER}.INVALID_URI.KO",
        "il n’a pas d’Uri",
    ),
    "a group that nobody declares": (
        Sip(
            objects=[],
            files={"Content/OBJ1.txt": TEXT},
            units=[Unit(group="AU1")],
            more_objects='<BinaryDataObject id="OBJ1"><DataObjectGroupReferenceId>AU1</DataObjectGroupReferenceId>'
            f'<Uri>Content/OBJ1.txt</Uri><MessageDigest algorithm="MD5">{MD5}</MessageDigest>'
            "</BinaryDataObject>",
        ),
        f"{MANIFEST}.KO",
        "il n’est déclaré nulle part",
    ),
    "references that go round": (
        Sip(units=[Unit(group="GRP1", children=[reference("R1", "R2"), reference("R2", "R1")])]),
        f"{MANIFEST}.CHECK_MANIFEST_LOOP.KO",
        "mène, de proche en proche, à lui-même",
    ),
    "a unit that references itself": (
        Sip(units=[Unit(group="GRP1", children=[reference("R1", "AU1")])]),
        f"{MANIFEST}.CHECK_MANIFEST_LOOP.KO",
        "contenue dans elle-même",
    ),
    "an attachment to what is no system identifier": (
        Sip(units=[update("<SystemId>095-1</SystemId>")]),
        f"{MANIFEST}.INVALID_GUID_ATTACHMENT.KO",
        "UpdateOperation est incorrect",
    ),
    "an attachment by an empty key": (
        Sip(units=[update(key("OriginatingSystemId", " "))]),
        f"{MANIFEST}.EMPTY_KEY_ATTACHMENT.KO",
        "UpdateOperation est incorrect",
    ),
    "an existing unit put under another": (
        Sip(units=[Unit("P", "Dossier", "File", children=[update(key("OriginatingSystemId", "095-1"))])]),
        f"{MANIFEST}.MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED.KO",
        "ne peut pas être placée sous une autre",
    ),
    "an empty digest": (Sip(objects=[Binary(digest="")]), "CHECK_DIGEST.KO", "MessageDigest est vide"),
    "no title": (raw("<Title>Délibération</Title>", ""), "CHECK_UNIT_SCHEMA.EMPTY_REQUIRED_FIELD.KO", "Title"),
    "no level": (
        raw("<DescriptionLevel>Item</DescriptionLevel>", ""),
        "CHECK_UNIT_SCHEMA.EMPTY_REQUIRED_FIELD.KO",
        "DescriptionLevel",
    ),
    "a month without its day": (
        unit("<SentDate>2024-03</SentDate>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
        "SentDate n’est pas une date avec son jour",
    ),
    "an event without its day": (
        unit("<Event><EventDateTime>2024-03</EventDateTime></Event>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
        "EventDateTime n’est pas une date avec son jour",
    ),
    "a custodial history without its day": (
        unit("<CustodialHistory><CustodialHistoryItem when='2024'>x</CustodialHistoryItem></CustodialHistory>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
        "l’attribut when de CustodialHistoryItem n’est pas une date avec son jour",
    ),
    "a no-break space around a date": (
        unit("<SentDate>2024-03-01\u00a0</SentDate>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "SentDate (dans ArchiveUnit « AU1 ») a une valeur",
    ),
    "a rule of all units that starts in the year 9000": (
        Sip(metadata="<AccessRule><Rule>ACC-1</Rule><StartDate>9000-10-10</StartDate></AccessRule>"),
        "CHECK_UNIT_SCHEMA.DATE_FORMAT.KO",
        "ManagementMetadata dans AccessRule, StartDate",
    ),
    "a hold of all units that ends before it starts": (
        Sip(
            metadata="<HoldRule><Rule>H</Rule><StartDate>2024-01-02</StartDate><HoldEndDate>2024-01-01</HoldEndDate>"
            "</HoldRule>"
        ),
        "UNITS_RULES_COMPUTE.CONSISTENCY.KO",
        "ManagementMetadata dans HoldRule, HoldEndDate précède StartDate",
    ),
    "a level of classification of one's own for all units": (
        Sip(
            metadata="<ClassificationRule><ClassificationLevel>Secret</ClassificationLevel>"
            "<ClassificationOwner>Préfet</ClassificationOwner></ClassificationRule>"
        ),
        "CHECK_CLASSIFICATION_LEVEL.KO",
        "ManagementMetadata ClassificationLevel",
    ),
    "a script": (unit("<Description>&lt;SCRIPT&gt;x</Description>"), "CHECK_UNIT_SCHEMA.KO", "Description"),
    "CDATA written as text": (unit("<Tag>&lt;![CDATA[x]]&gt;</Tag>"), "CHECK_UNIT_SCHEMA.KO", "Tag"),
    "a control character": (unit("<Tag>a&#x85;b</Tag>"), "CHECK_UNIT_SCHEMA.KO", "Tag"),
    "a rule that starts in the year 9000": (
        unit(management="<AccessRule><Rule>ACC-1</Rule><StartDate>9000-10-10</StartDate></AccessRule>"),
        "CHECK_UNIT_SCHEMA.DATE_FORMAT.KO",
        "dans AccessRule, StartDate",
    ),
    "a level of classification of one's own": (
        unit(
            management="<ClassificationRule><ClassificationLevel>Secret</ClassificationLevel>"
            "<ClassificationOwner>Préfet</ClassificationOwner></ClassificationRule>"
        ),
        "CHECK_CLASSIFICATION_LEVEL.KO",
        "Non protégé",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_sip_that_vitam_refuses_gets_its_code_and_its_reason(tmp_path: Path, case: str):
    """One thing spoilt in a good SIP: KO, under Vitam's own code alone, with a reason that names the element."""
    sip, code, said = REFUSED[case]
    report = check(tmp_path, sip)
    assert report.verdict is Verdict.KO
    assert codes(report) == [code]
    assert any(said in f"{event.element} {event.message}" for event in report.events), report.events


ACCEPTED = {
    "SEDA 2.1": Sip(version="2.1"),
    "SEDA 2.3": Sip(version="2.3"),
    "a hold in SEDA 2.1": Sip(
        version="2.1", units=[Unit(group="GRP1", management="<HoldRule><Rule>H</Rule></HoldRule>")]
    ),
    "an attachment by key": Sip(units=[update(key("OriginatingSystemId", "095-1"))]),
    "an attachment by system identifier": Sip(
        units=[update("<SystemId>aeaqaaaaaahmtusqabktwaldc34sm6aaaaaq</SystemId>")]
    ),
    "an attached unit without level": raw(
        "<DescriptionLevel>Item</DescriptionLevel>", "", Sip(units=[update(key("OriginatingSystemId", "095-1"))])
    ),
    "an extension of the description": unit("<Nature xmlns='urn:commune'>Délibération</Nature>"),
    "a history": unit("<History><data>x</data></History>"),
    "an agency described freely": unit(
        "<OriginatingAgency><Identifier>S</Identifier><OrganizationDescriptiveMetadata><Nom>x</Nom>"
        "</OrganizationDescriptiveMetadata></OriginatingAgency>"
    ),
    "a signing information before SEDA 2.3": unit(
        "<SigningInformation><SigningRole>SignedDocument</SigningRole></SigningInformation>"
    ),
    "a forward reference": Sip(units=[Unit("P", "Un", "File", children=[reference("R", "AU1")]), Unit(group="GRP1")]),
    "an object of its own group": Sip(
        objects=[],
        files={"Content/OBJ1.txt": TEXT},
        units=[Unit(group="OBJ1")],
        more_objects=f'<BinaryDataObject id="OBJ1"><Uri>Content/OBJ1.txt</Uri>'
        f'<MessageDigest algorithm="SHA-1">{SHA1}</MessageDigest></BinaryDataObject>',
    ),
    "physical objects only": paper(
        "<DataObjectVersion>PhysicalMaster_1</DataObjectVersion><PhysicalId>Boîte 12</PhysicalId>"
    ),
    "a comment inside the manifest": raw("<Content>", "<Content><!-- vu -->"),
    "an opening tag alone": unit(title="a <b c"),
    "an ampersand and an apostrophe": unit(title="L'avis & l’avenant"),
    "a date with its time": unit("<StartDate>2024-03-01T10:00:00</StartDate><EndDate>2024-03-01</EndDate>"),
    "a schema location": raw(
        "<ArchiveTransfer ",
        '<ArchiveTransfer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" ',
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_vitam_takes_is_ok(tmp_path: Path, case: str):
    """What Vitam takes without remark is OK, even where the official schema is stricter."""
    report = check(tmp_path, ACCEPTED[case])
    assert (report.verdict, report.events) == (Verdict.OK, ())


def test_accepted_extensions_are_remarked(tmp_path: Path):
    """An element that SEDA does not know is let through, and told, since it may be a mistake."""
    report = check(tmp_path, ACCEPTED["an extension of the description"])
    assert [(remark.code, remark.element) for remark in report.remarks] == [("", "Nature")]


def test_every_object_and_every_unit_of_a_step_is_judged(tmp_path: Path):
    """A bad object hides neither the next bad one nor the size of a good one; units come after, as remarks only."""
    objects = [Binary("O1", "G1", digest="0" * 128), Binary("O2", "G2", size=1), Binary("O3", "G3", digest="0" * 128)]
    units = [Unit(f"U{n}", group=f"G{n}", extra="<SentDate>2024</SentDate>") for n in (1, 2, 3)]
    report = check(tmp_path, Sip(units=units, objects=objects))
    told = [(event.code, event.element) for event in report.events]
    assert told == [
        ("CHECK_DIGEST.KO", "BinaryDataObject « O1 »"),
        ("CHECK_DIGEST.KO", "BinaryDataObject « O3 »"),
        ("CHECK_OBJECT_SIZE.WARNING", "BinaryDataObject « O2 »"),
    ]
    assert {remark.code for remark in report.remarks} == {"CHECK_UNIT_SCHEMA.INVALID_UNIT.KO"}
    assert len(report.remarks) == 3


def test_vitam_stops_at_the_first_step_that_refuses(tmp_path: Path):
    """Only the first refusal is Vitam's event; what would come out next is there, as a remark."""
    report = check(
        tmp_path, Sip(agency="", agreement="", units=[Unit(group="GRP1", extra="<SentDate>2024</SentDate>")])
    )
    assert codes(report) == ["CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO"]
    assert [remark.code for remark in report.remarks] == [
        "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_MANIFEST.KO",
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
    ]


def test_units_are_told_level_by_level(tmp_path: Path):
    """As in Vitam, a fault of a root comes before one of a unit below it, wherever the manifest puts them."""
    deep = Unit("D", children=[Unit("E", group="GRP1", extra="<SentDate>2024</SentDate>")])
    report = check(tmp_path, Sip(units=[deep, Unit("F", extra="<EndDate>2024</EndDate>")]))
    assert [event.element for event in report.events] == ["ArchiveUnit « F »", "ArchiveUnit « E »"]


WARNED = {
    "no object": (Sip(units=[Unit()], objects=[]), "OBJECTS_LIST_EMPTY.WARNING"),
    "another size": (Sip(objects=[Binary(size=1)]), "CHECK_OBJECT_SIZE.WARNING"),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_vitam_remarks_is_a_warning(tmp_path: Path, case: str):
    """What Vitam accepts with a remark is a WARNING under the remark's code."""
    sip, code = WARNED[case]
    report = check(tmp_path, sip)
    assert (report.verdict, codes(report)) == (Verdict.WARNING, [code])


def test_many_faults_of_one_kind_are_counted_not_listed(tmp_path: Path):
    """A SIP whose every unit is wrong gives a hundred of them and a count, not a page per unit."""
    units = [Unit(f"U{n}", extra="<SentDate>2024</SentDate>") for n in range(300)]
    report = check(tmp_path, Sip(units=[*units, Unit(group="GRP1")]))
    assert len(report.events) == 101
    assert report.events[-1].message == "… et 200 autres éléments dans le même cas."


def test_no_value_of_the_metadata_is_told(tmp_path: Path):
    """Titles, names and dates, which may be personal, never reach the report."""
    secret = "Durand"
    sip = unit(
        f"<Description>&lt;b&gt;{secret}&lt;/b&gt;</Description><Writer><FullName>{secret}</FullName>"
        f"<BirthDate>{secret}</BirthDate></Writer><SentDate>{secret}</SentDate>",
        title=secret,
    )
    report = check(tmp_path, sip)
    assert report.verdict is Verdict.KO
    assert secret not in repr(report)
