"""Judges a collection's metadata with Great Expectations, imported only when asked: it takes seconds and 300 MiB."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from versement.adapters.expectations.suite import DAY, expectations
from versement.domain.errors import Defect
from versement.ports.expectations import (
    KIND,
    ColumnRule,
    Rows,
    RuleResult,
    TableResult,
    day_number,
    fits,
    judged,
)

ROW = "document"
_KEPT = ("element_count", "missing_count", "unexpected_count")
_ASKED = ("column", "column_A", "column_B", "regex", "min_value", "max_value", "row_condition")


class GreatExpectations:
    """One ephemeral context for each table; nothing is written anywhere, nothing is shown on screen."""

    def check(self, rows: Rows, rules: Sequence[ColumnRule]) -> TableResult:
        fitting = [fits(rows, rule) for rule in rules]
        found = _validated(rows, [(number, rule) for number, rule in enumerate(rules) if fitting[number]])
        by_rule: list[list[dict[str, Any]]] = [[] for _ in rules]
        for outcome in found["results"]:
            by_rule[outcome["expectation_config"]["meta"]["rule"]].append(outcome)
        results = tuple(
            _result(rows, rule, outcomes, applied=fit)
            for rule, outcomes, fit in zip(rules, by_rule, fitting, strict=True)
        )
        return TableResult(results, _evidence(found, [result.rule for result in results if not result.applied]))


def _result(rows: Rows, rule: ColumnRule, outcomes: Sequence[dict[str, Any]], *, applied: bool) -> RuleResult:
    if not applied or any(_raised(outcome) for outcome in outcomes):
        if rule.test is None:
            raise Defect(
                f"La règle {rule.code} n’a pas pu être appliquée au tableau des métadonnées : signalez-le aux "
                "développeurs.",
                detail=f"expectation of {rule.code} raised",
            )
        return RuleResult(rule, 0, (), applied=False)
    return RuleResult(rule, len(judged(rows, rule)), _failed(rows, outcomes))


def _raised(outcome: Mapping[str, Any]) -> bool:
    return bool(outcome["exception_info"].get("raised_exception", True))


def _validated(rows: Rows, rules: Sequence[tuple[int, ColumnRule]]) -> dict[str, Any]:
    # Before the import: otherwise it writes two hundred lines into the task's log.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx  # noqa: PLC0415, see the module's docstring

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    batch = context.data_sources.add_pandas("collection").add_dataframe_asset("table")
    asked = [expectation for number, rule in rules for expectation in expectations(number, rule)]
    suite = context.suites.add(gx.ExpectationSuite(name="metadata", expectations=asked))
    definition = gx.ValidationDefinition(
        name="metadata", data=batch.add_batch_definition_whole_dataframe("whole"), suite=suite
    )
    result = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": _table(rows, [rule for _, rule in rules])},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [ROW]},
    )
    found: dict[str, Any] = result.to_json_dict()
    return found


def _table(rows: Rows, rules: Sequence[ColumnRule]) -> Any:
    """The columns that rules are about, as text, and those of dates as numbers too."""
    import pandas as pd  # noqa: PLC0415, comes with Great Expectations

    named = [name for rule in rules for name in _columns(rule)]
    columns = {
        column: pd.Series([row.get(column) or None for row in rows], dtype=object)
        for column in dict.fromkeys((ROW, KIND, *named))
    }
    dated = [name for rule in rules if rule.test in ("date_between", "not_before") for name in _columns(rule)]
    for column in dict.fromkeys(dated):
        columns[column + DAY] = pd.Series([day_number(row.get(column) or "") for row in rows], dtype="float64")
    return pd.DataFrame(columns)


def _columns(rule: ColumnRule) -> tuple[str, ...]:
    return (rule.column, *rule.arguments) if rule.test == "not_before" else (rule.column,)


def _failed(rows: Rows, outcomes: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Rows that break one of a rule's expectations, in the table's order."""
    broken = {index[ROW] for outcome in outcomes for index in outcome["result"]["unexpected_index_list"]}
    return tuple(row[ROW] for row in rows if row[ROW] in broken)


def _evidence(found: dict[str, Any], unfit: Sequence[ColumnRule]) -> bytes:
    """The tool's own result without clock, random ids, nor any value of the table: rules, counts, document ids."""
    evidence = {
        "meta": {"great_expectations_version": found["meta"]["great_expectations_version"]},
        "results": [_kept(outcome) for outcome in found["results"] if not _raised(outcome)],
        "statistics": found["statistics"],
        "success": found["success"],
        "unfit": [{"code": rule.code, "column": rule.column, "message": rule.message} for rule in unfit],
    }
    return json.dumps(evidence, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _kept(outcome: dict[str, Any]) -> dict[str, Any]:
    asked, found = outcome["expectation_config"], outcome["result"]
    return {
        "success": outcome["success"],
        "expectation_config": {
            "type": asked["type"],
            "kwargs": {name: asked["kwargs"][name] for name in _ASKED if asked["kwargs"].get(name) is not None},
            "meta": {name: asked["meta"][name] for name in ("code", "message")},
        },
        "result": {
            **{count: found[count] for count in _KEPT if count in found},
            "unexpected_index_list": [{ROW: index[ROW]} for index in found["unexpected_index_list"]],
        },
    }
