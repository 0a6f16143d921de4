"""A drop in an S3 bucket: Amazon's, or any server that speaks its protocol.

What is read is one version of an object, held by its ETag from the first byte to the last. Nothing of the machine's own
AWS configuration or credentials counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from versement.adapters.sources import names, outcomes, s3_outcomes
from versement.adapters.sources.empties import empty_folders
from versement.domain.documents import FileReference
from versement.domain.fixity import CHUNK
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant

FAILURES = (BotoCoreError, ClientError, HTTPError, OSError)
REGION = "eu-west-3"
"""Paris."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How to reach a drop.

    Attributes:
        prefix: beginning of the drop's keys; empty for the whole bucket.
        endpoint: address of the server; empty for Amazon's.
        ca: file of the authority that signs the server's certificate; empty: the public ones.
        path_style: the bucket stands in the path, not in the host's name, as servers other than Amazon's want it.
        answer_seconds: to answer any one request, or to go on with a file.
        page: keys asked for at a time.
    """

    bucket: str
    prefix: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    region: str = REGION
    endpoint: str = ""
    ca: str = ""
    path_style: bool = True
    connect_seconds: float = 20.0
    answer_seconds: float = 60.0
    page: int = 1000


class S3Source:
    """Reads a bucket, one page of keys after the other."""

    def __init__(self, settings: S3Settings) -> None:
        self.settings = settings
        parts = urlsplit(settings.endpoint or "https://s3.amazonaws.com")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise s3_outcomes.not_encrypted(settings.endpoint)
        if not settings.access_key or not settings.secret_key:
            raise s3_outcomes.no_credentials()
        self._client: Any = None
        self._etags: dict[str, str] = {}

    def listing(self, tenant: Tenant) -> Listing:
        del tenant  # one adapter reads one tenant's drop
        files: list[FileReference] = []
        markers: set[str] = set()
        self._etags = {}
        try:
            pages = self._opened().get_paginator("list_objects_v2")
            for page in pages.paginate(
                Bucket=self.settings.bucket,
                Prefix=self.settings.prefix,
                PaginationConfig={"PageSize": self.settings.page},
            ):
                files += self._references(page.get("Contents", ()), markers)
                if len(files) + len(markers) > names.MAX_FILES:
                    raise outcomes.too_many()
        except FAILURES as error:
            raise s3_outcomes.of_listing(error, self.settings.bucket) from error
        return Listing.of(files, empty=empty_folders(markers, (file.path for file in files)))

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        del tenant
        key = self.settings.prefix + b"/".join(names.original_parts(reference.path)).decode("utf-8", "surrogateescape")
        held = {"IfMatch": self._etags[reference.path]} if reference.path in self._etags else {}
        try:
            answer = self._opened().get_object(Bucket=self.settings.bucket, Key=key, **held)
            with answer["Body"] as body:
                size, modified = answer["ContentLength"], int(answer["LastModified"].timestamp())
                outcomes.check_unchanged(reference, size=size, modified=modified)
                while chunk := body.read(CHUNK):
                    yield chunk
        except FAILURES as error:
            raise s3_outcomes.of_file(error, self.settings.bucket, reference) from error

    def write(self, folder: str, name: str, data: bytes) -> None:
        """See receipts.Writer; keys have no folders."""
        key = f"{self.settings.prefix}{folder}/{name}"
        try:
            self._opened().put_object(Bucket=self.settings.bucket, Key=key, Body=data)
        except FAILURES as error:
            raise s3_outcomes.of_listing(error, self.settings.bucket) from error

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _references(self, objects: Any, markers: set[str]) -> Iterator[FileReference]:
        """Objects that are files; the others, by which consoles show folders, are added to the markers."""
        for one in objects:
            key = one["Key"].removeprefix(self.settings.prefix)
            if key.endswith("/") and not one["Size"]:
                markers |= {path_of(key[:-1])} - {""}
            elif key:
                path = path_of(key)
                self._etags[path] = one["ETag"]
                yield FileReference(path, one["Size"], int(one["LastModified"].timestamp()))

    def _opened(self) -> Any:
        if self._client is None:
            self._client = _client(self.settings)
        return self._client


def path_of(key: str) -> str:
    """A key as a path: a slash that parts nothing (first, last, doubled), `.` and `..` stand as private-use signs."""
    shown = "/".join(names.readable(part.encode("utf-8", "surrogatepass")) for part in key.split("/"))
    shown = re.sub(r"^/+|/+$|(?<=/)/+", lambda match: names.escaped(match.group()), shown)
    return "/".join(names.escaped(part) if part in (".", "..") else part for part in shown.split("/"))


def _client(settings: S3Settings) -> Any:
    session = botocore.session.Session()
    for setting in ("config_file", "credentials_file"):
        session.set_config_variable(setting, os.devnull)
    try:
        return boto3.session.Session(botocore_session=session).client(
            "s3",
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            aws_session_token=settings.session_token or None,
            region_name=settings.region,
            endpoint_url=settings.endpoint or None,
            verify=settings.ca or True,
            config=Config(
                connect_timeout=settings.connect_seconds,
                read_timeout=settings.answer_seconds,
                retries={"mode": "standard", "total_max_attempts": 4},
                signature_version="s3v4",
                s3={"addressing_style": "path" if settings.path_style else "virtual"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                ignore_configured_endpoint_urls=True,
                proxies={},
            ),
        )
    except (BotoCoreError, ValueError, OSError) as error:
        raise s3_outcomes.bad_settings(error) from error
