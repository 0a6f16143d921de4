"""What a run brought, doubled, left aside and archived, in the report of each run."""

from __future__ import annotations

import json

import pytest

from tests.steps.odd_acts import act
from versement.profiles.disposal import Disposal, Footprint


def told(world, run: int) -> dict:
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"deliberations:run-{run}")
    with chain.staging.open(chain.tenant, record.report) as page:
        return json.load(page)["footprint"]


def test_each_run_tells_its_volumes_and_all_of_them(empty_drop):
    """Bytes of the run, of the connector and of the organisation; a chart's points; residue apart."""
    one, two = len(act()), len(act("2026_101"))
    empty_drop.put("a.pdf", act())
    empty_drop.put("copie/a.pdf", act())
    empty_drop.put("Thumbs.db", b"123")
    empty_drop.run()
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.run()
    first, second = told(empty_drop, 1), told(empty_drop, 2)
    assert {name: first["this_run"][name] for name in ("collected", "doubled", "waste", "archived")} == {
        "collected": 2 * one,
        "doubled": one,
        "waste": 3,
        "archived": one,
    }
    assert second["this_run"]["collected"] == second["this_run"]["archived"] == two
    assert second["connector"]["collected"] == second["organisation"]["collected"] == 2 * one + two
    assert [point["collected"] for point in second["over_time"]] == [2 * one, two]
    assert second["organisation"]["avoided_go"] == pytest.approx(one / 1e9)


def test_caches_and_empty_folders_are_counted_as_residue_and_never_collected(empty_drop):
    """They stand on the line of residue, once, and leave nothing in staging; the accounts add up."""
    empty_drop.put("a.pdf", act())
    empty_drop.put(".cache/b.pdf", act("2026_101"))
    empty_drop.put(".Trash-1000/files/message.xml", b"<broken")
    (empty_drop.drop / "vide" / "encore").mkdir(parents=True)
    empty_drop.run()
    empty_drop.run()
    chain, files = empty_drop.chain(), empty_drop.balance().files
    assert (files.waste, files.accepted, files.adds_up) == (3, 1, True)
    residue = [file.path for file in chain.registry.waste(chain.tenant, chain.connector)]
    assert residue == [".Trash-1000/files/message.xml", ".cache/b.pdf", "vide/"]
    kept = [path.read_bytes() for path in (empty_drop.folder / "staging").rglob("*") if path.is_file()]
    assert act("2026_101") not in kept
    assert b"<broken" not in kept


def test_the_factor_is_the_organisation_s_own(empty_drop):
    """Factor, unit, copies and source are told with the result."""
    disposal = Disposal(footprint=Footprint(kilograms=0.2, unit="Go", copies=3, source="mesure locale, 2026"))
    organisation = empty_drop.profile.organisation.model_copy(update={"disposal": disposal})
    empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": organisation})
    empty_drop.put("a.pdf", act())
    empty_drop.put("copie/a.pdf", act())
    empty_drop.run()
    said = told(empty_drop, 1)
    assert said["factor"]["source"] == "mesure locale, 2026"
    assert said["factor"]["range"] == [0.0116, 0.28]
    assert said["organisation"]["avoided_kgco2e_per_year"] == pytest.approx(len(act()) / 1e9 * 0.2 * 3)
