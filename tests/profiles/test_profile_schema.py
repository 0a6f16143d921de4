"""The JSON schemas that editors and the reference documentation use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from versement.profiles.schema import json_schemas, rendered

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, value in schema.items():
        if name == "properties":
            found += list(value.items())
        if isinstance(value, dict):
            found += properties(value)
    return found


@pytest.mark.parametrize("name", sorted(json_schemas()))
def test_every_field_is_explained_in_french(name: str) -> None:
    """The schemas are the reference: each field has its title and its description."""
    fields = properties(json_schemas()[name])
    assert fields
    assert [key for key, field in fields if not (field.get("title") and field.get("description"))] == []


@pytest.mark.parametrize("name", sorted(json_schemas()))
def test_published_schema_is_up_to_date(name: str) -> None:
    """A schema that is published in the documentation is the one that the code holds."""
    published = REFERENCE / name
    expected = rendered(json_schemas()[name])
    assert not published.exists() or published.read_text(encoding="utf-8") == expected


def test_what_the_place_of_a_file_says_is_not_asked_for() -> None:
    """Names come from folders and keys: no schema asks a person to write them again."""
    schemas = json_schemas()
    assert "name" not in schemas["organisation.schema.json"]["properties"]
    assert "name" not in schemas["targets.schema.json"]["additionalProperties"]["properties"]
    assert schemas["connector.schema.json"]["properties"]["version"]["const"] == 2
    assert schemas["connector.schema.json"]["properties"]["unit_cap"]["type"] == "integer"


def test_schemas_are_written_by_one_command(tmp_path: Path) -> None:
    """`python -m versement.profiles.schema FOLDER` writes the three schemas."""
    subprocess.run([sys.executable, "-m", "versement.profiles.schema", str(tmp_path / "ici")], check=True)
    assert sorted(path.name for path in (tmp_path / "ici").iterdir()) == sorted(json_schemas())
