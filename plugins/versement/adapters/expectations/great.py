"""Judges a collection's metadata with Great Expectations, imported only when asked: it takes seconds and 300 MiB."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from versement.domain.errors import Defect
from versement.ports.expectations import ColumnRule, RuleResult, TableResult

ROW = "document"
_KEPT = ("element_count", "missing_count", "unexpected_count")


class GreatExpectations:
    """One ephemeral context for each table; nothing is written anywhere, nothing is shown on screen."""

    def check(self, rows: Sequence[Mapping[str, str]], rules: Sequence[ColumnRule]) -> TableResult:
        judged = _validated(rows, rules)
        by_rule: list[list[dict[str, Any]]] = [[] for _ in rules]
        for outcome in judged["results"]:
            by_rule[outcome["expectation_config"]["meta"]["rule"]].append(_checked(outcome))
        results = tuple(
            RuleResult(rule, len(rows), _failed(rows, outcomes)) for rule, outcomes in zip(rules, by_rule, strict=True)
        )
        return TableResult(results, _evidence(judged))


def _validated(rows: Sequence[Mapping[str, str]], rules: Sequence[ColumnRule]) -> dict[str, Any]:
    # Before the import: otherwise it writes two hundred lines into the task's log.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx  # noqa: PLC0415, see the module's docstring
    import pandas as pd  # noqa: PLC0415, comes with it

    columns = list(dict.fromkeys((ROW, *(rule.column for rule in rules))))
    table = pd.DataFrame(
        {column: pd.Series([row.get(column) or None for row in rows], dtype=object) for column in columns}
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    batch = context.data_sources.add_pandas("collection").add_dataframe_asset("table")
    suite = context.suites.add(gx.ExpectationSuite(name="metadata", expectations=_expectations(rules)))
    definition = gx.ValidationDefinition(
        name="metadata", data=batch.add_batch_definition_whole_dataframe("whole"), suite=suite
    )
    result = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": table},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [ROW]},
    )
    judged: dict[str, Any] = result.to_json_dict()
    return judged


def _expectations(rules: Sequence[ColumnRule]) -> list[Any]:
    """A value for each rule and, when the rule has a pattern, a value that matches it entirely."""
    import great_expectations.expectations as gxe  # noqa: PLC0415, see the module's docstring

    expectations: list[Any] = []
    for number, rule in enumerate(rules):
        about = {"column": rule.column, "meta": {"rule": number, "code": rule.code, "message": rule.message}}
        expectations.append(gxe.ExpectColumnValuesToNotBeNull(**about))
        if rule.pattern:
            whole = rf"\A(?:{rule.pattern})\Z"
            expectations.append(gxe.ExpectColumnValuesToMatchRegex(regex=whole, **about))
    return expectations


def _checked(outcome: dict[str, Any]) -> dict[str, Any]:
    if outcome["exception_info"].get("raised_exception", True):
        code = outcome["expectation_config"]["meta"]["code"]
        raise Defect(
            f"La règle {code} n’a pas pu être appliquée au tableau des métadonnées : signalez-le aux développeurs.",
            detail=f"expectation {code}: {outcome['expectation_config']['type']} raised",
        )
    return outcome


def _failed(rows: Sequence[Mapping[str, str]], outcomes: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Rows that break one of a rule's expectations, in the table's order."""
    broken = {index[ROW] for outcome in outcomes for index in outcome["result"]["unexpected_index_list"]}
    return tuple(row[ROW] for row in rows if row[ROW] in broken)


def _evidence(judged: dict[str, Any]) -> bytes:
    """The tool's own result without clock, random ids, nor any value of the table: rules, counts, document ids."""
    evidence = {
        "meta": {"great_expectations_version": judged["meta"]["great_expectations_version"]},
        "results": [_kept(outcome) for outcome in judged["results"]],
        "statistics": judged["statistics"],
        "success": judged["success"],
    }
    return json.dumps(evidence, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _kept(outcome: dict[str, Any]) -> dict[str, Any]:
    asked, found = outcome["expectation_config"], outcome["result"]
    return {
        "success": outcome["success"],
        "expectation_config": {
            "type": asked["type"],
            "kwargs": {name: asked["kwargs"][name] for name in ("column", "regex") if name in asked["kwargs"]},
            "meta": {name: asked["meta"][name] for name in ("code", "message")},
        },
        "result": {
            **{count: found[count] for count in _KEPT if count in found},
            "unexpected_index_list": [{ROW: index[ROW]} for index in found["unexpected_index_list"]],
        },
    }
