"""What the command line decides, handed to every part of the server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one sandbox server.

    Attributes:
        store: folder of the database and of the files.
        poll_purge_seconds: after this long, the process engine forgets a completed workflow (HEAD answers 204).
        step_seconds: shortest time that one step lasts.
        index_delay_seconds: time before what is written can be found by a search.
        tenants: tenants are numbered from 0 to this number minus one.
        master_tenants: those that replace the identifiers sent to them by generated ones; the others keep them.
        admin_tenant: the one that imports formats and security profiles.
        certificates_demanded: callers are known by their TLS client certificate.
        certificate_header_allowed: or by X-SSL-CLIENT-CERT, which a proxy in front sets.
        admin_certificate: PEM file of the certificate to which everything is open.
        upload_path: folder of the SIPs that are deposited by their path.
        after_upload: what becomes of such a file (NONE, MOVE, DELETE).
        clamd: `host:port` or path of clamd's socket; empty, only the EICAR test file is known.
    """

    store: Path
    poll_purge_seconds: float = 3600.0
    step_seconds: float = 0.0
    index_delay_seconds: float = 0.3
    tenants: int = 10
    master_tenants: frozenset[int] = frozenset()
    admin_tenant: int = 1
    certificates_demanded: bool = False
    certificate_header_allowed: bool = False
    admin_certificate: Path | None = None
    upload_path: Path | None = None
    after_upload: Literal["NONE", "MOVE", "DELETE"] = "NONE"
    clamd: str = ""
