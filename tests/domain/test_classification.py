"""Matières and their labels, from the préfecture's classification or from the two national levels."""

from __future__ import annotations

import pytest

from versement.adapters.formats.classification import national_classification
from versement.domain.classification import Classification, classified, latest, matter_of
from versement.domain.documents import AnnouncedDocument, Field, Kind, Metadata, Value, ValueSource

OWN = Classification(
    "2025-09-01", {"7": "Finances", "7.1": "Décisions budgétaires", "7.1.2": "Délibérations budgétaires"}
)
NATIONAL = national_classification()


def labelled(code, classification, label=""):
    readings = [(Field.MATTER, Value(code, ValueSource.MESSAGE))]
    readings += [(Field.MATTER_NAME, Value(label, ValueSource.INDEX))] if label else []
    document = AnnouncedDocument("a.pdf", Kind.ACT, (), readings=tuple(readings))
    (found,), findings = classified([document], classification)
    return Metadata.settled(found.readings).text(Field.MATTER_NAME), [finding.code for finding in findings]


def test_third_level_comes_from_the_prefecture():
    """The label of 7.1.2 is whatever the préfecture calls it, even where the index says otherwise."""
    assert labelled("7.1.2", OWN, "Décisions") == ("Délibérations budgétaires", [])


@pytest.mark.parametrize("code", ["7.1.3", "7.9", "12.1"])
def test_code_that_the_prefecture_does_not_have_is_told(code):
    """A code outside the classification in force is a remark, and gets no label."""
    assert labelled(code, OWN) == ("", ["MATTER_UNKNOWN"])


def test_national_levels_label_what_they_know():
    """Without a préfecture's file, the two national levels give a label; a third level is neither known nor wrong."""
    assert labelled("7.1.2", NATIONAL) == ("Decisions budgetaires", [])
    assert labelled("7.99", NATIONAL) == ("", ["MATTER_UNKNOWN"])


def test_national_label_never_replaces_the_drops_own():
    """The shipped table is a last resort."""
    assert labelled("7.1", NATIONAL, "Décisions budgétaires") == ("Décisions budgétaires", [])


def test_most_recent_classification_counts():
    """Of several versions the last one, by its DateClassification; the national one only where there is none."""
    old = Classification("2018-11-28", {})
    assert latest([old, OWN], NATIONAL) is OWN
    assert latest([], NATIONAL) is NATIONAL


def test_national_table_has_every_matter_of_the_two_levels():
    """Nine matières, and their 49 subdivisions: none of a third level."""
    assert len([code for code in NATIONAL.labels if "." not in code]) == 9
    assert max(code.count(".") for code in NATIONAL.labels) == 1
    assert NATIONAL.labels["7.10"] == "Divers"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7.1 Décisions budgétaires", ("7.1", "Décisions budgétaires")),
        ("7.10 – Divers", ("7.10", "Divers")),
        ("4-1", ("4.1", "")),
        ("08.02.01", ("8.2.1", "")),
        ("4.", ("4", "")),
        ("7.1 - 2 budgets", ("7.1", "2 budgets")),
        ("4 2024", ("4", "2024")),
        ("Finances", ("Finances", "")),
        ("0.1", ("0.1", "")),
        ("", ("", "")),
    ],
)
def test_matter_is_read_as_tools_write_it(written, read):
    """Separators and zeros do not count; what begins with no code stands as it is."""
    assert matter_of(written) == read
