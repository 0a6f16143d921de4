"""The invariant's table can fail: it adds up only when every announced thing is somewhere."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.balance import HEADINGS, Balance, Counts

ENDS = ("accepted", "duplicates", "waste", "set_aside", "refused", "pending")
TERMS = tuple(field.name for field in fields(Counts))


@st.composite
def balanced(draw) -> Counts:
    """A table where everything announced is known or ended somewhere."""
    ends = {name: draw(st.integers(0, 10_000)) for name in ENDS}
    known, collected = draw(st.integers(0, 10_000)), sum(ends.values())
    return Counts(announced=known + collected, known=known, collected=collected, **ends)


@given(balanced())
def test_what_is_everywhere_accounted_for_adds_up(counts):
    """Announced = already known + collected, and collected = the sum of what became of it."""
    assert counts.adds_up
    assert Balance(counts, counts).adds_up


@pytest.mark.parametrize("term", TERMS)
@given(counts=balanced(), error=st.integers(-50, 50).filter(bool))
def test_one_wrong_term_is_seen(term, counts, error):
    """One document lost or counted twice, in any single column, and the table no longer adds up."""
    wrong = replace(counts, **{term: getattr(counts, term) + error})
    assert not wrong.adds_up
    assert not Balance(wrong, counts).adds_up
    assert not Balance(counts, wrong).adds_up


@given(balanced(), balanced())
def test_tables_that_add_up_make_one_that_does(first, second):
    """The sum of two tables counts every column once."""
    total = first + second
    assert total.adds_up
    assert total.announced == first.announced + second.announced
    assert total.pending == first.pending + second.pending


def test_every_column_has_its_french_heading():
    """What people see has all the terms of the equation, in its order."""
    assert tuple(HEADINGS) == TERMS
    assert len(set(HEADINGS.values())) == len(TERMS)
