"""From what a profile declares and what a connection says to a source."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from versement.adapters.sources.folder import FolderSource
from versement.adapters.sources.http import http_source
from versement.adapters.sources.pastell import PastellItems, PastellReceipts, pastell_source
from versement.adapters.sources.receipts import FileReceipts
from versement.adapters.sources.s3 import REGION, S3Settings, S3Source
from versement.adapters.sources.sftp import SftpSettings, SftpSource
from versement.adapters.sources.web import Web, WebSettings
from versement.domain.arrivals import Signs
from versement.domain.errors import Defect
from versement.ports.source import Receipts, Source
from versement.profiles import sources
from versement.steps.arrived import ArrivedSource

_WEB = frozenset(
    {"ca", "client_certificate", "client_key", "key_passphrase", "proxy", "token", "token_header"},
)
EXTRAS: Mapping[str, frozenset[str]] = {
    "sftp": frozenset({"host_key", "private_key", "private_key_passphrase"}),
    "s3": frozenset({"addressing_style", "ca", "endpoint_url", "region_name", "session_token"}),
    "http": _WEB,
    "pastell": _WEB,
}
"""What a connection may say beside its host, login and password, by type of source."""


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """What a connection says; every value may be empty. Not shown anywhere: it holds secrets.

    Attributes:
        url: address of a web application.
        extra: by the names of `EXTRAS`.
    """

    host: str = ""
    port: int | None = None
    url: str = ""
    login: str = ""
    password: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def said(self, name: str) -> str:
        return self.extra.get(name, "")


def open_source(
    declared: sources.SourceDeclaration,
    access: Access,
    *,
    since: date | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Source:
    """The source that a profile declares, showing what has arrived whole; to be closed.

    Args:
        declared: the profile's `source`.
        access: how to reach it; not used by a folder.
        since: for a source that lists by time, the day from which it is read; None: all.
        sleep: waits so many seconds between two listings.

    Raises:
        SettingsError: the access cannot be used.
    """
    source = _source(declared, access, since)
    if isinstance(declared, sources.HttpSource | sources.PastellSource):
        return source  # what they list is whole: they tell an item's last change themselves
    arrivals = declared.arrivals
    own = declared.receipt.folder if declared.receipt else ""
    return ArrivedSource(source, Signs(arrivals.end_marker, arrivals.temporary, own), arrivals.settle, sleep)


def open_receipts(declared: sources.SourceDeclaration, access: Access) -> Receipts | None:
    """How a source is told of what was archived; None when its profile asks for nothing. To be closed.

    Raises:
        SettingsError: the access cannot be used.
    """
    match declared:
        case sources.PastellSource(receipt=sources.ActionReceipt() as asked):
            web = Web(web_settings(access))
            return PastellReceipts(PastellItems(declared, web), asked.action)
        case sources.FolderSource(receipt=sources.FileReceipt() as asked):
            return FileReceipts(FolderSource(Path(declared.path)), asked)
        case sources.SftpSource(receipt=sources.FileReceipt() as asked):
            return FileReceipts(SftpSource(sftp_settings(access, declared.folder)), asked)
        case sources.S3Source(receipt=sources.FileReceipt() as asked):
            return FileReceipts(S3Source(s3_settings(access, declared)), asked)
    return None


def _source(declared: sources.SourceDeclaration, access: Access, since: date | None) -> Source:
    match declared:
        case sources.FolderSource():
            return FolderSource(Path(declared.path))
        case sources.SftpSource():
            return SftpSource(sftp_settings(access, declared.folder))
        case sources.S3Source():
            return S3Source(s3_settings(access, declared))
        case sources.HttpSource():
            return http_source(declared, web_settings(access))
        case sources.PastellSource():
            return pastell_source(declared, web_settings(access), since)
    raise Defect("Type de source inconnu : signalez-le aux développeurs.", detail=f"source {type(declared).__name__}")


def sftp_settings(access: Access, folder: str) -> SftpSettings:
    return SftpSettings(
        host=access.host,
        port=access.port or 22,
        login=access.login,
        password=access.password,
        private_key=access.said("private_key"),
        passphrase=access.said("private_key_passphrase"),
        host_key=access.said("host_key"),
        folder=folder,
    )


def s3_settings(access: Access, declared: sources.S3Source) -> S3Settings:
    return S3Settings(
        bucket=declared.bucket,
        prefix=declared.prefix,
        access_key=access.login,
        secret_key=access.password,
        session_token=access.said("session_token"),
        region=access.said("region_name") or REGION,
        endpoint=access.said("endpoint_url"),
        ca=access.said("ca"),
        path_style=access.said("addressing_style") != "virtual",
    )


def web_settings(access: Access) -> WebSettings:
    token, header = access.said("token"), access.said("token_header")
    return WebSettings(
        url=access.url,
        login=access.login,
        password=access.password,
        token="" if header else token,
        headers={header: token} if header else {},
        ca=access.said("ca"),
        proxy=access.said("proxy"),
        client_certificate=access.said("client_certificate"),
        client_key=access.said("client_key"),
        passphrase=access.said("key_passphrase"),
    )
