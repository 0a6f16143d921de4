"""Large drops are cut between documents: nothing lost, nothing twice, and what waits says so."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.steps.ruled import rule, with_rules
from tests.steps.sips import manifest_of, packed, roots_of, units_of
from tests.steps.world import World, profile_of
from versement.domain.lifecycle import DocumentState, TransferState
from versement.seda.validation import validate
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations

WAITING_CODES = {"WAITS_FOR_ITS_ACT", "WAITS_FOR_ITS_PARENT", "WAITS_FOR_A_DECISION"}


def _accepted(world) -> set[str]:
    chain = world.chain()
    found = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    return {document.record_key for document in found}


def _created(world) -> Counter[str]:
    """By key, how many accepted transfers create the unit."""
    return Counter(unit.key for transfer in world.transfers() for unit in transfer.units if not unit.attached)


BYTES = 60_000
"""A cap that cuts Maurecy's drop."""


@pytest.mark.parametrize(
    ("name", "setting"),
    [("saint-aubin", {"unit_cap": 10}), ("maurecy", {"byte_cap": BYTES}), ("saint-aubin", {"split_by": "rule"})],
    ids=["units", "bytes", "rule"],
)
def test_a_large_drop_is_cut_between_documents_and_every_seance_exists_once(commune, name, setting):
    """Beyond a cap the rest leaves in the second pass, attached to its séance; all is accepted, nothing is doubled."""
    whole = commune(name)
    whole.profile = _two_rules(whole.profile)
    whole.run()
    profile = _two_rules(profile_of(name, **setting))
    world = World(whole.folder / "coupe", whole.drop, whole.formats, profile)
    world.run()
    transfers = world.transfers()
    assert len(transfers) > len(whole.transfers())
    for transfer in transfers:
        alone = len({unit.key.partition("#")[0] for unit in transfer.units if unit.document_id}) == 1
        assert alone or transfer.unit_count <= setting.get("unit_cap", 10_000)
        assert alone or transfer.size <= setting.get("byte_cap", 10**9)
        assert len(_rules(world, transfer)) <= 1 or "split_by" not in setting
        assert validate(manifest_of(world, transfer)) == ()
    assert {transfer.state for transfer in transfers} == {TransferState.ACCEPTED}
    assert _accepted(world) == _accepted(whole)
    assert set(_created(world).values()) == {1}
    assert set(world.archive.copies(world.profile.tenant).values()) == {1}
    assert world.archive.copies(world.profile.tenant) == whole.archive.copies(whole.profile.tenant)
    assert set(world.codes().values()) & WAITING_CODES <= {"WAITS_FOR_A_DECISION"}
    assert world.balance().adds_up


def _two_rules(profile):
    """Acts of matter 5 under a rule of their own, the others under another."""
    fifth, others = rule(profile, matters=("5",)), rule(profile)
    fifth = fifth.model_copy(
        update={"name": "cinquieme", "access": fifth.access.model_copy(update={"rule": "ACC-00002"})}
    )
    return with_rules(profile, fifth, others)


def _rules(world, transfer) -> set[str | None]:
    units = units_of(world, transfer).values()
    return {rule.text for unit in units for rule in unit.all("Management/AccessRule/Rule")}


def test_rules_are_mixed_unless_the_profile_asks_otherwise(commune):
    """Kept apart, acts of other rules make transfers of their own; not asked for, one transfer holds them all."""
    world = commune("saint-aubin")
    world.profile = _two_rules(world.profile)
    (mixed,) = packed(world)
    assert _rules(world, mixed) == {"ACC-00001", "ACC-00002"}
    apart = World(world.folder / "coupe", world.drop, world.formats, _two_rules(profile_of(split_by="rule")))
    assert sorted(map(sorted, (_rules(apart, transfer) for transfer in packed(apart)))) == [
        ["ACC-00001"],
        ["ACC-00002"],
    ]


def test_a_seance_is_not_cut_while_a_transfer_can_hold_it(commune):
    """With room for the largest séance, whole séances go from one transfer to the next and nobody waits."""
    world = commune("saint-aubin")
    (whole,) = packed(world)
    largest = max(sum(1 for _ in root.walk()) for root in roots_of(world, whole))
    assert largest < whole.unit_count
    cut = World(world.folder / "coupe", world.drop, world.formats, profile_of(unit_cap=largest))
    transfers = packed(cut)
    assert len(transfers) > 1
    seances = [root.key for transfer in transfers for root in roots_of(cut, transfer)]
    assert seances == [root.key for root in roots_of(world, whole)]
    assert "WAITS_FOR_ITS_PARENT" not in cut.codes().values()


@pytest.mark.parametrize("cap", [100_000, 120_000, 150_000])
def test_what_is_said_of_an_act_weighs_too(commune, cap):
    """Objets longer than the files themselves do not carry a transfer of several acts over its cap."""
    world = commune("saint-aubin")
    (index,) = world.drop.glob("*.csv")
    text = index.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    with index.open("w", encoding="utf-8-sig", newline="") as file:
        written = csv.DictWriter(file, rows[0], delimiter=";")
        written.writeheader()
        written.writerows(row | {"DELIB_OBJET": f"{row['DELIB_OBJET']}{' & suite' * 2000}"} for row in rows)
    world.profile = profile_of(byte_cap=cap)
    transfers = packed(world)
    assert b"&amp; suite" in manifest_of(world, transfers[0])
    for transfer in transfers:
        alone = len({unit.key.partition("#")[0] for unit in transfer.units if unit.document_id}) == 1
        assert alone or transfer.size <= cap


def test_the_same_drop_is_always_cut_in_the_same_way(commune):
    """Two registries that know nothing of each other give the same transfers, member for member."""
    world = commune("saint-aubin")
    world.profile = profile_of(unit_cap=20)
    again = World(world.folder / "encore", world.drop, world.formats, profile_of(unit_cap=20))
    first, second = packed(world), packed(again)
    assert len(first) > 1
    assert [(t.id, t.members, t.manifest) for t in first] == [(t.id, t.members, t.manifest) for t in second]


@dataclass
class _Counting:
    """A port that counts how often each of its methods is called."""

    port: object
    calls: Counter[str]

    def __getattr__(self, name: str):
        self.calls[name] += 1
        return getattr(self.port, name)


def test_packing_asks_the_registry_once_for_each_seance(commune):
    """However many acts a séance has, however many transfers it makes, what is known of it is asked once."""
    world, calls = commune("saint-aubin"), Counter[str]()
    world.profile = profile_of(unit_cap=20)
    collecting = world.chain()
    record = collect(collecting, world.source(), world.formats, run_id="run", window=Window())
    qualify(collecting, world.formats, PlainExpectations(), collection_id=record.id)
    deduplicate(collecting)
    world.wrap = lambda port: _Counting(port, calls)
    transfers = package(world.chain(), collection_id=record.id)
    assert len(transfers) > 1
    assert calls["held_key"] == 3
    assert (calls["documents"], calls["transfers"]) == (1, 2)  # the transfers that are ready, those that were refused


def test_what_the_cap_leaves_behind_says_what_it_waits_for(commune):
    """An act whose séance leaves in the transfer before it waits for nobody, and says which séance."""
    world = commune("saint-aubin")
    world.profile = profile_of(unit_cap=10)
    packed(world)
    chain = world.chain()
    held_up = [
        item
        for item in chain.registry.waiting(chain.tenant, chain.connector)
        if item.code == "WAITS_FOR_ITS_PARENT" and "« Séance du " in item.message
    ]
    assert held_up
    assert {item.actor for item in held_up} == {"personne : le versement suit"}
    assert {item.state for item in held_up} == {DocumentState.QUALIFIED}
