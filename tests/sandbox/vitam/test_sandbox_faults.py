"""Bad days on demand, and death at any moment."""

from __future__ import annotations

import contextlib
import os
import random
import time

import httpx
import pytest

from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Sip, Unit

OPERATIONS = "/admin-external/v1/operations"


def test_a_cut_upload_leaves_an_operation_that_nobody_resumes(vitam_server: VitamServer, tenant: int):
    """Cut in mid-body, the operation stays in PAUSE/UNKNOWN; cancelled, it ends KO with an early reply."""
    vitam_server.fault(kind="cut", after_bytes=1000, tenant=tenant)
    sip = Sip(files={"Content/x.bin": os.urandom(500_000)}).zipped()
    with pytest.raises(httpx.TransportError):
        vitam_server.post_sip(sip, tenant=tenant, X_Application_Id="coupe")
    operation = vitam_server.attempt("coupe", tenant=tenant)
    path = f"{OPERATIONS}/{operation}"
    state = vitam_server.call("HEAD", path, tenant=tenant)
    assert state.status_code == 202
    assert state.headers["X-Global-Execution-State"] == "PAUSE"
    assert state.headers["X-Global-Execution-Status"] == "UNKNOWN"
    assert vitam_server.call("DELETE", path, tenant=tenant).status_code in (200, 202)
    assert vitam_server.wait(operation, tenant=tenant) == "KO"
    reply = vitam_server.reply(operation, tenant=tenant)
    assert (reply.findtext("{*}ReplyCode"), reply.findtext("{*}MessageRequestIdentifier")) == ("KO", "")


def test_a_client_that_hangs_up_leaves_the_same(vitam_server: VitamServer, tenant: int):
    """A connection that the client drops in mid-body leaves the operation in PAUSE/UNKNOWN too."""

    def broken():
        yield b"PK"
        time.sleep(0.1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError), httpx.Client() as client:
        client.post(
            f"{vitam_server.url}/ingest-external/v1/ingests",
            content=broken(),
            headers={
                "X-Tenant-Id": str(tenant),
                "Content-Type": "application/octet-stream",
                "X-Context-Id": "DEFAULT_WORKFLOW",
                "X-ACTION": "RESUME",
                "X-Application-Id": "raccroche",
            },
        )
    operation = vitam_server.attempt("raccroche", tenant=tenant)
    state = vitam_server.call("HEAD", f"{OPERATIONS}/{operation}", tenant=tenant).headers
    assert (state["X-Global-Execution-State"], state["X-Global-Execution-Status"]) == ("PAUSE", "UNKNOWN")


@pytest.mark.parametrize(("verb", "end"), [("PUT", "OK"), ("DELETE", "KO")])
def test_an_operation_may_never_start(vitam_server: VitamServer, tenant: int, verb: str, end: str):
    """Taken by a 202, the operation stays in PAUSE/UNKNOWN until somebody resumes or cancels it."""
    vitam_server.fault(kind="never_started", tenant=tenant)
    operation = vitam_server.post_sip(Sip().zipped(), tenant=tenant).headers["X-Request-Id"]
    time.sleep(0.3)
    state = vitam_server.call("HEAD", f"{OPERATIONS}/{operation}", tenant=tenant).headers
    assert (state["X-Global-Execution-State"], state["X-Global-Execution-Status"]) == ("PAUSE", "UNKNOWN")
    asked = vitam_server.call(verb, f"{OPERATIONS}/{operation}", tenant=tenant, headers={"X-ACTION": "RESUME"})
    assert asked.status_code in (200, 202)
    assert vitam_server.wait(operation, tenant=tenant) == end


def test_the_details_of_an_operation_tell_its_steps(vitam_server: VitamServer, tenant: int):
    """Each step that has ended is told with its outcome, in its order; a step not reached is not."""
    vitam_server.fault(kind="fatal", step="STP_UPLOAD_SIP", tenant=tenant)
    operation = vitam_server.post_sip(Sip().zipped(), tenant=tenant).headers["X-Request-Id"]
    path = f"{OPERATIONS}/{operation}"
    while vitam_server.call("HEAD", path, tenant=tenant).headers["X-Global-Execution-Status"] != "FATAL":
        time.sleep(0.05)
    (item,) = vitam_server.call("GET", path, tenant=tenant).json()["$results"]
    assert {name: step["globalStatus"] for name, step in item["itemsStatus"].items()} == {
        "STP_SANITY_CHECK_SIP": "OK",
        "STP_UPLOAD_SIP": "FATAL",
    }
    assert (item["globalState"], item["globalStatus"]) == ("PAUSE", "FATAL")


def test_a_lost_answer_does_not_stop_the_ingest(vitam_server: VitamServer, tenant: int):
    """When the 202 is lost, the operation goes on, and is found by the caller's id."""
    vitam_server.fault(kind="lost_answer", tenant=tenant)
    with pytest.raises(httpx.TransportError):
        vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Application_Id="perdue")
    operation = vitam_server.attempt("perdue", tenant=tenant)
    assert vitam_server.wait(operation, tenant=tenant) == "OK"


def test_an_error_after_the_decision_does_not_stop_the_ingest(vitam_server: VitamServer, tenant: int):
    """A 500 given once the process has started says nothing of it: the SIP is ingested all the same."""
    vitam_server.fault(kind="error", when="after_decision", tenant=tenant)
    answer = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Application_Id="decidee")
    assert answer.status_code == 500
    assert vitam_server.wait(vitam_server.attempt("decidee", tenant=tenant), tenant=tenant) == "OK"


def _operations(server: VitamServer, tenant: int, attempt: str) -> list[str]:
    time.sleep(0.15)
    found = server.search("logbookoperations", {"$eq": {"evIdAppSession": attempt}}, tenant=tenant)["$results"]
    return [one["evId"] for one in found]


def test_a_buffering_proxy_hides_an_upload_until_it_is_whole(vitam_server: VitamServer, tenant: int):
    """Behind a proxy that keeps the body back, nothing is known of an upload in progress, nor of one that was cut."""
    vitam_server.fault(kind="buffering_proxy", tenant=tenant, times=2)
    sip, during = Sip().zipped(), []

    def watched():
        yield sip[:10]
        time.sleep(0.2)
        during.extend(_operations(vitam_server, tenant, "mandataire"))
        yield sip[10:]

    with httpx.Client() as other:
        headers = {
            "X-Tenant-Id": str(tenant),
            "Content-Type": "application/octet-stream",
            "X-Context-Id": "DEFAULT_WORKFLOW",
            "X-ACTION": "RESUME",
            "X-Application-Id": "mandataire",
        }
        url = f"{vitam_server.url}/ingest-external/v1/ingests"
        answer = other.post(url, headers=headers, content=watched())

        def cut():
            yield sip[:10]
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            other.post(url, headers={**headers, "X-Application-Id": "coupee"}, content=cut())
    assert (during, answer.status_code) == ([], 202)
    assert _operations(vitam_server, tenant, "mandataire") == [answer.headers["X-Request-Id"]]
    assert _operations(vitam_server, tenant, "coupee") == []


@pytest.mark.parametrize(
    ("outcome", "status", "delivered"),
    [("gateway", 504, True), ("gateway", 502, True), ("swallowed", 504, False), ("late", 202, True)],
)
def test_a_proxy_answers_in_place_of_vitam(
    vitam_server: VitamServer, tenant: int, outcome: str, status: int, *, delivered: bool
):
    """A 502 or 504 of a proxy says neither that the SIP arrived nor that it did not; a late 202 comes in the end."""
    gateway = {"status": status} if status != 202 else {}
    vitam_server.fault(kind="buffering_proxy", outcome=outcome, tenant=tenant, seconds=0.2, **gateway)
    answer = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Application_Id="passerelle")
    assert answer.status_code == status
    found = _operations(vitam_server, tenant, "passerelle")
    assert [vitam_server.wait(one, tenant=tenant) for one in found] == (["OK"] if delivered else [])


def test_a_proxy_may_lose_the_answer(vitam_server: VitamServer, tenant: int):
    """Delivered by a proxy that then closes the connection, the SIP is ingested."""
    vitam_server.fault(kind="buffering_proxy", outcome="lost", tenant=tenant)
    with pytest.raises(httpx.TransportError):
        vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Application_Id="perdue")
    assert vitam_server.wait(vitam_server.attempt("perdue", tenant=tenant), tenant=tenant) == "OK"


def test_the_index_may_lag(vitam_server: VitamServer, tenant: int):
    """While the index lags, a search finds nothing of what reading by id shows; caught up, it finds it."""
    vitam_server.fault(kind="late_index", seconds=60, tenant=tenant)
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant, X_Application_Id="en-retard")
    unit = vitam_server.reply(operation, tenant=tenant).findtext(".//{*}SystemId")
    lagging = (
        vitam_server.units([{"$eq": {"#id": unit}}], tenant=tenant),
        _operations(vitam_server, tenant, "en-retard"),
    )
    assert vitam_server.call("GET", f"/access-external/v1/units/{unit}", tenant=tenant).status_code == 200
    vitam_server.client.delete(f"{vitam_server.url}/sandbox/faults")
    assert lagging == ([], [])
    assert len(vitam_server.units([{"$eq": {"#id": unit}}], tenant=tenant)) == 1
    assert _operations(vitam_server, tenant, "en-retard") == [operation]


@pytest.mark.parametrize("when", ["before_body", "after_body"])
def test_an_error_before_the_answer_leaves_the_operation_started(vitam_server: VitamServer, tenant: int, when: str):
    """A 500 before the 202 says COMPLETED/FATAL, while the logbook keeps a started operation."""
    vitam_server.fault(kind="error", when=when, tenant=tenant)
    answer = vitam_server.post_sip(Sip().zipped(), tenant=tenant, X_Application_Id="erreur")
    assert answer.status_code == 500
    assert answer.headers["X-Global-Execution-Status"] == "FATAL"
    operation = vitam_server.attempt("erreur", tenant=tenant)
    state = vitam_server.call("HEAD", f"{OPERATIONS}/{operation}", tenant=tenant).headers
    assert (state["X-Global-Execution-State"], state["X-Global-Execution-Status"]) == ("PAUSE", "UNKNOWN")
    assert vitam_server.ingest(Sip().zipped(), tenant=tenant)[1] == "OK"


def test_an_unavailable_archive_answers_503_and_keeps_nothing(vitam_server: VitamServer, tenant: int):
    """A 503 from in front of Vitam creates no operation."""
    vitam_server.fault(kind="unavailable", tenant=tenant, times=2)
    for _ in range(2):
        assert vitam_server.post_sip(Sip().zipped(), tenant=tenant).status_code == 503
    assert vitam_server.ingest(Sip().zipped(), tenant=tenant)[1] == "OK"
    assert vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()[str(tenant)]["operations"] == 1


@pytest.mark.parametrize("step", ["STP_UPLOAD_SIP", "STP_OBJ_STORING", "STP_INGEST_FINALISATION"])
def test_a_fatal_operation_can_be_resumed(vitam_server: VitamServer, tenant: int, step: str):
    """FATAL is a pause without reply; resumed, the operation ends as if nothing had happened, nothing doubled."""
    vitam_server.fault(kind="fatal", step=step, tenant=tenant)
    answer = vitam_server.post_sip(Sip(units=[Unit(group="GRP1", key="a")]).zipped(), tenant=tenant)
    operation = answer.headers["X-Request-Id"]
    deadline = time.monotonic() + 20
    while vitam_server.wait(operation, tenant=tenant, states=("PAUSE",)) != "FATAL":
        assert time.monotonic() < deadline
    path = f"{OPERATIONS}/{operation}"
    assert vitam_server.call("HEAD", path, tenant=tenant).status_code == 202
    reply = f"/ingest-external/v1/ingests/{operation}/archivetransferreply"
    assert vitam_server.call("GET", reply, tenant=tenant).status_code == 404
    assert vitam_server.call("PUT", path, tenant=tenant, headers={"X-ACTION": "RESUME"}).status_code in (200, 202)
    assert vitam_server.wait(operation, tenant=tenant) == "OK"
    counts = vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()[str(tenant)]
    assert (counts["units"], counts["doubled"]) == (1, {})


def test_a_fatal_operation_can_be_cancelled(vitam_server: VitamServer, tenant: int):
    """Cancelled, a FATAL operation ends KO with a reply, and nothing of it is held."""
    vitam_server.fault(kind="fatal", step="STP_UNIT_CHECK_AND_PROCESS", tenant=tenant)
    operation = vitam_server.post_sip(Sip().zipped(), tenant=tenant).headers["X-Request-Id"]
    while vitam_server.wait(operation, tenant=tenant, states=("PAUSE",)) != "FATAL":
        pass
    assert vitam_server.call("DELETE", f"{OPERATIONS}/{operation}", tenant=tenant).status_code in (200, 202)
    assert vitam_server.wait(operation, tenant=tenant) == "KO"
    reply = vitam_server.reply(operation, tenant=tenant)
    assert reply.findtext("{*}ReplyCode") == "KO"
    assert [found.text for found in reply.iter("{*}OutcomeDetail")] == ["STP_UNIT_CHECK_AND_PROCESS.FATAL"]
    assert vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant) == []


def test_a_running_operation_can_be_cancelled_or_paused(vitam_server: VitamServer, tenant: int):
    """A request made while a step runs is obeyed at its end."""
    vitam_server.fault(kind="slow_step", step="STP_UPLOAD_SIP", seconds=2, tenant=tenant, times=2)
    paused, cancelled = (vitam_server.post_sip(Sip().zipped(), tenant=tenant).headers["X-Request-Id"] for _ in range(2))
    for operation in (paused, cancelled):
        vitam_server.wait(operation, tenant=tenant, states=("RUNNING",))
    pause = vitam_server.call("PUT", f"{OPERATIONS}/{paused}", tenant=tenant, headers={"X-ACTION": "PAUSE"})
    assert (pause.status_code, vitam_server.call("DELETE", f"{OPERATIONS}/{cancelled}", tenant=tenant).status_code) == (
        202,
        202,
    )
    assert vitam_server.wait(cancelled, tenant=tenant) == "KO"
    assert vitam_server.wait(paused, tenant=tenant, states=("PAUSE",)) == "OK"
    vitam_server.call("PUT", f"{OPERATIONS}/{paused}", tenant=tenant, headers={"X-ACTION": "RESUME"})
    assert vitam_server.wait(paused, tenant=tenant) == "OK"


def test_a_reply_may_come_late(vitam_server: VitamServer, tenant: int):
    """An operation may be completed some time before its reply can be read."""
    vitam_server.fault(kind="late_reply", seconds=2, tenant=tenant)
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    path = f"/ingest-external/v1/ingests/{operation}/archivetransferreply"
    assert vitam_server.call("GET", path, tenant=tenant).status_code == 404
    deadline = time.monotonic() + 60
    while vitam_server.call("GET", path, tenant=tenant).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_faults_are_listed_and_refused_when_malformed(vitam_server: VitamServer):
    """A fault waits in the list until it strikes; an unknown kind is refused."""
    url = f"{vitam_server.url}/sandbox/faults"
    vitam_server.fault(kind="fatal", step="STP_UPLOAD_SIP", tenant=150)
    assert [fault["kind"] for fault in vitam_server.client.get(url).json()] == ["fatal"]
    assert vitam_server.client.post(url, json=[{"kind": "tempête"}]).status_code == 400
    assert vitam_server.client.delete(url).json() == []


def test_killed_at_any_moment_the_server_finishes_what_it_had_taken(start_server):
    """Killed six times in the middle of two ingests, the server ends both once, with one reply and no double."""
    server: VitamServer = start_server("--step-seconds", "0.12", "--index-delay-seconds", "0.1")
    server.import_referentials()
    sips = [Sip(units=[Unit(group="GRP1", key=f"acte-{n}", children=[Unit("AU2")])]) for n in range(2)]
    operations = [server.post_sip(sip.zipped()).headers["X-Request-Id"] for sip in sips]
    moments = random.Random(7)  # noqa: S311  moments of a test, the same each time
    for _ in range(6):
        time.sleep(moments.uniform(0.05, 0.35))
        server.kill()
        server.start()
    assert [server.wait(operation) for operation in operations] == ["OK", "OK"]
    for operation in operations:
        details = server.details(operation)
        assert len(set(details) - {"COMMIT_LIFE_CYCLE_OBJECT_GROUP.OK", "OG_METADATA_STORAGE.OK"}) == len(
            [d for d in details if d not in ("COMMIT_LIFE_CYCLE_OBJECT_GROUP.OK", "OG_METADATA_STORAGE.OK")]
        )
        assert server.reply(operation).findtext("{*}ReplyCode") == "OK"
    counts = server.client.get(f"{server.url}/sandbox/counts").json()["0"]
    assert counts == {"operations": 2, "units": 4, "groups": 2, "doubled": {}}


def test_an_upload_cut_by_the_death_of_the_server_is_not_resumed(start_server):
    """Killed while it receives a SIP, the server comes back with an operation in PAUSE/UNKNOWN."""
    server: VitamServer = start_server("--index-delay-seconds", "0.1")
    server.import_referentials()

    def interrupted():
        yield b"PK"
        with httpx.Client() as other:
            while not other.get(f"{server.url}/sandbox/counts").json():
                time.sleep(0.05)
        server.kill()
        for _ in range(100):
            yield b"x" * 100_000

    with contextlib.suppress(httpx.TransportError):
        server.post_sip(interrupted(), X_Application_Id="tuee")
    server.start()
    operation = server.attempt("tuee", tenant=0)
    time.sleep(0.5)
    state = server.call("HEAD", f"{OPERATIONS}/{operation}").headers
    assert (state["X-Global-Execution-State"], state["X-Global-Execution-Status"]) == ("PAUSE", "UNKNOWN")


def test_no_damaged_sip_stops_the_server(vitam_server: VitamServer, tenant: int):
    """SIPs damaged at random all end, OK or KO, and the next sound one is accepted."""
    moments = random.Random(11)  # noqa: S311  damage of a test, the same each time
    sound = Sip().zipped()
    manifest = Sip().manifest()
    for _ in range(12):
        damaged = bytearray(sound)
        damaged[moments.randrange(len(sound))] ^= 1 << moments.randrange(8)
        torn = bytearray(manifest)
        del torn[(start := moments.randrange(len(torn))) : start + moments.randrange(1, 60)]
        for body in (bytes(damaged), Sip(raw=bytes(torn)).zipped()):
            assert vitam_server.ingest(body, tenant=tenant)[1] in ("OK", "WARNING", "KO")
    assert vitam_server.ingest(sound, tenant=tenant)[1] == "OK"
