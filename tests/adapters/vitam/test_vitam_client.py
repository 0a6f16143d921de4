"""Questions to a server that behaves badly: what is believed, and what the operator reads."""

from __future__ import annotations

import json
import time

import pytest

from tests.adapters.vitam.bad_server import (
    BLOCK,
    OPERATION,
    QUICK,
    answer,
    archive,
    quickest,
    read_body,
    refuse,
    results,
)
from versement.adapters.vitam import wire
from versement.adapters.vitam.client import VitamArchive
from versement.domain.errors import (
    ArchiveUnavailable,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
    SettingsError,
    VersementError,
)
from versement.ports.archive import LogbookEntry, Operation


@pytest.mark.parametrize(
    ("status", "state", "outcome"),
    [(200, "COMPLETED", "OK"), (200, "COMPLETED", "KO"), (202, "RUNNING", "STARTED"), (202, "PAUSE", "FATAL")],
)
def test_operation(server, tenant, status: int, state: str, outcome: str) -> None:
    """The state of an operation is what the headers say."""
    server.behave = lambda handler: answer(
        handler, status, X_Global_Execution_State=state, X_Global_Execution_Status=outcome
    )
    assert archive(server).operation(tenant, OPERATION) == Operation(OPERATION, state, outcome)


def test_operation_purged(server, tenant) -> None:
    """204 means unknown or forgotten, never refused."""
    server.behave = lambda handler: answer(handler, 204)
    assert archive(server).operation(tenant, OPERATION) is None


@pytest.mark.parametrize("headers", [{}, {"X_Global_Execution_State": "HAPPY", "X_Global_Execution_Status": "OK"}])
def test_operation_of_somebody_else(server, tenant, headers: dict[str, str]) -> None:
    """A 200 without Vitam's headers is a maintenance page, not a completed operation."""
    server.behave = lambda handler: answer(handler, 200, **headers)
    with pytest.raises(ArchiveUnavailable, match="maintenance"):
        archive(server).operation(tenant, OPERATION)


@pytest.mark.parametrize("identifier", ["", "../../rules", "a/b", "é", "a?b", "x" * 65])
def test_identifier_stays_in_its_place(server, tenant, identifier: str) -> None:
    """An identifier that could change the address is refused before anything leaves."""
    server.behave = server.seen
    client = archive(server)
    for ask in (client.operation, client.logbook, client.cancel, client.reply, client.units_of):
        with pytest.raises(RequestRefused, match="identifiant"):
            ask(tenant, identifier)
    assert not server.received


@pytest.mark.parametrize(
    ("events", "worked"),
    [
        (
            ["STP_INGEST_FINALISATION.STARTED", "ATR_NOTIFICATION", "STP_INGEST_FINALISATION"],
            False,
        ),
        (["STP_SANITY_CHECK_SIP.STARTED", "STP_INGEST_FINALISATION.STARTED", "PROCESS_SIP_UNITARY"], True),
        ([], False),
        (None, True),
    ],
)
def test_logbook_tells_whether_a_step_began(server, tenant, events, worked) -> None:
    """All the events of an operation say whether it did anything before its last step; without them it may have."""
    told = {} if events is None else {"events": [{"evType": name, "outDetail": f"{name}.OK"} for name in events]}
    server.behave = lambda handler: answer(handler, 200, results({"#id": OPERATION} | told))
    client = archive(server)
    entry = client.logbook(tenant, OPERATION)
    assert entry is not None
    assert entry.worked is worked
    server.behave = lambda handler: answer(handler, 200, results({"#id": OPERATION, "evIdAppSession": "a"} | told))
    found = client.find_attempt(tenant, "a")
    assert found is not None
    assert found.worked


def test_find_attempt_is_exact(server, tenant) -> None:
    """Vitam's search compares words: only the operation that carries exactly the attempt is kept."""
    near = {"#id": "aea1", "evIdAppSession": "tentative 1 bis", "events": [{"outDetail": "PROCESS_SIP_UNITARY.OK"}]}
    right = {"#id": OPERATION, "evIdAppSession": "tentative-1", "events": [{"outDetail": "PROCESS_SIP_UNITARY.KO"}]}
    server.behave = lambda handler: answer(handler, 200, results(near, right))
    entry = archive(server).find_attempt(tenant, "tentative-1")
    assert entry == LogbookEntry(OPERATION, "tentative-1", "PROCESS_SIP_UNITARY.KO")
    assert archive(server).find_attempt(tenant, "tentative") is None


def test_find_attempt_asks_page_by_page(server, tenant) -> None:
    """A search reads every page: the right operation may stand on the last one."""
    items = [{"#id": f"aea{n}", "evIdAppSession": f"tentative-{n}"} for n in range(5)]

    def behave(handler) -> None:
        body = read_body(handler)
        server.seen(handler, body)
        asked = json.loads(body)["$filter"]
        answer(handler, 200, results(*items[asked["$offset"] : asked["$offset"] + asked["$limit"]], total=5))

    server.behave = behave
    client = VitamArchive(server.settings(), page=2)
    assert client.find_attempt(tenant, "tentative-4") == LogbookEntry("aea4", "tentative-4", "")
    assert [json.loads(request.body)["$filter"]["$offset"] for request in server.received] == [0, 2, 4]
    assert {request.headers["X-Access-Contract-Id"] for request in server.received} == {"Contrat"}


def test_attempt_twice_in_the_logbook(server, tenant) -> None:
    """Two operations for one attempt are not chosen between: a person must look."""
    items = [{"#id": f"aea{n}", "evIdAppSession": "tentative-1"} for n in range(2)]
    server.behave = lambda handler: answer(handler, 200, results(*items))
    with pytest.raises(OutcomeUncertain, match="2 opérations"):
        archive(server).find_attempt(tenant, "tentative-1")


@pytest.mark.parametrize("total", [10_000, 25_000])
def test_search_beyond_the_window(server, tenant, total: int) -> None:
    """A search that Vitam cannot show whole is an error, never a short list."""
    server.behave = lambda handler: answer(handler, 200, results(*[{"#id": f"u{n}"} for n in range(10)], total=total))
    with pytest.raises(RequestRefused, match="10000"):
        archive(server).units_of(tenant, OPERATION)


def test_search_that_moves(server, tenant) -> None:
    """Pages that repeat or miss results, as when the index moves, are asked again rather than believed."""
    server.behave = lambda handler: answer(handler, 200, results({"#id": "u1"}, {"#id": "u1"}, total=2))
    with pytest.raises(ArchiveUnavailable, match="index"):
        archive(server).units_of(tenant, OPERATION)
    server.behave = lambda handler: answer(handler, 200, results(total=3))
    with pytest.raises(ArchiveUnavailable, match="index"):
        archive(server).units_of(tenant, OPERATION)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b"[]",
        b"null",
        b"{}",
        b'{"$results": 3}',
        b'{"$results": [1]}',
        b'{"$results": [{}], "$hits": {"total": 1}}',
        b"\xff\xfe",
        b"[" * 200_000,
    ],
)
def test_wrong_content(server, tenant, body: bytes) -> None:
    """A 200 that is not Vitam's is « not now », not an answer."""
    server.behave = lambda handler: answer(handler, 200, body)
    for ask in (archive(server).units_of, archive(server).logbook):
        with pytest.raises(ArchiveUnavailable):
            ask(tenant, OPERATION)


def test_odd_units(server, tenant) -> None:
    """A unit is read whether its fields are texts or lists, and without what it lacks."""
    items = (
        {"#id": "u1", "OriginatingSystemId": ["clé", "autre"], "Title": "Titre", "#object": "g1", "#unitups": ["u0"]},
        {"#id": "u2", "OriginatingSystemId": "clé 2", "Title": None, "#unitups": None},
    )
    server.behave = lambda handler: answer(handler, 200, results(*items))
    first, second = archive(server).units_of(tenant, OPERATION)
    assert (first.key, first.title, first.object_group, first.parents) == ("clé", "Titre", "g1", ("u0",))
    assert (second.key, second.title, second.object_group, second.parents) == ("clé 2", "", "", ())


def test_huge_answer(server, tenant) -> None:
    """An answer without end is dropped at a fixed size."""

    def behave(handler) -> None:
        answer(handler, 200, b"", Content_Length=str(1 << 40))
        sent = 0
        while sent < wire.JSON_LIMIT * 2:
            sent += handler.connection.send(BLOCK)

    server.behave = behave
    with pytest.raises(ArchiveUnavailable, match="réponse reçue"):
        archive(server).units_of(tenant, OPERATION)


def test_huge_error(server, tenant) -> None:
    """An error's text is cut, and its status still counts."""

    def behave(handler) -> None:
        answer(handler, 401, b"", Content_Length=str(1 << 40))
        for _ in range(10_000):
            handler.connection.sendall(BLOCK)

    server.behave = behave
    with pytest.raises(RequestRefused, match="401"):
        archive(server).reply(tenant, OPERATION)


def test_answer_drop_by_drop(server, tenant) -> None:
    """An answer that comes a byte at a time is given up after the limit for answers."""
    server.timeouts = QUICK

    def behave(handler) -> None:
        answer(handler, 200, b"", Content_Length="1000")
        for _ in range(100):
            handler.connection.sendall(b" ")
            time.sleep(0.1)

    server.behave = behave

    def ask() -> None:
        with pytest.raises(ArchiveUnavailable):
            archive(server).units_of(tenant, OPERATION)

    assert quickest(ask, 3) < 3


def test_answer_cut(server, tenant) -> None:
    """An answer shorter than its length is no answer."""

    def behave(handler) -> None:
        answer(handler, 200, results({"#id": "u1"}), Content_Length="5000")
        handler.close_connection = True

    server.behave = behave
    client = archive(server)
    for ask in (client.units_of, client.reply, lambda *of: list(client.object_bytes(*of))):
        with pytest.raises(ArchiveUnavailable):
            ask(tenant, OPERATION)


def test_slow_answer(server, tenant) -> None:
    """An archive that does not answer in time is unavailable, not waited for."""
    server.timeouts = QUICK
    server.behave = lambda handler: time.sleep(1)
    with pytest.raises(ArchiveUnavailable, match="tarde"):
        archive(server).reply(tenant, OPERATION)
    assert not archive(server).alive(tenant)


@pytest.mark.parametrize(("status", "alive"), [(200, True), (401, True), (404, True), (500, False), (503, False)])
def test_alive(server, tenant, status: int, alive: bool) -> None:  # noqa: FBT001
    """An archive lives when it answers anything but a failure of its own."""
    server.behave = lambda handler: answer(handler, status, b"x" * 1000)
    assert archive(server).alive(tenant) is alive


def test_cancel(server, tenant) -> None:
    """A cancellation is done, or may not be, and neither is an error."""
    for status, done in ((200, True), (202, True), (409, False), (404, False)):
        server.behave = refuse(status, "055500")
        assert archive(server).cancel(tenant, OPERATION) is done


def test_reply(server, tenant) -> None:
    """The reply's bytes come as they are; until they are written, one asks again."""
    server.behave = lambda handler: answer(handler, 200, b"<ArchiveTransferReply/>")
    assert archive(server).reply(tenant, OPERATION) == b"<ArchiveTransferReply/>"
    server.behave = refuse(404, "040404")
    with pytest.raises(NotYetAvailable):
        archive(server).reply(tenant, OPERATION)


def test_object_streamed(server, tenant) -> None:
    """An object's bytes are passed on while they arrive, asked for as BinaryMaster_1."""

    def behave(handler) -> None:
        server.seen(handler)
        answer(handler, 200, b"", Content_Length=str(40 * len(BLOCK)))
        for _ in range(40):
            handler.connection.sendall(BLOCK)

    server.behave = behave
    blocks = list(archive(server).object_bytes(tenant, OPERATION))
    assert b"".join(blocks) == BLOCK * 40
    assert max(map(len, blocks)) <= 1 << 20
    assert server.received[0].headers.items() >= {"X-Qualifier": "BinaryMaster", "X-Version": "1"}.items()


def test_object_missing(server, tenant) -> None:
    """An object that is not there (yet) is said to be so."""
    server.behave = refuse(404, "050505")
    with pytest.raises(NotYetAvailable):
        next(archive(server).object_bytes(tenant, OPERATION))


def test_environment_is_not_used(server, tenant, monkeypatch) -> None:
    """Proxies and passwords that lie about on the machine change nothing."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    server.behave = lambda handler: answer(handler, 204)
    assert archive(server).operation(tenant, OPERATION) is None


def test_cookies_are_dropped(server, tenant) -> None:
    """A cookie is never sent back: its characters may be among those that Vitam refuses."""

    def behave(handler) -> None:
        server.seen(handler)
        answer(handler, 204, Set_Cookie='route="%41"')

    server.behave = behave
    client = archive(server)
    client.operation(tenant, OPERATION)
    client.operation(tenant, OPERATION)
    assert all("Cookie" not in request.headers for request in server.received)


def test_every_message_is_for_an_operator(server, tenant) -> None:
    """Errors speak French, name no address of a server and carry Vitam's words in the log's detail only."""
    for status in (400, 401, 404, 412, 500, 503):
        server.behave = refuse(status, "000700")
        with pytest.raises(VersementError) as caught:
            archive(server).units_of(tenant, OPERATION)
        assert caught.value.message.startswith("Archive électronique, recherche : ")
        assert "127.0.0.1" not in caught.value.message
        assert "own words" in caught.value.detail


def test_unusable_certificates(server, tenant, tmp_path) -> None:
    """A certificate file that is none is reported, not a crash."""
    nonsense = tmp_path / "autorite.pem"
    nonsense.write_text("nonsense")
    server.url = server.url.replace("http:", "https:")
    with pytest.raises((ArchiveUnavailable, SettingsError)):
        archive(server, verify=nonsense).reply(tenant, OPERATION)
    with pytest.raises((ArchiveUnavailable, SettingsError)):
        archive(server, client_certificate=(nonsense, nonsense)).reply(tenant, OPERATION)
