"""Rules on a collection's metadata, as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

Test = Literal[
    "not_null",
    "matches",
    "not_matches",
    "in_set",
    "not_in_set",
    "length_between",
    "date_between",
    "not_before",
    "unique",
]
"""What a column may be asked; all but `not_null` are asked of its values only, never of their absence."""

Rows = Sequence[Mapping[str, str]]

KIND = "kind"
"""Column of what a row is about, for rules that judge some rows only."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What one column of the table must satisfy.

    Attributes:
        code: fixed code of the finding.
        column: column name.
        pattern: regular expression that a value must match entirely; empty asks only for a value.
        message: French, says what was expected and what to do.
        test: asked instead of a value and a pattern, when there is one.
        arguments: of the test: one pattern, the values of a set, two bounds (numbers or `AAAA-MM-JJ`, both allowed),
            or for `not_before` the other column.
        kind: judges only rows of this kind; empty: all.
        blocks: whether a row that breaks it is set aside.
    """

    code: str
    column: str
    message: str
    pattern: str = ""
    test: Test | None = None
    arguments: tuple[str, ...] = ()
    kind: str = ""
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one rule went: `failed` names the rows (document ids) that break it.

    Attributes:
        applied: False when the rule does not fit the table (no such column, no value of its type): nothing failed.
    """

    rule: ColumnRule
    checked: int
    failed: tuple[str, ...]
    applied: bool = True


@dataclass(frozen=True, slots=True)
class TableResult:
    """Results of all rules, and the tool's own full result as JSON, kept as evidence."""

    rules: tuple[RuleResult, ...]
    evidence: bytes


class Expectations(Protocol):
    """Judges a table. Column `document` holds the row's id."""

    def check(self, rows: Rows, rules: Sequence[ColumnRule]) -> TableResult: ...


def judged(rows: Rows, rule: ColumnRule) -> Rows:
    """The rows that a rule is about."""
    return [row for row in rows if row.get(KIND) == rule.kind] if rule.kind else rows


def fits(rows: Rows, rule: ColumnRule) -> bool:
    """Whether a test can be asked of this table: its columns are there, its pattern is one, its dates are dates."""
    if rule.test is None or not rows:
        return True
    columns = {rule.column, *(rule.arguments if rule.test == "not_before" else ())}
    if not columns <= {column for row in rows for column in row}:
        return False
    if rule.test in ("matches", "not_matches"):
        return _is_pattern(rule.arguments[0])
    dated = columns if rule.test in ("date_between", "not_before") else ()
    return all(_holds_dates(rows, column) for column in dated)


def day_number(text: str) -> int | None:
    """A date `AAAA-MM-JJ` as the number AAAAMMJJ; None for any other text."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is None:
        return None
    try:
        return int(f"{date.fromisoformat(text):%Y%m%d}")
    except ValueError:
        return None


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _holds_dates(rows: Rows, column: str) -> bool:
    values = [row[column] for row in rows if row.get(column)]
    return not values or any(day_number(value) is not None for value in values)
