"""What Great Expectations answered about a collection's metadata, as lines of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from versement.profiles.records import FIELDS

COLUMNS = {
    **{code: name.value.capitalize() for code, name in FIELDS.items()},
    "identity": "Identifiant",
    "siren": "SIREN",
    "format": "Format",
}
"""French names of the table's columns."""
EXPECTED = {
    "expect_column_values_to_not_be_null": "une valeur",
    "expect_column_values_to_match_regex": "une valeur de la forme attendue",
    "expect_column_values_to_not_match_regex": "aucune valeur de la forme refusée",
    "expect_column_values_to_be_in_set": "une valeur admise",
    "expect_column_values_to_not_be_in_set": "aucune valeur refusée",
    "expect_column_value_lengths_to_be_between": "une longueur admise",
    "expect_column_values_to_be_between": "une date de la période",
    "expect_column_pair_values_a_to_be_greater_than_b": "pas avant l’autre date",
    "expect_column_values_to_be_unique": "une valeur qui ne se répète pas",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """How one rule went; `documents` are ids of those that break it."""

    code: str
    column: str
    expected: str
    checked: int
    failed: int
    message: str = ""
    documents: tuple[str, ...] = ()


def rules_of(evidence: Mapping[str, Any] | None) -> list[RuleLine]:
    """One line per rule of the tool's own full result."""
    return [_line(result) for result in (evidence or {}).get("results", ())]


def _line(result: Mapping[str, Any]) -> RuleLine:
    asked, found = result["expectation_config"], result["result"]
    column = asked["kwargs"].get("column", asked["kwargs"].get("column_A", "")).removesuffix(" (AAAAMMJJ)")
    return RuleLine(
        code=asked.get("meta", {}).get("code", ""),
        column=COLUMNS.get(column, column),
        expected=EXPECTED.get(asked["type"], asked["type"]),
        checked=int(found.get("element_count", 0)),
        failed=int(found.get("unexpected_count", 0)),
        message=asked.get("meta", {}).get("message", ""),
        documents=tuple(row["document"] for row in found.get("unexpected_index_list", ())),
    )
