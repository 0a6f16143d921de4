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


def test_formats_outside_the_referential_are_refused(start_server):
    """The admin tenant alone imports formats; from then on, a format that is not among them is refused everywhere."""
    server: VitamServer = start_server("--admin-tenant", "3")
    server.import_referentials(0)
    droid = '<FFSignatureFile><FileFormat PUID="fmt/18" Name="PDF"/></FFSignatureFile>'
    paths = ("/admin-external/v1/formatsfilecheck", "/admin-external/v1/formats")
    tried = [server.call("POST", path, tenant=tenant, content=droid) for path in paths for tenant in (0, 3)]
    assert [answer.status_code for answer in tried] == [401, 200, 401, 201]
    read = server.call("GET", "/admin-external/v1/formats/fmt/18", tenant=0).json()["$results"]
    assert [one["Name"] for one in read] == ["PDF"]
    operation, status = server.ingest(Sip().zipped())
    details = [found.text for found in server.reply(operation).iter("{*}OutcomeDetail")]
    assert status == "KO"
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
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "Couleur": "bleu"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "<b>A</b>"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "MasterMandatory": "oui"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "ManagementContractId": "ABSENT"}]'),
        ("ingestcontracts", b'[{"Identifier": "A", "Name": "A", "ArchiveProfiles": ["ABSENT"]}]'),
        ("rules", RULES.replace(",5,Year", ",1000,Year").encode()),
        ("rules", RULES.replace(",5,Year", ",-1,Year").encode()),
        ("agencies", AGENCIES.encode() + b"\n"),
        ("profiles", b'[{"Identifier": "A", "Name": "A", "Format": "DTD"}]'),
        ("archiveunitprofiles", b'[{"Identifier": "A", "Name": "A", "ControlSchema": "{"}]'),
        ("archiveunitprofiles", b'[{"Identifier": "A", "Name": "A", "ControlSchema": "{\\"type\\": 3}"}]'),
        ("managementcontracts", b'[{"Identifier": "A"}]'),
        ("contexts", b'[{"Identifier": "A", "Name": "A", "SecurityProfile": "ABSENT"}]'),
        ("ontologies", b'[{"Identifier": "A", "SedaField": "A", "Type": "ENTIER", "Origin": "EXTERNAL"}]'),
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


ENTRIES = {
    "managementcontracts": {"Name": "Gestion", "Status": "ACTIVE"},
    "archiveunitprofiles": {"Name": "Profil d’unité", "Status": "ACTIVE", "ControlSchema": "{}"},
    "ontologies": {"SedaField": "Numero", "ApiField": "Numero", "Type": "TEXT", "Origin": "EXTERNAL"},
    "profiles": {"Name": "Profil", "Status": "ACTIVE", "Format": "XSD"},
    "accesscontracts": {"Name": "Accès", "Status": "ACTIVE", "EveryOriginatingAgency": True},
}


@pytest.mark.parametrize("kind", ENTRIES)
def test_an_entry_is_read_back_updated_and_never_replaced(vitam_server: VitamServer, tenant: int, kind: str):
    """What was imported is read back; an update changes it, a second import of its identifier is refused."""
    entry, path = {"Identifier": f"E-{tenant}", **ENTRIES[kind]}, f"/admin-external/v1/{kind}"
    posted = [vitam_server.call("POST", path, tenant=tenant, json=[entry]).status_code for _ in range(2)]
    assert posted == [201, 400]
    update = {"$action": [{"$set": {"Description": "changée"}}]}
    put = vitam_server.call("PUT", f"{path}/{entry['Identifier']}", tenant=tenant, json=update)
    assert put.status_code == 200, put.text
    found = vitam_server.call("GET", f"{path}/{entry['Identifier']}", tenant=tenant).json()["$results"][0]
    assert {**entry, "Description": "changée"}.items() <= found.items()
    listed = vitam_server.call("GET", path, tenant=tenant).json()["$results"]
    assert entry["Identifier"] in [one["Identifier"] for one in listed]


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ({"$action": [{"$set": {"Status": "PEUT-ETRE"}}]}, 400),
        ({"$action": [{"$set": {"Identifier": "AUTRE"}}]}, 400),
        ({"$action": [{"$inc": {"Status": 1}}]}, 400),
        ({"$set": {"Status": "INACTIVE"}}, 400),
        ({"$action": [{"$unset": ["Description"]}, {"$set": {"Status": "INACTIVE"}}]}, 200),
    ],
)
def test_an_update_is_judged_as_an_import_is(vitam_server: VitamServer, tenant: int, update: object, status: int):
    """An update that leaves an entry that Vitam would not take is refused, and changes nothing."""
    path = "/admin-external/v1/ingestcontracts/CONTRAT"
    before = vitam_server.call("GET", path, tenant=tenant).json()["$results"][0]
    assert vitam_server.call("PUT", path, tenant=tenant, json=update).status_code == status
    after = vitam_server.call("GET", path, tenant=tenant).json()["$results"][0]
    assert (after == before) is (status == 400)


def test_a_file_is_checked_without_being_imported(vitam_server: VitamServer, tenant: int):
    """The dry run of agencies and rules reports what an import would refuse, and keeps nothing."""
    found = {
        (
            kind,
            vitam_server.call("POST", f"/admin-external/v1/{kind}filecheck", tenant=tenant, content=text).status_code,
        )
        for kind, text in (
            ("agencies", AGENCIES + "TROISIEME,Trois,\n"),
            ("agencies", "Identifier\n"),
            ("rules", RULES),
            ("rules", RULES.replace("Year", "Siecle")),
        )
    }
    assert found == {("agencies", 200), ("agencies", 400), ("rules", 200), ("rules", 400)}
    assert vitam_server.call("GET", "/admin-external/v1/agencies/TROISIEME", tenant=tenant).status_code == 404


def test_a_management_contract_must_be_active(vitam_server: VitamServer, tenant: int):
    """A SIP whose ingest contract names an inactive management contract is refused."""
    management = [{"Identifier": "GESTION", "Name": "Gestion", "Status": "INACTIVE"}]
    vitam_server.call("POST", "/admin-external/v1/managementcontracts", tenant=tenant, json=management)
    vitam_server.add_contract("GERE", tenant=tenant, ManagementContractId="GESTION")
    operation, _ = vitam_server.ingest(Sip(agreement="GERE").zipped(), tenant=tenant)
    detail = "CHECK_HEADER.CHECK_CONTRACT_INGEST.MANAGEMENT_CONTRACT_INACTIVE.KO"
    assert detail in vitam_server.details(operation, tenant=tenant)


@pytest.mark.parametrize(
    ("profile", "detail"),
    [
        ({"ControlSchema": '{"properties": {"Title": {"maxLength": 20}}}'}, "CHECK_ARCHIVE_UNIT_PROFILE.OK"),
        (
            {"ControlSchema": '{"properties": {"Title": {"maxLength": 3}}}'},
            "CHECK_ARCHIVE_UNIT_PROFILE.NOT_AU_JSON_VALID.KO",
        ),
        ({"ControlSchema": ""}, "CHECK_ARCHIVE_UNIT_PROFILE.EMPTY_CONTROL_SCHEMA.KO"),
        ({"ControlSchema": "{}", "Status": "INACTIVE"}, "CHECK_ARCHIVE_UNIT_PROFILE.INACTIVE_STATUS.KO"),
    ],
)
def test_a_unit_is_checked_by_its_own_profile(
    vitam_server: VitamServer, tenant: int, profile: dict[str, str], detail: str
):
    """A unit that names an archive unit profile must be valid for its schema, and the profile be in force."""
    body = [{"Identifier": "PU", "Name": "Profil", "Status": "ACTIVE", **profile}]
    posted = vitam_server.call("POST", "/admin-external/v1/archiveunitprofiles", tenant=tenant, json=body)
    assert posted.status_code == 201
    named = b"<ArchiveUnitProfile>PU</ArchiveUnitProfile><Content><Desc"
    sip = Sip(raw=Sip().manifest().replace(b"<Content><Desc", named))
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert detail in vitam_server.details(operation, tenant=tenant)


def test_a_master_tenant_gives_its_own_identifiers(start_server):
    """On a master tenant the identifier sent is replaced: whoever imports must read it back."""
    server: VitamServer = start_server("--master-tenant", "4")
    path = "/admin-external/v1/ingestcontracts"
    for name in ("Premier", "Second"):
        body = [{"Identifier": "CONTRAT", "Name": name, "Status": "ACTIVE"}]
        assert server.call("POST", path, tenant=4, json=body).status_code == 201
    found = server.call("GET", path, tenant=4).json()["$results"]
    assert [(one["Identifier"], one["Name"]) for one in found] == [("IC-000001", "Premier"), ("IC-000002", "Second")]


@pytest.mark.parametrize("content", [b"pas du XML", b"<schema xmlns='http://www.w3.org/2001/XMLSchema'/>", b"\xff"])
def test_the_file_of_a_profile_is_what_the_profile_says(vitam_server: VitamServer, tenant: int, content: bytes):
    """A file that is not the RNG grammar that the profile announces is refused, and the profile stays without."""
    profile = [{"Identifier": "PROFIL", "Name": "Profil", "Status": "ACTIVE", "Format": "RNG"}]
    path = "/admin-external/v1/profiles"
    assert vitam_server.call("POST", path, tenant=tenant, json=profile).status_code == 201
    assert vitam_server.call("PUT", f"{path}/PROFIL", tenant=tenant, content=content).status_code == 400
    assert "Path" not in vitam_server.call("GET", f"{path}/PROFIL", tenant=tenant).json()["$results"][0]
