"""Vitam's external API as requests and answers: addresses, headers, queries, and what comes back.

Sending is left to the synchronous client (`exchange`) and its asynchronous twin (`poll`), which share this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from versement.adapters.vitam.errors import NOTHING_SAID, Call, Said, answered, unintelligible
from versement.adapters.vitam.settings import HEADER_VALUE, VitamSettings
from versement.domain.errors import RequestRefused
from versement.domain.tenant import Tenant
from versement.ports.archive import HeldUnit, LogbookEntry, Operation

JSON_LIMIT = 16 << 20
"""Vitam caps its own answers at 15 MB."""
REPLY_LIMIT = 64 << 20
"""A reply of 10 000 units is some 10 MB, several times that when each has events."""
ERROR_LIMIT = 64 << 10
WINDOW = 10_000
"""Vitam's searches never go beyond this many results."""

_HEADER_NAME = re.compile(r"[a-zA-Z0-9\-_]{1,50}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_STATES = frozenset({"PAUSE", "RUNNING", "COMPLETED"})
_STATUSES = frozenset({"UNKNOWN", "STARTED", "ALREADY_EXECUTED", "OK", "WARNING", "KO", "FATAL"})
_UNIT_FIELDS = ("#id", "#object", "#unitups", "OriginatingSystemId", "Title")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent by either client."""

    call: Call
    method: Literal["GET", "POST", "HEAD", "DELETE", "OPTIONS"]
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
    """One page of a search: how many there are in all, and these."""

    total: int
    items: tuple[dict[str, Any], ...]


class Wire:
    """Makes requests for one Vitam."""

    def __init__(self, settings: VitamSettings) -> None:
        self._ingest = settings.ingest_url.rstrip("/") + "/ingest-external/v1"
        self._access = settings.access_url.rstrip("/") + "/access-external/v1"
        self._admin = settings.admin_url.rstrip("/") + "/admin-external/v1"
        self._contract = settings.access_contract

    def alive(self, tenant: Tenant) -> Request:
        return Request(Call.ALIVE, "OPTIONS", f"{self._ingest}/", self._headers(tenant, "application/json"))

    def deposit(self, tenant: Tenant, attempt: str, context: str) -> Request:
        headers = self._headers(tenant, "*/*") | {
            "Content-Type": "application/octet-stream",
            "X-Context-Id": context,
            "X-ACTION": "RESUME",
            "X-Application-Id": attempt,
        }
        return Request(Call.DEPOSIT, "POST", f"{self._ingest}/ingests", headers)

    def reply(self, tenant: Tenant, operation_id: str) -> Request:
        url = f"{self._ingest}/ingests/{_identifier(operation_id)}/archivetransferreply"
        return Request(Call.REPLY, "GET", url, self._headers(tenant, "application/octet-stream"))

    def operation(self, tenant: Tenant, operation_id: str) -> Request:
        url = f"{self._admin}/operations/{_identifier(operation_id)}"
        return Request(Call.OPERATION, "HEAD", url, self._headers(tenant, "application/json"))

    def cancel(self, tenant: Tenant, operation_id: str) -> Request:
        url = f"{self._admin}/operations/{_identifier(operation_id)}"
        return Request(Call.CANCEL, "DELETE", url, self._headers(tenant, "application/json"))

    def logbook(self, tenant: Tenant, operation_id: str) -> Request:
        url = f"{self._access}/logbookoperations/{_identifier(operation_id)}"
        return Request(Call.LOGBOOK, "GET", url, self._searching(tenant), _json({"$projection": {}}))

    def attempts(self, tenant: Tenant, attempt: str, *, offset: int, limit: int) -> Request:
        """Operations whose caller may be this attempt: Vitam compares words, not the whole text."""
        query = {
            "$query": {"$eq": {"evIdAppSession": attempt}},
            "$filter": {"$orderby": {"evDateTime": -1}, "$offset": offset, "$limit": limit},
            "$projection": {},
        }
        return Request(Call.SEARCH, "GET", f"{self._access}/logbookoperations", self._searching(tenant), _json(query))

    def units(self, tenant: Tenant, operation_id: str, *, offset: int, limit: int) -> Request:
        query = {
            "$roots": [],
            "$query": [{"$eq": {"#opi": _identifier(operation_id)}}],
            "$filter": {"$offset": offset, "$limit": limit},
            "$projection": {"$fields": dict.fromkeys(_UNIT_FIELDS, 1)},
            "$facets": [],
        }
        return Request(Call.SEARCH, "GET", f"{self._access}/units", self._searching(tenant), _json(query))

    def object(self, tenant: Tenant, system_id: str) -> Request:
        url = f"{self._access}/units/{_identifier(system_id)}/objects"
        headers = self._headers(tenant, "application/octet-stream", contract=True)
        return Request(Call.OBJECT, "GET", url, headers | {"X-Qualifier": "BinaryMaster", "X-Version": "1"})

    def referential(self, tenant: Tenant, name: str, *, offset: int, limit: int) -> Request:
        query = {"$query": {}, "$filter": {"$offset": offset, "$limit": limit}, "$projection": {}}
        return Request(Call.SEARCH, "GET", f"{self._admin}/{name}", self._searching(tenant), _json(query))

    def import_json(self, tenant: Tenant, name: str, items: Sequence[Mapping[str, Any]]) -> Request:
        return Request(Call.IMPORT, "POST", f"{self._admin}/{name}", self._searching(tenant), _json(items))

    def import_csv(self, tenant: Tenant, name: str, content: bytes) -> Request:
        headers = self._headers(tenant, "application/json") | {
            "Content-Type": "application/octet-stream",
            "X-Filename": f"{name}.csv",
        }
        return Request(Call.IMPORT, "POST", f"{self._admin}/{name}", headers, content)

    def _searching(self, tenant: Tenant) -> dict[str, str]:
        headers = self._headers(tenant, "application/json", contract=True)
        return headers | {"Content-Type": "application/json"}

    def _headers(self, tenant: Tenant, accept: str, *, contract: bool = False) -> dict[str, str]:
        headers = {"Accept": accept, "X-Tenant-Id": str(tenant.number)}
        return headers | {"X-Access-Contract-Id": self._contract} if contract else headers


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
    return Page(total if isinstance(total, int) else len(items), tuple(items))


def operation_id(answer: Answer) -> str | None:
    """The id given to a deposit, None when the answer carries no usable one."""
    value = answer.headers.get("X-Request-Id", "")
    return value if _IDENTIFIER.fullmatch(value) else None


def operation(asked: str, answer: Answer) -> Operation | None:
    """State and status from the headers of a HEAD; None when the process engine does not know it."""
    if not judged(Call.OPERATION, answer):
        return None
    state = answer.headers.get("X-Global-Execution-State", "").upper()
    status = answer.headers.get("X-Global-Execution-Status", "").upper()
    if state not in _STATES or status not in _STATUSES:
        raise unintelligible(Call.OPERATION, "no execution state in the headers")
    return Operation(asked, state, status)


def entry(call: Call, item: Mapping[str, Any]) -> LogbookEntry:
    """One operation of the logbook, whether with all its events or with the last only."""
    events = item.get("events")
    last = events[-1] if isinstance(events, list) and events else item
    detail = last.get("outDetail") if isinstance(last, dict) else None
    name = item.get("#id") or item.get("evId") or item.get("evIdProc")
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise unintelligible(call, "a logbook operation without id")
    return LogbookEntry(name, _text(item.get("evIdAppSession")), _text(detail))


def unit(item: Mapping[str, Any]) -> HeldUnit:
    """One archive unit of a search."""
    name = item.get("#id")
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise unintelligible(Call.SEARCH, "a unit without #id")
    parents = item.get("#unitups")
    return HeldUnit(
        system_id=name,
        key=_text(item.get("OriginatingSystemId")),
        title=_text(item.get("Title")),
        object_group=_text(item.get("#object")),
        parents=tuple(str(parent) for parent in parents) if isinstance(parents, list) else (),
    )


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _text(value: Any) -> str:
    """Text, or the first text of a list."""
    first = next(iter(value), "") if isinstance(value, list) else value
    return first if isinstance(first, str) else ""


def _said(body: bytes) -> Said:
    """What a VitamError says, as far as it can be read."""
    try:
        value = json.loads(body[:ERROR_LIMIT]) if body[:1] == b"{" else None
    except (ValueError, RecursionError):
        return NOTHING_SAID
    if not isinstance(value, dict):
        return NOTHING_SAID
    code = str(value.get("code", ""))
    text = "".join(char for char in str(value.get("message", ""))[:200] if char.isprintable())
    return Said(code if re.fullmatch(r"[A-Za-z0-9_]{1,60}", code) else "", text)


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise RequestRefused(
            "Archive électronique : l’identifiant demandé n’est pas un identifiant de Vitam (lettres et "
            "chiffres). Vérifiez-le.",
            detail="identifier is not safe in a path",
        )
    return value
