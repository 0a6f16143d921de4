"""Vitam's error bodies."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

_CODES = {"EXTERNAL_INGEST": "040105", "CHECK_SANITY": "000800", "INTERNAL_SECURITY": "000700"}
_DESCRIPTIONS = {
    400: "Requête non admise",
    401: "Accès refusé",
    404: "Introuvable",
    405: "Méthode non admise",
    409: "Action impossible dans l’état présent",
    412: "Condition préalable non remplie",
    415: "Type de contenu non admis",
    500: "Erreur interne",
    503: "Service indisponible",
}


def vitam_error(
    status: int, context: str, message: str, *, errors: list[Any] | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A VitamError with its HTTP status."""
    body = {
        "httpCode": status,
        "code": _CODES.get(context, "020101"),
        "context": context,
        "state": "KO",
        "message": message,
        "description": _DESCRIPTIONS.get(status, message),
        "errors": errors or [],
    }
    return JSONResponse(body, status_code=status, headers=headers)


def results(found: list[Any], *, query: object = None, http_code: int = 200, hits: dict[str, int] | None = None) -> Any:
    """A RequestResponseOK body."""
    number = len(found)
    return {
        "httpCode": http_code,
        "$hits": hits or {"total": number, "offset": 0, "limit": number, "size": number},
        "$results": found,
        "$facetResults": [],
        "$context": query if query is not None else {},
    }
