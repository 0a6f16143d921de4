"""Collecting from S3, as OpenStack Swift speaks it, and what is said when it does not go well."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.sources.swift_server import ACCESS, SECRET, SwiftServer
from versement.adapters.sources import names
from versement.adapters.sources.s3 import S3Settings, S3Source, path_of
from versement.domain.errors import SettingsError, SourceUnavailable
from versement.testing.source_contract import MODIFIED, TENANT, Drop, SourceContract, read

_BUCKETS = itertools.count()


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    server = SwiftServer(tmp_path_factory.mktemp("swift"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def client(swift: SwiftServer) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=swift.endpoint,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        region_name="eu-west-3",
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@pytest.fixture
def bucket(client: Any) -> str:
    name = f"depot-{next(_BUCKETS)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return name


@pytest.fixture
def settings(swift: SwiftServer, bucket: str) -> S3Settings:
    return S3Settings(
        bucket=bucket,
        access_key=ACCESS,
        secret_key=SECRET,
        endpoint=swift.endpoint,
        prefix="actes/",
        answer_seconds=20,
        page=10,
    )


@pytest.fixture
def source(settings: S3Settings) -> Iterator[S3Source]:
    source = S3Source(settings)
    yield source
    source.close()


class S3Place:
    """Objects under the prefix `actes/`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def put(self, path: str, data: bytes = b"contenu", *, modified: int = MODIFIED) -> str:
        self._client.put_object(Bucket=self._bucket, Key=f"actes/{path}", Body=data)
        return path

    def remove(self, path: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=f"actes/{path}")

    def state(self) -> object:
        return self._client.list_objects_v2(Bucket=self._bucket).get("Contents")


@pytest.fixture
def place(client: Any, bucket: str) -> S3Place:
    return S3Place(client, bucket)


@pytest.mark.integration
class TestS3Source(SourceContract):
    tells_times = False
    many = 25

    @pytest.fixture
    def place(self, place: S3Place) -> Drop:
        return place

    @pytest.fixture
    def source(self, source: S3Source) -> S3Source:
        return source


def paths(source: S3Source) -> list[str]:
    return [reference.path for reference in source.listing(TENANT)]


@pytest.mark.integration
def test_folder_markers_and_other_prefixes_are_no_files(place: S3Place, client: Any, source: S3Source) -> None:
    """What consoles write to show a folder is no file, and what is beside the prefix is not the drop's."""
    place.put("2026/acte.pdf")
    place.put("2026/", b"")
    place.put("", b"")
    client.put_object(Bucket=source.settings.bucket, Key="autre/secret.pdf", Body=b"x")
    assert paths(source) == ["2026/acte.pdf"]


@pytest.mark.integration
def test_markers_of_folders_that_hold_nothing_are_empty_folders(place: S3Place, source: S3Source) -> None:
    """A marker below which there is no object tells of an empty folder; the highest of each branch is named."""
    for key in ("2026/", "2026/acte.pdf", "vide/", "vide/x/", "autre/", "2026/annexes/"):
        place.put(key, b"")
    assert source.listing(TENANT).empty == ("2026/annexes/", "autre/", "vide/")


@pytest.mark.integration
def test_keys_that_are_no_paths_can_be_shown_and_read(place: S3Place, source: S3Source) -> None:
    """Doubled slashes, dots and control characters stay in the key, and never make a path that climbs."""
    for key in ("a//b.pdf", "../c.pdf", "./d.pdf", "e\n.pdf", "f.pdf/", "/g.pdf"):
        place.put(key, key.encode())
    listed = source.listing(TENANT)
    assert {read(source, reference) for reference in listed} == {
        key.encode() for key in ("a//b.pdf", "../c.pdf", "./d.pdf", "e\n.pdf", "f.pdf/", "/g.pdf")
    }
    assert not any(part in ("", ".", "..") for one in listed for part in one.path.split("/"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1))
def test_every_key_has_a_path_of_its_own(key: str) -> None:
    """Any key becomes a path without empty or climbing part, and gives the key back."""
    path = path_of(key)
    assert b"/".join(names.original_parts(path)) == key.encode()


@pytest.mark.integration
@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"secret_key": "faux"}, "login, password"), ({"bucket": "absent"}, "introuvable")],
)
def test_what_must_be_corrected_is_named(settings: S3Settings, changes: dict[str, str], expected: str) -> None:
    """Wrong keys and a missing bucket are told apart, without any secret."""
    with pytest.raises(SettingsError, match=expected) as caught:
        S3Source(replace(settings, **changes)).listing(TENANT)
    assert settings.secret_key not in caught.value.message + caught.value.detail
    assert SECRET not in repr(settings)


def test_a_server_that_is_not_there_is_waited_for() -> None:
    """No answer is an outage, not a fault of the profile."""
    settings = S3Settings(bucket="b", access_key="a", secret_key="s", endpoint="http://127.0.0.1:9", connect_seconds=1)
    with pytest.raises(SourceUnavailable):
        S3Source(settings).listing(TENANT)


@pytest.mark.parametrize(
    "changes", [{"endpoint": "http://s3.exemple.fr"}, {"endpoint": "ftp://x"}, {"access_key": ""}, {"secret_key": ""}]
)
def test_unsafe_or_incomplete_settings_are_refused(changes: dict[str, str]) -> None:
    """Keys never travel unencrypted, nor does anybody come without keys."""
    settings = S3Settings(bucket="b", access_key="a", secret_key="s", endpoint="https://s3.exemple.fr")
    with pytest.raises(SettingsError):
        S3Source(replace(settings, **changes))


@pytest.mark.integration
def test_a_receipt_is_an_object_under_the_prefix(source: S3Source) -> None:
    """A receipt stands in its folder of the drop; the same again changes nothing."""
    for _ in range(2):
        source.write("accuses", "accuse-1.json", b"{}")
    (reference,) = source.listing(TENANT)
    assert (reference.path, read(source, reference)) == ("accuses/accuse-1.json", b"{}")
