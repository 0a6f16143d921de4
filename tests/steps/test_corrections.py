"""Corrected files, dropped beside the drop itself."""

from __future__ import annotations

from tests.steps.odd_acts import act
from tests.steps.world import profile_of
from versement.domain.lifecycle import DocumentState
from versement.steps.collect import Window, collect
from versement.steps.corrections import Corrected

ACT = "actes/a.pdf"


def _with_corrections(world):
    world.profile = profile_of(corrections="corrections")
    return world


def _states(world):
    chain = world.chain()
    return [story.state for story in chain.registry.find(chain.tenant, ACT)]


def test_a_corrected_file_stands_in_for_the_broken_one(empty_drop):
    """The broken act waits no longer, the corrected one is accepted, and the drop's finding says which was read."""
    world = _with_corrections(empty_drop)
    world.put(ACT, act()[:300])
    world.run()
    assert world.codes() == {ACT: "FILE_TRUNCATED"}
    world.put(f"corrections/{ACT}", act())
    world.run()
    assert sorted(_states(world)) == sorted([DocumentState.SET_ASIDE, DocumentState.ACCEPTED])
    assert world.codes() == {}
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, "deliberations:run-2")
    assert [(finding.code, finding.path) for finding in record.findings] == [("FILE_CORRECTED", ACT)]
    assert (world.drop / ACT).read_bytes() == act()[:300]
    assert world.balance().adds_up


def test_a_correction_of_nothing_is_a_file_like_any_other(empty_drop):
    """A name mistyped in the folder of corrections is not lost: it is announced under its own path."""
    world = _with_corrections(empty_drop)
    world.put("corrections/actes/faute.txt", b"texte")
    world.run()
    assert list(world.codes()) == ["corrections/actes/faute.txt"]


def test_a_correction_of_a_correction_is_not_lost(empty_drop):
    """A folder of corrections copied into itself: the first level counts, the second is a file of the drop."""
    world = _with_corrections(empty_drop)
    world.put(ACT, b"")
    world.put(f"corrections/{ACT}", act())
    world.put(f"corrections/corrections/{ACT}", act(says="Vu le code"))
    source = Corrected(world.source(), "corrections")
    listed = source.listing(world.profile.tenant)
    assert [file.path for file in listed] == [ACT, f"corrections/corrections/{ACT}"]
    assert b"".join(source.read(world.profile.tenant, listed[0])) == act()


def test_without_the_option_the_folder_is_as_any_other(empty_drop):
    """A drop that happens to have such a folder is read as it is."""
    empty_drop.put(ACT, act())
    empty_drop.put(f"corrections/{ACT}", act(says="Vu le code"))
    source = Corrected(empty_drop.source(), "")
    assert [file.path for file in source.listing(empty_drop.profile.tenant)] == [ACT, f"corrections/{ACT}"]


def test_a_collection_taken_up_again_still_reads_the_correction(empty_drop):
    """The run was cut after its announcement: the next try reads what was announced, without a listing."""
    world = _with_corrections(empty_drop)
    world.put(ACT, b"")
    world.put(f"corrections/{ACT}", act())
    chain = world.chain()
    tenant = chain.tenant
    source = Corrected(world.source(), "corrections")
    (announced,) = source.listing(tenant)
    fresh = Corrected(world.source(), "corrections")
    assert b"".join(fresh.read(tenant, announced)) == act()
    record = collect(chain, world.source(), world.formats, run_id="run", window=Window())
    assert record.announced_files == 1
