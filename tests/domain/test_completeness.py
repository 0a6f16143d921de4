"""The contrôle d'exhaustivité: gaps and repeats of numbers, acts without ARActe, séances without minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.completeness import SHOWN, KnownAct, incomplete
from versement.domain.numbering import Numbered, gaps, numbered


def act(number, *, day="2026-03-12", acknowledged=True, seance="", key="", siren="219509908"):
    return KnownAct(key or f"{siren}/{day}/{number}", siren, day, number, acknowledged, seance)


def messages(acts, seances=None):
    return {finding.code: finding.message for finding in incomplete(acts, seances or {})}


@pytest.mark.parametrize(
    ("number", "series", "rank"),
    [
        ("2026/137", "AAAA_#", 137),
        ("2026 - 137", "AAAA_#", 137),
        ("2026_014", "AAAA_#", 14),
        ("71218", "#", 71218),
        ("0000071218", "#", 71218),
        ("014-2026", "#_AAAA", 14),
        ("DEL2026014", "DELAAAA_#", 14),
        ("CM2_2026_014", "CM2_AAAA_#", 14),
        ("2026", "#", 2026),
        ("2025/137", "2025_#", 137),
    ],
)
def test_shape_of_a_number_is_learnt(number, series, rank):
    """However numbers are written, the year is told from the rank."""
    assert numbered(number, 2026) == Numbered(series, rank)


@pytest.mark.parametrize("number", ["", "sans numéro", "1" * 13])
def test_text_without_a_rank_is_in_no_series(number):
    """What holds no rank is no gap and no repeat."""
    assert numbered(number, 2026) is None


@given(st.sets(st.integers(0, 200), min_size=1))
def test_gaps_are_exactly_what_is_missing_between_the_ends(ranks):
    """Known ranks and gaps together are every rank from the first to the last."""
    missing = {rank for low, high in gaps(ranks) for rank in range(low, high + 1)}
    assert missing | ranks == set(range(min(ranks), max(ranks) + 1))
    assert not missing & ranks


def test_missing_and_repeated_numbers_are_told_by_year_and_series():
    """Gaps are told as runs, repeats with how many acts bear them; other series and years do not mix in."""
    numbers = ["2026/131", "2026/137", "2026/137", "2026/138", "AR2026/1", "AR2026/2"]
    acts = [act(number, key=str(place)) for place, number in enumerate(numbers)]
    told = messages([*acts, act("2025/900", day="2025-12-01")])
    assert told.keys() == {"NUMBERS_MISSING", "NUMBERS_REPEATED"}
    assert "de 2026/131 à 2026/138 (4 actes) : 5 numéros manquent (132 à 136)" in told["NUMBERS_MISSING"]
    assert "2026/137 (2 actes)" in told["NUMBERS_REPEATED"]


def test_series_of_each_organisation_is_its_own():
    """The commune and its CCAS number apart: one's numbers are no repeat of the other's."""
    assert messages([act("2026_1"), act("2026_1", siren="267800012")]) == {}


def test_series_shared_with_other_documents_is_told_as_such():
    """A chronological register of all mail has more holes than acts: the numbers are counted, not listed."""
    told = messages([act("100"), act("900")])["NUMBERS_MISSING"]
    assert "799 numéros manquent (cette suite sert sans doute à d’autres documents" in told


def test_long_lists_are_cut_and_counted():
    """A year of unacknowledged acts gives one finding, which counts what it does not list."""
    told = messages([act(f"2026_{n:03}", acknowledged=False) for n in range(SHOWN + 7)])["ACKNOWLEDGEMENTS_MISSING"]
    assert f"{SHOWN + 7} actes sans accusé" in told
    assert "… et 7 autres" in told


def test_text_in_place_of_a_number_is_never_told():
    """A shifted column may put a name where the number is: it is not shown."""
    told = messages([act("Jean Dupont", acknowledged=False)])["ACKNOWLEDGEMENTS_MISSING"]
    assert "Dupont" not in told


def test_seances_without_minutes_are_told_by_day():
    """Minutes, whole or summary, make a séance complete; a convocation does not."""
    keys = [f"219509908/seance/2026-0{month}-12" for month in (1, 2, 3)]
    acts = [act(f"2026_{n}", day=key[-10:], seance=key) for n, key in enumerate(keys)]
    pieces = {
        keys[0]: {"convocation", "procès-verbal sommaire"},
        keys[1]: {"convocation"},
        "219509908/seance/2026-04-02/bureau": {"convocation"},
    }
    told = messages(acts, pieces)["MINUTES_MISSING"]
    assert "3 séances sans procès-verbal (2026-02-12, 2026-03-12, 2026-04-02 bureau)" in told


def test_complete_year_says_nothing():
    """Where nothing is missing, nothing is told."""
    key = "219509908/seance/2026-03-12"
    assert messages([act("2026_1", seance=key), act("2026_2", seance=key)], {key: {"procès-verbal"}}) == {}
