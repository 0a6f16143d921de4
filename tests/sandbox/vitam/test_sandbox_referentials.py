"""Referentials and contracts: what is imported, and how it rules over the SIPs that follow."""

from __future__ import annotations

import pytest

from tests.sandbox.vitam.vitam_process import AGENCIES, RULES, VitamServer
from tests.sandbox.vitam.vitam_sips import UNKNOWN_BYTES, Binary, Sip, Unit

ANYTHING = "<zeroOrMore><choice><text/><ref name='any'/></choice></zeroOrMore>"
GRAMMAR = (
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start>'
    '<element name="ArchiveTransfer" ns="fr:gouv:culture:archivesdefrance:seda:v2.2">{}</element></start>'
    "<define name='any'><element><anyName/><zeroOrMore><choice><attribute><anyName/></attribute><text/>"
    "<ref name='any'/></choice></zeroOrMore></element></define></grammar>"
)


@pytest.mark.parametrize(
    ("values", "sip", "detail"),
    [
        ({"Status": "INACTIVE"}, Sip(), "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_INACTIVE.KO"),
        ({"EveryFormatType": False, "FormatType": ["fmt/18"]}, Sip(), "OG_OBJECTS_FORMAT_CHECK.REJECTED_FORMAT.KO"),
        ({"CheckParentLink": "REQUIRED"}, Sip(), "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.ATTACHMENT_REQUIRED.KO"),
        (
            {"FormatUnidentifiedAuthorized": True},
            Sip(objects=[Binary(content=UNKNOWN_BYTES, uri="Content/OBJ1")]),
            "OG_OBJECTS_FORMAT_CHECK.WARNING",
        ),
        ({"MasterMandatory": False}, Sip(objects=[Binary(version="Dissemination_1")]), "PROCESS_SIP_UNITARY.OK"),
    ],
)
def test_the_ingest_contract_is_enforced(
    vitam_server: VitamServer, tenant: int, values: dict[str, object], sip: Sip, detail: str
):
    """What the ingest contract forbids is refused, and what it tolerates is tolerated."""
    vitam_server.add_contract("PARTICULIER", tenant=tenant, **values)
    sip.agreement = "PARTICULIER"
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert detail in vitam_server.details(operation, tenant=tenant)


def test_an_archival_profile_listed_by_the_contract_is_checked(vitam_server: VitamServer, tenant: int):
    """A contract that lists archival profiles refuses another profile, and validates the manifest against its own."""
    profile = [{"Identifier": "PROFIL", "Name": "Profil", "Status": "ACTIVE", "Format": "RNG"}]
    assert vitam_server.call("POST", "/admin-external/v1/profiles", tenant=tenant, json=profile).status_code == 201
    vitam_server.add_contract("PROFILE", tenant=tenant, ArchiveProfiles=["PROFIL"])
    sip = Sip(agreement="PROFILE", profile="AUTRE")
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert "CHECK_HEADER.CHECK_IC_AP_RELATION.DIFF.KO" in vitam_server.details(operation, tenant=tenant)
    details = []
    for content in (ANYTHING, "<empty/>"):
        put = vitam_server.call(
            "PUT", "/admin-external/v1/profiles/PROFIL", tenant=tenant, content=GRAMMAR.format(content)
        )
        assert put.status_code == 200
        sip.profile = "PROFIL"
        operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
        details.append(vitam_server.details(operation, tenant=tenant))
    assert "CHECK_HEADER.CHECK_ARCHIVEPROFILE.OK" in details[0]
    assert "CHECK_HEADER.CHECK_ARCHIVEPROFILE.KO" in details[1]


def test_formats_outside_the_referential_are_refused(vitam_server: VitamServer, tenant: int):
    """Once a tenant has a format referential, a format that is not in it is refused."""
    droid = '<FFSignatureFile><FileFormat PUID="fmt/18" Name="PDF"/></FFSignatureFile>'
    imported = vitam_server.call("POST", "/admin-external/v1/formats", tenant=tenant, content=droid)
    assert imported.status_code == 201
    operation, status = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    reply = vitam_server.reply(operation, tenant=tenant)
    assert status == "KO"
    details = [found.text for found in reply.iter("{*}OutcomeDetail")]
    assert "LFC.OG_OBJECTS_FORMAT_CHECK.FILE_FORMAT.UNCHARTED.KO" in details


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("agencies", b"Identifier,Name\nA,B\n"),
        ("agencies", AGENCIES.encode() + b"SERVICE,Deux fois,\n"),
        ("agencies", AGENCIES.encode("latin-1")[:-1] + "é".encode("latin-1")),
        ("agencies", b"Identifier,Name,Description\nA,<b>B</b>,\n"),
        ("rules", RULES.replace("AppraisalRule", "Autre").encode()),
        ("rules", RULES.replace(",5,Year", ",cinq,Year").encode()),
        ("rules", RULES.replace(",5,Year", ",5,Siecle").encode()),
        ("ingestcontracts", b'[{"Name": "Sans identifiant"}]'),
        ("ingestcontracts", b'[{"Identifier": "CONTRAT", "Name": "Deja la"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "LinkParentId": "absent"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "EveryFormatType": false}]'),
        ("accesscontracts", b'[{"Identifier": "A", "Name": "A", "OriginatingAgencies": ["ABSENT"]}]'),
        ("accesscontracts", b"pas du JSON"),
        ("formats", b"<a/>"),
    ],
)
def test_a_bad_referential_is_refused_and_changes_nothing(
    vitam_server: VitamServer, tenant: int, kind: str, content: bytes
):
    """A referential that Vitam would not take is refused as a whole."""
    path = f"/admin-external/v1/{kind}"
    before = vitam_server.call("GET", path, tenant=tenant).json()["$results"]
    answer = vitam_server.call("POST", path, tenant=tenant, headers={"X-Filename": "a.csv"}, content=content)
    assert answer.status_code == 400
    assert vitam_server.call("GET", path, tenant=tenant).json()["$results"] == before


def test_what_is_in_use_cannot_be_deleted(vitam_server: VitamServer, tenant: int):
    """An agency or a rule that a held unit needs cannot be left out of a new list."""
    rule = "<AppraisalRule><Rule>APP-1</Rule><FinalAction>Keep</FinalAction></AppraisalRule>"
    vitam_server.ingest(Sip(units=[Unit(group="GRP1", management=rule)]).zipped(), tenant=tenant)
    named = {"X-Filename": "a.csv"}
    fewer = {
        "agencies": "Identifier,Name,Description\nAUTRE,Autre,\n",
        "rules": "\n".join(line for line in RULES.splitlines() if "APP-1" not in line),
    }
    statuses = [
        vitam_server.call("POST", f"/admin-external/v1/{kind}", tenant=tenant, headers=named, content=text.encode())
        for kind, text in fewer.items()
    ]
    assert [answer.status_code for answer in statuses] == [400, 400]
    assert "DELETION" in statuses[0].json()["message"]


def test_rules_get_their_end_dates(vitam_server: VitamServer, tenant: int):
    """The end of a rule is its start plus its duration, even from the 29th of February."""
    dated = "<Rule>APP-1</Rule><StartDate>2024-02-29</StartDate>"
    rule = f"<AppraisalRule>{dated}<FinalAction>Keep</FinalAction></AppraisalRule>"
    operation, _ = vitam_server.ingest(Sip(units=[Unit(group="GRP1", management=rule)]).zipped(), tenant=tenant)
    unit = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]
    assert unit["#management"]["AppraisalRule"] == {
        "Rules": [{"Rule": "APP-1", "StartDate": "2024-02-29", "EndDate": "2029-02-28"}],
        "FinalAction": "Keep",
    }
