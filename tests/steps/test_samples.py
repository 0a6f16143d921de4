"""Real open data through the ready profiles: what each drop gives, counted by reason."""

from __future__ import annotations

import pytest

from tests.steps.samples_table import CONNECTORS, Line, line, profile_for, through

ALIKE = ("NOTICE_AMOUNT", "NOTICE_BLANKS", "NOTICE_CPV", "NOTICE_SIRET_KEY")
ONCE = (
    *("NOTICES_REPEATED", "NOTICE_BUYER", "NOTICE_DATE", "NOTICE_HOLDERS", "NOTICE_HOLDER_ID", "NOTICE_ID"),
    *("NOTICE_TEXT", "NOTICE_TITLE", "NOTICE_UNDATED", "NOTICE_UNPUBLISHED"),
)
COUNTED = {
    "budget": Line(4, 4, 4, 0, 0, {}, {}),
    "bureautique": Line(14, 14, 14, 0, 0, {}, {}),
    "deliberations/montpellier": Line(71, 71, 69, 0, 0, {"IDENTITY_CONFLICT": 1, "ROLE_UNKNOWN": 1}, {}),
    "deliberations/scdl": Line(1, 1, 0, 0, 0, {"ROLE_UNKNOWN": 1}, {}),
    "marches/decp_2019": Line(2, 0, 0, 0, 0, {}, {**dict.fromkeys(ALIKE, 2), **dict.fromkeys(ONCE, 1)}),
    "marches/decp_2022_exemples/json": Line(
        5, 1, 0, 0, 0, {"FIELD_MISSING": 1}, {"NOTICES_REPEATED": 1, "NOTICE_SIRET_KEY": 4}
    ),
    "marches/decp_2022_exemples/xml": Line(
        4, 1, 0, 0, 0, {"FIELD_MISSING": 1}, {"NOTICES_REPEATED": 1, "NOTICE_SIRET_KEY": 2}
    ),
    "marches/montpellier_marches_conclus": Line(2, 0, 0, 0, 0, {}, {"MARKETS_MISSING": 2}),
    "marches/schemas": Line(3, 1, 0, 0, 0, {"FIELD_MISSING": 1}, {"NOTICES_NONE": 2}),
}
"""What each folder gives: files, documents, accepted, duplicates, waste, then codes. Index files are no documents."""


@pytest.mark.parametrize("folder", CONNECTORS)
def test_every_folder_of_real_data_is_accounted_for(tmp_path, formats, shared, folder):
    """Whatever it holds goes through the chain of its connector, adds up, and is told by reason."""
    drop = shared and shared / "samples" / folder
    if drop is None or not drop.is_dir():
        pytest.skip("no samples on this machine: test_records and test_markets show the same on drops of their own")
    world = through(tmp_path, drop, formats, profile_for(folder))
    assert line(world) == COUNTED[folder]
    if folder == "bureautique":
        (transfer,) = world.transfers()
        assert transfer.unit_count == 14 + 3  # one unit per year: 2009, 2011, and the note's own
