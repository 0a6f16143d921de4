"""Who calls: client certificate → identity → context → security profile, and what these open."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response

from sandbox.vitam import endpoints
from sandbox.vitam.endpoints import Endpoint
from sandbox.vitam.errors import vitam_error
from sandbox.vitam.referentials import Referentials, granted

Json = dict[str, Any]
ADMIN_CONTEXT = "admin-context"
ADMIN_PROFILE = "admin-security-profile"
CERTIFICATE_HEADER = "X-SSL-CLIENT-CERT"
_PEM = re.compile(r"-----(BEGIN|END) CERTIFICATE-----")


class CertificateUnreadable(ValueError):
    """Neither a PEM certificate nor the base64 of one."""


def der(text: str) -> bytes:
    """Bytes of a certificate written in PEM, with spaces for line ends or not, or in bare base64.

    Raises:
        CertificateUnreadable: the text is neither.
    """
    try:
        found = base64.b64decode("".join(_PEM.sub("", text).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CertificateUnreadable("a PEM certificate or its base64 is expected") from error
    if not found.startswith(b"\x30"):
        raise CertificateUnreadable("not a certificate: no ASN.1 sequence")
    return found


class Security:
    """Resolves callers and judges what they may do; asks nothing where no certificate is demanded."""

    def __init__(self, referentials: Referentials, *, demanded: bool, header_allowed: bool) -> None:
        self._referentials = referentials
        self.demanded = demanded or header_allowed
        self._header_allowed = header_allowed

    def install_admin(self, certificate: Path) -> None:
        """Open everything to one certificate, as a deployment does for its administrator.

        Raises:
            CertificateUnreadable: the file is no PEM certificate.
        """
        profile = {"Identifier": ADMIN_PROFILE, "Name": ADMIN_PROFILE, "FullAccess": True, "Permissions": []}
        context = {
            "Identifier": ADMIN_CONTEXT,
            "Name": ADMIN_CONTEXT,
            "Status": "ACTIVE",
            "EnableControl": False,
            "SecurityProfile": ADMIN_PROFILE,
            "Permissions": [],
        }
        self._referentials.put("securityprofiles", profile)
        self._referentials.put("contexts", context)
        self.identify(der(certificate.read_text(encoding="ascii", errors="replace")), ADMIN_CONTEXT)

    def identify(self, certificate: bytes, context: str) -> None:
        """Bind a certificate (DER) to a context."""
        fingerprint = hashlib.sha256(certificate).hexdigest()
        self._referentials.put("identities", {"Identifier": fingerprint, "ContextId": context})

    def caller(self, certificate: bytes | None, headers: Mapping[str, str]) -> Json | Response:
        """The caller's context, or the answer that refuses them."""
        written = headers.get(CERTIFICATE_HEADER) if self._header_allowed else None
        if certificate is None and written:
            try:
                certificate = der(written)
            except CertificateUnreadable as error:
                return _refused(str(error))
        if certificate is None:
            return vitam_error(500, "INTERNAL_SERVER_ERROR", "no client certificate")
        identity = self._referentials.get(0, "identities", hashlib.sha256(certificate).hexdigest())
        if identity is None:
            return _refused("certificate unknown")
        context = self._referentials.get(0, "contexts", identity["ContextId"])
        if context is None or context["Status"] != "ACTIVE":
            return _refused("context unknown or inactive")
        return context

    def refusal(self, context: Json, tenant: int, endpoint: Endpoint | None, contract: str | None) -> Response | None:
        """Why a context may not call an endpoint of a tenant; None when it may."""
        profile = self._referentials.get(0, "securityprofiles", context["SecurityProfile"])
        if profile is None:
            return _refused("security profile unknown")
        if endpoint is None:
            return None
        if not profile["FullAccess"] and endpoint.permission not in (profile["Permissions"] or []):
            return _refused(f"permission {endpoint.permission} is missing")
        return self._control(context, tenant, endpoint.base, contract)

    def may_do_all(self, context: Json) -> bool:
        profile = self._referentials.get(0, "securityprofiles", context["SecurityProfile"])
        return profile is not None and bool(profile["FullAccess"])

    def _control(self, context: Json, tenant: int, base: str, contract: str | None) -> Response | None:
        if not context["EnableControl"]:
            return None
        if all(permission["tenant"] != tenant for permission in context["Permissions"]):
            return _refused("tenant outside the context")
        if base == endpoints.INGEST and not granted(context, tenant, "IngestContracts"):
            return _refused("no ingest contract of this tenant in the context")
        if base == endpoints.ACCESS and contract not in granted(context, tenant, "AccessContracts"):
            return _refused("access contract outside the context")
        return None


def _refused(message: str) -> Response:
    return vitam_error(401, "INTERNAL_SECURITY", message)
