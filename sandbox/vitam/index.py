"""How a query is narrowed in SQL before it is judged on documents: what the search index is to Vitam."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.vitam import analyser
from sandbox.vitam.dsl import Select

Json = dict[str, Any]
UNIT_TEXT_FIELDS = frozenset({"Title", "Description", "Title_.fr", "Description_.fr"})
OPERATION_TEXT_FIELDS = frozenset({"obIdIn", "evIdAppSession", "outMessg", "evDetData", "agIdExt"})
KEY_FIELDS = (
    "OriginatingSystemId",
    "ArchivalAgencyArchiveUnitIdentifier",
    "OriginatingAgencyArchiveUnitIdentifier",
    "TransferringAgencyArchiveUnitIdentifier",
    "FilePlanPosition",
    "#object",
    "#unitups",
)
_LISTED = "(SELECT value FROM json_each(?3))"


def _by_key(field: str) -> str:
    return f"(SELECT unit FROM unit_values WHERE tenant = ?1 AND field = '{field}' AND value IN {_LISTED})"  # noqa: S608  ours


_UNITS = {
    "#id": f"id IN {_LISTED}",
    "#operations": "id IN (SELECT unit FROM unit_operations, json_each(?3) WHERE operation = value)",
    "#opi": f"opi IN {_LISTED}",
    **{field: f"id IN {_by_key(field)}" for field in KEY_FIELDS},
}
_UNIT_COLUMNS = {"Title": "Title", "Description": "Description"}
_OPERATION_IDS = ("#id", "evId", "evIdProc", "evIdReq", "obId")
_OPERATION_COLUMNS = {"evIdAppSession": "evIdAppSession", "obIdIn": "obIdIn"}
Narrowing = tuple[str, str]
"""A condition in SQL whose third parameter is the second member; empty when nothing narrows."""


def units(select: Select, tenant: int) -> Narrowing:
    """The condition on the table of units; `?1` is the tenant."""
    for field, condition in _UNITS.items():
        if field in select.exact:
            return condition, json.dumps(select.exact[field])
    expression = _words(select, _UNIT_COLUMNS)
    if not expression:
        return "", ""
    return (
        "seq IN (SELECT rowid FROM unit_words WHERE unit_words MATCH ?3)",
        f"(tenant : t{tenant}) AND {expression}",
    )


def operations(select: Select) -> Narrowing:
    """The condition on the table of operations."""
    for field in _OPERATION_IDS:
        if field in select.exact:
            return f"id IN {_LISTED}", json.dumps(select.exact[field])
    expression = _words(select, _OPERATION_COLUMNS)
    if not expression:
        return "", ""
    return "seq IN (SELECT rowid FROM operation_words WHERE operation_words MATCH ?3)", expression


def text(values: Iterable[object]) -> str:
    """What is written into a column of words."""
    return " ".join(sorted({word for value in values for word in analyser.words(str(value))}))


def _words(select: Select, columns: Mapping[str, str]) -> str:
    parts: list[str] = []
    for field, (joined, words) in select.worded.items():
        if field in columns and words:
            asked = f" {joined} ".join(f'"{word}"' for word in sorted(words))
            parts.append(f"({columns[field]} : ({asked}))")
    return " AND ".join(parts)
