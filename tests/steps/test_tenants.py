"""The wall between organisations: one registry, one staging, one archive server, and nobody sees another's."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.samples.maurecy import MAURECY
from sandbox.samples.model import act_id
from sandbox.samples.saint_aubin import SAINT_AUBIN
from tests.steps.world import World
from versement.cli.main import main
from versement.domain.errors import Defect, TenantDiffers, VersementError
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.testing.memory_archive import MemoryArchive

STATES = tuple(DocumentState)


def _documents(world, *states: DocumentState):
    chain = world.chain()
    return chain.registry.documents(chain.tenant, chain.connector, *(states or STATES))


def _tables(world):
    counts = world.balance()
    chain = world.chain()
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    return counts, sorted((item.reference, item.code, item.message) for item in waiting)


def _profile(world, name: str, number: int):
    """The world's profile as that of another organisation, in its own coffre."""
    organisation = world.profile.organisation
    declared = organisation.tenants["actes"].model_copy(update={"number": number})
    twin = organisation.model_copy(update={"name": name, "tenants": {"actes": declared}})
    return world.profile.model_copy(update={"organisation": twin})


@pytest.fixture
def twins(commune):
    """Two organisations that dropped the very same files, on one registry, one staging and one archive."""
    first = commune("saint-aubin")
    second = World(first.folder, first.drop, first.formats, _profile(first, "jumelle", 9), first.archive, first.clock)
    return first, second


@pytest.fixture
def neighbours(commune):
    """Two communes with their own drops, on one registry, one staging and one archive."""
    first, second = commune("saint-aubin"), commune("maurecy")
    second.folder, second.archive, second.clock = first.folder, first.archive, first.clock
    return first, second


def test_the_same_act_in_two_coffres_is_no_duplicate(twins, commune):
    """Same IDActe, same bytes, two organisations: each holds its own, as if the other were not there."""
    first, second = twins
    first.run()
    alone = _tables(first)
    second.run()
    assert _tables(first) == alone == _tables(second)
    assert {d.record_key for d in _documents(first, DocumentState.ACCEPTED)} == {
        d.record_key for d in _documents(second, DocumentState.ACCEPTED)
    }
    copies = [first.archive.copies(world.profile.tenant) for world in twins]
    assert copies[0] == copies[1]
    assert set(copies[0].values()) == {1}


def test_runs_that_cross_change_nothing_of_each_other(twins):
    """The archive refuses one organisation's photographs and header: the other's documents follow their own course."""
    first, second = twins
    first.archive.faults.refused_header = True
    first.run()
    first.archive.faults.refused_header = False
    second.run()
    assert {transfer.state for transfer in first.transfers()} == {TransferState.STOPPED}
    assert {transfer.state for transfer in second.transfers()} == {TransferState.ACCEPTED}
    assert not _documents(first, DocumentState.ACCEPTED)
    assert first.balance().adds_up
    assert second.balance().adds_up


def test_no_method_shows_another_coffres_rows(neighbours):
    """Documents, records, transfers, tries, findings, collections and journal lines are those of the coffre alone."""
    for world in neighbours:
        world.run()
    for mine, other in (neighbours, neighbours[::-1]):
        registry, tenant = mine.chain().registry, mine.profile.tenant
        theirs = _documents(other)
        assert theirs
        for document in theirs:
            assert registry.document(tenant, document.id) is None
            assert registry.announced_as(tenant, document.id) is None
            assert not registry.find(tenant, document.reference)
            assert not document.record_key or registry.record(tenant, document.record_key) is None
            assert not document.record_key or registry.unclaimed(tenant, document.record_key) is None
        for transfer in other.transfers():
            assert registry.transfer(tenant, transfer.id) is None
            assert all(registry.held_key(tenant, unit.key) is None for unit in transfer.units)
        attempts = [
            {item.id for item in world.chain().registry.attempts(world.profile.tenant, "deliberations", *AttemptState)}
            for world in (mine, other)
        ]
        assert attempts[0]
        assert not attempts[0] & attempts[1]


def test_each_coffre_has_its_own_journal(neighbours):
    """No line of one journal speaks of the other coffre, and each chain is whole by itself."""
    first, second = neighbours
    first.run()
    alone = first.chain().registry.journal(first.profile.tenant)
    second.run()
    first_lines, second_lines = (world.chain().registry.journal(world.profile.tenant) for world in neighbours)
    assert first_lines == alone
    assert second_lines[0].number == 1
    ids = {document.id for document in _documents(second)} | {transfer.id for transfer in second.transfers()}
    assert ids & {line.subject for line in second_lines}
    assert not any(name in line.subject + line.data for line in first_lines for name in ids)
    assert all(world.chain().registry.journal_is_whole(world.profile.tenant) for world in neighbours)


def test_bytes_are_found_in_their_own_coffre_only(neighbours):
    """A digest of the other coffre opens nothing: no path, no stream, not even a yes or no."""
    for world in neighbours:
        world.run()
    crossed = 0
    for mine, other in (neighbours, neighbours[::-1]):
        staging, tenant = mine.chain().staging, mine.profile.tenant
        own = {file.fixity.digest for document in _documents(mine) for file in document.files if file.fixity}
        for transfer in other.transfers():
            for digest in (transfer.manifest.digest, transfer.reply, *(e.fixity.digest for e in transfer.entries)):
                if digest in own:
                    continue
                crossed += 1
                assert not staging.has(tenant, digest)
                for method in (staging.path, staging.open):
                    with pytest.raises(Defect):
                        method(tenant, digest)
    assert crossed > 20


def test_the_same_bytes_are_kept_once_for_each_coffre(twins):
    """Twins share no file on disk: what one of them eliminates stays for the other."""
    for world in twins:
        world.run()
    first, second = (world.chain() for world in twins)
    digest = twins[0].transfers()[0].entries[0].fixity.digest
    paths = [chain.staging.path(chain.tenant, digest) for chain in (first, second)]
    assert paths[0] != paths[1]
    assert paths[0].stat().st_ino != paths[1].stat().st_ino
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_no_decision_reaches_another_coffre(neighbours):
    """Giving back, setting aside or settling something of another coffre is refused and changes nothing there."""
    first, second = neighbours
    first.archive.faults.refused_header = True
    first.run()
    before = first.balance(), first.transfers()
    registry, stranger = second.chain().registry, second.profile.tenant
    (stopped,) = first.transfers()
    with pytest.raises(VersementError):
        registry.release(stranger, stopped.id)
    with pytest.raises(VersementError):
        registry.pack(stranger, stopped)
    with pytest.raises(VersementError):
        registry.claim(stranger, stopped.members[0], other_key="", version="v")
    assert (first.balance(), first.transfers()) == before


def test_the_command_line_tells_an_acts_story_in_its_own_coffre(neighbours, monkeypatch, capsys):
    """`versement document` of one commune's act shows that commune's, and nothing of the other's."""
    for world in neighbours:
        world.run()
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{neighbours[0].folder / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(neighbours[0].folder / "staging"))
    identifier = act_id(SAINT_AUBIN, SAINT_AUBIN.acts[0])
    assert main(["document", identifier]) == 0
    told = capsys.readouterr().out
    assert told.count("État : ") == 1
    assert SAINT_AUBIN.name in told
    assert MAURECY.name not in told
    assert MAURECY.siren not in told
    assert "maurecy" not in told


def test_what_twins_hold_is_told_for_each(twins):
    """The balance of each coffre counts its own rows: two coffres never make one sum."""
    first, second = twins
    first.run()
    assert second.balance().documents.announced == 0
    second.run()
    counts = Counter(world.balance().documents.announced for world in twins)
    assert counts == {first.balance().documents.announced: 2}


def _elsewhere(world, *, kind: str = "essai", number: int = 0, name: str = "demo"):
    """The world's profile, its platform of another kind or under another name, its coffre under another number."""
    profile = world.profile
    declared = profile.organisation.tenants["actes"]
    moved = declared.model_copy(update={"number": number or declared.number, "target": name})
    organisation = profile.organisation.model_copy(update={"tenants": {"actes": moved}})
    target = profile.target.model_copy(update={"kind": kind, "name": name})
    return profile.model_copy(update={"organisation": organisation, "target": target})


@pytest.mark.parametrize("change", [{"kind": "production"}, {"number": 43}])
def test_what_a_trial_accepted_is_never_said_of_another_place(commune, change):
    """A platform that changes kind, or a coffre its number, under the same name: refused, nothing is shown or sent."""
    world = commune("maurecy")
    world.run()
    world.archive, world.profile = MemoryArchive(), _elsewhere(world, **change)
    for what in (world.run, world.balance, world.transfers, world.codes):
        with pytest.raises(TenantDiffers, match="nom de plateforme nouveau"):
            what()
    assert not world.archive.copies(world.profile.tenant)


def test_under_a_new_name_a_production_receives_everything(commune):
    """A platform with a name of its own has its own holdings: the trial's stay where they are."""
    world = commune("maurecy")
    world.run()
    trial, world.archive = world.profile.tenant, MemoryArchive()
    world.profile = _elsewhere(world, kind="production", name="reelle")
    world.run()
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}
    assert world.profile.tenant.key != trial.key
