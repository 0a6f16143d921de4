"""The demonstration killed at some moment, in any of its processes, then started again."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_a_demonstration_that_was_killed_ends_with_the_same_table(killed: list[str]) -> None:
    """Killed twice at seeded moments and started again: the same counts, the same units, none of them doubled."""
    assert killed == []
