"""Who can unblock what waits, by the code of its finding; in French, for the list of what waits."""

from __future__ import annotations

ARCHIVIST = "archiviste"
AUTHORITY = "collectivité"
OPERATOR = "opérateur"
NOBODY = "personne : le versement suit"

OF_THE_AUTHORITY = ("FILE_", "INDEX_")
"""Codes of what only the authority's own drop can mend begin with one of these."""


def actor_for(code: str) -> str:
    """Who decides on a document that is set aside or refused with this code."""
    return AUTHORITY if code.startswith(OF_THE_AUTHORITY) else ARCHIVIST
