"""Dates and texts as sources write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from versement.adapters.formats.text import clean, iso_date, without_escapes


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2014-04-25", "2014-04-25"),
        ("2021/07/02 00:00:00+00", "2021-07-02"),
        ("2026-03-12T10:00:00+01:00", "2026-03-12"),
        ("25/04/2014", "2014-04-25"),
        ("5/4/2014", "2014-04-05"),
        ("25.04.2014", "2014-04-25"),
        ("25 avril 2014", "2014-04-25"),
        ("1er août 2026", "2026-08-01"),
        ("1er Aou\u0302t 2026", "2026-08-01"),
        ("12 DÉCEMBRE 2026", "2026-12-12"),
        ("30/02/2014", ""),
        ("12 germinal 2026", ""),
        ("25/04/14", ""),
        ("25/04/20145", ""),
        ("hier", ""),
        ("", ""),
    ],
)
def test_dates_are_read_in_every_form_that_sources_use(written, read):
    """French, ISO and export forms give the same ISO date; what is no date gives nothing."""
    assert iso_date(written) == read


@given(st.dates(date(1790, 1, 1), date(2099, 12, 31)))
def test_any_day_is_read_back(day):
    """Every day that an act may bear is read in French and in ISO form alike."""
    assert iso_date(day.isoformat()) == day.isoformat()
    assert iso_date(f"{day.day:02}/{day.month:02}/{day.year:04}") == day.isoformat()


@given(st.text())
def test_reading_a_date_gives_a_real_day_or_nothing(text):
    """Whatever the text, what comes out is a day of the calendar or nothing."""
    found = iso_date(text)
    assert not found or date.fromisoformat(found).isoformat() == found


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_stand_in_a_manifest(text):
    """Any text, once cleaned, is one line that XML can hold; cleaning again changes nothing."""
    cleaned = clean(text)
    element = etree.Element("Title")
    element.text = cleaned
    assert "\n" not in cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("written", "read"),
    [("Budget_x0001_ 2026", "Budget 2026"), ("Caf_x00E9_", "Café"), ("a_x000D_\nb", "a b"), ("_x12_", "_x12_")],
)
def test_spreadsheet_escapes_are_undone(written, read):
    """Escapes that spreadsheets leave in exports do not reach titles."""
    assert clean(without_escapes(written)) == read
