"""What the sandbox refuses, and under which of Vitam's codes."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile

import pytest

from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import TEXT, UNKNOWN_BYTES, Binary, Sip, Unit

SECOND_GROUP = (
    "<DataObjectReference><DataObjectGroupReferenceId>GRP2</DataObjectGroupReferenceId></DataObjectReference>"
)
PAPER = (
    '<PhysicalDataObject id="P1"><DataObjectGroupId>GRP2</DataObjectGroupId>'
    "<DataObjectVersion>{}</DataObjectVersion><PhysicalId>1 D 12</PhysicalId></PhysicalDataObject>"
)
CLASSIFICATION = (
    "<ClassificationRule><ClassificationLevel>{level}</ClassificationLevel>"
    "<ClassificationOwner>{owner}</ClassificationOwner></ClassificationRule>"
)
RULE = "<AppraisalRule><Rule>{rule}</Rule><StartDate>{start}</StartDate><FinalAction>Keep</FinalAction></AppraisalRule>"


def _top_folder() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sip/manifest.xml", Sip().manifest())
    return buffer.getvalue()


def _broken_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("manifest.xml")
        member.size = len(Sip().manifest())
        archive.addfile(member, io.BytesIO(Sip().manifest()))
    return buffer.getvalue()[:40]


def _two_units_one_group(**_: object) -> Sip:
    return Sip(units=[Unit("AU1", group="GRP1"), Unit("AU2", group="GRP1")])


def _reference(name: str) -> str:
    return f'<ArchiveUnit id="REF"><ArchiveUnitRefId>{name}</ArchiveUnitRefId></ArchiveUnit>'


def _with_rule(rule: str, start: str = "2020-01-01") -> Sip:
    return Sip(units=[Unit(group="GRP1", management=RULE.format(rule=rule, start=start))])


def _hold(rule: str, end: str) -> Sip:
    hold = f"<Rule>{rule}</Rule><StartDate>2020-01-01</StartDate><HoldEndDate>{end}</HoldEndDate>"
    return Sip(units=[Unit(group="GRP1", management=f"<HoldRule>{hold}</HoldRule>")])


def _unit(**values: str) -> Sip:
    return Sip(units=[Unit(group="GRP1", **values)])


REFUSED = {
    "not an archive": (b"%PDF-1.4 nothing", "CHECK_CONTAINER.KO"),
    "an empty body": (b"", "CHECK_CONTAINER.KO"),
    "no manifest at the root": (_top_folder(), "MANIFEST_FILE_NAME_CHECK.KO"),
    "a manifest named otherwise": (Sip(name="bordereau.xml"), "MANIFEST_FILE_NAME_CHECK.KO"),
    "a space in an entry name": (Sip(files={"Content/a b.txt": b"x"}), "UPLOAD_SIP.KO"),
    "an accent in an entry name": (Sip(files={"Content/é.txt": b"x"}), "UPLOAD_SIP.KO"),
    "an accent in the name of an empty folder": (Sip(files={"Content/é/": b""}), "UPLOAD_SIP.KO"),
    "an empty folder beside content": (Sip(files={"autre/": b""}), "CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"),
    "a name longer than a file system takes": (Sip(files={f"Content/{'a' * 256}": b"x"}), "UPLOAD_SIP.KO"),
    "a file where a folder must be": (Sip(files={"Content": b"x"}), "UPLOAD_SIP.KO"),
    "a truncated compressed tar": (_broken_tar(), "MANIFEST_FILE_NAME_CHECK.KO"),
    "a second file at the root": (Sip(files={"lisezmoi.txt": b"x"}), "CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"),
    "a folder beside content": (Sip(files={"autre/a.txt": b"x"}), "CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"),
    "a manifest that is not XML": (Sip(raw=b"<a>", objects=[]), "CHECK_SEDA.NOT_XML_FILE.KO"),
    "XML that is not SEDA": (Sip(raw=b"<a/>", objects=[]), "CHECK_SEDA.KO"),
    "a comment before the root": (
        Sip(raw=Sip().manifest().replace(b"<ArchiveTransfer", b"<!-- --><ArchiveTransfer", 1)),
        "CHECK_SEDA.KO",
    ),
    "SEDA 2.0": (Sip(version="2.0"), "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO"),
    "an element out of place": (_unit(extra="<Absent/>"), "CHECK_SEDA.NOT_XSD_VALID.KO"),
    "one identifier used twice": (
        Sip(units=[Unit("AU1", group="GRP1"), Unit("AU1", "Autre")]),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
    ),
    "a reference to nothing": (
        Sip(units=[Unit(group="GRP1"), Unit("AU2", group="GRP9")]),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
    ),
    "no originating agency": (Sip(agency=""), "CHECK_HEADER.CHECK_AGENT.EMPTY_REQUIRED_FIELD.KO"),
    "an unknown originating agency": (Sip(agency="INCONNU"), "CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO"),
    "an unknown submission agency": (Sip(submission="INCONNU"), "CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO"),
    "no ingest contract": (
        Sip(agreement=""),
        "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_MANIFEST.KO",
    ),
    "an unknown ingest contract": (
        Sip(agreement="X"),
        "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN.KO",
    ),
    "an unknown usage": (
        Sip(objects=[Binary(version="Original_1")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALID_DATAOBJECTVERSION.KO",
    ),
    "a paper usage on a file": (
        Sip(objects=[Binary(version="PhysicalMaster_1")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.BDO_DATAOBJECTIONVERSION_PHYSICALMASTER.KO",
    ),
    "a file's usage on paper": (
        Sip(units=[Unit(group="GRP2")], objects=[], more_objects=PAPER.format("BinaryMaster_1")),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.PDO_DATAOBJECTIONVERSION_BINARYMASTER.KO",
    ),
    "an algorithm that Vitam does not know": (
        Sip(objects=[Binary(algorithm="SHA512")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO.KO",
    ),
    "a file that the manifest does not declare": (
        Sip(files={"Content/autre.txt": b"x"}),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_INFERIOR_BDO.KO",
    ),
    "a declared file that is not there": (
        Sip(objects=[Binary(stored=False)]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO.KO",
    ),
    "an Uri in another case": (
        Sip(objects=[Binary(stored=False)], files={"content/OBJ1.txt": TEXT}),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.INVALID_URI.KO",
    ),
    "the same usage twice in a group": (
        Sip(objects=[Binary("O1"), Binary("O2")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.KO",
    ),
    "a second master without the first": (
        Sip(objects=[Binary(version="BinaryMaster_2")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.EXPECTED_MANDATORY_VERSION_1.KO",
    ),
    "a group without master": (
        Sip(objects=[Binary(version="Dissemination_1")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.MASTER_MANDATORY_REQUIRED.KO",
    ),
    "an object named in place of its group": (
        Sip(units=[Unit(group="OBJ1")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.EXISTING_OG_NOT_DECLARED.KO",
    ),
    "a unit with two groups": (
        Sip(
            units=[
                Unit(
                    group="GRP1",
                    children=[
                        SECOND_GROUP,
                    ],
                )
            ],
            objects=[Binary(), Binary("OBJ2", "GRP2")],
        ),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP.KO",
    ),
    "a cycle": (
        Sip(units=[Unit(group="GRP1", children=[Unit("AU2", children=[_reference("AU1")])])]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP.KO",
    ),
    "a reference to what is not a unit": (
        Sip(units=[Unit(group="GRP1", children=[_reference("GRP1")])]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.KO",
    ),
    "a reference between spaces": (
        Sip(units=[Unit(group="GRP1"), Unit("AU2", children=[_reference(" AU1 ")])]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_MALFORMED_DATA.KO",
    ),
    "a group that no unit shows": (
        Sip(objects=[Binary(), Binary("OBJ2", "GRP2")]),
        "CHECK_DATAOBJECTPACKAGE.CHECK_CONSISTENCY.CHECK_CONSISTENCY_ORPHAN_OBJECT.KO",
    ),
    "a wrong digest": (Sip(objects=[Binary(digest="0" * 128)]), "CHECK_DIGEST.KO"),
    "a digest in capitals": (
        Sip(objects=[Binary(digest=hashlib.sha512(TEXT).hexdigest().upper())]),
        "CHECK_DIGEST.KO",
    ),
    "a file of no known format": (
        Sip(objects=[Binary(content=UNKNOWN_BYTES, uri="Content/OBJ1")]),
        "OG_OBJECTS_FORMAT_CHECK.KO",
    ),
    "an end date before the start date": (
        _unit(extra="<StartDate>2024-02-01</StartDate><EndDate>2024-01-31</EndDate>"),
        "CHECK_UNIT_SCHEMA.CONSISTENCY.KO",
    ),
    "a date that is only a year": (
        _unit(extra="<StartDate>2024</StartDate>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
    ),
    "an event that has only its month": (
        _unit(extra="<Event><EventDateTime>2024-03</EventDateTime></Event>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
    ),
    "a custodial history that has only its year": (
        _unit(extra="<CustodialHistory><CustodialHistoryItem when='2024'>x</CustodialHistoryItem></CustodialHistory>"),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
    ),
    "markup in a title": (_unit(title="<b>Délibération</b>"), "CHECK_UNIT_SCHEMA.KO"),
    "an entity written as text": (_unit(title="L&apos;avis"), "CHECK_UNIT_SCHEMA.KO"),
    "a title too long": (_unit(title="é" * 16_383), "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO"),
    "an unknown rule": (_with_rule("APP-9"), "UNITS_RULES_COMPUTE.UNKNOWN.KO"),
    "a rule of another category": (_with_rule("ACC-1"), "UNITS_RULES_COMPUTE.CONSISTENCY.KO"),
    "a rule that starts after the year 8999": (
        _with_rule("APP-1", "9000-10-10"),
        "CHECK_UNIT_SCHEMA.DATE_FORMAT.KO",
    ),
    "an unknown rule to refuse": (
        _unit(management="<AccessRule><RefNonRuleId>ACC-9</RefNonRuleId></AccessRule>"),
        "UNITS_RULES_COMPUTE.REF_INCONSISTENCY.KO",
    ),
    "a hold that ends before it starts": (_hold("HOL-1", "2019-12-31"), "UNITS_RULES_COMPUTE.CONSISTENCY.KO"),
    "an end given to a hold that has a duration": (
        _hold("HOL-2", "2021-01-01"),
        "UNITS_RULES_COMPUTE.CONSISTENCY.KO",
    ),
    "an unknown rule for the whole transfer": (
        Sip(metadata=RULE.format(rule="APP-9", start="2020-01-01")),
        "UNITS_RULES_COMPUTE.UNKNOWN.KO",
    ),
    "a rule for the whole transfer that starts after the year 8999": (
        Sip(metadata=RULE.format(rule="APP-1", start="9000-10-10")),
        "CHECK_UNIT_SCHEMA.DATE_FORMAT.KO",
    ),
    "markup in a rule for the whole transfer": (
        Sip(metadata=CLASSIFICATION.format(level="Secret Défense", owner="&lt;b&gt;Préfet&lt;/b&gt;")),
        "CHECK_UNIT_SCHEMA.KO",
    ),
    "a level of classification of one's own": (
        _unit(management=CLASSIFICATION.format(level="Secret", owner="Préfet")),
        "CHECK_CLASSIFICATION_LEVEL.KO",
    ),
    "a level of classification of one's own for the whole transfer": (
        Sip(metadata=CLASSIFICATION.format(level="Secret", owner="Préfet")),
        "CHECK_CLASSIFICATION_LEVEL.KO",
    ),
    "an archive unit profile that is not there": (
        Sip(
            raw=Sip().manifest().replace(b"<Content><Desc", b"<ArchiveUnitProfile>P</ArchiveUnitProfile><Content><Desc")
        ),
        "CHECK_ARCHIVE_UNIT_PROFILE.NOT_FOUND.KO",
    ),
}


@pytest.fixture(scope="module")
def judge_tenant(_shared_server: VitamServer) -> int:
    """One tenant for all the refusals: a refused SIP leaves nothing behind."""
    _shared_server.import_referentials(999)
    return 999


@pytest.mark.parametrize("case", REFUSED)
def test_what_vitam_refuses_is_refused_under_the_same_code(vitam_server: VitamServer, judge_tenant: int, case: str):
    """A SIP that breaks one of Vitam's rules ends KO, under Vitam's own code, and leaves nothing in the archive."""
    sip, detail = REFUSED[case]
    body = sip if isinstance(sip, bytes) else sip.zipped()
    operation, status = vitam_server.ingest(body, tenant=judge_tenant)
    details = vitam_server.details(operation, tenant=judge_tenant)
    assert status == "KO"
    assert detail in details
    assert details[-1] == "PROCESS_SIP_UNITARY.KO"
    assert vitam_server.units([{"$eq": {"#opi": operation}}], tenant=judge_tenant) == []
    manifest = f"/ingest-external/v1/ingests/{operation}/manifests"
    assert vitam_server.call("GET", manifest, tenant=judge_tenant).status_code == 404


ACCEPTED = {
    "a tar": "tar",
    "a compressed tar": "gz",
    "a manifest with a prefix": Sip(name="2024-03_manifest.xml"),
    "SEDA 2.1": Sip(version="2.1"),
    "two units that show one group": _two_units_one_group(),
    "two units that share a child": Sip(
        units=[Unit("P1", "Un", "File", children=[Unit("C", group="GRP1")]), Unit("P2", children=[_reference("C")])]
    ),
    "a rule with its start": _with_rule("APP-1"),
    "a hold with its end": _hold("HOL-1", "2020-01-01"),
    "paper only": Sip(units=[Unit(group="GRP2")], objects=[], more_objects=PAPER.format("PhysicalMaster_1")),
    "an MD5 digest": Sip(
        objects=[Binary(algorithm="MD5", digest=hashlib.md5(TEXT, usedforsecurity=False).hexdigest())]
    ),
    "two objects with one Uri": Sip(
        objects=[Binary(), Binary("OBJ2", version="Dissemination_1", uri="Content/OBJ1.txt", stored=False)]
    ),
    "accents in the identifier": Sip(identifier="Versement n° 1 – séance d’été"),
}


def _body(sip: Sip | str) -> bytes:
    if isinstance(sip, Sip):
        return sip.zipped()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if sip == "gz" else "w") as archive:
        for name, content in (("manifest.xml", Sip().manifest()), ("Content/OBJ1.txt", TEXT)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_vitam_accepts_is_accepted(vitam_server: VitamServer, judge_tenant: int, case: str):
    """A SIP that Vitam takes without remark is taken without remark."""
    operation, status = vitam_server.ingest(_body(ACCEPTED[case]), tenant=judge_tenant)
    assert status == "OK", vitam_server.details(operation, tenant=judge_tenant)


WARNED = {
    "no object at all": (Sip(units=[Unit()], objects=[]), "OBJECTS_LIST_EMPTY.WARNING"),
    "another size": (Sip(objects=[Binary(size=1)]), "CHECK_OBJECT_SIZE.WARNING"),
    "another format": (Sip(objects=[Binary(puid="fmt/18")]), "OG_OBJECTS_FORMAT_CHECK.WARNING"),
}


@pytest.mark.parametrize("case", WARNED)
def test_what_vitam_only_remarks_is_accepted_with_a_warning(vitam_server: VitamServer, tenant: int, case: str):
    """A wrong size, another format or no object at all ends WARNING, and the units are held."""
    sip, detail = WARNED[case]
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert status == "WARNING"
    assert detail in vitam_server.details(operation, tenant=tenant)
    assert len(vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)) == 1
    outcomes = {event.findtext("{*}Outcome") for event in vitam_server.reply(operation, tenant=tenant).iter("{*}Event")}
    assert outcomes == {"WARNING"}


def test_a_refusal_skips_to_the_last_step(vitam_server: VitamServer, tenant: int):
    """After a refusal, no later step appears in the logbook, but the reply is still written."""
    operation, _ = vitam_server.ingest(Sip(agency="INCONNU").zipped(), tenant=tenant)
    steps = [d for d in vitam_server.details(operation, tenant=tenant) if d.endswith(".STARTED.OK")]
    assert steps == [
        "STP_SANITY_CHECK_SIP.STARTED.OK",
        "STP_UPLOAD_SIP.STARTED.OK",
        "STP_INGEST_CONTROL_SIP.STARTED.OK",
        "STP_INGEST_FINALISATION.STARTED.OK",
    ]


def test_a_refused_object_does_not_hide_the_next_one(vitam_server: VitamServer, tenant: int):
    """Within the step that checks objects, every object is judged, and each bad one is named."""
    objects = [Binary("O1", "G1", digest="0" * 128), Binary("O2", "G2"), Binary("O3", "G3", digest="0" * 128)]
    units = [Unit(f"U{n}", group=f"G{n}") for n in (1, 2, 3)]
    operation, _ = vitam_server.ingest(Sip(units=units, objects=objects).zipped(), tenant=tenant)
    reply = vitam_server.reply(operation, tenant=tenant)
    assert {found.text for found in reply.iter("{*}DataObjectReferenceId")} == {"O1", "O3"}
    answer = vitam_server.call("GET", f"/access-external/v1/logbookoperations/{operation}", tenant=tenant)
    events = {event["evType"]: event for event in answer.json()["$results"][0]["events"]}
    assert events["CHECK_DIGEST"]["outMessg"].endswith(" Detail=  OK:1 KO:2")
    assert events["CHECK_OBJECT_SIZE"]["outDetail"] == "CHECK_OBJECT_SIZE.OK"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Manifest_Digest_Algo": "SHA-512", "X_Manifest_Digest_Value": "0" * 128}, "KO"),
        ({"X_Manifest_Digest_Algo": "SHA-512"}, "KO"),
        (
            {
                "X_Manifest_Digest_Algo": "SHA-512",
                "X_Manifest_Digest_Value": hashlib.sha512(Sip().manifest()).hexdigest(),
            },
            "OK",
        ),
    ],
)
def test_the_digest_announced_for_the_manifest_is_checked(
    vitam_server: VitamServer, tenant: int, headers: dict[str, str], status: str
):
    """A manifest that is not the announced one is refused, and silence about it means that it was right."""
    operation, found = vitam_server.ingest(Sip().zipped(), tenant=tenant, **headers)
    logged = [d for d in vitam_server.details(operation, tenant=tenant) if d.startswith("MANIFEST_DIGEST_CHECK")]
    assert found == status
    assert logged == ([] if status == "OK" else ["MANIFEST_DIGEST_CHECK.KO"])
