"""JSON schemas of the profile files, for editors and for the reference documentation.

`python -m versement.profiles.schema FOLDER` writes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from versement.profiles.models import Connector, Organisation, Target
from versement.profiles.strict import Strict
from versement.profiles.visas import Visa

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by file name."""
    target = _schema(Target)
    return {
        "connector.schema.json": {"$schema": DIALECT, **_schema(Connector)},
        "organisation.schema.json": {"$schema": DIALECT, **_without_name(_schema(Organisation))},
        "visas.schema.json": {
            "$schema": DIALECT,
            "title": "Visas",
            "description": "Visas des fiches d’une organisation, par nom de fiche.",
            "type": "object",
            "additionalProperties": _schema(Visa),
        },
        "targets.schema.json": {
            "$schema": DIALECT,
            "title": "Plateformes cibles",
            "description": "Plateformes où verser, par nom.",
            "type": "object",
            "additionalProperties": _without_name(target),
        },
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder, made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in json_schemas().items():
        folder.joinpath(name).write_text(rendered(schema), encoding="utf-8")


def rendered(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _schema(model: type[Strict]) -> dict[str, Any]:
    return model.model_json_schema(mode="validation")


def _without_name(schema: dict[str, Any]) -> dict[str, Any]:
    """The name comes from where the file stands, not from its content."""
    properties = {key: value for key, value in schema["properties"].items() if key != "name"}
    required = [key for key in schema["required"] if key != "name"]
    return {**schema, "properties": properties, "required": required}


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
