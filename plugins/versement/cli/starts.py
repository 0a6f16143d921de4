"""`starts`: the units in Vitam whose delays a person must put later there."""

from __future__ import annotations

import argparse
import json

from versement.cli.output import say
from versement.cli.tables import table
from versement.cli.whereabouts import chains_of
from versement.steps.later_starts import later_starts
from versement.steps.report import start_line

HEADING = ("Unité dans Vitam", "Clé", "Règle", "Départ versé", "Départ attendu")


def starts(arguments: argparse.Namespace) -> int:
    """List them for one connector, or for all."""
    found = [(chain, later_starts(chain)) for chain in chains_of(arguments.connector)]
    lines = [{"connector": chain.profile.dag_id, **start_line(one)} for chain, some in found for one in some]
    if arguments.json:
        say(json.dumps(lines, ensure_ascii=False, indent=1))
    elif lines:
        rows = [(line["unit"], line["key"], line["rule"], line["since"] or "–", line["to"]) for line in lines]
        say(table([HEADING, *rows]))
    else:
        say("Aucun délai à faire partir plus tard dans Vitam.")
    return 0
