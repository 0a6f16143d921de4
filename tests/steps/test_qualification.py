"""Every file is looked into once, before anything leaves; each trouble has its code, and its neighbours go on."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.adapters.formats.pdf_samples import bomb
from tests.steps.odd_acts import act, index, row
from tests.steps.world import profile_of
from versement.adapters.antivirus import DiskScans
from versement.domain.errors import AntivirusUnavailable, SettingsError
from versement.domain.lifecycle import DocumentState
from versement.profiles.expectations import Expectation
from versement.profiles.policies import Policies
from versement.steps.collect import Window
from versement.steps.files import Guard
from versement.testing.memory_antivirus import EICAR, MemoryAntivirus

GOOD = ("2026_100", "2026_101")


@pytest.fixture
def world(empty_drop):
    """Two good acts, and an antivirus that the profile requires."""
    empty_drop.profile = profile_of(antivirus="required")
    empty_drop.guard = Guard(MemoryAntivirus(max_bytes=50_000_000), DiskScans(empty_drop.folder / "scans"))
    for number in GOOD:
        empty_drop.put(f"{number}.pdf", act(number))
    return empty_drop


def _counts_add_up(world, *, aside: int, accepted: int = len(GOOD)) -> None:
    documents = world.balance().documents
    assert (documents.accepted, documents.set_aside) == (accepted, aside)
    assert world.balance().adds_up


def _codes(story) -> list[str]:
    """Codes of its findings, but that these acts look alike."""
    return [finding.code for finding in story.findings if finding.code != "NEAR_DUPLICATE"]


def _report(world) -> dict:
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    with chain.staging.open(chain.tenant, record.report) as report:
        return json.load(report)


def test_stamp_of_an_act_behind_other_bytes_is_read(world):
    """An act that begins with a line feed is a PDF all the same: its stamp still contradicts a wrong index."""
    behind = b"\n" + act("2026_102").replace(b"%PDF-1.4", b"%PDF-1.7").replace(b"%PDF-1.3", b"%PDF-1.7")
    world.put("c.pdf", behind)
    world.put("index.csv", index(row("2026_102", "c.pdf", day="2026-03-13")))
    world.run()
    assert world.codes() == {"c.pdf": "VALUES_CONTRADICT"}
    _counts_add_up(world, aside=1)


def test_infected_file_is_set_aside_and_never_sent(world):
    """EICAR's test file in an annex sets its document aside, with the signature's name; its neighbours leave."""
    world.put("2026_102.pdf", act("2026_102") + EICAR)
    world.run()
    assert world.codes() == {"2026_102.pdf": "INFECTED"}
    message = next(item.message for item in world.chain().registry.waiting(world.profile.tenant, "deliberations"))
    assert "Eicar-Test-Signature" in message
    _counts_add_up(world, aside=1)
    assert _report(world)["files"]["antivirus"] == {
        "use": "required",
        "signatures": "antivirus en mémoire, signatures 1",
        "clean": 2,
        "infected": 1,
    }


def test_antivirus_that_is_down_judges_nobody(world):
    """Without its antivirus the step fails, to be tried again: no document is judged, none leaves."""
    world.guard.antivirus.down = AntivirusUnavailable("Antivirus absent.")
    with pytest.raises(AntivirusUnavailable):
        world.run()
    chain = world.chain()
    assert len(chain.registry.documents(chain.tenant, chain.connector, DocumentState.COLLECTED)) == len(GOOD)
    world.guard.antivirus.down = None
    world.run()
    _counts_add_up(world, aside=0)


def test_required_antivirus_that_nobody_declared_is_for_the_operator(world):
    """A profile that requires an antivirus, on a machine that has none, stops with what to set."""
    world.guard = None
    with pytest.raises(SettingsError, match="VERSEMENT_CLAMD"):
        world.run()
    assert not world.transfers()


def test_profile_without_antivirus_says_so_in_its_report(world):
    """On a trial target a profile may do without: nothing is scanned, and the report says it."""
    world.profile = profile_of(antivirus="off")
    world.run()
    assert world.guard.antivirus.scanned == 0
    assert _report(world)["files"]["antivirus"] == {"use": "off", "signatures": ""}


def test_content_is_scanned_once_by_the_same_signatures(world):
    """Bytes that were found clean are not sent again, unless the signatures are others."""
    world.put("copie.pdf", act(GOOD[0]))
    world.run()
    assert world.guard.antivirus.scanned == len(GOOD)
    world.put("copie-2.pdf", act(GOOD[0]))
    world.run()
    assert world.guard.antivirus.scanned == len(GOOD)
    world.guard.antivirus.version = "signatures 2"
    world.put("copie-3.pdf", act(GOOD[0]))
    world.run()
    assert world.guard.antivirus.scanned == len(GOOD) + 1


@pytest.mark.parametrize(("policy", "aside"), [("set_aside", 1), ("remark", 0), ("accept", 0)])
def test_what_is_not_scanned_follows_the_policy(world, policy, aside):
    """A file beyond what the antivirus examines waits, leaves with a remark, or leaves, as the profile says."""
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED=policy))
    large = act("2026_102")
    world.guard.antivirus.max_bytes = len(large) + 100
    world.put("2026_102.pdf", large + b"\n" * 200 + b"%%EOF\n")
    world.run()
    assert world.codes() == ({"2026_102.pdf": "NOT_SCANNED"} if aside else {})
    _counts_add_up(world, aside=aside, accepted=3 - aside)
    chain = world.chain()
    story = chain.registry.find(chain.tenant, "2026_102.pdf")[0]
    assert _codes(story) == ([] if policy == "accept" else ["NOT_SCANNED"])


def test_hostile_and_broken_files_each_have_their_code(world, tmp_path):
    """An empty file, a bomb, a cut one, one of no known format: each is named, and the acts beside them leave."""
    whole = act("2026_109")
    world.put("vide.pdf", b"")
    world.put("bombe.pdf", bomb(tmp_path / "bombe").read_bytes())
    world.put("coupe.pdf", whole[: len(whole) // 2])
    world.put("inconnu.zzz", b"\xfe\x01\x02" * 50)
    world.run()
    chain = world.chain()
    found = {
        name: {finding.code for finding in chain.registry.find(chain.tenant, name)[0].findings}
        for name in ("vide.pdf", "bombe.pdf", "coupe.pdf", "inconnu.zzz")
    }
    assert "FILE_EMPTY" in found["vide.pdf"]
    assert "FILE_TOO_HEAVY" in found["bombe.pdf"]
    assert "FILE_TRUNCATED" in found["coupe.pdf"]
    assert "FORMAT_UNKNOWN" in found["inconnu.zzz"]
    _counts_add_up(world, aside=4)


def test_document_set_aside_by_a_policy_leaves_once_the_policy_is_another(world):
    """What only the profile held back is judged again when the profile changes; no one has to bring it again."""
    whole = act("2026_102")
    world.guard.antivirus.max_bytes = len(whole) - 1
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="set_aside"))
    world.put("2026_102.pdf", whole)
    world.run()
    assert world.codes()["2026_102.pdf"] == "NOT_SCANNED"
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="accept"))
    world.run()
    assert world.codes() == {}


def test_run_for_some_days_under_a_mended_profile_leaves_no_other_day_behind(world):
    """The profile is mended, and first run for one month: what it held back of other months leaves at the next run."""
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="set_aside"))
    world.guard.antivirus.max_bytes = 1
    for number in GOOD:
        (world.drop / f"{number}.pdf").unlink()
    for day in (date(2026, 3, 12), date(2026, 4, 2)):
        world.put(f"{day}.pdf", act(f"2026_{day.month}", day=day))
    world.put("index.csv", index(*(row(f"2026_{d[6]}", f"{d}.pdf", day=d) for d in ("2026-03-12", "2026-04-02"))))
    world.run()
    assert world.codes() == dict.fromkeys(("2026-03-12.pdf", "2026-04-02.pdf"), "NOT_SCANNED")
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="accept"))
    world.run(window=Window(date(2026, 4, 1), date(2026, 4, 30)))
    assert world.codes() == {"2026-03-12.pdf": "NOT_SCANNED"}
    world.run()
    assert world.codes() == {}


def test_profile_that_was_tried_for_some_days_only_leaves_nothing_behind(world):
    """A stricter profile is run for a month, then for another, and given up: what it held back leaves again."""
    kept = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="accept"))
    world.profile = kept
    world.run()
    world.guard.antivirus.max_bytes = 1
    world.put("a.pdf", act("2026_3", stamped=False))
    world.put("index.csv", index(row("2026_3", "a.pdf")))
    world.profile = profile_of(antivirus="required", policies=Policies(NOT_SCANNED="set_aside"))
    world.run(window=Window(date(2026, 3, 1), date(2026, 3, 31)))
    assert world.codes() == {"a.pdf": "NOT_SCANNED"}
    world.profile = kept
    world.run(window=Window(date(2026, 4, 1), date(2026, 4, 30)))
    world.run()
    assert world.codes() == {}


def test_expectations_of_the_partner_judge_every_act(world):
    """An act that breaks an expectation waits, with its name; a remark lets it leave."""
    world.put("2026_102.pdf", act("2026_102", day=date(2026, 4, 2)))
    world.profile = profile_of(
        antivirus="off",
        expectations=(
            Expectation(
                name="avant-avril", column="date", expect="date_between", first="2026-01-01", last="2026-03-31"
            ),
            Expectation(
                name="objet-long", column="title", expect="length_between", least=500, most=600, policy="remark"
            ),
        ),
    )
    world.run()
    assert world.codes() == {"2026_102.pdf": "EXPECTATION_FAILED"}
    chain = world.chain()
    late = chain.registry.find(chain.tenant, "2026_102.pdf")[0]
    assert "« avant-avril »" in late.reason
    assert "du 2026-01-01 au 2026-03-31" in late.reason
    kept = chain.registry.find(chain.tenant, "2026_100.pdf")[0]
    assert _codes(kept) == ["EXPECTATION_FAILED"]
    _counts_add_up(world, aside=1)


def test_suite_that_does_not_fit_the_table_is_told_and_stops_nothing(world):
    """A date asked of what holds no date is told on each act, as a remark; the acts leave, the other rules judge."""
    world.profile = profile_of(
        antivirus="off",
        expectations=(
            Expectation(
                name="numero-date", column="number", expect="date_between", first="2026-01-01", last="2026-03-31"
            ),
        ),
    )
    world.run()
    _counts_add_up(world, aside=0)
    chain = world.chain()
    for number in GOOD:
        story = chain.registry.find(chain.tenant, f"{number}.pdf")[0]
        assert _codes(story) == ["EXPECTATION_UNFIT"]
        assert any("« numero-date »" in finding.message for finding in story.findings)
    assert _report(world)["expectations"]["unfit"][0]["column"] == "number"
