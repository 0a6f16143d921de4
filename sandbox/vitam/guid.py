"""Vitam's identifiers: 22 bytes in lower-case base32. Says nothing of what they identify."""

from __future__ import annotations

import base64
import itertools
import os
import re
import time
from enum import IntEnum

_VERSION = 1
_PLATFORM = 1
_FORM = re.compile(r"[a-z2-7]{36}")
_counter = itertools.count()


class GuidType(IntEnum):
    """What a GUID names, as its second byte says."""

    UNIT = 1
    OBJECT_GROUP = 2
    OBJECT = 3
    OPERATION = 4
    EVENT = 7
    REQUEST = 8


def new_guid(kind: GuidType, tenant: int) -> str:
    """A fresh identifier: 36 characters, never given twice by one process."""
    raw = b"".join(
        (
            bytes((_VERSION, kind)),
            tenant.to_bytes(4, "big"),
            _PLATFORM.to_bytes(4, "big"),
            (os.getpid() & 0xFFFFFF).to_bytes(3, "big"),
            (time.time_ns() // 1_000_000).to_bytes(6, "big"),
            (next(_counter) & 0xFFFFFF).to_bytes(3, "big"),
        )
    )
    return base64.b32encode(raw).decode("ascii").lower().rstrip("=")


def is_guid(text: str) -> bool:
    """What Vitam's own reader checks: base32, size, version."""
    if not _FORM.fullmatch(text):
        return False
    raw = base64.b32decode(text.upper() + "====")
    return raw[0] == _VERSION


def guid_type(text: str) -> int:
    return base64.b32decode(text.upper() + "====")[1]
