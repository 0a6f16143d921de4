"""What a run brought, doubled, left aside and archived, in the report of each run."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.steps.odd_acts import act
from tests.steps.test_elimination import _production
from versement.domain.elimination import Given, Visa
from versement.profiles.disposal import Disposal, Footprint
from versement.steps.elimination import propose, sign, visa
from versement.steps.footprint import footprint


def told(world, run: int) -> dict:
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"deliberations:run-{run}")
    with chain.staging.open(chain.tenant, record.report) as page:
        return json.load(page)["footprint"]


def test_each_run_tells_its_volumes_and_all_of_them(empty_drop):
    """Bytes of the run, of the connector and of the organisation; a chart's points; residue apart."""
    _production(empty_drop)
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


def test_what_a_visa_let_go_is_not_archived_any_more(empty_drop):
    """Granted, an archive counts as eliminated and avoided, in its run, its connector and over time; once."""
    one, two = len(act()), len(act("2026_101"))
    _production(empty_drop)
    for path, data in (("a.pdf", act()), ("b.pdf", act("2026_101")), ("copie/a.pdf", act())):
        empty_drop.put(path, data)
    empty_drop.run()
    made = propose([empty_drop.chain()], day=date(2026, 9, 1))
    assert told(empty_drop, 1)["connector"]["archived"] == one + two
    chain = empty_drop.chain()
    sign(chain, made.id, [b"%PDF-1.7"])
    visa(chain, made.id, 1, Given(Visa.SAMPLE, "AD95", "v", frozenset({"b.pdf"})))
    assert footprint(chain, "deliberations:run-1")["connector"]["archived"] == one + two
    visa(chain, made.id, 2, Given(Visa.GRANTED, "AD95", "v"))
    said = footprint(chain, "deliberations:run-1")
    for scope in ("this_run", "connector", "organisation"):
        assert [said[scope][name] for name in ("archived", "eliminated", "doubled")] == [two, one, one]
        assert said[scope]["avoided_go"] == pytest.approx(2 * one / 1e9)
    assert [(point["archived"], point["eliminated"]) for point in said["over_time"]] == [(two, one)]


def test_doubles_on_an_essai_avoid_no_storage(empty_drop):
    """They are told as doubles and spare nothing: what an essai accepts is no archive."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("copie/a.pdf", act())
    empty_drop.run()
    said = told(empty_drop, 1)
    assert said["organisation"]["doubled"] == len(act())
    assert said["organisation"]["avoided_go"] == said["organisation"]["avoided_kgco2e_per_year"] == 0


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
    _production(empty_drop)
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
