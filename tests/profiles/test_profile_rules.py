"""Which row of the organisation's table governs an act, and what may be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from versement.domain.documents import Field, Metadata, Value, ValueSource
from versement.profiles.load import load_profile
from versement.profiles.management import ManagementRule
from versement.profiles.models import Organisation
from versement.profiles.rules import rule_for

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "profiles"


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return load_profile(SHIPPED / "saint-aubin" / "deliberations.yaml").organisation


def known(nature: str, matter: str = "") -> Metadata:
    """What is known of an act."""
    said = ((Field.NATURE, nature), (Field.MATTER, matter))
    return Metadata.settled(tuple((name, Value(text, ValueSource.INDEX)) for name, text in said))


@pytest.mark.parametrize(
    ("nature", "matter", "expected"),
    [
        ("DE", "", "deliberations"),
        ("1", "8.2.5", "deliberations"),
        ("AR", "6.1", "actes-reglementaires"),
        ("AI", "4", "actes-individuels-personnel"),
        ("AI", "4.1.6", "actes-individuels-personnel"),
        ("3", "8.2", "actes-individuels-aide-sociale"),
        ("AI", "8.20", None),
        ("AI", "40", None),
        ("AI", "", None),
        ("BF", "7.1", None),
        ("", "", None),
        ("inconnue", "4", None),
    ],
)
def test_first_row_that_covers_an_act_governs_it(
    organisation: Organisation, nature: str, matter: str, expected: str | None
) -> None:
    """A row covers natures and matters with their subdivisions; what no row covers has no access rule."""
    rule = rule_for(organisation, "actes", known(nature, matter))
    assert (rule.name if rule else None) == expected


def test_first_row_wins(organisation: Organisation) -> None:
    """When two rows cover an act, the one written first governs it."""
    rows = organisation.management_rules
    again = organisation.model_copy(update={"management_rules": (*reversed(rows), *rows)})
    general = next(row for row in rows if row.name == "deliberations")
    assert rule_for(again, "actes", known("DE")) is general
    narrow = general.model_copy(update={"name": "urbanisme", "matters": ("2",)})
    narrowed = organisation.model_copy(update={"management_rules": (narrow, *rows)})
    found = [rule_for(narrowed, "actes", known("DE", matter)) for matter in ("2.1", "5.2")]
    assert found == [narrow, general]


@pytest.mark.parametrize(
    ("appraisal", "sendable"),
    [
        (None, True),
        ({"final_action": "Keep", "validated": False}, True),
        ({"final_action": "Destroy", "validated": True}, True),
        ({"final_action": "Destroy", "validated": False}, False),
    ],
)
def test_elimination_that_nobody_validated_is_not_sendable(appraisal: dict[str, Any] | None, *, sendable: bool) -> None:
    """A Destroy that the Archives départementales did not validate never leaves."""
    base = {"rule": "R-1", "duration": 5, "text": "Instruction", "article": "1"}
    row = ManagementRule.model_validate(
        {
            "name": "ligne",
            "natures": ("AR",),
            "access": base,
            "appraisal": None if appraisal is None else {**base, **appraisal},
        }
    )
    assert row.sendable is sendable
