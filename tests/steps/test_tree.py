"""What readers of the archive see of the tree."""

from __future__ import annotations

from datetime import date

import pytest

from tests.steps.odd_acts import act
from versement.steps.tree import in_words


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 3, 1), "1er mars 2026"), (date(2026, 8, 12), "12 août 2026")], ids=str
)
def test_days_are_written_as_people_write_them(day, words):
    """« 1er mars 2026 », « 12 août 2026 »."""
    assert in_words(day) == words


def test_a_seance_is_titled_by_its_day(empty_drop):
    """The séance's title in the SIP is French, not a format of computers."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    (transfer,) = empty_drop.transfers()
    chain = empty_drop.chain()
    manifest = chain.staging.path(chain.tenant, transfer.manifest.digest).read_text()
    assert "<Title>Séance du 12 mars 2026</Title>" in manifest
