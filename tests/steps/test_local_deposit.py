"""SIPs too large for HTTPS go by a folder that the archive's server sees: at most once, and nothing stays behind."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.steps.world import World, profile_of
from versement.adapters.arrivals import DiskArrivals
from versement.domain.errors import ArchiveUnavailable, ArrivalsUnusable
from versement.domain.lifecycle import AttemptState, TransferState
from versement.domain.transfers import Transfer
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.deposit import deposit
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.steps.release import release
from versement.testing.memory_archive import MemoryArchive
from versement.testing.plain_expectations import PlainExpectations

ACCEPTED = {TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS}


class _Recording(MemoryArchive):
    """Tells which tries came by their path."""

    def __init__(self, uploads: Path) -> None:
        super().__init__(uploads=uploads)
        self.by_path: list[str] = []
        self.meanwhile = lambda: None

    def deposit_local(self, tenant, attempt, path, ready=lambda: None, **how):
        def then() -> None:
            ready()
            self.by_path.append(path)
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()

        return super().deposit_local(tenant, attempt, path, then, **how)


@pytest.fixture
def packed(commune, tmp_path: Path) -> World:
    """A commune with several transfers ready to leave, all of them too large for HTTPS."""
    world = commune("saint-aubin")
    world.profile = profile_of(unit_cap=10)
    (tmp_path / "arrivees" / "versement").mkdir(parents=True)
    world.archive = _Recording(tmp_path / "arrivees")
    world.arrivals = _arrivals(world, above=1)
    chain = world.chain()
    record = collect(chain, world.source(), world.formats, run_id="run-0", window=Window())
    qualify(chain, world.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(chain)
    assert len(package(chain, collection_id=record.id)) > 1
    return world


def _arrivals(world: World, *, above: int, kind: type[DiskArrivals] = DiskArrivals) -> DiskArrivals:
    return kind(world.archive.uploads / "versement", "versement", world.profile.dag_id, above)


def _finish(world: World) -> None:
    chain = world.chain()
    world.deposit(chain, world.archive)
    world.reconcile(chain, world.archive)


def _states(world: World) -> set[TransferState]:
    return {transfer.state for transfer in world.transfers()}


def _held_once(world: World) -> None:
    copies = world.archive.copies(world.chain().tenant)
    assert copies
    assert set(copies.values()) == {1}


def _left(world: World) -> list[Path]:
    return [path for path in world.archive.uploads.rglob("*") if path.is_file()]


def test_a_large_sip_is_deposited_by_its_path(packed: World):
    """Each SIP is put into the folder and named to the archive; accepted, its file is gone."""
    chain = packed.chain()
    packed.deposit(chain, packed.archive)
    assert len(packed.archive.by_path) == len(packed.transfers())
    assert all(path.startswith(f"versement/{packed.profile.dag_id}/") for path in packed.archive.by_path)
    assert len(_left(packed)) == len(packed.transfers())
    packed.reconcile(chain, packed.archive)
    assert _states(packed) <= ACCEPTED
    assert not _left(packed)
    _held_once(packed)


def test_only_what_is_larger_than_the_threshold_goes_that_way(packed: World):
    """The largest SIP goes by the folder, the others by HTTPS."""
    sizes = sorted(transfer.size for transfer in packed.transfers())
    packed.arrivals = _arrivals(packed, above=sizes[-2])
    _finish(packed)
    assert len(packed.archive.by_path) == 1
    assert _states(packed) <= ACCEPTED
    _held_once(packed)


@pytest.mark.parametrize("fault", [{"cut_after": True}, {"five_hundred": "after"}, {"hidden_searches": 1}])
def test_a_lost_answer_is_looked_up_in_the_logbook(packed: World, fault: dict[str, object]):
    """Taken, and the answer lost, be the logbook late as well: the operation is adopted, nothing is asked twice."""
    packed.archive.faults.cut_after = True
    for name, value in fault.items():
        setattr(packed.archive.faults, name, value)
    _finish(packed)
    chain = packed.chain()
    assert chain.registry.attempts(chain.tenant, chain.connector, AttemptState.ADOPTED)
    assert len(packed.archive.by_path) == len(packed.transfers())
    assert _states(packed) <= ACCEPTED
    assert not _left(packed)
    _held_once(packed)


def _uncertain_then_released(world: World) -> None:
    """What others do while a sender sleeps: its try becomes uncertain, an operator gives it back, it leaves again."""
    chain = world.chain()
    (sleeping,) = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING)
    world.clock.pass_(timedelta(days=1).total_seconds())
    for _ in range(3):
        deposit(chain, world.archive)
        world.clock.pass_(60)
    found = chain.registry.transfer(chain.tenant, sleeping.transfer_id)
    assert found is not None
    assert found.state is TransferState.UNCERTAIN
    chain.registry.release(chain.tenant, sleeping.transfer_id)
    world.deposit(chain, world.archive)


def test_a_sender_that_wakes_long_after_finds_its_file_gone(packed: World):
    """Asleep between the last mark and the request, it wakes after an operator gave the transfer back: no double."""
    packed.archive.meanwhile = lambda: _uncertain_then_released(packed)
    _finish(packed)
    assert _states(packed) <= ACCEPTED
    assert len(set(packed.archive.by_path)) == len(packed.transfers()) + 1
    assert not _left(packed)
    _held_once(packed)


def _uncertain(world: World) -> Transfer:
    """The archive shows nothing of its try, of which a file lies in the folder."""
    world.archive.faults.five_hundred = "before"
    world.deposit(world.chain(), world.archive)
    (uncertain,) = [one for one in world.transfers() if one.state is TransferState.UNCERTAIN]
    return uncertain


def test_what_is_given_back_leaves_no_file_to_be_asked_for(packed: World):
    """With the release itself, not with the next sending: a request delivered in between finds nothing."""
    uncertain, chain = _uncertain(packed), packed.chain()
    (attempt,) = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.UNCERTAIN)
    assert attempt.id in {path.stem for path in _left(packed)}
    release(chain, packed.archive, uncertain)
    assert attempt.id not in {path.stem for path in _left(packed)}


class _Stuck(DiskArrivals):
    """A folder from which nothing can be taken away."""

    def remove(self, attempt: str) -> None:
        raise ArrivalsUnusable("Dossier d’arrivée inutilisable.")


def test_a_folder_that_cannot_be_used_keeps_nobody_from_giving_back(packed: World, caplog):
    """It is given back all the same, with a word on the file that stays."""
    uncertain = _uncertain(packed)
    packed.arrivals = _arrivals(packed, above=1, kind=_Stuck)
    release(packed.chain(), packed.archive, uncertain)
    assert uncertain.id in {one.id for one in packed.transfers() if one.state is TransferState.READY}
    assert "son fichier reste encore. Dossier d’arrivée inutilisable." in caplog.text


def test_the_lease_covers_the_copy(packed: World):
    """While the archive copies the file its operation looks like a cut upload: nobody may cancel it meanwhile."""
    chain, target, seen = packed.chain(), packed.profile.target, []

    def look() -> None:
        seen.extend(chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING))

    packed.archive.meanwhile = look
    deposit(chain, packed.archive)
    (attempt,) = seen
    patience = attempt.lease_until - packed.clock.now()
    assert patience >= timedelta(seconds=target.send_deadline_seconds + target.lease_seconds)


class _Full(DiskArrivals):
    """A folder that is full, as the kernel's own full device, for the first that comes."""

    full = True

    def _create(self, path: Path):
        full, self.full = self.full, False
        if not full:
            return super()._create(path)
        path.touch()
        return os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)


def test_a_full_folder_holds_nobody_else_back(packed: World):
    """No room for the first: the others leave, it stays ready, nothing of it stays; it leaves once there is room."""
    packed.arrivals = _arrivals(packed, above=1, kind=_Full)
    chain, first = packed.chain(), packed.transfers()[0]
    with pytest.raises(ArrivalsUnusable, match="Plus assez de place"):
        deposit(chain, packed.archive)
    states = {transfer.id: transfer.state for transfer in packed.transfers()}
    assert states.pop(first.id) is TransferState.READY
    assert set(states.values()) == {TransferState.DEPOSITED}
    assert len(packed.archive.by_path) == len(_left(packed)) == len(states)
    assert len(chain.registry.attempts(chain.tenant, chain.connector, AttemptState.CANCELLED)) == 1
    _finish(packed)
    assert _states(packed) <= ACCEPTED
    assert not _left(packed)
    _held_once(packed)


class _Unreadable(DiskArrivals):
    """A folder whose disk no longer answers."""

    def names(self):
        with self._disk():
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_an_unusable_folder_holds_back_nothing_that_goes_by_https(packed: World, caplog):
    """What does not need it leaves and is settled; that settled files stay there is told."""
    packed.arrivals = _arrivals(packed, above=1 << 40, kind=_Unreadable)
    _finish(packed)
    assert _states(packed) <= ACCEPTED
    assert "restent au dossier d’arrivée. Le dossier d’arrivée de la plateforme" in caplog.text
    _held_once(packed)


def test_nothing_leaves_again_while_the_file_of_an_earlier_try_may_stay(packed: World):
    """A late request could still find it: the folder must be mended before that transfer is sent once more."""

    def down() -> None:
        raise ArchiveUnavailable("Le serveur ne répond pas.")

    packed.archive.meanwhile = down
    with pytest.raises(ArchiveUnavailable):
        deposit(packed.chain(), packed.archive)
    first, usable = packed.transfers()[0], packed.arrivals
    packed.arrivals = _arrivals(packed, above=1 << 40, kind=_Unreadable)
    with pytest.raises(ArrivalsUnusable):
        deposit(packed.chain(), packed.archive)
    assert {one.id for one in packed.transfers() if one.state is TransferState.READY} == {first.id}
    packed.arrivals = usable
    _finish(packed)
    assert _states(packed) <= ACCEPTED
    assert not _left(packed)
    _held_once(packed)


def test_an_archive_that_is_off_leaves_no_file_for_long(packed: World):
    """Refused a connection once the file was there: the transfer stays ready, and the next try takes that file away."""

    def down() -> None:
        raise ArchiveUnavailable("Le serveur ne répond pas.")

    packed.archive.meanwhile = down
    with pytest.raises(ArchiveUnavailable):
        deposit(packed.chain(), packed.archive)
    assert len(_left(packed)) == 1
    _finish(packed)
    assert _states(packed) <= ACCEPTED
    assert not _left(packed)
    _held_once(packed)


def test_what_a_dead_sender_left_is_taken_away_and_nothing_else(packed: World):
    """Half a file of a try that was given up goes with it; a file that is nobody's try stays."""
    chain = packed.chain()
    packed.archive.faults.five_hundred = "before"
    deposit(chain, packed.archive)
    (attempt,) = chain.registry.attempts(chain.tenant, chain.connector, AttemptState.COMMITTING)
    folder = packed.archive.uploads / "versement" / packed.profile.dag_id
    (folder / f"{attempt.id}.zip").rename(folder / f"{attempt.id}.part")
    (folder / "autre.zip").write_bytes(b"d'une autre main")
    packed.deposit(chain, packed.archive)
    packed.reconcile(chain, packed.archive)
    assert {path.name for path in _left(packed)} == {f"{attempt.id}.part", "autre.zip"}
    chain.registry.release(chain.tenant, attempt.transfer_id)
    _finish(packed)
    assert {path.name for path in _left(packed)} == {"autre.zip"}
    assert _states(packed) <= ACCEPTED
    _held_once(packed)
