"""Rules on a table, in plain Python: for tests that need no Great Expectations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from versement.ports.expectations import ColumnRule, RuleResult, TableResult

Rows = Sequence[Mapping[str, str]]


class PlainExpectations:
    """Judges a table as ports.expectations says; its evidence has the shape of the real tool's."""

    def check(self, rows: Rows, rules: Sequence[ColumnRule]) -> TableResult:
        results = tuple(RuleResult(rule, len(rows), _failed(rows, rule)) for rule in rules)
        evidence = {
            "meta": {"great_expectations_version": "plain"},
            "results": [outcome for rule in rules for outcome in _outcomes(rows, rule)],
        }
        return TableResult(results, json.dumps(evidence, ensure_ascii=False, sort_keys=True).encode())


def _failed(rows: Rows, rule: ColumnRule) -> tuple[str, ...]:
    broken = {*_missing(rows, rule), *_misshapen(rows, rule)}
    return tuple(row["document"] for row in rows if row["document"] in broken)


def _missing(rows: Rows, rule: ColumnRule) -> list[str]:
    return [row["document"] for row in rows if not row.get(rule.column)]


def _misshapen(rows: Rows, rule: ColumnRule) -> list[str]:
    return [
        row["document"]
        for row in rows
        if rule.pattern and (value := row.get(rule.column)) and re.fullmatch(rule.pattern, value) is None
    ]


def _outcomes(rows: Rows, rule: ColumnRule) -> Iterator[dict[str, Any]]:
    yield _outcome(rows, rule, "expect_column_values_to_not_be_null", _missing(rows, rule))
    if rule.pattern:
        yield _outcome(rows, rule, "expect_column_values_to_match_regex", _misshapen(rows, rule))


def _outcome(rows: Rows, rule: ColumnRule, kind: str, broken: Sequence[str]) -> dict[str, Any]:
    return {
        "success": not broken,
        "expectation_config": {
            "type": kind,
            "kwargs": {"column": rule.column},
            "meta": {"code": rule.code, "message": rule.message},
        },
        "result": {
            "element_count": len(rows),
            "unexpected_count": len(broken),
            "unexpected_index_list": [{"document": document} for document in broken],
        },
    }
