"""Every page of a payroll run is somebody's: none is lost, none is given to two agents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.documents import Severity
from versement.domain.pages import Claim, claim_of, cut_of, cut_reference, shares


def codes(found):
    return {claim.line: finding.code for claim, finding in found.refused}


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_index_that_fits_gives_every_page_away_once(lengths):
    """Whatever the number of pages of each agent, all are given and nothing is told."""
    claims, page = [], 1
    for line, length in enumerate(lengths, start=2):
        claims.append(Claim(page, page + length - 1, line))
        page += length
    found = shares(page - 1, reversed(claims))
    assert (found.good, found.refused, found.whole) == (tuple(claims), (), ())


@given(st.integers(1, 15), st.lists(st.tuples(st.integers(1, 17), st.integers(0, 4)), max_size=8))
def test_no_page_is_ever_lost_or_given_twice(count, drawn):
    """Whatever the index says: a good claim shares no page and touches no page without owner, and each row is told."""
    claims = [Claim(first, first + more, line) for line, (first, more) in enumerate(drawn, start=2)]
    found = shares(count, claims)
    given_pages = [page for claim in found.good for page in range(claim.first, claim.last + 1)]
    assert len(given_pages) == len(set(given_pages))
    assert all(1 <= page <= count for page in given_pages)
    assert sorted((*found.good, *(claim for claim, _ in found.refused))) == sorted(claims)
    everybody = {page for claim in claims for page in range(claim.first, claim.last + 1)}
    if not everybody >= set(range(1, count + 1)):
        assert found.whole
    assert all(finding.severity is Severity.SET_ASIDE for _, finding in found.refused)


def test_rows_that_overlap_are_refused_together():
    """Nobody can say whose page 3 is: neither gets it; the third agent does get his."""
    found = shares(5, [Claim(1, 3, 2), Claim(3, 4, 3), Claim(5, 5, 4)])
    assert codes(found) == {2: "PAGES_OVERLAP", 3: "PAGES_OVERLAP"}
    assert found.good == (Claim(5, 5, 4),)
    assert found.whole == ()


def test_pages_that_nobody_claims_are_told_and_hold_their_neighbours():
    """A payslip next to an unclaimed page may have lost its second page."""
    found = shares(6, [Claim(1, 1, 2), Claim(3, 4, 3), Claim(5, 6, 4)])
    assert codes(found) == {2: "PAGES_UNCLAIMED", 3: "PAGES_UNCLAIMED"}
    assert found.good == (Claim(5, 6, 4),)
    assert [finding.message.split(" :")[0] for finding in found.whole] == ["page 2"]


def test_page_beyond_the_end_refuses_the_whole_index():
    """An index with one agent more than the PDF is shifted, or another month's: every page might be the neighbour's."""
    found = shares(4, [Claim(2, 3, 2), Claim(4, 5, 3)])
    assert codes(found) == {2: "PAGES_BEYOND", 3: "PAGES_BEYOND"}
    assert found.good == ()
    assert found.whole[0].message.startswith("lignes 3 ")


def test_row_whose_pages_are_unreadable_refuses_the_whole_index():
    """Pages that nobody can read are somebody's all the same."""
    found = shares(2, [Claim(1, 1, 2)], broken=[3])
    assert codes(found) == {2: "PAGES_BEYOND"}
    assert found.whole[0].message.startswith("lignes 3 ")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("3", "4", Claim(3, 4, 7)),
        (" 3 ", "", Claim(3, 3, 7)),
        ("0", "1", None),
        ("4", "3", None),
        ("", "3", None),
        ("-1", "3", None),
        ("3,0", "4", None),
        ("1e3", "", None),
        ("9" * 40, "", None),
    ],
)
def test_pages_are_whole_numbers_from_one(first, last, expected):
    """A row without a last page claims one page; anything else than numbers in order claims nothing."""
    assert claim_of(7, first, last) == expected


@given(st.text(min_size=1), st.integers(1, 9_999_999), st.integers(1, 9_999_999))
def test_reference_of_a_cut_says_where_it_comes_from(container, first, last):
    """`bulletins.pdf/pages-0003-0004.pdf` is read back as its container and pages."""
    reference = cut_reference(container, Claim(first, last, 2))
    assert cut_of(reference) == (container, first, last)
    assert cut_of(container + ".pdf") is None or "/pages-" in container
