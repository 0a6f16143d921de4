"""The contrôle d'exhaustivité as a run's report shows it."""

from __future__ import annotations

import json
from datetime import date

from tests.steps.odd_acts import act
from tests.steps.tool_drops import a_pdf
from versement.steps.completeness import completeness


def told(world):
    """Codes and messages of the last run's report."""
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"deliberations:run-{world.runs}")
    report = json.loads(chain.staging.path(chain.tenant, record.report).read_bytes())
    return {item["code"]: item["message"] for item in report["completeness"]}


def test_report_looks_at_all_that_the_connector_brought(empty_drop):
    """A gap closes, and minutes complete a séance, when what was missing comes with a later run."""
    for number in ("2026_100", "2026_102"):
        empty_drop.put(f"{number}.pdf", act(number))
    empty_drop.run()
    first = told(empty_drop)
    assert "1 numéro manque (101)" in first["NUMBERS_MISSING"]
    assert "2026-03-12" in first["MINUTES_MISSING"]
    empty_drop.put("2026_101.pdf", act("2026_101"))
    empty_drop.put("2026-03-12/PV.pdf", a_pdf("pv"))
    empty_drop.run()
    assert told(empty_drop) == {}


def test_montpellier_is_told_its_gaps_and_its_repeats(empty_drop, shared):
    """The real sample: 31 numbers missing from 2014/131 to 2014/226, and two numbers that three acts bear each."""
    folder = shared and shared / "deliberations" / "montpellier" / "pdf"
    if folder is None or not folder.is_dir():
        numbers = [*range(131, 137), 138, 138]
        for place, number in enumerate(numbers):
            empty_drop.put(f"{place}.pdf", act(f"2026_{number}", says=f"Vu {place}", day=date(2026, 3, 1 + place)))
        missing, repeated = "1 numéro manque (137)", "2026/138 (2 actes)"
    else:
        for path in sorted(folder.glob("*.pdf")):
            empty_drop.put(path.name, path.read_bytes())
        missing, repeated = "31 numéros manquent (132 à 136, 175, 177, 181 à 204)", "2014/137 (3 actes)"
    empty_drop.run()
    found = {finding.code: finding.message for finding in completeness(empty_drop.chain())}
    assert missing in found["NUMBERS_MISSING"]
    assert repeated in found["NUMBERS_REPEATED"]
