"""Deposit of a SIP that is already on the server, by its path."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Sip


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VitamServer, Path]]:
    """A server with an upload folder, from which it takes what it ingests away."""
    folder = tmp_path_factory.mktemp("local")
    uploads = folder / "depot"
    (uploads / "lot").mkdir(parents=True)
    (folder / "secret.zip").write_bytes(Sip().zipped())
    (uploads / "lien.zip").symlink_to(folder / "secret.zip")
    server = VitamServer(folder / "store", "--base-upload-path", str(uploads), "--file-action-after-upload", "MOVE")
    server.start()
    server.import_referentials()
    yield server, uploads
    server.stop()


def _deposit(server: VitamServer, content: object) -> httpx.Response:
    headers = {"X-Context-Id": "DEFAULT_WORKFLOW", "X-ACTION": "RESUME"}
    return server.call("POST", "/ingest-external/v1/ingests", headers=headers, json=content)


def test_a_sip_on_the_server_is_ingested_by_its_path(local: tuple[VitamServer, Path]):
    """A SIP below the upload folder is ingested as if it had been sent, then put away."""
    server, uploads = local
    (uploads / "lot" / "sip.zip").write_bytes(Sip().zipped())
    answer = _deposit(server, {"path": "lot/sip.zip"})
    assert answer.status_code == 202
    assert server.wait(answer.headers["X-Request-Id"]) == "OK"
    assert [path.name for path in (uploads / "lot").rglob("*.zip")] == ["sip.zip"]
    assert not (uploads / "lot" / "sip.zip").exists()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "error", "when": "before_body"}, 500),
        ({"kind": "error", "when": "after_decision"}, 500),
        ({"kind": "lost_answer"}, None),
    ],
)
def test_a_local_deposit_fails_as_any_other(local: tuple[VitamServer, Path], fault: dict[str, str], status: int | None):
    """The faults on demand strike it too: before the file is copied, after, or instead of the answer."""
    server, uploads = local
    (uploads / "lot" / "sip.zip").write_bytes(Sip().zipped())
    server.call("POST", "/sandbox/faults", json=[fault]).raise_for_status()
    headers = {"X-Context-Id": "DEFAULT_WORKFLOW", "X-ACTION": "RESUME"}
    told = None
    with contextlib.suppress(httpx.RemoteProtocolError):
        path = "/ingest-external/v1/ingests"
        told = server.call("POST", path, headers=headers, json={"path": "lot/sip.zip"}).status_code
    assert told == status
    assert (uploads / "lot" / "sip.zip").exists() is (fault.get("when") == "before_body")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"path": "../secret.zip"}, 400),
        ({"path": "lot/../../secret.zip"}, 400),
        ({"path": "/etc/passwd"}, 400),
        ({"path": "lien.zip"}, 400),
        ({"path": "a b.zip"}, 400),
        ({"chemin": "lot"}, 400),
        ([], 400),
        ({"path": "lot/absent.zip"}, 500),
        ({"path": "lot"}, 500),
    ],
)
def test_a_path_outside_the_folder_is_an_alert(local: tuple[VitamServer, Path], content: object, status: int):
    """A path that leaves the upload folder, even by a link, is refused; a file that is not there is a failure."""
    answer = _deposit(local[0], content)
    assert answer.status_code == status
    outside = status == 400 and isinstance(content, dict) and "path" in content
    assert (answer.json()["context"] == "INGEST_EXTERNAL_LOCAL_UPLOAD_FILE_SECURITY_ALERT") is outside


def test_without_an_upload_folder_there_is_no_local_file(vitam_server: VitamServer, tenant: int):
    """A server that was given no folder has no file to ingest."""
    headers = {"X-Context-Id": "DEFAULT_WORKFLOW", "X-ACTION": "RESUME"}
    path = "/ingest-external/v1/ingests"
    answer = vitam_server.call("POST", path, tenant=tenant, headers=headers, json={"path": "sip.zip"})
    assert answer.status_code == 500
