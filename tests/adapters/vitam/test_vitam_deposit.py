"""Deposits to a server that behaves badly: what was sent, and what is known of it."""

from __future__ import annotations

import itertools
import socket
import time

import pytest

from tests.adapters.vitam.bad_server import BLOCK, OPERATION, QUICK, answer, archive, quickest, read_body, refuse, reset
from versement.domain.errors import (
    ArchiveUnavailable,
    Defect,
    FixityMismatch,
    OutcomeUncertain,
    RequestRefused,
    VersementError,
)


class Body:
    """Blocks of a known length; may stop on an error of its own."""

    def __init__(self, blocks: int = 4, *, announced: int | None = None, failure: Exception | None = None) -> None:
        self.blocks, self.failure = blocks, failure
        self.announced = blocks * len(BLOCK) if announced is None else announced

    def __len__(self) -> int:
        return self.announced

    def __iter__(self):
        yield from itertools.repeat(BLOCK, self.blocks)
        if self.failure:
            raise self.failure


def test_deposit(server, tenant) -> None:
    """A deposit sends the whole body with its length, the tenant and the attempt, and returns the operation."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id=OPERATION)

    server.behave = behave
    assert archive(server).deposit(tenant, "tentative-1", Body()) == OPERATION
    (request,) = server.received
    assert (request.method, request.path) == ("POST", "/ingest-external/v1/ingests")
    assert request.body == BLOCK * 4
    expected = {
        "Content-Length": str(4 * len(BLOCK)),
        "Content-Type": "application/octet-stream",
        "X-Tenant-Id": "3",
        "X-Context-Id": "DEFAULT_WORKFLOW",
        "X-ACTION": "RESUME",
        "X-Application-Id": "tentative-1",
    }
    assert request.headers.items() >= expected.items()
    assert "Transfer-Encoding" not in request.headers


def test_nobody_listens(server, tenant) -> None:
    """When no connection can be made, it is certain that nothing was sent."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(ArchiveUnavailable, match="ne répond pas"):
            archive(server).deposit(tenant, "tentative-1", Body())
        assert not archive(server).alive(tenant)


def test_no_such_host(server, tenant) -> None:
    """A name that does not resolve is an archive that does not answer."""
    server.url = "http://vitam.invalid"
    with pytest.raises(ArchiveUnavailable):
        archive(server).deposit(tenant, "tentative-1", Body())


def test_no_tls_there(server, tenant) -> None:
    """When encryption cannot be agreed, nothing was sent, and the message says where to look."""
    server.url = server.url.replace("http:", "https:")
    with pytest.raises(ArchiveUnavailable, match="autorité de certification"):
        archive(server).deposit(tenant, "tentative-1", Body())


@pytest.mark.parametrize("taken", [0, 1, 65536, 200_000, 4 * 65536])
def test_cut_while_sending(server, tenant, taken: int) -> None:
    """A connection cut at any byte of the upload leaves the outcome open, and is never taken for a refusal."""

    def behave(handler) -> None:
        read_body(handler, taken)
        reset(handler)

    server.behave = behave
    with pytest.raises(OutcomeUncertain, match="ne le renvoyez pas"):
        archive(server).deposit(tenant, "tentative-1", Body())


def test_silent_after_the_body(server, tenant) -> None:
    """An archive that takes everything and says nothing leaves the outcome open, within the time limit."""
    server.timeouts = QUICK

    def behave(handler) -> None:
        read_body(handler)
        time.sleep(1)
        reset(handler)

    def deposit() -> None:
        with pytest.raises(OutcomeUncertain):
            archive(server).deposit(tenant, "tentative-1", Body())

    server.behave = behave
    assert quickest(deposit, 1) < 1


def test_archive_that_takes_no_more(server, tenant) -> None:
    """An archive that stops reading is given up after the sending limit."""
    server.timeouts = QUICK
    server.behave = lambda handler: time.sleep(1.5)

    def deposit() -> None:
        with pytest.raises(OutcomeUncertain):
            archive(server).deposit(tenant, "tentative-1", Body(400))

    assert 0.4 < quickest(deposit, 1.4) < 1.4


@pytest.mark.parametrize("status", [500, 502, 503, 504, 302, 200, 409, 429])
def test_uncertain_answers(server, tenant, status: int) -> None:
    """No answer but 202, or a plain refusal, settles a deposit."""
    server.behave = refuse(status)
    with pytest.raises(OutcomeUncertain):
        archive(server).deposit(tenant, "tentative-1", Body())


@pytest.mark.parametrize("ending", ["cut", "drops"])
@pytest.mark.parametrize(("status", "expected"), [(503, OutcomeUncertain), (401, RequestRefused)])
def test_error_without_its_text(server, tenant, status: int, expected: type[VersementError], ending: str) -> None:
    """An error's status stands when its text is cut or endless; « nothing was sent » is never concluded from it."""
    server.timeouts = QUICK

    def behave(handler) -> None:
        read_body(handler)
        answer(handler, status, b"{", Content_Length="1000")
        for _ in range(0 if ending == "cut" else 100):
            handler.connection.sendall(b" ")
            time.sleep(0.1)
        reset(handler)

    server.behave = behave
    with pytest.raises(expected, match=str(status)):
        archive(server).deposit(tenant, "tentative-1", Body())


@pytest.mark.parametrize("status", [400, 401, 412, 415])
def test_refused(server, tenant, status: int) -> None:
    """A refusal says so, with Vitam's code."""
    server.behave = refuse(status, "000700")
    with pytest.raises(RequestRefused, match="000700"):
        archive(server).deposit(tenant, "tentative-1", Body())


@pytest.mark.parametrize(
    "identifier",
    [None, "", "../autre", "a b", "550e8400-e29b-41d4-a716-446655440000", f"{OPERATION}a", OPERATION.upper(), "b" * 36],
)
def test_taken_without_identifier(server, tenant, identifier: str | None) -> None:
    """A 202 without an operation id of Vitam's making, as when a proxy wrote its own, leaves the outcome open."""

    def behave(handler) -> None:
        read_body(handler)
        answer(handler, 202, **({} if identifier is None else {"X_Request_Id": identifier}))

    server.behave = behave
    with pytest.raises(OutcomeUncertain, match="identifiant"):
        archive(server).deposit(tenant, "tentative-1", Body())


def test_accepted_too_early(server, tenant) -> None:
    """A 202 that comes before the last byte accepts nothing."""

    def behave(handler) -> None:
        read_body(handler, 1000)
        answer(handler, 202, X_Request_Id=OPERATION)
        handler.connection.shutdown(socket.SHUT_RD)
        time.sleep(0.3)
        handler.close_connection = True

    server.behave = behave
    with pytest.raises(OutcomeUncertain):
        archive(server).deposit(tenant, "tentative-1", Body(400))


def test_flood_after_the_answer(server, tenant) -> None:
    """What follows the headers of a 202 is not read, however much it is."""

    def behave(handler) -> None:
        read_body(handler)
        answer(handler, 202, b"", Content_Length=str(1 << 40), X_Request_Id=OPERATION)
        handler.wfile.write(BLOCK)

    server.behave = behave
    assert archive(server).deposit(tenant, "tentative-1", Body()) == OPERATION


@pytest.mark.parametrize(
    "failure", [FixityMismatch("empreinte"), OSError("disk"), BrokenPipeError("ours"), ValueError()]
)
@pytest.mark.parametrize("blocks", [0, 3])
def test_body_stops_itself(server, tenant, failure: Exception, blocks: int) -> None:
    """What the body itself raises comes out as it is, and the archive never gets a whole SIP."""
    server.timeouts = QUICK
    whole = []

    def behave(handler) -> None:
        data = read_body(handler)
        if len(data) == 4 * len(BLOCK):
            whole.append(data)

    server.behave = behave
    with pytest.raises(type(failure)) as caught:
        archive(server).deposit(tenant, "tentative-1", Body(blocks, announced=4 * len(BLOCK), failure=failure))
    assert caught.value is failure
    assert not whole


@pytest.mark.parametrize(("blocks", "announced"), [(0, 0), (3, 4 * 65536), (4, 3 * 65536)])
def test_wrong_length(server, tenant, blocks: int, announced: int) -> None:
    """A body that is empty, shorter or longer than announced is our defect; not one byte too many leaves."""
    server.behave = lambda handler: server.seen(handler, read_body(handler))
    with pytest.raises(Defect, match="longueur"):
        archive(server).deposit(tenant, "tentative-1", Body(blocks, announced=announced))
    assert all(len(request.body) < announced for request in server.received)


@pytest.mark.parametrize("attempt", ["tentative é", "a..b", 'a"b', "a%b", "a\nX-Tenant-Id: 4"])
def test_insane_header(server, tenant, attempt: str) -> None:
    """A header that Vitam would refuse, or that hides another, never leaves."""
    server.behave = server.seen
    with pytest.raises(RequestRefused, match="X-Application-Id"):
        archive(server).deposit(tenant, attempt, Body())
    assert not server.received


def test_no_redirect_is_followed(server, tenant) -> None:
    """A deposit or a question is never carried to another address."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 307, Location=f"{server.url}/elsewhere")

    server.behave = behave
    with pytest.raises(OutcomeUncertain):
        archive(server).deposit(tenant, "tentative-1", Body())
    with pytest.raises(RequestRefused, match="adresse définitive"):
        archive(server).reply(tenant, OPERATION)
    assert len(server.received) == 2


def test_nothing_is_retried(server, tenant) -> None:
    """The client itself never asks twice: when to ask again is the chain's decision."""

    def behave(handler) -> None:
        server.seen(handler)
        reset(handler)

    server.behave = behave
    with pytest.raises(ArchiveUnavailable):
        archive(server).reply(tenant, OPERATION)
    assert len(server.received) == 1
