"""What every judge of a table must do, as a suite of tests: subclass it and give the fixture `expectations`."""

# ruff: noqa: S101, the suite is made of assertions

from __future__ import annotations

import json
from typing import Any

import pytest

from versement.ports.expectations import ColumnRule, Expectations, TableResult, Test

TITLE = ColumnRule("TITLE_MISSING", "title", "attendu un objet.")
SIREN = ColumnRule("SIREN_WRONG", "siren", "attendu un SIREN.", r"\d{9}")
KIND = ColumnRule("KIND_WRONG", "kind", "attendu DE ou AR.", "DE|AR")
ROWS = (
    {"document": "d1", "title": "Budget primitif 2026", "siren": "219509908", "kind": "DE"},
    {"document": "d2", "title": "", "siren": "", "kind": "AR"},
    {"document": "d3", "title": "Secours à Mme Exemple", "siren": "21950990", "kind": "DEX"},
    {"document": "d4", "title": "L’école « & » 'x'", "siren": "219509908\n", "kind": "XAR"},
    {"document": "d5", "siren": "1219509908", "kind": "DE"},
)
ACTS = (
    {"document": "d1", "kind": "acte", "number": "2026-1", "date": "2026-03-12", "received": "2026-03-12"},
    {"document": "d2", "kind": "acte", "number": "X", "date": "2026-03-13", "received": "2026-03-12"},
    {"document": "d3", "kind": "acte", "number": "", "date": "2026-13-01", "received": ""},
    {"document": "d4", "kind": "acte", "number": "2026-1", "date": "2025-12-31", "received": "2026-01-01"},
    {"document": "d5", "kind": "ARActe", "number": "2026-1", "date": "2020-01-01", "received": ""},
)


def failed(result: TableResult) -> dict[str, tuple[str, ...]]:
    return {of_rule.rule.code: of_rule.failed for of_rule in result.rules}


def _told(outcome: dict[str, Any]) -> tuple[str, str, str, int, list[str]]:
    asked, found = outcome["expectation_config"], outcome["result"]
    broken = [index["document"] for index in found["unexpected_index_list"]]
    assert (found["unexpected_count"], outcome["success"]) == (len(broken), not broken)
    return asked["meta"]["code"], asked["kwargs"]["column"], asked["type"], found["element_count"], broken


class ExpectationsContract:
    """Subclasses define the fixture `expectations`."""

    @pytest.fixture
    def expectations(self) -> Expectations:
        raise NotImplementedError

    def test_rows_that_break_a_rule_are_named(self, expectations: Expectations) -> None:
        """A missing value, and a value that does not match entirely, name their document, in order."""
        result = expectations.check(ROWS, (TITLE, SIREN, KIND))
        assert failed(result) == {
            "TITLE_MISSING": ("d2", "d5"),
            "SIREN_WRONG": ("d2", "d3", "d4", "d5"),
            "KIND_WRONG": ("d3", "d4"),
        }
        assert [(of_rule.rule, of_rule.checked) for of_rule in result.rules] == [(TITLE, 5), (SIREN, 5), (KIND, 5)]

    def test_complete_table_breaks_nothing(self, expectations: Expectations) -> None:
        """A table in order names nobody."""
        assert failed(expectations.check(ROWS[:1], (TITLE, SIREN, KIND))) == {
            "TITLE_MISSING": (),
            "SIREN_WRONG": (),
            "KIND_WRONG": (),
        }

    def test_empty_table_breaks_nothing(self, expectations: Expectations) -> None:
        """A collection without a document is judged without error."""
        result = expectations.check((), (TITLE, SIREN))
        assert [(of_rule.checked, of_rule.failed) for of_rule in result.rules] == [(0, ()), (0, ())]

    def test_table_without_any_value_breaks_every_rule(self, expectations: Expectations) -> None:
        """A column that nobody filled is missing for every document."""
        rows = [{"document": "d1", "title": "", "siren": ""}, {"document": "d2"}]
        assert failed(expectations.check(rows, (TITLE, SIREN))) == {
            "TITLE_MISSING": ("d1", "d2"),
            "SIREN_WRONG": ("d1", "d2"),
        }

    def test_without_rules_nothing_is_asked(self, expectations: Expectations) -> None:
        """No rule, no result."""
        assert expectations.check(ROWS, ()).rules == ()

    def test_values_that_look_like_something_else_stay_text(self, expectations: Expectations) -> None:
        """« None », « nan », « 0 » and « false » are values like others."""
        rows = [{"document": text, "title": text} for text in ("None", "nan", "NaN", "0", "false", " ", "1e5")]
        assert failed(expectations.check(rows, (TITLE,))) == {"TITLE_MISSING": ()}

    def test_evidence_tells_counts_and_documents(self, expectations: Expectations) -> None:
        """What is kept with the run says for each rule how many were checked, and which documents break it."""
        evidence = json.loads(expectations.check(ROWS, (TITLE, SIREN)).evidence)
        assert [_told(outcome) for outcome in evidence["results"]] == [
            ("TITLE_MISSING", "title", "expect_column_values_to_not_be_null", 5, ["d2", "d5"]),
            ("SIREN_WRONG", "siren", "expect_column_values_to_not_be_null", 5, ["d2"]),
            ("SIREN_WRONG", "siren", "expect_column_values_to_match_regex", 5, ["d3", "d4", "d5"]),
        ]

    def test_evidence_is_the_same_each_time(self, expectations: Expectations) -> None:
        """The same table gives the same bytes: neither clock nor chance."""
        assert expectations.check(ROWS, (TITLE, SIREN)).evidence == expectations.check(ROWS, (TITLE, SIREN)).evidence

    def test_evidence_holds_no_value_of_the_table(self, expectations: Expectations) -> None:
        """Objets name people: no value of the table is kept in the evidence."""
        evidence = expectations.check(ROWS, (SIREN, KIND, TITLE)).evidence.decode()
        values = {value for row in ROWS for column, value in row.items() if column != "document" and len(value) > 2}
        assert [value for value in sorted(values) if value in evidence] == []

    @pytest.mark.parametrize(
        ("test", "column", "arguments", "broken"),
        [
            ("not_null", "received", (), ("d3",)),
            ("matches", "number", ("[0-9]{4}-[0-9]+",), ("d2",)),
            ("not_matches", "number", ("X.*",), ("d2",)),
            ("in_set", "number", ("2026-1", "2026-2"), ("d2",)),
            ("not_in_set", "number", ("2026-1",), ("d1", "d4")),
            ("length_between", "number", ("2", "6"), ("d2",)),
            ("date_between", "date", ("2026-01-01", "2026-03-12"), ("d2", "d3", "d4")),
            ("not_before", "received", ("date",), ("d2",)),
            ("unique", "number", (), ("d1", "d4")),
        ],
    )
    def test_every_test_names_the_acts_that_break_it(
        self, expectations: Expectations, test: Test, column: str, arguments: tuple[str, ...], broken: tuple[str, ...]
    ) -> None:
        """Each word of the vocabulary judges values, never their absence, and of the rows of its kind only."""
        rule = ColumnRule("ASKED", column, "attendu.", test=test, arguments=arguments, kind="acte")
        result = expectations.check(ACTS, (rule,)).rules[0]
        assert (result.applied, result.checked, result.failed) == (True, 4, broken)

    @pytest.mark.parametrize(
        ("test", "column", "arguments"),
        [
            ("not_null", "absent", ()),
            ("matches", "number", ("(",)),
            ("date_between", "number", ("2026-01-01", "2026-03-12")),
            ("not_before", "date", ("number",)),
            ("not_before", "date", ("absent",)),
        ],
    )
    def test_test_that_does_not_fit_the_table_blames_nobody(
        self, expectations: Expectations, test: Test, column: str, arguments: tuple[str, ...]
    ) -> None:
        """An unknown column, or no value of the right type: the test is said not applied, its neighbours are."""
        unfit = ColumnRule("UNFIT", column, "attendu.", test=test, arguments=arguments)
        result = expectations.check(ACTS, (unfit, ColumnRule("ASKED", "received", "attendu.", test="not_null")))
        assert [(one.applied, one.failed) for one in result.rules] == [(False, ()), (True, ("d3", "d5"))]
        assert [one["code"] for one in json.loads(result.evidence)["unfit"]] == ["UNFIT"]
