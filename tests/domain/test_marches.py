"""Notices of contracts: duplicates told apart, and each market found by the number that its files carry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.marches import Defect, Holder, Notice, Notices, sort, tell

NOTICE = Notice(
    place=1, buyer="21950990800017", identifier="2024M01200", concession=False, title="Voirie", nature="Marché",
    procedure="", cpv="", framework="", techniques=(), notified="2024-05-15", published="2024-05-25", amount=None,
    months=0, holders=(Holder("SIRET", "1"),), modifications=(), content="a",
)  # fmt: skip


def noticed(place, **changes):
    return replace(NOTICE, place=place, **changes)


def test_the_latest_publication_of_a_contract_is_kept():
    """Order in the file does not matter; an undated one comes after the others; a copy is told from a correction."""
    old = noticed(1, content="a", published="2024-01-01")
    new = noticed(2, content="b", published="2024-03-01")
    undated = noticed(3, content="c", published="")
    copy = noticed(4, content="b", published="2024-03-01")
    found = sort([old, new, undated, copy])
    assert (found.kept, found.exact) == ((new,), (copy,))
    assert set(found.superseded) == {old, undated}


def test_one_number_with_other_holders_or_buyers_is_another_contract():
    """An identifier alone is no key."""
    notices = [noticed(1), noticed(2, holders=(Holder("SIRET", "2"),)), noticed(3, buyer="21780357300012")]
    assert sort(notices).kept == tuple(notices)


notices = st.lists(
    st.builds(
        noticed,
        st.integers(1, 99),
        identifier=st.sampled_from(["A", "B"]),
        published=st.sampled_from(["", "2024-01-01", "2024-02-01"]),
        content=st.sampled_from(["x", "y", "z"]),
        defects=st.sampled_from([frozenset(), frozenset({Defect.TITLE}), frozenset({Defect.CPV})]),
    ),
    unique_by=lambda notice: notice.place,
)


@given(notices)
def test_every_notice_is_counted_once(found):
    """Kept, copy, superseded or unusable: the four add up, and each contract is kept once."""
    result = sort(found)
    parts = [*result.kept, *result.exact, *result.superseded, *result.unusable]
    assert sorted(notice.place for notice in parts) == sorted(notice.place for notice in found)
    assert len({notice.key for notice in result.kept}) == len(result.kept)
    for notice in result.superseded:
        assert any(kept.key == notice.key and kept.published >= notice.published for kept in result.kept)


def test_a_market_is_found_by_the_number_that_its_folder_carries():
    """The whole identifier, or the internal number that DECP 2019 wraps in a year and a rank of change."""
    index = Notices([noticed(1), noticed(2, identifier="2024AC7")])
    for number in ("2024M01200", "2024-M012-00", "2024M012", "m012"):
        assert [notice.place for notice in index.of("219509908", number)] == [1]
    assert [notice.place for notice in index.of("219509908", "2024 AC7")] == [2]
    assert index.of("217803573", "2024M01200") == ()
    assert index.of("219509908", "M01") == ()


def test_a_whole_identifier_counts_before_a_part_of_another():
    """The folder `M012` is the contract `M012`, even when a 2019 identifier holds that number too."""
    index = Notices([noticed(1), noticed(2, identifier="M012")])
    assert [notice.place for notice in index.of("219509908", "M012")] == [2]


@pytest.mark.parametrize(
    ("identifiers", "folder"),
    [
        (("2023LOT0100", "2024LOT0100"), "LOT01"),
        (("2024-1-1", "2024-11"), "202411"),
    ],
)
def test_notices_of_different_markets_describe_neither(identifiers, folder):
    """One internal number of two years, or one row of digits parted otherwise: which market it is is not guessed."""
    index = Notices([noticed(place, identifier=each) for place, each in enumerate(identifiers, start=1)])
    assert index.of("219509908", folder) == ()
    assert index.doubtful("219509908", folder)
    for place, each in enumerate(identifiers, start=1):
        assert [notice.place for notice in index.of("219509908", each.lower())] == [place]


def test_changes_of_one_contract_are_not_different_markets():
    """Identifiers of 2019 that differ by their rank of change alone are the same contract."""
    index = Notices([noticed(1, identifier="2024M01200"), noticed(2, identifier="2024M01201")])
    assert len(index.of("219509908", "M012")) == 2


def test_defects_are_told_once_for_a_file_with_their_ranks():
    """Thousands of notices with one defect make one remark, and no value of theirs is in it."""
    found = [noticed(place, defects=frozenset({Defect.CPV})) for place in range(1, 9)]
    (finding,) = tell([*found, noticed(9)], "decp.json")
    assert finding.code == "NOTICE_CPV"
    assert "8 avis sur 9" in finding.message
    assert "rangs 1, 2, 3, 4, 5 …" in finding.message
    assert "Voirie" not in finding.message
