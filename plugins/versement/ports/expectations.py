"""Rules on a collection's metadata, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What one column of the table must satisfy.

    Attributes:
        code: fixed code of the finding.
        column: column name.
        pattern: regular expression that a value must match entirely; empty asks only for a value.
        message: French, says what was expected and what to do.
    """

    code: str
    column: str
    message: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one rule went: `failed` names the rows (document ids) that break it."""

    rule: ColumnRule
    checked: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableResult:
    """Results of all rules, and the tool's own full result as JSON, kept as evidence."""

    rules: tuple[RuleResult, ...]
    evidence: bytes


class Expectations(Protocol):
    """Judges a table. Column `document` holds the row's id."""

    def check(self, rows: Sequence[Mapping[str, str]], rules: Sequence[ColumnRule]) -> TableResult: ...
