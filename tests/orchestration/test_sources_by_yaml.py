"""A new source of each protocol, added by YAML alone to an empty folder of profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.adapters.sources.rest_server import RestServer
from tests.adapters.sources.sftp_server import TestServer
from tests.adapters.sources.swift_server import ACCESS, SECRET, SwiftServer
from tests.sandbox.pastell.pastell_process import ENTITY, PastellServer
from tests.steps.test_records import PDF
from tests.steps.world import World, file_formats
from versement.domain.lifecycle import DocumentState
from versement.orchestration.wiring import source_of
from versement.profiles.load import load_profile, profile_paths
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations

TARGETS = "cible:\n  label: Vitam d’essai\n  kind: essai\n  connection: vitam_cible\n"
ORGANISATION = """
label: Commune d’essai
sirens: ["219509908"]
departement: "095"
prefecture: PREF095
archives_departementales: {label: Archives départementales du Val-d’Oise}
tenants:
  documents: {number: 3, target: cible}
agencies: {archival: A, transferring: A, originating: A, submission: A}
management_rules:
  - name: tout
    family: documents
    access:
      rule: ACC-00001
      duration: 0
      start: document_date
      text: Code du patrimoine
      article: L213-1
"""
CONNECTOR = """
version: 2
label: Nouvelle source
family: documents
tenant: documents
archival_agreement: IC
series: Documents
antivirus: off
source:
{source}
drop:
{drop}
{more}
"""
FILES = "  layout: files\n  patterns: []"
FOLDERS = "  layout: folders\n  patterns: [{{path: '{{id}}'}}]\n  metadata: {name}\n  main: ['*.pdf']"


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """An empty folder of profiles, then one organisation on one target."""
    folder = tmp_path / "fiches"
    folder.mkdir()
    assert profile_paths([folder]) == []
    (folder / "_targets.yaml").write_text(TARGETS)
    (folder / "commune").mkdir()
    (folder / "commune" / "_organisation.yaml").write_text(ORGANISATION)
    return folder


def add(profiles: Path, source: dict[str, Any], drop: str = FILES, more: str = "") -> Path:
    """One more YAML file, and nothing else."""
    said = "\n".join(f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in source.items())
    path = profiles / "commune" / "nouvelle.yaml"
    path.write_text(CONNECTOR.format(source=said, drop=drop, more=more))
    return path


def packed(path: Path, tmp_path: Path) -> int:
    """Collect to package, as the DAG does; number of documents packed. All others are a failure."""
    profile = load_profile(path)
    formats = file_formats()
    world = World(tmp_path / "etat", tmp_path, formats, profile)
    (tmp_path / "etat").mkdir()
    world.clock.moment = datetime(2100, 1, 1, tzinfo=UTC)  # after whatever date the servers give
    chain, source = world.chain(), source_of(profile)
    record = collect(chain, source, formats, run_id="premiere", window=Window())
    source.close()
    qualify(chain, formats, PlainExpectations(), collection_id=record.id)
    formats.close()
    deduplicate(chain)
    package(chain, collection_id=record.id)
    assert world.codes() == {}
    return len(chain.registry.documents(chain.tenant, chain.connector, DocumentState.PACKAGED))


def connect(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_NOUVELLE", json.dumps(fields))


ACCOUNT = {"login": "collecte", "password": "mot-de-passe"}
NOW = {"settle": "0"}


def test_a_folder(profiles: Path, tmp_path: Path) -> None:
    """A folder of the machine, or a share mounted on it."""
    (tmp_path / "partage").mkdir()
    (tmp_path / "partage" / "rapport.pdf").write_bytes(PDF)
    path = add(profiles, {"type": "folder", "path": str(tmp_path / "partage"), "arrivals": NOW})
    assert packed(path, tmp_path) == 1


def test_an_sftp_server(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SFTP server, by its connection."""
    (tmp_path / "depot").mkdir()
    (tmp_path / "depot" / "rapport.pdf").write_bytes(PDF)
    server = TestServer(tmp_path)
    connect(
        monkeypatch,
        conn_type="sftp",
        host="127.0.0.1",
        port=server.port,
        extra={"host_key": server.host_key},
        **ACCOUNT,
    )
    path = add(profiles, {"type": "sftp", "connection": "nouvelle", "folder": "/depot", "arrivals": NOW})
    assert packed(path, tmp_path) == 1
    server.stop()


@pytest.fixture
def swift(tmp_path: Path) -> Iterator[SwiftServer]:
    server = SwiftServer(tmp_path / "swift")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.mark.integration
def test_a_bucket(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swift: SwiftServer) -> None:
    """An S3 bucket, by its connection."""
    extra = {"endpoint_url": swift.endpoint, "region_name": "eu-west-3"}
    connect(monkeypatch, conn_type="aws", login=ACCESS, password=SECRET, extra=extra)
    client = boto3.client(
        "s3",
        endpoint_url=swift.endpoint,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        region_name="eu-west-3",
        config=Config(request_checksum_calculation="when_required"),
    )
    client.create_bucket(Bucket="depot", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    client.put_object(Bucket="depot", Key="actes/rapport.pdf", Body=PDF)
    path = add(profiles, {"type": "s3", "connection": "nouvelle", "bucket": "depot", "prefix": "actes/"})
    assert packed(path, tmp_path) == 1


def test_a_rest_application(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A REST application, by its connection; what it says of an item is what describes the document."""
    server = RestServer()
    server.style = "cursor"
    server.put("rapport.pdf", PDF)
    server.items["rapport.pdf"] |= {"titre": "Rapport annuel", "date": "2024-03-12"}
    connect(monkeypatch, conn_type="http", host=server.url, extra={"token": "jeton"})
    source = {
        "type": "http",
        "connection": "nouvelle",
        "path": "/api/items",
        "paging": {"style": "cursor", "parameter": "at", "at": "cursor"},
        "items": "data.items",
        "id": "id",
        "modified": "updated",
        "detail": "/d/{id}",
        "files": [{"items": "files", "link": "url", "name": "name"}],
    }
    path = add(profiles, source, FOLDERS.format(name="item.json"))
    assert packed(path, tmp_path) == 1
    server.stop()


def test_pastell(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Pastell entity, by its connection; its fields describe the document."""
    (tmp_path / "pastell").mkdir()
    server = PastellServer(tmp_path / "pastell")
    server.put("aB3dE5f", {"arrete": [("acte.pdf", PDF)]}, data={"objet": "Voirie", "date_de_lacte": "2024-03-12"})
    connect(monkeypatch, conn_type="http", host=server.url, **ACCOUNT)
    source = {"type": "pastell", "connection": "nouvelle", "entity": str(ENTITY), "flow": "ls-actes"}
    fields = (
        "metadata:\n  title: {read: [metadata.data.objet]}\n"
        "  date: {read: [metadata.data.date_de_lacte], transform: [date]}\n"
        "  identifier: {read: [metadata.info.id_d]}"
    )
    path = add(profiles, source, FOLDERS.format(name="metadata.json"), fields)
    assert packed(path, tmp_path) == 1
    server.stop()
