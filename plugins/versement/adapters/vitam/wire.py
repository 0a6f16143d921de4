"""A request and an answer, as the synchronous client (`exchange`) and its asynchronous twin (`poll`) share them.

What is asked is in `asking`, what answers say in `reading`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from versement.adapters.vitam.errors import NOTHING_SAID, Call, Said, answered, unintelligible
from versement.adapters.vitam.settings import HEADER_VALUE
from versement.domain.errors import RequestRefused

JSON_LIMIT = 16 << 20
"""Vitam caps its own answers at 15 MB."""
REPLY_LIMIT = 256 << 20
"""A reply of 10 000 units is some 10 MB, several times that when each has events."""
ERROR_LIMIT = 64 << 10

_HEADER_NAME = re.compile(r"[a-zA-Z0-9\-_]{1,50}")
IDENTIFIER = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent by either client."""

    call: Call
    method: Literal["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"]
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers by any case, and at most as many bytes as were allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search.

    Attributes:
        total: how many there are in all.
        items: these.
        counted: the total is Vitam's, not only the number of these.
    """

    total: int
    items: tuple[dict[str, Any], ...]
    counted: bool


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse what Vitam would answer by 412, before anything leaves.

    Raises:
        RequestRefused: names the header and the character.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            culprit = next((char for char in value if not HEADER_VALUE.fullmatch(char)), "..")
            raise RequestRefused(
                f"Archive électronique : l’en-tête « {name} » contient « {culprit} », que Vitam refuse. "
                "Seuls les lettres sans accent, les chiffres et ( ) - = * . ? ; , + / : & _ sont admis, sans "
                "« .. ». Corrigez la valeur.",
                detail=f"header {name} is not sane",
            )


def judged(call: Call, answer: Answer) -> bool:
    """True when the answer can be read, False when it says that there is no such thing.

    Raises:
        VersementError: as the status demands, with Vitam's code.
    """
    return answered(call, answer.status, _said(answer.body))


def document(call: Call, answer: Answer) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ArchiveUnavailable: the body is none.
    """
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as failure:
        raise unintelligible(call, f"not JSON: {type(failure).__name__}") from failure
    if not isinstance(value, dict):
        raise unintelligible(call, "JSON, but no object")
    return value


def page(call: Call, answer: Answer) -> Page:
    """A RequestResponseOK; same error as document."""
    value = document(call, answer)
    hits, items = value.get("$hits"), value.get("$results")
    total = hits.get("total") if isinstance(hits, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unintelligible(call, "no $results")
    if isinstance(total, int):
        return Page(total, tuple(items), counted=True)
    return Page(len(items), tuple(items), counted=False)


def _said(body: bytes) -> Said:
    """What a VitamError says, as far as it can be read."""
    try:
        value = json.loads(body[:ERROR_LIMIT]) if body[:1] == b"{" else None
    except (ValueError, RecursionError):
        return NOTHING_SAID
    if not isinstance(value, dict):
        return NOTHING_SAID
    code = str(value.get("code", ""))
    told = str(value.get("message") or value.get("Error", ""))  # « Error » is the tenant filter's
    text = "".join(char for char in told[:200] if char.isprintable())
    return Said(code if re.fullmatch(r"[A-Za-z0-9_]{1,60}", code) else "", text)
