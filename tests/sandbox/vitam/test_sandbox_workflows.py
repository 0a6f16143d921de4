"""The workflows beside the usual one, and how an operator holds an operation back."""

from __future__ import annotations

import time

from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Binary, Sip, Unit

OPERATIONS = "/admin-external/v1/operations"
ADMIN = "/admin-external/v1"


def _steps(server: VitamServer, operation: str, tenant: int) -> list[str]:
    told = server.details(operation, tenant=tenant)
    return [detail.removesuffix(".STARTED.OK") for detail in told if detail.endswith(".STARTED.OK")]


def test_a_blank_test_judges_and_keeps_nothing(vitam_server: VitamServer, tenant: int):
    """An « entrée à blanc » runs the checks, says « Test OK », and leaves no unit, no manifest, no register."""
    sip = Sip(objects=[Binary(size=1)])
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant, X_Context_Id="BLANK_TEST")
    reply = vitam_server.reply(operation, tenant=tenant)
    details = vitam_server.details(operation, tenant=tenant)
    assert (status, reply.findtext("{*}ReplyCode"), reply.find("{*}GrantDate")) == ("OK", "Test OK", None)
    assert _steps(vitam_server, operation, tenant) == [
        "STP_SANITY_CHECK_SIP",
        "STP_UPLOAD_SIP",
        "STP_INGEST_CONTROL_SIP",
        "STP_OG_CHECK_AND_TRANSFORME",
        "STP_UNIT_CHECK_AND_PROCESS",
        "STP_STORAGE_AVAILABILITY_CHECK",
        "STP_INGEST_FINALISATION",
    ]
    assert "CHECK_DIGEST.OK" in details
    assert not [detail for detail in details if detail.startswith("CHECK_OBJECT_SIZE")]
    assert details[-1] == "PROCESS_SIP_UNITARY_TEST.OK"
    state = vitam_server.call("HEAD", f"{OPERATIONS}/{operation}", tenant=tenant)
    assert state.headers["X-Context-Id"] == "INGEST_TEST"
    manifest = f"/ingest-external/v1/ingests/{operation}/manifests"
    assert vitam_server.call("GET", manifest, tenant=tenant).status_code == 404
    assert vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant) == []
    assert vitam_server.call("GET", f"{ADMIN}/accessionregisters", tenant=tenant).json()["$results"] == []


def test_a_blank_test_is_refused_as_the_ingest_would_be(vitam_server: VitamServer, tenant: int):
    """A SIP that would be refused says « Test KO », one that would be remarked on « Test WARNING »."""
    codes = []
    for sip in (Sip(agency="INCONNU"), Sip(units=[Unit()], objects=[])):
        operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant, X_Context_Id="BLANK_TEST")
        codes.append(vitam_server.reply(operation, tenant=tenant).findtext("{*}ReplyCode"))
    assert codes == ["Test KO", "Test WARNING"]


def test_a_holding_scheme_needs_no_agency_and_enters_no_register(vitam_server: VitamServer, tenant: int):
    """An « arbre de positionnement » is master data: without agency, without register, above all other units."""
    sip = Sip(units=[Unit("R", "Fonds", "Fonds", key="fonds")], objects=[], agency="")
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant, X_Context_Id="HOLDING_SCHEME")
    details = vitam_server.details(operation, tenant=tenant)
    assert (status, details[-1]) == ("OK", "HOLDINGSCHEME.OK")
    assert not [detail for detail in details if "CHECK_AGENT" in detail or "RULES" in detail]
    assert _steps(vitam_server, operation, tenant) == [
        "STP_SANITY_CHECK_SIP",
        "STP_UPLOAD_SIP",
        "STP_INGEST_CONTROL_SIP",
        "STP_UNIT_CHECK_AND_PROCESS",
        "STP_UNIT_METADATA",
        "STP_UNIT_STORING",
        "STP_INGEST_FINALISATION",
    ]
    state = vitam_server.call("HEAD", f"{OPERATIONS}/{operation}", tenant=tenant)
    assert state.headers["X-Context-Id"] == "MASTERDATA"
    unit = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]
    assert (unit["#unittype"], unit["#originating_agency"]) == ("HOLDING_UNIT", None)
    assert vitam_server.call("GET", f"{ADMIN}/accessionregisters", tenant=tenant).json()["$results"] == []


def test_a_scheme_carries_no_object(vitam_server: VitamServer, tenant: int):
    """An object in a plan de classement or an arbre de positionnement is refused."""
    for context in ("FILING_SCHEME", "HOLDING_SCHEME"):
        operation, status = vitam_server.ingest(Sip().zipped(), tenant=tenant, X_Context_Id=context)
        assert status == "KO"
        detail = "CHECK_DATAOBJECTPACKAGE.CHECK_NO_OBJECT.KO"
        assert detail in vitam_server.details(operation, tenant=tenant)


def test_the_register_sums_up_an_agency(vitam_server: VitamServer, tenant: int):
    """The register of an agency adds up what its deposits brought."""
    for _ in range(2):
        vitam_server.ingest(Sip().zipped(), tenant=tenant)
    time.sleep(0.15)
    found = vitam_server.call("GET", f"{ADMIN}/accessionregisters", tenant=tenant).json()["$results"]
    assert [(one["OriginatingAgency"], one["TotalUnits"], one["TotalObjects"]["remained"]) for one in found] == [
        ("SERVICE", {"ingested": 2, "deleted": 0, "remained": 2}, 2)
    ]


def test_the_workflows_are_listed(vitam_server: VitamServer, tenant: int):
    """An operator reads which workflows there are, and their steps."""
    found = vitam_server.call("GET", f"{ADMIN}/workflows", tenant=tenant).json()["$results"]
    assert {(one["id"], one["identifier"], one["typeProc"]) for one in found} == {
        ("DEFAULT_WORKFLOW", "PROCESS_SIP_UNITARY", "INGEST"),
        ("BLANK_TEST", "PROCESS_SIP_UNITARY_TEST", "INGEST_TEST"),
        ("FILING_SCHEME", "FILINGSCHEME", "INGEST"),
        ("HOLDING_SCHEME", "HOLDINGSCHEME", "MASTERDATA"),
    }


def _paused(server: VitamServer, operation: str, tenant: int, detail: str) -> None:
    deadline = time.monotonic() + 20
    path = f"{OPERATIONS}/{operation}"
    while True:
        state = server.call("HEAD", path, tenant=tenant).headers["X-Global-Execution-State"]
        if state == "PAUSE" and detail in server.details(operation, tenant=tenant):
            return
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_replay_runs_the_last_step_again(vitam_server: VitamServer, tenant: int):
    """Replayed, a paused operation runs its last step once more, pauses, and ends as it would have."""
    operation = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_ACTION="NEXT").headers["X-Request-Id"]
    path = f"{OPERATIONS}/{operation}"
    _paused(vitam_server, operation, tenant, "STP_SANITY_CHECK_SIP.OK")
    assert vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "REPLAY"}).status_code == 202
    deadline = time.monotonic() + 20
    while vitam_server.details(operation, tenant=tenant).count("STP_SANITY_CHECK_SIP.OK") < 2:
        assert time.monotonic() < deadline
    _paused(vitam_server, operation, tenant, "STP_SANITY_CHECK_SIP.OK")
    assert "STP_UPLOAD_SIP.STARTED.OK" not in vitam_server.details(operation, tenant=tenant)
    vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "RESUME"})
    assert vitam_server.wait(operation, tenant=tenant) == "OK"


def test_a_replayed_refusal_is_judged_afresh(vitam_server: VitamServer, tenant: int):
    """A step refused for want of a referential passes when it is replayed after the import."""
    sip = Sip(agreement="TARDIF").zipped()
    operation = vitam_server.post_sip(sip, tenant=tenant, X_ACTION="NEXT").headers["X-Request-Id"]
    path = f"{OPERATIONS}/{operation}"
    for detail in ("STP_SANITY_CHECK_SIP.OK", "STP_UPLOAD_SIP.OK"):
        _paused(vitam_server, operation, tenant, detail)
        vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "NEXT"})
    _paused(vitam_server, operation, tenant, "STP_INGEST_CONTROL_SIP.KO")
    vitam_server.add_contract("TARDIF", tenant=tenant)
    vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "REPLAY"})
    _paused(vitam_server, operation, tenant, "STP_INGEST_CONTROL_SIP.OK")
    vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "RESUME"})
    assert vitam_server.wait(operation, tenant=tenant) == "OK"


def test_a_forced_pause_holds_every_ingest_of_a_tenant_back(vitam_server: VitamServer, tenant: int):
    """While a pause is forced, an ingest stops after its first step; once removed, it goes to its end."""
    asked = {"type": "INGEST", "tenant": tenant}
    assert vitam_server.call("POST", f"{ADMIN}/forcepause", tenant=tenant, json={}).status_code == 400
    assert vitam_server.call("POST", f"{ADMIN}/forcepause", tenant=tenant, json=asked).status_code == 200
    operation = vitam_server.post_sip(Sip().zipped(), tenant=tenant).headers["X-Request-Id"]
    _paused(vitam_server, operation, tenant, "STP_SANITY_CHECK_SIP.OK")
    blank, status = vitam_server.ingest(Sip().zipped(), tenant=tenant, X_Context_Id="BLANK_TEST")
    assert (bool(blank), status) == (True, "OK")
    assert vitam_server.call("POST", f"{ADMIN}/removeforcepause", tenant=tenant, json=asked).status_code == 200
    path = f"{OPERATIONS}/{operation}"
    assert vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "RESUME"}).status_code == 202
    assert vitam_server.wait(operation, tenant=tenant) == "OK"
