"""Where a document departs from a grammar: the verdict is always RELAX NG's, and the place is the likely one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from versement.ports.archival_profile import Departure, DepartureKind
from versement.seda.departures import LIMIT, departures, places
from versement.seda.relaxng import (
    any_elements,
    any_number,
    at_least_one,
    attribute,
    choice,
    data,
    define,
    element,
    grammar,
    group,
    optional,
    reference,
    value,
    values,
)

SPACE = "urn:essai"
NAMES = ("a", "b", "c")
UNIT = define(
    "unit",
    "Une unité.",
    element(
        "unit",
        attribute("id", data("NCName")),
        element("title", data("token", filled=True, but="sans")),
        optional(element("day", data("date"))),
        element("level", values("File", "Item")),
        any_number(reference("unit")),
    ),
)
UNITS = grammar(SPACE, element("root", at_least_one(reference("unit"))), [UNIT], "Des unités.")
LEAF = "<unit id='{0}'><title>t</title><level>Item</level></unit>"


def told(content: str, profile: bytes, folder: Path) -> tuple[Departure, ...]:
    path = folder / "document.xml"
    path.write_text(f'<root xmlns="{SPACE}">{content}</root>')
    return tuple(departures(path, profile))


@pytest.mark.parametrize(
    ("before", "after", "within", "name", "kind"),
    [
        ("<title>t</title>", "", "u1", "title", DepartureKind.MISSING),
        ("<title>t<", "<title>sans<", "u1", "title", DepartureKind.REFUSED),
        ("<title>t<", "<title> <", "u1", "title", DepartureKind.REFUSED),
        ("<title>t<", "<title x='1'>t<", "u1", "title", DepartureKind.REFUSED),
        ("<title>t</title>", "<title>t<b/></title>", "u1", "title", DepartureKind.REFUSED),
        ("<level>File</level>", "<level>Fonds</level>", "u1", "level", DepartureKind.REFUSED),
        ("<level>File</level>", "<level>File</level><other/>", "u1", "other", DepartureKind.MISPLACED),
        ("<title>", "<level>File</level><title>", "u1", "level", DepartureKind.MISPLACED),
        ("<level>File</level>", "<level>File</level>texte", "u1", "unit", DepartureKind.REFUSED),
        ("id='u1'", "id='1'", "1", "unit", DepartureKind.REFUSED),
        ("id='u1'", "", "", "unit", DepartureKind.REFUSED),
        ("id='u1'", "id='u1' x='1'", "u1", "unit", DepartureKind.REFUSED),
        ("id='u2'><title>t</title>", "id='u2'>", "u2", "title", DepartureKind.MISSING),
    ],
)
def test_a_fault_names_its_element_and_the_unit_around(before, after, within, name, kind, tmp_path):
    """One fault gives one departure: which unit, which element, and whether it is missing, out of place or refused."""
    content = f"<unit id='u1'><title>t</title><level>File</level>{LEAF.format('u2')}</unit>{LEAF.format('u3')}"
    assert told(content, UNITS, tmp_path) == ()
    assert before in content
    found = told(content.replace(before, after, 1), UNITS, tmp_path)
    assert [(one.within, one.element, one.kind) for one in found] == [(within, name, kind)]
    assert found[0].line == 1


def test_every_unit_at_fault_is_named_and_no_other(tmp_path):
    """Of many units those at fault are told in the order of the document."""
    units = [LEAF.format(f"u{rank}") for rank in range(50)]
    for rank in (3, 20, 49):
        units[rank] = units[rank].replace("<title>t</title>", "")
    assert [one.within for one in told("".join(units), UNITS, tmp_path)] == ["u3", "u20", "u49"]


def test_what_is_told_is_bounded(tmp_path):
    """A manifest that departs everywhere tells its first departures only."""
    wrong = "".join(LEAF.format(f"u{rank}").replace("<title>t</title>", "") for rank in range(LIMIT * 2))
    assert [one.within for one in told(wrong, UNITS, tmp_path)] == [f"u{rank}" for rank in range(LIMIT)]


def test_of_several_kinds_of_unit_the_nearest_is_taken(tmp_path):
    """Where units of two kinds may stand, a unit at fault is read as the kind that it departs from least."""
    file = element("unit", element("level", value("File")), element("title", data("token", filled=True)))
    item = element(
        "unit", element("level", value("Item")), element("name", data("token")), element("path", data("token"))
    )
    both = grammar(
        SPACE,
        element("root", at_least_one(choice(reference("file"), reference("item")))),
        [define("file", "Dossier.", file), define("item", "Pièce.", item)],
        "Deux sortes d’unités.",
    )
    found = told("<unit><level>Item</level><name>n</name></unit>", both, tmp_path)
    assert [(one.element, one.kind) for one in found] == [("path", DepartureKind.MISSING)]
    found = told("<unit><level>File</level></unit>", both, tmp_path)
    assert [(one.element, one.kind) for one in found] == [("title", DepartureKind.MISSING)]


def _deeper(patterns: st.SearchStrategy) -> st.SearchStrategy:
    some = st.lists(patterns, min_size=1, max_size=3)
    return (
        some.map(lambda these: choice(*these))
        | some.map(lambda these: group(*these))
        | patterns.map(optional)
        | patterns.map(any_number)
        | patterns.map(at_least_one)
        | st.tuples(st.sampled_from(NAMES), some).map(lambda named: element(named[0], *named[1]))
    )


LEAVES = st.sampled_from(NAMES).map(element) | st.sampled_from(NAMES).map(lambda name: element(name, values("x", "y")))
PATTERNS = st.recursive(LEAVES, _deeper, max_leaves=6)
DOCUMENTS = st.recursive(
    st.sampled_from(["<a/>", "<b/>", "<c/>", "<a>x</a>", "<b>z</b>"]),
    lambda inner: st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=3)).map(
        lambda named: f"<{named[0]}>{''.join(named[1])}</{named[0]}>"
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(pattern=PATTERNS, content=st.lists(DOCUMENTS, max_size=4).map("".join))
def test_places_are_found_exactly_where_relax_ng_refuses(pattern, content):
    """Of any grammar and any document, departures have places exactly when libxml2 refuses the document."""
    profile = etree.fromstring(grammar(SPACE, element("root", pattern), [], "Une grammaire."))
    document = etree.fromstring(f'<root xmlns="{SPACE}">{content}</root>')
    found = places(document, profile)
    assert (not found) == etree.RelaxNG(profile).validate(document)
    assert {one.element for one in found} <= {*NAMES, "root"}


def test_a_pattern_may_be_used_twice():
    """A pattern that stands in two places is written in both."""
    twice = element("a", value("x"))
    profile = etree.fromstring(grammar(SPACE, element("root", twice, element("b", twice)), [], "Deux fois."))
    assert len(profile.findall(".//{*}element[@name='a']")) == 2


def test_any_elements_hold_text_only(tmp_path):
    """What a profile leaves open is open to any element of text, of no depth."""
    profile = grammar(SPACE, element("root", any_elements()), [], "Ouvert.")
    assert told("<x>1</x><y/>", profile, tmp_path) == ()
    assert [one.element for one in told("<x><y/></x>", profile, tmp_path)] == ["x"]
