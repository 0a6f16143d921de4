"""What an operator may ask of an operation, and the deposits other than ordinary ones."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.adapters.vitam.bad_server import BLOCK, OPERATION, answer, archive, read_body, refuse, reset
from versement.adapters.vitam.asking import Action
from versement.adapters.vitam.client import VitamArchive
from versement.domain.errors import (
    ArchiveUnavailable,
    ArrivalsUnusable,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
)
from versement.domain.fixity import Digest
from versement.ports.archive import Context, Details, Operation
from versement.testing.archive_contract import BytesBody

ITEM = {
    "itemId": OPERATION,
    "message": "Échec du contrôle",
    "globalStatus": "KO",
    "globalState": "RUNNING",
    "itemsStatus": {"STP_SANITY_CHECK_SIP": {"globalStatus": "OK"}, "STP_UPLOAD_SIP": {"globalStatus": "KO"}},
}


def took(server):
    """Takes a deposit and keeps what it was."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 202, X_Request_Id=OPERATION)

    server.behave = behave
    return server


def test_details(server, tenant) -> None:
    """The engine's own word: state, status, Vitam's label, and each step done."""
    server.behave = lambda handler: answer(handler, 200, json.dumps({"$results": [ITEM]}).encode())
    assert archive(server).details(tenant, OPERATION) == Details(
        Operation(OPERATION, "RUNNING", "KO"),
        "Échec du contrôle",
        (("STP_SANITY_CHECK_SIP", "OK"), ("STP_UPLOAD_SIP", "KO")),
    )
    server.behave = refuse(404, "050500")
    assert archive(server).details(tenant, OPERATION) is None


@pytest.mark.parametrize("items", [[], [{}], [{"globalState": "HAPPY", "globalStatus": "OK"}]])
def test_details_of_somebody_else(server, tenant, items: list) -> None:
    """An answer without a state is not believed."""
    server.behave = lambda handler: answer(handler, 200, json.dumps({"$results": items}).encode())
    with pytest.raises(ArchiveUnavailable):
        archive(server).details(tenant, OPERATION)


@pytest.mark.parametrize("action", list(Action))
def test_actions(server, tenant, action: Action) -> None:
    """Resuming, replaying or pausing is asked by PUT and X-ACTION; a state that forbids it is no error."""

    def behave(handler) -> None:
        server.seen(handler)
        answer(handler, 202)

    server.behave = behave
    assert archive(server).act(tenant, OPERATION, action)
    (request,) = server.received
    assert (request.method, request.path) == ("PUT", f"/admin-external/v1/operations/{OPERATION}")
    assert request.headers["X-ACTION"] == action
    for status in (404, 409):
        server.behave = refuse(status)
        assert not archive(server).act(tenant, OPERATION, action)


@pytest.mark.parametrize("context", list(Context))
def test_contexts(server, tenant, context: Context) -> None:
    """Each kind of deposit goes under its own X-Context-Id, with its manifest's digest when it is given."""
    took(server)
    digest = Digest.of(b"bordereau")
    archive(server).deposit(tenant, "tentative-1", BytesBody(BLOCK), context=context, manifest=digest)
    archive(server).deposit(tenant, "tentative-2", BytesBody(BLOCK), context=context)
    first, second = server.received
    assert first.headers["X-Context-Id"] == second.headers["X-Context-Id"] == context.value
    assert first.headers["X-Manifest-Digest-Algo"] == "SHA-512"
    assert first.headers["X-Manifest-Digest-Value"] == digest.value
    assert not {"X-Manifest-Digest-Algo", "X-Manifest-Digest-Value"} & second.headers.keys()


def test_local_deposit(server, tenant) -> None:
    """A SIP already on Vitam's server is deposited by its path, under the same headers as any other."""
    took(server)
    done = archive(server).deposit_local(tenant, "tentative-1", "versement/gros.zip", manifest=Digest.of(b""))
    assert done == OPERATION
    (request,) = server.received
    assert json.loads(request.body) == {"path": "versement/gros.zip"}
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Application-Id"] == "tentative-1"
    assert request.headers["X-Context-Id"] == "DEFAULT_WORKFLOW"
    assert request.headers["X-Manifest-Digest-Algo"] == "SHA-512"


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a.zip", "a/../b.zip", "a//b.zip", "é.zip", "a b.zip", ".zip"])
def test_local_path_stays_in_its_folder(server, tenant, path: str) -> None:
    """A path that leaves the upload folder, or that Vitam would refuse, never leaves here."""
    server.behave = server.seen
    with pytest.raises(RequestRefused, match="relatif"):
        archive(server).deposit_local(tenant, "tentative-1", path)
    assert not server.received


def test_local_deposit_is_as_uncertain_as_any(server, tenant) -> None:
    """A 500 (no such file, or anything else) or a cut leaves the outcome open: it is looked up before any retry."""
    for behave in (refuse(500, "040105"), lambda handler: (read_body(handler), reset(handler))):
        server.behave = behave
        with pytest.raises(OutcomeUncertain):
            archive(server).deposit_local(tenant, "tentative-1", "gros.zip")


def test_local_deposit_is_made_ready_in_its_turn(server, tenant) -> None:
    """The file is put there once the deposit has its place, before anything is asked; its failure asks nothing."""
    took(server)
    steps: list[str] = []

    @contextmanager
    def place() -> Iterator[None]:
        steps.append("place")
        try:
            yield
        finally:
            steps.append("rendue")

    client = VitamArchive(server.settings(), slot=place)
    client.deposit_local(tenant, "tentative-1", "gros.zip", lambda: steps.append(f"prêt, {len(server.received)} reçu"))
    assert steps == ["place", "prêt, 0 reçu", "rendue"]

    def full() -> None:
        raise ArrivalsUnusable("Plus de place.")

    with pytest.raises(ArrivalsUnusable):
        client.deposit_local(tenant, "tentative-2", "gros.zip", full)
    assert len(server.received) == 1
    assert steps[-1] == "rendue"


def test_local_deposit_waits_for_the_copy(server, tenant) -> None:
    """Vitam copies the file before it answers: that is waited for longer than any other answer."""

    def behave(handler) -> None:
        read_body(handler)
        time.sleep(0.8)
        answer(handler, 202, X_Request_Id=OPERATION)

    server.behave = behave
    assert archive(server).deposit_local(tenant, "tentative-1", "gros.zip") == OPERATION
    quick = replace(server.settings().timeouts, copy=0.4)
    with pytest.raises(OutcomeUncertain):
        archive(server, timeouts=quick).deposit_local(tenant, "tentative-1", "gros.zip")


def test_manifest(server, tenant) -> None:
    """The manifest that Vitam keeps comes back as it is; a refused SIP has none."""
    server.behave = lambda handler: answer(handler, 200, BLOCK * 3)
    assert b"".join(archive(server).manifest(tenant, OPERATION)) == BLOCK * 3
    server.behave = refuse(404, "040404")
    with pytest.raises(NotYetAvailable):
        next(archive(server).manifest(tenant, OPERATION))


def test_unknown_tenant(server, tenant) -> None:
    """A coffre that the platform does not know is told as such."""

    def behave(handler) -> None:
        read_body(handler)
        answer(handler, 401, b'{"Error":"X-Tenant-Id check failed!"}')

    server.behave = behave
    with pytest.raises(RequestRefused, match="ne connaît pas ce coffre"):
        archive(server).find_attempt(tenant, "tentative-1")
    with pytest.raises(RequestRefused, match="ne connaît pas ce coffre"):
        archive(server).deposit(tenant, "tentative-1", BytesBody(BLOCK))
