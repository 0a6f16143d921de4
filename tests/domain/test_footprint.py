"""Footprint: an order of magnitude that says its unit, its copies and its source."""

from __future__ import annotations

import pytest

from versement.domain.footprint import Factor, Volumes, avoided


@pytest.mark.parametrize(("unit", "size"), [("Go", 10**9), ("Gio", 2**30)])
def test_a_factor_is_for_its_own_unit_and_for_all_copies(unit, size):
    """One unit stored in two copies costs twice the factor."""
    assert Factor(0.0116, unit, 2, "source").yearly(size) == pytest.approx(0.0232)


def test_what_is_avoided_is_doubles_and_what_a_visa_let_go():
    """Residue would never have been archived: it is told apart and not counted."""
    volumes = Volumes(collected=100, doubled=10, waste=7, archived=60)
    assert avoided(volumes, "production") == 10
    assert avoided(volumes + Volumes(eliminated=5), "production") == 15


def test_an_essai_avoids_nothing():
    """What an essai accepts is no archive: no double of it spares any storage."""
    assert avoided(Volumes(collected=100, doubled=10, archived=60, eliminated=5), "essai") == 0


def test_volumes_add_up():
    """Collections add line by line."""
    assert Volumes(1, 2, 3, 4, 5) + Volumes(10, 20, 30, 40, 50) == Volumes(11, 22, 33, 44, 55)
