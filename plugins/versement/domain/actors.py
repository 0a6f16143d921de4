"""Who can unblock what waits, by the code of its finding; in French, for the list of what waits."""

from __future__ import annotations

ARCHIVIST = "archiviste"
AUTHORITY = "collectivité"
OPERATOR = "opérateur"
NOBODY = "personne : le versement suit"

OF_THE_AUTHORITY = (
    *("FIELD_", "FILE_", "INDEX_", "FORMAT_", "NAME_", "ROLE_", "MIXED_", "WAITS_FOR_ITS_ACT"),
    *("FOLDER_", "ITEM_", "LINK_", "SPECIAL_", "TRANSFER_RUNNING", "EXPECTATION_FAILED"),
    *("IDENTITY_MISSING", "SIREN_MISSING", "DATE_", "TITLE_MISSING", "PAGES_", "PERSONAL_", "BIRTH_", "ARCHIVE_"),
    *("ACKNOWLEDGEMENT_MISSING", "ACT_ANOMALY"),
)
"""Codes of what only the authority's own drop can mend begin with one of these."""
OF_NOBODY = ("WAITS_FOR_ITS_PARENT", "DECIDED_REJECTED")
"""Codes of what the chain mends by itself, and of what waits for nothing any more."""


def actor_for(code: str) -> str:
    """Who can do something about a document that waits with this code."""
    if code in OF_NOBODY:
        return NOBODY
    return AUTHORITY if code.startswith(OF_THE_AUTHORITY) else ARCHIVIST
