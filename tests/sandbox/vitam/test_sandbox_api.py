"""How the sandbox answers: deposits, operations, headers, tenants, searches, referentials."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from sandbox.vitam.guid import GuidType, guid_type, new_guid
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import TEXT, Binary, Sip, Unit

INGESTS = "/ingest-external/v1/ingests"
OPERATIONS = "/admin-external/v1/operations"


def test_a_deposit_is_taken_only_when_whole(vitam_server: VitamServer, tenant: int):
    """The 202 comes after the last byte, says nothing of the SIP, and carries the operation's id."""
    sip = Sip().zipped()
    seen: list[int] = []

    def slowly() -> Iterator[bytes]:
        yield sip[:10]
        time.sleep(0.3)
        seen.append(1)
        yield sip[10:]

    answer = vitam_server.post_sip(slowly(), tenant=tenant, X_Application_Id="essai-1")
    assert seen
    assert (answer.status_code, answer.content) == (202, b"")
    assert guid_type(answer.headers["X-Request-Id"]) == GuidType.REQUEST
    assert answer.headers["X-Global-Execution-State"] == "PAUSE"
    assert answer.headers["X-Global-Execution-Status"] == "UNKNOWN"
    assert answer.headers["X-Application-Id"] == "essai-1"
    assert answer.headers["X-Tenant-Id"] == str(tenant)


def test_the_operation_is_in_the_logbook_before_the_body_is_read(vitam_server: VitamServer, tenant: int):
    """The caller's own id is visible while the body is still on its way; the MessageIdentifier is not."""
    sip = Sip().zipped()
    found: list[dict[str, object]] = []

    def watched() -> Iterator[bytes]:
        yield sip[:10]
        query, deadline = {"$eq": {"evIdAppSession": "tentative-7"}}, time.monotonic() + 60
        with httpx.Client() as other:
            while not found and time.monotonic() < deadline:
                answer = other.request(
                    "GET",
                    f"{vitam_server.url}/access-external/v1/logbookoperations",
                    headers={"X-Tenant-Id": str(tenant), "X-Access-Contract-Id": "ACCES"},
                    json={"$query": query, "$filter": {}, "$projection": {}},
                )
                found.extend(answer.json()["$results"])
        yield sip[10:]

    answer = vitam_server.post_sip(watched(), tenant=tenant, X_Application_Id="tentative-7")
    assert [(one["evIdAppSession"], one["obIdIn"]) for one in found] == [
        ("tentative-7", answer.headers["X-Request-Id"])
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Application-Id": "séance".encode("latin-1")}, 412),
        ({"X-Application-Id": "a..b"}, 412),
        ({"X-Application-Id": "a@b"}, 412),
        ({"X-Tenant-Id": "zero"}, 412),
        ({"X-Tenant-Id": "1000"}, 401),
        ({"X-ACTION": "MAYBE"}, 412),
        ({"Content-Type": "application/zip"}, 415),
        ({"X-Context-Id": "AUTRE"}, 503),
    ],
)
def test_a_bad_header_is_refused(vitam_server: VitamServer, tenant: int, headers: dict[str, str], status: int):
    """A forbidden character, an unknown tenant, another content type: refused, and no operation is created."""
    sent = {
        "X-Tenant-Id": str(tenant),
        "Content-Type": "application/octet-stream",
        "X-Context-Id": "DEFAULT_WORKFLOW",
        "X-ACTION": "RESUME",
    }
    answer = vitam_server.client.post(vitam_server.url + INGESTS, headers={**sent, **headers}, content=b"x")
    counts = vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()
    assert answer.status_code == status
    assert str(tenant) not in counts


def test_an_unknown_workflow_answers_with_a_default_reply(vitam_server: VitamServer, tenant: int):
    """The 503 carries a ready-made refusal, whose placeholders match nothing that was sent."""
    answer = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Context_Id="AUTRE")
    assert answer.headers["X-Global-Execution-Status"] == "FATAL"
    assert b"<ReplyCode>KO</ReplyCode>" in answer.content
    assert b"<MessageRequestIdentifier>Unknown</MessageRequestIdentifier>" in answer.content


def test_errors_are_vitam_errors(vitam_server: VitamServer, tenant: int):
    """An error is a JSON body with Vitam's fields."""
    unknown = new_guid(GuidType.REQUEST, tenant)
    answer = vitam_server.call("GET", f"{INGESTS}/{unknown}/archivetransferreply", tenant=tenant)
    assert answer.status_code == 404
    assert {"httpCode", "code", "context", "state", "message", "description", "errors"} == set(answer.json())
    assert answer.json()["httpCode"] == 404


def test_the_server_says_that_it_is_there(vitam_server: VitamServer):
    """OPTIONS needs neither tenant nor contract."""
    for base in ("ingest", "access", "admin"):
        answer = vitam_server.client.options(f"{vitam_server.url}/{base}-external/v1/")
        assert (answer.status_code, bool(answer.json())) == (200, True)


def test_step_by_step_pauses_after_each_step(vitam_server: VitamServer, tenant: int):
    """With NEXT, the operation waits after every step until it is told to go on."""
    answer = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_ACTION="NEXT")
    operation = answer.headers["X-Request-Id"]
    assert vitam_server.wait(operation, tenant=tenant, states=("PAUSE",)) in ("OK", "UNKNOWN")
    deadline = time.monotonic() + 10
    while "STP_SANITY_CHECK_SIP.OK" not in vitam_server.details(operation, tenant=tenant):
        assert time.monotonic() < deadline
    assert "STP_UPLOAD_SIP.OK" not in vitam_server.details(operation, tenant=tenant)
    path = f"{OPERATIONS}/{operation}"
    assert vitam_server.call("HEAD", path, tenant=tenant).status_code == 202
    assert vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "resume"}).status_code == 202
    assert vitam_server.wait(operation, tenant=tenant) == "OK"
    assert vitam_server.call("HEAD", path, tenant=tenant).status_code == 200
    refused = vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "RESUME"})
    assert (refused.status_code, vitam_server.call("DELETE", path, tenant=tenant).status_code) == (409, 409)


def test_the_state_of_an_operation_can_be_read_in_full(vitam_server: VitamServer, tenant: int):
    """GET gives the item status; an unknown id is 204 to HEAD and 404 to GET, a malformed one 412."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    item = vitam_server.call("GET", f"{OPERATIONS}/{operation}", tenant=tenant).json()["$results"][0]
    assert (item["itemId"], item["globalState"], item["globalStatus"]) == (operation, "COMPLETED", "OK")
    unknown = f"{OPERATIONS}/{new_guid(GuidType.REQUEST, tenant)}"
    assert vitam_server.call("HEAD", unknown, tenant=tenant).status_code == 204
    assert vitam_server.call("GET", unknown, tenant=tenant).status_code == 404
    assert vitam_server.call("HEAD", f"{OPERATIONS}/abc", tenant=tenant).status_code == 412
    listed = vitam_server.call("GET", OPERATIONS, tenant=tenant, json={"states": ["COMPLETED"]}).json()["$results"]
    assert [one["operationId"] for one in listed] == [operation]


def test_an_identifier_search_finds_too_much(vitam_server: VitamServer, tenant: int):
    """A search on the MessageIdentifier compares words, so that it also finds its neighbours."""
    for identifier in ("SIP_2024.001", "sip 2024 001 bis", "SIP_2024.002"):
        vitam_server.ingest(Sip(identifier=identifier).zipped(), tenant=tenant)
    time.sleep(0.15)
    query = {"$and": [{"$eq": {"evTypeProc": "INGEST"}}, {"$eq": {"obIdIn": "SIP_2024.001"}}]}
    found = vitam_server.search("logbookoperations", query, tenant=tenant)["$results"]
    assert {one["obIdIn"] for one in found} == {"SIP_2024.001", "sip 2024 001 bis"}
    assert [len(one["events"]) for one in found] == [1, 1]
    assert {one["events"][0]["outDetail"] for one in found} == {"PROCESS_SIP_UNITARY.OK"}
    assert {one["outcome"] for one in found} == {"STARTED"}


def test_a_sip_that_is_not_seda_is_never_found_by_its_identifier(vitam_server: VitamServer, tenant: int):
    """A SIP refused before its header is read keeps the operation's id in place of the MessageIdentifier."""
    sip = Sip(units=[Unit(group="GRP1", extra="<Absent/>")], identifier="introuvable")
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant, X_Application_Id="essai-42")
    time.sleep(0.15)
    search = vitam_server.search("logbookoperations", {"$eq": {"obIdIn": "introuvable"}}, tenant=tenant)
    assert search["$results"] == []
    by_attempt = vitam_server.search("logbookoperations", {"$eq": {"evIdAppSession": "essai-42"}}, tenant=tenant)
    assert [one["evId"] for one in by_attempt["$results"]] == [operation]


def test_a_header_that_is_refused_still_names_the_operation(vitam_server: VitamServer, tenant: int):
    """Once the header is being checked, the operation carries the MessageIdentifier even if it is refused."""
    vitam_server.ingest(Sip(identifier="en-tete", agency="INCONNU").zipped(), tenant=tenant)
    time.sleep(0.15)
    found = vitam_server.search("logbookoperations", {"$eq": {"obIdIn": "en-tete"}}, tenant=tenant)["$results"]
    assert [one["obIdIn"] for one in found] == ["en-tete"]


def test_the_logbook_tells_what_the_header_said(vitam_server: VitamServer, tenant: int):
    """Comment, date, contract and agencies of the SIP are in the operation's master, as JSON texts."""
    operation, _ = vitam_server.ingest(Sip(submission="AUTRE").zipped(), tenant=tenant)
    answer = vitam_server.call("GET", f"/access-external/v1/logbookoperations/{operation}", tenant=tenant)
    master = answer.json()["$results"][0]
    assert json.loads(master["evDetData"]) == {
        "EvDetailReq": "Essai",
        "EvDateTimeReq": "2024-03-01T10:00:00",
        "ArchivalAgreement": "CONTRAT",
        "ServiceLevel": None,
    }
    assert json.loads(master["agIdExt"]) == {
        "originatingAgency": "SERVICE",
        "TransferringAgency": "VERSANT",
        "ArchivalAgency": "ARCHIVES",
        "submissionAgency": "AUTRE",
    }
    steps = {event["evId"]: event["evType"] for event in master["events"]}
    parents = {event["evType"]: steps.get(event["evParentId"]) for event in master["events"]}
    assert parents["CHECK_HEADER"] == "STP_INGEST_CONTROL_SIP"
    assert parents["CHECK_HEADER.CHECK_AGENT"] == "CHECK_HEADER"


def test_units_are_read_page_by_page(vitam_server: VitamServer, tenant: int):
    """Pages follow one another without loss, and the hits tell the total."""
    units = [Unit("R", "Séance", "File", key="racine", children=[Unit(f"U{n}", key=f"u-{n}") for n in range(25)])]
    operation, _ = vitam_server.ingest(Sip(units=units, objects=[]).zipped(), tenant=tenant)
    time.sleep(0.15)
    seen: list[str] = []
    for offset in (0, 10, 20):
        answer = vitam_server.search(
            "units",
            [{"$eq": {"#opi": operation}}],
            tenant=tenant,
            **{"$roots": [], "$filter": {"$offset": offset, "$limit": 10}, "$projection": {"$fields": {"#id": 1}}},
        )
        assert answer["$hits"]["total"] == 26
        seen.extend(unit["#id"] for unit in answer["$results"])
        assert all(set(unit) == {"#id"} for unit in answer["$results"])
    assert len(set(seen)) == 26


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ([{"$in": {"OriginatingSystemId": ["a", "b", "z"]}}], {"a", "b"}),
        ([{"$and": [{"$eq": {"OriginatingSystemId": "a"}}, {"$eq": {"Title": "voirie"}}]}], {"a"}),
        ([{"$or": [{"$eq": {"OriginatingSystemId": "a"}}, {"$eq": {"OriginatingSystemId": "b"}}]}], {"a", "b"}),
        ([{"$eq": {"Title": "VOIRIES travaux"}}], {"a"}),
        ([{"$eq": {"OriginatingSystemId": "A"}}], set()),
        ([{"$exists": "#object"}], {"a"}),
        ([{"$regex": {"OriginatingSystemId": "[bc]"}}], {"b"}),
        ([{"$ne": {"OriginatingSystemId": "a"}}], {"b"}),
    ],
)
def test_units_are_found_by_their_fields(vitam_server: VitamServer, tenant: int, query: list[object], keys: set[str]):
    """Keys are compared exactly, titles by their words."""
    units = [Unit("A", "Travaux de voirie", key="a", group="GRP1"), Unit("B", "Budget", key="b")]
    vitam_server.ingest(Sip(units=units).zipped(), tenant=tenant)
    assert {unit["OriginatingSystemId"][0] for unit in vitam_server.units(query, tenant=tenant)} == keys


@pytest.mark.parametrize(
    "body",
    [
        {"$query": {}, "$filter": {}, "$projection": {}},
        {"$query": [], "$filter": {}},
        {"$query": [{"$like": {"Title": "a"}}], "$projection": {}},
        {"$query": [], "$filter": {"$offset": 1, "$limit": 10_000}, "$projection": {}},
        {"$query": [], "$filter": {"$limit": "10"}, "$projection": {}},
        {"$query": ["a"], "$projection": {}},
        {"$query": [{"$regex": {"Title": "("}}], "$projection": {}},
        {"$query": [], "$roots": ["aeaqaaaaaahlm6sdabh6qak7hjnyy6iaaaaq"], "$projection": {}},
        [],
    ],
)
def test_a_malformed_query_is_refused(vitam_server: VitamServer, tenant: int, body: object):
    """A query that is not of the language, or asks for more than the index gives, is refused."""
    answer = vitam_server.call("GET", "/access-external/v1/units", tenant=tenant, json=body)
    assert (answer.status_code, answer.json()["context"]) == (400, "GLOBAL_INVALID_DSL")


def test_what_is_new_is_found_only_after_the_index_delay(start_server):
    """A search finds a unit some time after it is held; reading it by its id does not wait."""
    server: VitamServer = start_server("--index-delay-seconds", "3")
    server.import_referentials()
    operation, _ = server.ingest(Sip().zipped())
    unit = server.reply(operation).findtext(".//{*}SystemId")
    query = [{"$eq": {"#id": unit}}]
    early = server.search("units", query, **{"$roots": []})["$results"]
    held = server.call("GET", f"/access-external/v1/units/{unit}")
    deadline = time.monotonic() + 60
    while not (late := server.search("units", query, **{"$roots": []})["$results"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (len(early), held.status_code, len(late)) == (0, 200, 1)


def test_a_completed_operation_is_forgotten_by_the_engine(start_server):
    """After the purge delay, the engine answers 204 and 404; logbook and reply stay."""
    server: VitamServer = start_server("--poll-purge-seconds", "1")
    server.import_referentials()
    operation = server.post_sip(Sip().zipped()).headers["X-Request-Id"]
    deadline = time.monotonic() + 60
    while server.call("HEAD", f"{OPERATIONS}/{operation}").status_code != 204:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert server.call("GET", f"{OPERATIONS}/{operation}").status_code == 404
    assert server.details(operation)[-1] == "PROCESS_SIP_UNITARY.OK"
    assert server.reply(operation).findtext("{*}ReplyCode") == "OK"


def test_an_object_is_given_back_as_it_was_sent(vitam_server: VitamServer, tenant: int):
    """The bytes of a unit's object come back identical; another usage, or a unit without object, is 404."""
    sip = Sip(units=[Unit("A", key="avec", group="GRP1"), Unit("B", key="sans")])
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    held = {
        unit["OriginatingSystemId"][0]: unit
        for unit in vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)
    }
    path = f"/access-external/v1/units/{held['avec']['#id']}/objects"
    stream = {"Accept": "application/octet-stream", "X-Qualifier": "BinaryMaster", "X-Version": "1"}
    answer = vitam_server.call("GET", path, tenant=tenant, headers=stream)
    assert (answer.status_code, answer.content, answer.headers["X-Qualifier"]) == (200, TEXT, "BinaryMaster")
    group = vitam_server.call("GET", path, tenant=tenant).json()["$results"][0]
    assert group["#id"] == held["avec"]["#object"]
    assert group["#qualifiers"][0]["versions"][0]["Size"] == len(TEXT)
    other = vitam_server.call("GET", path, tenant=tenant, headers={**stream, "X-Qualifier": "Dissemination"})
    missing = vitam_server.call("GET", path, tenant=tenant, headers={"Accept": "application/octet-stream"})
    without = vitam_server.call(
        "GET", path.replace(held["avec"]["#id"], held["sans"]["#id"]), tenant=tenant, headers=stream
    )
    assert (other.status_code, missing.status_code, without.status_code) == (404, 412, 404)


def test_the_register_counts_what_was_accepted(vitam_server: VitamServer, tenant: int):
    """An accepted deposit has one entry in the accession register, a refused one has none."""
    operation, _ = vitam_server.ingest(Sip(objects=[Binary()]).zipped(), tenant=tenant)
    vitam_server.ingest(Sip(objects=[Binary(digest="0" * 128)]).zipped(), tenant=tenant)
    time.sleep(0.15)
    path = "/admin-external/v1/accessionregisters/SERVICE/accessionregisterdetails"
    details = vitam_server.call("GET", path, tenant=tenant).json()["$results"]
    assert [(one["Opi"], one["TotalUnits"]["ingested"], one["ObjectSize"]["remained"]) for one in details] == [
        (operation, 1, len(TEXT))
    ]
    query = {"$query": {"$eq": {"Opi": operation}}, "$filter": {}, "$projection": {}}
    searched = vitam_server.call("GET", "/admin-external/v1/accessionregisterdetails", tenant=tenant, json=query)
    assert searched.json()["$hits"]["total"] == 1


def test_a_post_may_stand_for_a_get(vitam_server: VitamServer, tenant: int):
    """Where a GET cannot carry a body, a POST with the override header does as well."""
    body = {"$query": {}, "$filter": {}, "$projection": {}}
    override = {"X-Http-Method-Override": "GET"}
    answer = vitam_server.call("POST", "/admin-external/v1/agencies", tenant=tenant, headers=override, json=body)
    assert {one["Identifier"] for one in answer.json()["$results"]} == {"SERVICE", "AUTRE"}


def test_no_tenant_sees_another(vitam_server: VitamServer, tenant: int):
    """Operation, reply, unit and logbook of one tenant do not exist for another."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    unit = vitam_server.reply(operation, tenant=tenant).findtext(".//{*}SystemId")
    other = tenant + 500
    vitam_server.import_referentials(other)
    paths = (
        f"{OPERATIONS}/{operation}",
        f"{INGESTS}/{operation}/archivetransferreply",
        f"{INGESTS}/{operation}/manifests",
        f"/access-external/v1/units/{unit}",
        f"/access-external/v1/logbookoperations/{operation}",
    )
    assert [vitam_server.call("GET", path, tenant=other).status_code for path in paths] == [404] * 5
    assert vitam_server.units([{"$eq": {"#opi": operation}}], tenant=other) == []


def test_an_access_contract_shows_only_its_agencies(vitam_server: VitamServer, tenant: int):
    """Without a valid access contract nothing is read; with one, only the agencies that it opens."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    narrow = [{"Identifier": "AUTRES", "Name": "Autres", "Status": "ACTIVE", "OriginatingAgencies": ["AUTRE"]}]
    imported = vitam_server.call("POST", "/admin-external/v1/accesscontracts", tenant=tenant, json=narrow)
    assert imported.status_code == 201
    unit = vitam_server.reply(operation, tenant=tenant).findtext(".//{*}SystemId")
    statuses = [
        vitam_server.call(
            "GET", f"/access-external/v1/units/{unit}", tenant=tenant, headers={"X-Access-Contract-Id": contract}
        ).status_code
        for contract in ("ACCES", "AUTRES", "INCONNU", "")
    ]
    assert statuses == [200, 404, 401, 412]
