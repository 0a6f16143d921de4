"""Our rules as Great Expectations' own expectations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from versement.ports.expectations import KIND, ColumnRule, Test, day_number

DAY = " (AAAAMMJJ)"
"""Ends the name of the column that holds another one's dates as numbers: the tool compares no texts."""
_ISO = r"\A[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z"


def expectations(number: int, rule: ColumnRule) -> list[Any]:
    """What one rule asks; without a test, a value and, when the rule has a pattern, one that matches it entirely."""
    import great_expectations.expectations as gxe  # noqa: PLC0415, it takes seconds
    from great_expectations.expectations.row_conditions import Column  # noqa: PLC0415, likewise

    about: dict[str, Any] = {"meta": {"rule": number, "code": rule.code, "message": rule.message}}
    if rule.kind:
        about["row_condition"] = Column(KIND) == rule.kind
    if rule.test is not None:
        return _TESTS[rule.test](gxe, rule, about)
    asked = [gxe.ExpectColumnValuesToNotBeNull(column=rule.column, **about)]
    if rule.pattern:
        asked.append(gxe.ExpectColumnValuesToMatchRegex(column=rule.column, regex=_whole(rule.pattern), **about))
    return asked


def _whole(pattern: str) -> str:
    return rf"\A(?:{pattern})\Z"


def _lengths(gxe: Any, rule: ColumnRule, about: dict[str, Any]) -> list[Any]:
    least, most = map(int, rule.arguments)
    return [gxe.ExpectColumnValueLengthsToBeBetween(column=rule.column, min_value=least, max_value=most, **about)]


def _dates(gxe: Any, rule: ColumnRule, about: dict[str, Any]) -> list[Any]:
    first, last = map(day_number, rule.arguments)
    return [
        gxe.ExpectColumnValuesToMatchRegex(column=rule.column, regex=_ISO, **about),
        gxe.ExpectColumnValuesToBeBetween(column=rule.column + DAY, min_value=first, max_value=last, **about),
    ]


def _order(gxe: Any, rule: ColumnRule, about: dict[str, Any]) -> list[Any]:
    columns = {"column_A": rule.column + DAY, "column_B": rule.arguments[0] + DAY}
    missing = {"ignore_row_if": "either_value_is_missing"}
    return [gxe.ExpectColumnPairValuesAToBeGreaterThanB(**columns, or_equal=True, **missing, **about)]


_TESTS: Mapping[Test, Callable[[Any, ColumnRule, dict[str, Any]], list[Any]]] = {
    "not_null": lambda gxe, rule, about: [gxe.ExpectColumnValuesToNotBeNull(column=rule.column, **about)],
    "matches": lambda gxe, rule, about: [
        gxe.ExpectColumnValuesToMatchRegex(column=rule.column, regex=_whole(rule.arguments[0]), **about)
    ],
    "not_matches": lambda gxe, rule, about: [
        gxe.ExpectColumnValuesToNotMatchRegex(column=rule.column, regex=_whole(rule.arguments[0]), **about)
    ],
    "in_set": lambda gxe, rule, about: [
        gxe.ExpectColumnValuesToBeInSet(column=rule.column, value_set=list(rule.arguments), **about)
    ],
    "not_in_set": lambda gxe, rule, about: [
        gxe.ExpectColumnValuesToNotBeInSet(column=rule.column, value_set=list(rule.arguments), **about)
    ],
    "length_between": _lengths,
    "date_between": _dates,
    "not_before": _order,
    "unique": lambda gxe, rule, about: [gxe.ExpectColumnValuesToBeUnique(column=rule.column, **about)],
}
