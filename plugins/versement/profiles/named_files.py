"""Files that an organisation's file names, by what they hold: a change of one is a change of the profile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from versement.profiles.models import Connector, Organisation

MAX_BYTES = 16 << 20
ABSENT = ""
"""Stands for the digest of a file that is not there, or that cannot be read."""


def digests_of(organisation: Organisation, connector: Connector) -> Mapping[str, str]:
    """SHA-256 of each file that decides what this connector's documents say, by its name without its folder."""
    if connector.family != "actes" or not organisation.classification:
        return {}
    path = Path(organisation.classification)
    return {path.name: _digest(path)}


def _digest(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return ABSENT
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ABSENT
