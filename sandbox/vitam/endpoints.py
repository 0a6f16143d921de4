"""Every endpoint that the server answers, with the permission that it asks. Data, and the look-up in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

INGEST, ACCESS, ADMIN = "/ingest-external/v1", "/access-external/v1", "/admin-external/v1"
BASES = (INGEST, ACCESS, ADMIN)
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb on one path.

    Attributes:
        permission: what the caller's security profile must hold, or be of full access.
        sent, accepted: content type of the body, or of the answer, that makes this endpoint another than its namesake.
        admin: whether only the admin tenant may call it.
    """

    base: str
    verb: str
    path: str
    permission: str
    sent: str = ""
    accepted: str = ""
    admin: bool = False

    def answers(self, verb: str, path: str, sent: str, accepted: str) -> bool:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.base + self.path))
        return (
            verb == self.verb
            and re.fullmatch(pattern, path) is not None
            and self.sent in sent
            and self.accepted in accepted
        )


def _kind(name: str, *, created: str = "create:json", read: str = "id:read", admin: bool = False) -> list[Endpoint]:
    return [
        Endpoint(ADMIN, "POST", f"/{name}", f"{name}:{created}", admin=admin),
        Endpoint(ADMIN, "GET", f"/{name}", f"{name}:read"),
        Endpoint(ADMIN, "GET", f"/{name}/{{id}}", f"{name}:{read}"),
    ]


def _updated(name: str, permission: str = "id:update", *, admin: bool = False) -> Endpoint:
    return Endpoint(ADMIN, "PUT", f"/{name}/{{id}}", f"{name}:{permission}", admin=admin)


def _check(name: str, *, admin: bool = False) -> Endpoint:
    return Endpoint(ADMIN, "POST", f"/{name}filecheck", f"{name}file:check", admin=admin)


ENDPOINTS = (
    Endpoint(INGEST, "POST", "/ingests", "ingests:local:create", sent="application/json"),
    Endpoint(INGEST, "POST", "/ingests", "ingests:create"),
    Endpoint(INGEST, "GET", "/ingests/{id}/archivetransferreply", "ingests:id:archivetransfertreply:read"),
    Endpoint(INGEST, "GET", "/ingests/{id}/manifests", "ingests:id:manifests:read"),
    Endpoint(ACCESS, "GET", "/units", "units:read"),
    Endpoint(ACCESS, "GET", "/units/{id}", "units:id:read:json"),
    Endpoint(ACCESS, "GET", "/units/{id}/objects", "units:id:objects:read:binary", accepted=_OCTETS),
    Endpoint(ACCESS, "GET", "/units/{id}/objects", "units:id:objects:read:json"),
    Endpoint(ACCESS, "GET", "/logbookoperations", "logbookoperations:read"),
    Endpoint(ACCESS, "GET", "/logbookoperations/{id}", "logbookoperations:id:read"),
    Endpoint(ACCESS, "GET", "/logbookunitlifecycles/{id}", "logbookunitlifecycles:id:read"),
    Endpoint(ACCESS, "GET", "/logbookobjectslifecycles/{id}", "logbookobjectslifecycles:id:read"),
    Endpoint(ADMIN, "HEAD", "/operations/{id}", "operations:id:read:status"),
    Endpoint(ADMIN, "GET", "/operations/{id}", "operations:id:read"),
    Endpoint(ADMIN, "PUT", "/operations/{id}", "operations:id:update"),
    Endpoint(ADMIN, "DELETE", "/operations/{id}", "operations:id:delete"),
    Endpoint(ADMIN, "GET", "/operations", "operations:read"),
    Endpoint(ADMIN, "GET", "/workflows", "workflows:read"),
    Endpoint(ADMIN, "POST", "/forcepause", "forcepause:check"),
    Endpoint(ADMIN, "POST", "/removeforcepause", "removeforcepause:check"),
    Endpoint(ADMIN, "GET", "/accessionregisters", "accessionregisters:read"),
    Endpoint(ADMIN, "GET", "/accessionregisterdetails", "accessionregisterdetails:read"),
    Endpoint(
        ADMIN,
        "GET",
        "/accessionregisters/{id}/accessionregisterdetails",
        "accessionregisters:id:accessionregisterdetails:read",
    ),
    *_kind("agencies", created="create"),
    _check("agencies"),
    *_kind("rules", created="create"),
    _check("rules"),
    *_kind("formats", created="create", admin=True),
    _check("formats", admin=True),
    *_kind("ingestcontracts"),
    _updated("ingestcontracts"),
    *_kind("accesscontracts"),
    _updated("accesscontracts"),
    *_kind("managementcontracts"),
    _updated("managementcontracts"),
    *_kind("contexts"),
    _updated("contexts"),
    *_kind("securityprofiles", admin=True),
    _updated("securityprofiles", admin=True),
    Endpoint(ADMIN, "PUT", "/profiles/{id}", "profiles:id:update:binaire", sent=_OCTETS),
    _updated("profiles", "id:update:json"),
    Endpoint(ADMIN, "GET", "/profiles/{id}", "profiles:id:read:binary", accepted=_OCTETS),
    *_kind("profiles", read="id:read:json"),
    *_kind("archiveunitprofiles", read="id:read:json"),
    _updated("archiveunitprofiles", "id:update:json"),
    *_kind("ontologies", read="id:read:json"),
    _updated("ontologies", "id:update:json"),
)
PERMISSIONS = frozenset(endpoint.permission for endpoint in ENDPOINTS)


def find(verb: str, path: str, *, sent: str, accepted: str) -> Endpoint | None:
    """The endpoint that a request is for, by verb, path and content types."""
    return next((one for one in ENDPOINTS if one.answers(verb, path, sent, accepted)), None)


def listing(base: str) -> list[dict[str, object]]:
    """What OPTIONS tells of the endpoints below a base."""
    return [
        {"endpoint": base + one.path, "verb": one.verb, "permission": one.permission, "adminOnly": one.admin}
        for one in ENDPOINTS
        if one.base == base
    ]
