"""How records are cut into transfers: nothing lost, nothing twice, caps held, the same cut each time."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from itertools import pairwise

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from versement.domain.fixity import Digest, Fixity
from versement.domain.packing import UNIT_BYTES, Caps, Parcel, cut


def file(name: str, size: int) -> Fixity:
    return Fixity(Digest("SHA-512", name), 0, size)


SIZES = {"a": 0, "b": 1, "c": 3 * UNIT_BYTES, "d": 10 * UNIT_BYTES, "e": 10 * UNIT_BYTES, "f": 40 * UNIT_BYTES}
FILES = [file(name, size) for name, size in SIZES.items()]
PARCELS = st.lists(
    st.builds(
        lambda units, files, parents, group, described: ((units, tuple(files), parents, group), described),
        st.integers(1, 30),
        st.lists(st.sampled_from(FILES), max_size=3),
        st.sampled_from([(), (), ("s1",), ("s2",), ("s1", "s1/a"), ("s1", "s1/b"), ("s3", "s3/a", "s3/a/1")]),
        st.sampled_from(["", "", "x"]),
        st.sampled_from([0, 0, 500, 7 * UNIT_BYTES]),
    ),
    max_size=40,
).map(lambda found: [Parcel(n, *told, described=described) for n, (told, described) in enumerate(found)])
CAPS = st.builds(Caps, st.integers(1, 60), st.integers(1, 80 * UNIT_BYTES))


def records(transfers) -> list[list[int]]:
    return [[parcel.record for parcel in transfer] for transfer in transfers]


def weight(parcels) -> tuple[int, int]:
    """Units of a transfer and bytes of the SIP: each parent counts once, and so do bytes that come twice."""
    units = sum(parcel.units for parcel in parcels) + len({parent for parcel in parcels for parent in parcel.parents})
    distinct = {item for parcel in parcels for item in parcel.files}
    described = sum(parcel.described for parcel in parcels)
    return units, sum(item.size for item in distinct) + described + units * UNIT_BYTES


def within(parcels, caps: Caps) -> bool:
    units, size = weight(parcels)
    return units <= caps.units and size <= caps.size


@given(PARCELS, CAPS)
def test_nothing_is_lost_and_nothing_leaves_twice(parcels, caps):
    """Every record is in exactly one transfer, and no transfer is empty."""
    transfers = cut(parcels, caps)
    assert Counter(record for transfer in records(transfers) for record in transfer) == Counter(range(len(parcels)))
    assert all(transfers)


@given(PARCELS, CAPS)
def test_a_transfer_exceeds_its_caps_only_with_one_record_alone(parcels, caps):
    """Units and bytes stay within their caps; a record that is heavier by itself travels alone."""
    for transfer in cut(parcels, caps):
        if not within(transfer, caps):
            event("heavier than the caps")
            assert len(transfer) == 1


def family_of(parcel) -> tuple[str | int, ...]:
    """What comes together: what has one topmost parent, by group; a record without parent is by itself."""
    return parcel.group, *parcel.parents[:1], -1 if parcel.parents else parcel.record


@given(PARCELS, CAPS)
def test_records_keep_their_order(parcels, caps):
    """A group's records leave in the order in which they came, those of one parent brought to the first of them."""
    families: dict[tuple[str | int, ...], list[int]] = {}
    for parcel in parcels:
        families.setdefault(family_of(parcel), []).append(parcel.record)
    transfers = cut(parcels, caps)
    for group in ("", "x"):
        leaving = [parcel.record for transfer in transfers for parcel in transfer if parcel.group == group]
        assert leaving == [record for key, family in families.items() if key[0] == group for record in family]


@given(PARCELS, CAPS)
def test_the_same_records_are_always_cut_in_the_same_way(parcels, caps):
    """Nothing decides but what is said of the records: not which object says it, nor what was cut before."""
    first = records(cut(parcels, caps))
    cut(parcels[:5], Caps(3, UNIT_BYTES))
    assert records(cut(iter(deepcopy(parcels)), caps)) == first


@given(PARCELS, CAPS)
def test_groups_that_are_kept_apart_never_meet(parcels, caps):
    """No transfer holds records of two groups."""
    assert all(len({parcel.group for parcel in transfer}) == 1 for transfer in cut(parcels, caps))


@given(PARCELS, CAPS)
def test_children_of_one_parent_are_spread_only_when_no_transfer_can_hold_them(parcels, caps):
    """A séance that fits in one transfer is in one transfer."""
    transfers = cut(parcels, caps)
    for key in {family_of(parcel) for parcel in parcels}:
        family = [parcel for parcel in parcels if family_of(parcel) == key]
        if within(family, caps):
            event(f"{min(len(family), 3)} fit")
            assert sum(any(parcel in transfer for parcel in family) for transfer in transfers) == 1


@given(PARCELS, CAPS)
def test_no_transfer_is_opened_without_need(parcels, caps):
    """What begins a transfer had no room in the one before it."""
    by_group: dict[str, list[list[Parcel[int]]]] = {}
    for transfer in cut(parcels, caps):
        by_group.setdefault(transfer[0].group, []).append(transfer)
    for transfers in by_group.values():
        for before, after in pairwise(transfers):
            assert not within([*before, *family_at_the_head(after, parcels, caps)], caps)


def family_at_the_head(transfer, parcels, caps: Caps):
    head = transfer[0]
    family = [parcel for parcel in parcels if family_of(parcel) == family_of(head)]
    return family if within(family, caps) else [head]


def test_one_huge_object_travels_alone():
    """A record beyond the cap leaves by itself; what comes before and after it does not wait for it."""
    small, huge = file("small", 10), file("huge", 10**10)
    parcels = [Parcel(n, 2, (huge if n == 1 else small,)) for n in range(4)]
    assert records(cut(parcels, Caps(10_000, 10**9))) == [[0], [1], [2, 3]]


def test_the_same_bytes_weigh_once_in_a_transfer():
    """An annex that many records share does not open a transfer for each of them."""
    annex = file("annexe", 800_000_000)
    parcels = [Parcel(n, 2, (annex,)) for n in range(100)]
    assert len(cut(parcels, Caps(10_000, 10**9))) == 1


@pytest.mark.parametrize(("cap", "expected"), [(7, [[0, 1, 2]]), (6, [[0, 1], [2]]), (5, [[0, 1], [2]])])
def test_every_unit_counts_the_parent_too(cap, expected):
    """The séance above the records is one unit more, in each transfer that holds some of them."""
    parcels = [Parcel(n, 2, parents=("s",)) for n in range(3)]
    assert records(cut(parcels, Caps(cap, 10**9))) == expected


def test_a_seance_that_does_not_fit_goes_to_the_next_transfer_whole():
    """Rather than being cut, a séance leaves room behind it."""
    parcels = [Parcel(n, 3, parents=("s1" if n < 2 else "s2",)) for n in range(4)]
    assert records(cut(parcels, Caps(11, 10**9))) == [[0, 1], [2, 3]]
