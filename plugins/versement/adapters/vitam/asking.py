"""Vitam's external API as requests: addresses, headers, queries. Nothing is sent here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from versement.adapters.vitam.errors import Call
from versement.adapters.vitam.settings import VitamSettings
from versement.adapters.vitam.wire import IDENTIFIER, Request
from versement.domain.errors import RequestRefused
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import Context

_UNIT_FIELDS = ("#id", "#object", "#opi", "#unitups", "OriginatingSystemId", "Title")
_OCTETS = "application/octet-stream"
_JSON = "application/json"
_LOCAL_PATH = re.compile(r"[a-zA-Z0-9\-_@]+(\.[a-zA-Z0-9\-_@]+)*(/[a-zA-Z0-9\-_@]+(\.[a-zA-Z0-9\-_@]+)*)*")
"""Vitam's rule for names, applied to each part of a path below its upload folder."""


class Action(StrEnum):
    """What an operator may ask of an operation (`X-ACTION`)."""

    RESUME = "RESUME"
    """Go on to the end."""
    NEXT = "NEXT"
    """Do one step, then pause."""
    REPLAY = "REPLAY"
    """Do the last step again."""
    PAUSE = "PAUSE"


class Asking:
    """Makes requests for one Vitam."""

    def __init__(self, settings: VitamSettings) -> None:
        self._ingest = settings.ingest_url.rstrip("/") + "/ingest-external/v1"
        self._access = settings.access_url.rstrip("/") + "/access-external/v1"
        self._admin = settings.admin_url.rstrip("/") + "/admin-external/v1"
        self._contract = settings.access_contract

    def alive(self, tenant: Tenant) -> Request:
        return Request(Call.ALIVE, "OPTIONS", f"{self._ingest}/", self._headers(tenant, _JSON))

    def deposit(
        self, tenant: Tenant, attempt: str, context: Context, manifest: Digest | None, content_type: str = _OCTETS
    ) -> Request:
        headers = self._headers(tenant, "*/*") | {
            "Content-Type": content_type,
            "X-Context-Id": context.value,
            "X-ACTION": "RESUME",
            "X-Application-Id": attempt,
        }
        if manifest:
            headers |= {"X-Manifest-Digest-Algo": manifest.algorithm, "X-Manifest-Digest-Value": manifest.value}
        return Request(Call.DEPOSIT, "POST", f"{self._ingest}/ingests", headers)

    def local_deposit(
        self, tenant: Tenant, attempt: str, path: str, context: Context, manifest: Digest | None
    ) -> tuple[Request, bytes]:
        """A deposit and its body, which only says where the SIP is.

        Raises:
            RequestRefused: a path that Vitam would refuse, or that leaves its upload folder.
        """
        if not _LOCAL_PATH.fullmatch(path):
            raise RequestRefused(
                "Archive électronique, dépôt d’un versement : le chemin du SIP déposé sur le serveur de Vitam doit "
                "être relatif à son dossier d’arrivée et fait de lettres sans accent, chiffres, « - », « _ », « @ » et "
                "points. Renommez le fichier.",
                detail="local path is not sane",
            )
        return self.deposit(tenant, attempt, context, manifest, _JSON), _json({"path": path})

    def reply(self, tenant: Tenant, operation_id: str) -> Request:
        return self._kept(tenant, operation_id, Call.REPLY, "archivetransferreply")

    def manifest(self, tenant: Tenant, operation_id: str) -> Request:
        return self._kept(tenant, operation_id, Call.MANIFEST, "manifests")

    def operation(self, tenant: Tenant, operation_id: str) -> Request:
        return Request(Call.OPERATION, "HEAD", self._operation(operation_id), self._headers(tenant, _JSON))

    def details(self, tenant: Tenant, operation_id: str) -> Request:
        return Request(Call.DETAILS, "GET", self._operation(operation_id), self._headers(tenant, _JSON))

    def cancel(self, tenant: Tenant, operation_id: str) -> Request:
        return Request(Call.CANCEL, "DELETE", self._operation(operation_id), self._headers(tenant, _JSON))

    def act(self, tenant: Tenant, operation_id: str, action: Action) -> Request:
        headers = self._headers(tenant, _JSON) | {"Content-Type": _JSON, "X-ACTION": action.value}
        return Request(Call.RESUME, "PUT", self._operation(operation_id), headers)

    def logbook(self, tenant: Tenant, operation_id: str) -> Request:
        url = f"{self._access}/logbookoperations/{_identifier(operation_id)}"
        return Request(Call.LOGBOOK, "GET", url, self._searching(tenant), _json({"$projection": {}}))

    def operations(self, tenant: Tenant, field: str, value: str, *, offset: int, limit: int) -> Request:
        """Operations where a field may have this value: Vitam compares the words of some, not their whole text."""
        page = {"$orderby": {"evDateTime": -1}, "$offset": offset, "$limit": limit}
        query = {"$query": {"$eq": {field: value}}, "$filter": page, "$projection": {}}
        return Request(Call.SEARCH, "GET", f"{self._access}/logbookoperations", self._searching(tenant), _json(query))

    def units(
        self, tenant: Tenant, field: str, values: Sequence[str], *, offset: int, limit: int, bare: bool = False
    ) -> Request:
        """Units where a field has one of these identifiers; `bare`: with their ids only."""
        fields = ("#id",) if bare else _UNIT_FIELDS
        query = {
            "$roots": [],
            "$query": [{"$in": {field: [_identifier(value) for value in values]}}],
            "$filter": {"$offset": offset, "$limit": limit},
            "$projection": {"$fields": dict.fromkeys(fields, 1)},
            "$facets": [],
        }
        return Request(Call.SEARCH, "GET", f"{self._access}/units", self._searching(tenant), _json(query))

    def register(self, tenant: Tenant, operation_id: str, *, offset: int, limit: int) -> Request:
        query = {
            "$query": {"$eq": {"Opi": _identifier(operation_id)}},
            "$filter": {"$offset": offset, "$limit": limit},
            "$projection": {},
        }
        url = f"{self._admin}/accessionregisterdetails"
        return Request(Call.SEARCH, "GET", url, self._searching(tenant), _json(query))

    def object(self, tenant: Tenant, system_id: str) -> Request:
        url = f"{self._access}/units/{_identifier(system_id)}/objects"
        headers = self._headers(tenant, _OCTETS, contract=True)
        return Request(Call.OBJECT, "GET", url, headers | {"X-Qualifier": "BinaryMaster", "X-Version": "1"})

    def referential(self, tenant: Tenant, name: str, *, offset: int, limit: int) -> Request:
        query = {"$query": {}, "$filter": {"$offset": offset, "$limit": limit}, "$projection": {}}
        return Request(Call.SEARCH, "GET", f"{self._admin}/{name}", self._searching(tenant), _json(query))

    def import_json(self, tenant: Tenant, name: str, items: Sequence[Mapping[str, Any]]) -> Request:
        return Request(Call.IMPORT, "POST", f"{self._admin}/{name}", self._searching(tenant), _json(items))

    def import_csv(self, tenant: Tenant, name: str, content: bytes) -> Request:
        headers = self._headers(tenant, _JSON) | {"Content-Type": _OCTETS, "X-Filename": f"{name}.csv"}
        return Request(Call.IMPORT, "POST", f"{self._admin}/{name}", headers, content)

    def profile(self, tenant: Tenant, identifier: str) -> Request:
        url = f"{self._admin}/profiles/{_identifier(identifier)}"
        return Request(Call.PROFILE, "GET", url, self._headers(tenant, _OCTETS, contract=True))

    def import_profile(self, tenant: Tenant, identifier: str, content: bytes) -> Request:
        url = f"{self._admin}/profiles/{_identifier(identifier)}"
        headers = self._headers(tenant, _JSON, contract=True) | {"Content-Type": _OCTETS}
        return Request(Call.IMPORT, "PUT", url, headers, content)

    def _operation(self, operation_id: str) -> str:
        return f"{self._admin}/operations/{_identifier(operation_id)}"

    def _kept(self, tenant: Tenant, operation_id: str, call: Call, what: str) -> Request:
        url = f"{self._ingest}/ingests/{_identifier(operation_id)}/{what}"
        return Request(call, "GET", url, self._headers(tenant, _OCTETS))

    def _searching(self, tenant: Tenant) -> dict[str, str]:
        return self._headers(tenant, _JSON, contract=True) | {"Content-Type": _JSON}

    def _headers(self, tenant: Tenant, accept: str, *, contract: bool = False) -> dict[str, str]:
        headers = {"Accept": accept, "X-Tenant-Id": str(tenant.number)}
        return headers | {"X-Access-Contract-Id": self._contract} if contract else headers


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _identifier(value: str) -> str:
    if not IDENTIFIER.fullmatch(value):
        raise RequestRefused(
            "Archive électronique : l’identifiant demandé n’est pas un identifiant de Vitam (lettres et "
            "chiffres). Vérifiez-le.",
            detail="identifier is not safe in a path",
        )
    return value
