"""Fields from what a source says: the first origin that gives a value counts, and nothing is made up."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.documents import Field, Value, ValueSource
from versement.domain.labels import label
from versement.domain.mapping import TRANSFORMS, Origin, Unusable, fit_for, mapped, transformed
from versement.domain.titles import fields_of, filled


def test_the_first_origin_that_gives_a_value_counts_and_is_remembered() -> None:
    """A value keeps the place that it was read at."""
    origins = {Field.TITLE: Origin(["index.LIBELLE", "index.OBJET"], ["collapse"])}
    readings, unusable = mapped(origins, {"index": {"LIBELLE": "  ", "OBJET": "Achat  de\ttables"}})
    assert readings == ((Field.TITLE, Value("Achat de tables", ValueSource.INDEX, "index.OBJET")),)
    assert not unusable


def test_a_value_of_no_use_is_told_without_being_quoted_and_the_next_origin_is_tried() -> None:
    """A date that is none is not kept as text, and its place is named."""
    origins = {Field.DATE: Origin(["metadata.date", "path.date"], ["date"])}
    tree = {"metadata": {"date": "hier"}, "path": {"date": "20240312"}}
    readings, unusable = mapped(origins, tree)
    assert readings == ((Field.DATE, Value("2024-03-12", ValueSource.PATH, "path.date")),)
    assert unusable == ((Field.DATE, "metadata.date"),)


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (["date"], "12/03/2024", "2024-03-12"),
        (["date"], "1er mars 2024", "2024-03-01"),
        (["date"], "2024-03-12T00:00:00+01:00", "2024-03-12"),
        (["date"], "03_10_2011", "2011-10-03"),
        (["month"], "03/2024", "2024-03"),
        (["month"], "202403", "2024-03"),
        (["month"], "12/03/2024", "2024-03"),
        (["year"], "Exercice 2023", "2023"),
        (["siren"], "219 509 908 00012", "219509908"),
        (["matter"], "8.5 Politique de la ville", "8.5"),
        (["after_dash"], "1.1 - Marchés publics", "Marchés publics"),
        (["before_dash", "matter"], "1.1 - Marchés publics", "1.1"),
        (["digits"], "n° 12-34", "1234"),
    ],
)
def test_named_transforms(names: list[str], text: str, expected: str) -> None:
    """Each transform does the one thing that its name says."""
    assert transformed(text, names) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [("date", "31/02/2024"), ("month", "2024-13"), ("year", "de 2022 à 2023"), ("siren", "1234"), ("matter", "voirie")],
)
def test_a_transform_never_guesses(name: str, text: str) -> None:
    """What cannot be read one way is refused."""
    with pytest.raises(Unusable):
        transformed(text, [name])


@given(st.text(max_size=60), st.lists(st.sampled_from(sorted(TRANSFORMS)), max_size=3))
def test_any_text_is_transformed_or_refused(text: str, names: list[str]) -> None:
    """No text, however hostile, breaks a transform."""
    with contextlib.suppress(Unusable):
        assert isinstance(transformed(text, names), str)


@given(st.dates(date(1790, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_each_form(day: date) -> None:
    """A day is the same day in every form that sources use."""
    forms = [
        day.isoformat(),
        day.strftime("%d/%m/%Y"),
        day.isoformat().replace("-", ""),
        label(Field.DATE, day.isoformat()),
    ]
    assert {transformed(form, ["date"]) for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("title", "values", "expected"),
    [
        (
            "Marché {market} – {market_title}",
            {"market": "2024-07", "market_title": "Tables"},
            "Marché 2024-07 – Tables",
        ),
        ("Marché {market} – {market_title}", {"market": "2024-07"}, "Marché 2024-07"),
        ("{title}", {}, ""),
        ("Lot ({lot})", {}, "Lot"),
        ("{title}", {"title": "{market}"}, "{market}"),
    ],
)
def test_titles_are_filled_and_leave_no_hanging_mark(title: str, values: dict[str, str], expected: str) -> None:
    """A lacking value leaves neither its braces nor its dash; a value is never read as a title itself."""
    assert filled(title, values) == expected


def test_braces_that_do_not_close_are_no_title() -> None:
    """Such a title is refused when the profile is read."""
    assert fields_of("Marché {market") is None
    assert fields_of("Marché {market}, {lot}") == ("market", "lot")


@pytest.mark.parametrize("text", ["0000", "0000-01", "9999", "01/0001"])
def test_a_period_of_no_year_is_no_period(text: str) -> None:
    """A period that no calendar holds never starts a delay: it is refused where it is read."""
    with pytest.raises(Unusable):
        fit_for(Field.PERIOD, text)
