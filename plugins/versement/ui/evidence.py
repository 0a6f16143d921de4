"""What Great Expectations answered about a collection's metadata, as lines of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = {"identity": "Identifiant", "siren": "SIREN", "date": "Date de l’acte", "title": "Objet"}
"""French names of the table's columns."""
EXPECTED = {
    "expect_column_values_to_not_be_null": "une valeur",
    "expect_column_values_to_match_regex": "une valeur de la forme attendue",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """How one rule went."""

    code: str
    column: str
    expected: str
    checked: int
    failed: int


def rules_of(evidence: Mapping[str, Any] | None) -> list[RuleLine]:
    """One line per rule of the tool's own full result."""
    return [_line(result) for result in (evidence or {}).get("results", ())]


def _line(result: Mapping[str, Any]) -> RuleLine:
    asked, found = result["expectation_config"], result["result"]
    column = asked["kwargs"].get("column", "")
    return RuleLine(
        code=asked.get("meta", {}).get("code", ""),
        column=COLUMNS.get(column, column),
        expected=EXPECTED.get(asked["type"], asked["type"]),
        checked=int(found.get("element_count", 0)),
        failed=int(found.get("unexpected_count", 0)),
    )
