"""Rules on a table, in plain Python: for tests that need no Great Expectations."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from versement.ports.expectations import (
    ColumnRule,
    Rows,
    RuleResult,
    TableResult,
    Test,
    day_number,
    fits,
    judged,
)


class PlainExpectations:
    """Judges a table as ports.expectations says; its evidence has the shape of the real tool's."""

    def check(self, rows: Rows, rules: Sequence[ColumnRule]) -> TableResult:
        results = tuple(_result(rows, rule) for rule in rules)
        evidence = {
            "meta": {"great_expectations_version": "plain"},
            "results": [outcome for result in results if result.applied for outcome in _outcomes(rows, result.rule)],
            "unfit": [
                {"code": result.rule.code, "column": result.rule.column, "message": result.rule.message}
                for result in results
                if not result.applied
            ],
        }
        return TableResult(results, json.dumps(evidence, ensure_ascii=False, sort_keys=True).encode())


def _result(rows: Rows, rule: ColumnRule) -> RuleResult:
    if not fits(rows, rule):
        return RuleResult(rule, 0, (), applied=False)
    about = judged(rows, rule)
    broken = {document for _, documents in _broken(about, rule) for document in documents}
    return RuleResult(rule, len(about), tuple(row["document"] for row in about if row["document"] in broken))


def _broken(rows: Rows, rule: ColumnRule) -> Iterator[tuple[str, list[str]]]:
    """Name of each expectation of a rule, with the rows that break it."""
    if rule.test is not None:
        yield _NAMES[rule.test], [row["document"] for row in rows if _breaks(rows, row, rule)]
        return
    yield _NAMES["not_null"], [row["document"] for row in rows if not row.get(rule.column)]
    if rule.pattern:
        odd = [row["document"] for row in rows if _unlike(row.get(rule.column) or "", rule.pattern)]
        yield _NAMES["matches"], odd


def _unlike(value: str, pattern: str) -> bool:
    return bool(value) and re.fullmatch(pattern, value) is None


def _breaks(rows: Rows, row: Mapping[str, str], rule: ColumnRule) -> bool:
    value = row.get(rule.column) or ""
    if rule.test == "not_null":
        return not value
    if rule.test == "unique":
        return bool(value) and Counter(one.get(rule.column) for one in rows)[value] > 1
    if rule.test == "not_before":
        own, other = day_number(value), day_number(row.get(rule.arguments[0]) or "")
        return own is not None and other is not None and own < other
    return bool(value) and rule.test is not None and not _KEEPS[rule.test](value, rule.arguments)


def _is_dated(value: str, bounds: tuple[str, ...]) -> bool:
    first, day, last = day_number(bounds[0]), day_number(value), day_number(bounds[1])
    return first is not None and last is not None and day is not None and first <= day <= last


_KEEPS: Mapping[Test, Callable[[str, tuple[str, ...]], bool]] = {
    "matches": lambda value, arguments: re.fullmatch(arguments[0], value) is not None,
    "not_matches": lambda value, arguments: re.fullmatch(arguments[0], value) is None,
    "in_set": lambda value, arguments: value in arguments,
    "not_in_set": lambda value, arguments: value not in arguments,
    "length_between": lambda value, arguments: int(arguments[0]) <= len(value) <= int(arguments[1]),
    "date_between": _is_dated,
}
_NAMES: Mapping[Test, str] = {
    "not_null": "expect_column_values_to_not_be_null",
    "matches": "expect_column_values_to_match_regex",
    "not_matches": "expect_column_values_to_not_match_regex",
    "in_set": "expect_column_values_to_be_in_set",
    "not_in_set": "expect_column_values_to_not_be_in_set",
    "length_between": "expect_column_value_lengths_to_be_between",
    "date_between": "expect_column_values_to_be_between",
    "not_before": "expect_column_pair_values_a_to_be_greater_than_b",
    "unique": "expect_column_values_to_be_unique",
}


def _outcomes(rows: Rows, rule: ColumnRule) -> Iterator[dict[str, Any]]:
    about = judged(rows, rule)
    for kind, broken in _broken(about, rule):
        yield {
            "success": not broken,
            "expectation_config": {
                "type": kind,
                "kwargs": {"column": rule.column},
                "meta": {"code": rule.code, "message": rule.message},
            },
            "result": {
                "element_count": len(about),
                "unexpected_count": len(broken),
                "unexpected_index_list": [{"document": document} for document in broken],
            },
        }
