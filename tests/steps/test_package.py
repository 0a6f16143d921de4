"""What is in a SIP: the tree, the rules, the objects; and how a drop is cut into several."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.steps.ruled import rule, with_rules
from tests.steps.sips import SEDA, entries_of, manifest_of, packed, roots_of, sip_of, units_of
from tests.steps.world import World
from versement.domain.documents import Field, Kind, Role
from versement.domain.fixity import Digest
from versement.seda.validation import validate
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations

SAINT_AUBIN = "095-219509908"
TABLE = "Tableau du conseil municipal.pdf"
WAITING_CODES = {"WAITS_FOR_ITS_ACT", "WAITS_FOR_ITS_PARENT", "WAITS_FOR_A_DECISION"}


def _act(number: str, day: str = "20260327") -> str:
    return f"{SAINT_AUBIN}-{day}-2026_{number}-DE"


@pytest.fixture(scope="module")
def one(tmp_path_factory, samples, formats):
    """Saint-Aubin, packed in one transfer; its units by key."""
    folder = tmp_path_factory.mktemp("empaquetage")
    shutil.copytree(samples / "saint-aubin" / "first", folder / "drop")
    world = World(folder, folder / "drop", formats)
    (transfer,) = packed(world)
    return world, transfer, units_of(world, transfer)


def _members(world, transfer):
    chain = world.chain()
    return [chain.registry.document(chain.tenant, member).document for member in transfer.members]


def _add_late(world, samples: Path, name: str = "saint-aubin") -> None:
    shutil.copytree(samples / name / "late", world.drop, dirs_exist_ok=True)


def test_the_tree_is_seance_then_deliberation_then_its_pieces(one):
    """Under each séance its délibérations; under each of them the act, its annexes and messages, then its ARActe."""
    world, transfer, units = one
    members = _members(world, transfer)
    acts = {document.record_key: document for document in members if document.kind is Kind.ACT}
    seances = [root.key for root in roots_of(world, transfer)]
    days = sorted({document.metadata.text(Field.DATE) for document in acts.values()})
    assert seances == [f"219509908/seance/{day}" for day in days]
    assert len(days) == 3
    attested = Counter(document.record_key.partition("#")[0] for document in members if document.kind is not Kind.ACT)
    for key, act in acts.items():
        unit = units[key]
        assert unit.parent == f"219509908/seance/{act.metadata.text(Field.DATE)}"
        kinds = [child.key.removeprefix(f"{key}#").partition("-")[0] for child in unit.children]
        assert kinds == sorted(kinds, key=["acte", "annexe", "message", "ARActe", "ARAnnulation"].index)
        assert kinds[0] == "acte"
        assert len(kinds) == len(act.files) + attested[key]
        assert not any(child.children for child in unit.children)
    assert set(units) == {*seances, *acts, *(child.key for key in acts for child in units[key].children)}


def test_every_piece_has_its_own_unit_and_its_bytes(one):
    """Each collected file of each document is an item whose object in the zip has the digest of what was collected."""
    world, transfer, units = one
    entries = entries_of(world, transfer)
    by_digest = {Digest.of(content) for content in entries.values()}
    planned = {(unit.document_id, unit.path): unit for unit in transfer.units if unit.path}
    for document in _members(world, transfer):
        for file in document.files:
            unit = planned[document.id, file.path]
            assert unit.digest == file.fixity.digest
            assert unit.digest in by_digest
            assert units[unit.key].group
    assert len(planned) == sum(len(document.files) for document in _members(world, transfer))
    assert Counter(unit.key for unit in transfer.units).most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("first", "second", "title", "other_title"),
    [
        (_act("019"), _act("021"), TABLE, TABLE),
        (
            _act("013", "20260312"),
            _act("030", "20260521"),
            "2026-013 Règlement de la salle des fêtes-annexe.pdf",
            "2026-030 Foyer rural_annexe règlement commun.pdf",
        ),
    ],
    ids=["one file that two acts name", "the same bytes under two names"],
)
def test_a_shared_annex_stands_under_both_acts_and_once_in_the_zip(one, first, second, title, other_title):
    """Both délibérations keep the annex as their own unit; inside the SIP they share one object."""
    world, transfer, units = one
    annexes = [units[f"{key}#annexe-1"] for key in (first, second)]
    assert [annex.text("Title") for annex in annexes] == [title, other_title]
    assert annexes[0].group == annexes[1].group
    (planned,) = {unit.digest for unit in transfer.units if unit.key == f"{first}#annexe-1"}
    contents = [Digest.of(content) for content in entries_of(world, transfer).values()]
    assert contents.count(planned) == 1
    assert manifest_of(world, transfer).count(planned.value.encode()) == 1


def test_rules_are_those_of_the_organisation_with_their_start(one):
    """Each délibération bears the organisation's rules, which run from the act's date; its pieces inherit them."""
    world, transfer, units = one
    for document in _members(world, transfer):
        if document.kind is not Kind.ACT:
            continue
        unit, day = units[document.record_key], document.metadata.text(Field.DATE)
        for category, name in (("AppraisalRule", "APP-DELIB"), ("AccessRule", "ACC-00001")):
            (said,) = unit.all(f"Management/{category}")
            assert said.findtext(f"{SEDA}Rule") == name
            assert said.findtext(f"{SEDA}StartDate") == day
        assert unit.all("Management/AppraisalRule/FinalAction")[0].text == "Keep"
        assert not any(child.all("Management") for child in unit.children)


def test_a_start_that_is_not_known_is_left_open_and_never_guessed(commune):
    """A rule that runs from the préfecture's reception has that date, or none where nobody gives it."""
    world = commune("maurecy")
    world.profile = with_rules(world.profile, rule(world.profile, start="received_date"))
    (transfer,) = packed(world)
    units, seen = units_of(world, transfer), Counter()
    for document in _members(world, transfer):
        if document.kind is Kind.ACT:
            received = document.metadata.text(Field.RECEIVED)
            starts = [start.text for start in units[document.record_key].all("Management/AppraisalRule/StartDate")]
            assert starts == ([received] if received else [])
            seen[bool(received)] += 1
    assert seen[True]


def test_an_act_whose_access_no_rule_covers_is_set_aside(commune):
    """Open access is never a default: acts of a matter that the table forgets wait, the others are sent."""
    world = commune("saint-aubin")
    world.profile = with_rules(world.profile, rule(world.profile, matters=("5",)))
    (transfer,) = packed(world)
    acts = [document for document in _members(world, transfer) if document.kind is Kind.ACT]
    sent = {document.metadata.text(Field.MATTER) for document in acts}
    assert {matter.partition(".")[0] for matter in sent} == {"5"}
    codes = Counter(world.codes().values())
    assert codes["ACCESS_UNDETERMINED"] > 5
    chain = world.chain()
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    told = [item for item in waiting if item.code == "ACCESS_UNDETERMINED"]
    assert {item.actor for item in told} == {"archiviste"}
    assert all(f"« {item.reference} »" in item.message for item in told)
    assert world.balance().adds_up


@pytest.mark.parametrize("validated", [False, True])
def test_a_destruction_that_nobody_validated_is_not_sent(commune, validated):
    """An act whose rule would destroy it leaves only once the Archives départementales validated that rule."""
    world = commune("maurecy")
    world.profile = with_rules(world.profile, rule(world.profile, action="Destroy", validated=validated))
    transfers = packed(world)
    codes = set(world.codes().values())
    if validated:
        actions = [
            action.text
            for unit in units_of(world, transfers[0]).values()
            for action in unit.all("Management/AppraisalRule/FinalAction")
        ]
        assert set(actions) == {"Destroy"}
        assert not codes
    else:
        assert transfers == []
        assert "DESTROY_NOT_VALIDATED" in codes


def test_an_annulled_act_is_kept_with_its_event(one):
    """The annulled délibération carries its annulment, dated by the préfecture's receipt; no other act does."""
    _, _, units = one
    annulled = {
        key: event.findtext(f"{SEDA}EventDateTime")
        for key, unit in units.items()
        for event in unit.all("Content/Event")
        if event.findtext(f"{SEDA}EventTypeCode") == "ANNULATION"
    }
    assert {key: when[:10] for key, when in annulled.items()} == {_act("022"): "2026-04-21"}
    assert f"{_act('022')}#ARAnnulation" in units


def test_every_group_and_file_has_its_extreme_dates(one):
    """Each séance and délibération says when it begins and ends; a séance never ends before what it holds."""
    _, _, units = one
    dated = [unit for unit in units.values() if unit.text("DescriptionLevel") in ("RecordGrp", "File")]
    assert len(dated) > 10
    for unit in dated:
        start, end = date.fromisoformat(unit.text("StartDate")), date.fromisoformat(unit.text("EndDate"))
        assert start <= end
        for child in unit.children:
            assert start <= date.fromisoformat(child.text("StartDate"))


def test_a_late_acknowledgement_attaches_to_the_act_that_is_held(commune, samples):
    """An ARActe of a later run goes under its act by the act's own key, and creates nothing above itself."""
    world = commune("saint-aubin")
    world.run()
    _add_late(world, samples)
    world.run()
    late = world.transfers()[-1]
    units = units_of(world, late)
    key = _act("029", "20260521")
    assert units[key].attached_to == key
    assert [child.key for child in units[key].children] == [f"{key}#ARActe"]
    assert units[key].parent == ""
    assert not units[key].all("Management/AccessRule")
    new = _act("032", "20260521")
    seance = units["219509908/seance/2026-05-21"]
    assert seance.attached_to == seance.key
    assert [child.key for child in seance.children] == [new]
    assert not units[new].attached_to
    held = {unit.key: unit.system_id for unit in world.archive.units_of(world.profile.tenant, late.operation_id)}
    assert held.keys() == {key for key, unit in units.items() if not unit.attached_to}


@pytest.mark.parametrize("name", ["saint-aubin", "maurecy"])
def test_every_manifest_is_valid_seda(commune, samples, name):
    """First and late transfers are valid on the official schema and on identifiers, and say their true size."""
    world = commune(name)
    world.run()
    _add_late(world, samples, name)
    world.run()
    transfers = world.transfers()
    assert len(transfers) >= 2
    for transfer in transfers:
        assert validate(manifest_of(world, transfer)) == ()
        assert len(sip_of(world, transfer)) == transfer.size
        assert len(units_of(world, transfer)) == transfer.unit_count
        assert set(entries_of(world, transfer)) == {"manifest.xml", *(entry.name for entry in transfer.entries)}


def test_the_message_dates_from_its_documents(one):
    """The message's date is the latest date of its files at the source, whenever it was packed."""
    world, transfer, _ = one
    latest = max(file.modified for document in _members(world, transfer) for file in document.files)
    assert f"<Date>{latest:%Y-%m-%dT%H:%M:%S}Z</Date>".encode() in manifest_of(world, transfer)


def test_packing_again_packs_nothing_again(one):
    """A retried packaging makes no second transfer of what is already packed."""
    world, transfer, _ = one
    chain = world.chain()
    assert package(chain, collection_id=transfer.collection) == []
    assert [found.id for found in world.transfers()] == [transfer.id]


def test_an_act_with_two_transmission_messages_keeps_both(commune):
    """The same ACTES message dropped again under another name costs no transfer: both are items of their act."""
    world = commune("saint-aubin")
    (message,) = world.drop.rglob(f"{_act('018')}-1-1_0.xml")
    again = message.read_bytes() + b"\n"
    message.with_name("message redépose.xml").write_bytes(again)
    (transfer,) = packed(world)
    items = [child.key for child in units_of(world, transfer)[_act("018")].children]
    assert items[:3] == [f"{_act('018')}#{name}" for name in ("acte", "message", "message-2")]
    (act,) = [document for document in _members(world, transfer) if document.record_key == _act("018")]
    assert [file.role for file in act.files].count(Role.MESSAGE) == 2
    assert validate(manifest_of(world, transfer)) == ()


def test_a_record_that_nobody_claimed_yet_does_not_leave(commune):
    """What another run has qualified and not yet compared stays: a duplicate never leaves beside its original."""
    world = commune("maurecy")
    chain = world.chain()
    record = collect(chain, world.source(), world.formats, run_id="other", window=Window())
    qualify(chain, world.formats, PlainExpectations(), collection_id=record.id)
    assert package(world.chain(), collection_id=record.id) == []
    deduplicate(chain)
    (transfer,) = package(world.chain(), collection_id=record.id)
    assert len(transfer.members) == 11
    assert world.balance().documents.duplicates == 1
