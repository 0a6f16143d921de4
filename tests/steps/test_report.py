"""The written report."""

from __future__ import annotations

import html
import json

from tests.steps.doubtful_archive import RepeatingArchive
from tests.steps.odd_acts import act
from versement.domain.lifecycle import TransferState
from versement.pages.run import page
from versement.steps.operation import adopt
from versement.steps.report import kept


def _written(world) -> dict:
    """The last run's report."""
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    with chain.staging.open(chain.tenant, record.report) as file:
        return json.load(file)


def test_doubles_to_eliminate_stay_told_after_the_acceptance(commune) -> None:
    """Whoever was not at the terminal reads of the other operation in the report, and finds it by any document."""
    world = commune("maurecy")
    world.archive = RepeatingArchive()
    world.run()
    (before,) = world.transfers()
    kept, double = (name for _, name in world.archive._operations)
    chain = world.chain()
    adopt(chain, world.archive, before, kept)
    world.run()
    (line,) = _written(world)["transfers"]
    assert (line["operation"], [said["code"] for said in line["remarks"]]) == (kept, ["OPERATIONS_TO_ELIMINATE"])
    assert double in line["remarks"][0]["message"]
    assert line["state"] == TransferState.ACCEPTED
    (story,) = chain.registry.find(chain.tenant, before.members[0])
    assert any(double in finding.message for finding in story.findings)


def _kept(world, kind: str, run: int = 0) -> bytes:
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{run or world.runs}")
    return b"".join(kept(chain, record, kind) or ())


def test_each_run_leaves_a_page_made_of_its_json_alone(commune) -> None:
    """Both are kept in staging under their digest; the page can be made again of the JSON, byte for byte."""
    world = commune()
    world.run()
    assert _kept(world, "page") == b"".join(page(json.loads(_kept(world, "report"))))
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, "deliberations:run-1")
    (line,) = [line for line in chain.registry.journal(chain.tenant) if str(record.page) in line.data]
    assert str(record.report) in line.data


def test_the_page_says_what_waits_and_what_each_rule_found(commune) -> None:
    """Every waiting document is there with its message, and a document that breaks a rule leads to it."""
    world = commune()
    world.run()
    shown = html.unescape(_kept(world, "page").decode())
    chain = world.chain()
    for item in chain.registry.waiting(chain.tenant, chain.connector):
        assert f"<bdi>{item.reference}</bdi>" in shown
        assert item.message in shown
    facts = json.loads(_kept(world, "report"))
    assert facts["records"]
    assert set(facts["records"].values()) <= {item["reference"] for item in facts["waiting"]}


def test_formats_duplicates_and_near_duplicates_of_the_run_are_told(empty_drop) -> None:
    """Each with what it is like; those of an earlier run are not told again."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("copie/a.pdf", act())
    empty_drop.run()
    first = json.loads(_kept(empty_drop, "report"))
    size = len(act())
    assert [(found["puid"], found["files"], found["size"]) for found in first["formats"]] == [("fmt/18", 2, 2 * size)]
    (double,) = first["alikes"]
    assert (double["code"], {double["reference"], double["other"]}) == ("DUPLICATE", {"a.pdf", "copie/a.pdf"})
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.run()
    second = json.loads(_kept(empty_drop, "report"))
    assert {(found["code"], found["reference"]) for found in second["alikes"]} == {("NEAR_DUPLICATE", "b.pdf")}


def test_times_are_those_of_the_run_s_own_lines(empty_drop) -> None:
    """Each step's first and last line since the run began; a later run does not count an earlier one's."""
    empty_drop.put("a.pdf", act())
    empty_drop.run()
    empty_drop.clock.pass_(3600)
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.run()
    steps = ("collect", "qualify", "deduplicate", "package", "deposit", "reconcile")
    told = json.loads(_kept(empty_drop, "report"))
    assert tuple(span["step"] for span in told["timings"]) == steps
    assert all(told["started"] <= span["begun"] <= span["ended"] for span in told["timings"])
    assert [span["lines"] for span in told["timings"]][:3] == [2, 1, 2]


def test_a_name_that_is_no_text_is_told_all_the_same(empty_drop) -> None:
    """A file whose name no encoding reads stands in JSON and page, and stops nothing."""
    empty_drop.put("a.pdf", act())
    (empty_drop.drop / "b\udcff.pdf").write_bytes(b"x")
    empty_drop.run()
    assert json.loads(_kept(empty_drop, "report"))["waiting"]
    assert _kept(empty_drop, "page").endswith(b"</html>")
