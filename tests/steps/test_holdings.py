"""What an archive holds of a transfer is compared whole, however many units that is and though no search lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import pytest

from tests.steps.world import profile_of
from versement.domain.fixity import Digest, Fixity
from versement.domain.transfers import PlannedUnit, Transfer
from versement.ports.archive import WINDOW, HeldUnit, Registered
from versement.seda.reply import ArchiveTransferReply, ObjectReply, UnitReply
from versement.steps.chain import Chain
from versement.steps.holdings import holding_mismatches

OPERATION = "aeeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq"
NOTHING = Digest.of(b"")
CHAIN = Chain(profile_of(verification_sample=0), None, None, None)  # type: ignore[arg-type]  # only searches here


@dataclass
class Searchable:
    """An archive reduced to its searches: it counts no further than WINDOW, and lists even less."""

    held: dict[str, HeldUnit]
    registered: Registered
    asked: list[int] = field(default_factory=list)

    def register(self, tenant, operation_id) -> Registered:
        return self.registered

    def count_units(self, tenant, operation_id) -> int:
        return min(len(self.held), WINDOW)

    def units(self, tenant, system_ids: Collection[str]) -> Iterator[HeldUnit]:
        self.asked.append(len(system_ids))
        return (self.held[name] for name in system_ids if name in self.held)

    def units_of(self, tenant, operation_id) -> tuple[HeldUnit, ...]:
        assert len(self.held) < WINDOW, "no search lists that many"
        return tuple(self.held.values())


def deposited(number: int) -> tuple[Transfer, ArchiveTransferReply, Searchable]:
    """A transfer of so many units, half of them with an object, its reply, and the archive that took it."""
    units = tuple(
        PlannedUnit(f"clé-{n}", f"U{n}", object_xml_id=f"B{n}" if n % 2 else "", digest=NOTHING if n % 2 else None)
        for n in range(number)
    )
    transfer = Transfer(
        *("versement", "deliberations", "run", "essai", "Contrat", NOTHING, Fixity(NOTHING, 0, 0), 0, number),
        members=(),
        units=units,
        entries=(),
        operation_id=OPERATION,
    )
    reply = ArchiveTransferReply(
        *(OPERATION, "OK", transfer.id, None, None),
        units=tuple(UnitReply(unit.xml_id, f"aeaq{n}", ()) for n, unit in enumerate(units)),
        objects=tuple(
            ObjectReply(unit.object_xml_id, f"G{n}", f"aebq{n}", f"aeba{n}", "BinaryMaster_1", ())
            for n, unit in enumerate(units)
            if unit.object_xml_id
        ),
        events=(),
    )
    held = {
        f"aeaq{n}": HeldUnit(f"aeaq{n}", unit.key, "", f"aeba{n}" if unit.digest else "", (), OPERATION)
        for n, unit in enumerate(units)
    }
    return transfer, reply, Searchable(held, Registered(number, number // 2, number // 2))


def codes(transfer: Transfer, reply: ArchiveTransferReply, archive: Searchable) -> list[str]:
    return [found.code for found in holding_mismatches(CHAIN, archive, transfer, reply)]  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1, 9_000, WINDOW - 1, WINDOW, WINDOW + 1, 99_999])
def test_all_that_was_sent_is_held(number: int) -> None:
    """Any number of units up to Vitam's own limit is compared, none left out."""
    transfer, reply, archive = deposited(number)
    assert codes(transfer, reply, archive) == []
    assert archive.asked == [number]


@pytest.mark.parametrize("number", [20, 25_000])
def test_one_missing_among_many(number: int) -> None:
    """One unit that is not held is found wherever it stands, and named."""
    transfer, reply, archive = deposited(number)
    del archive.held[f"aeaq{number - 1}"]
    (found,) = holding_mismatches(CHAIN, archive, transfer, reply)  # type: ignore[arg-type]
    assert found.code == "UNIT_NOT_HELD"
    assert f"clé-{number - 1} " in found.message


def test_one_extra_among_few_is_named() -> None:
    """A unit that nobody sent is named, with its identifier."""
    transfer, reply, archive = deposited(20)
    archive.held["aeaqintruse"] = HeldUnit("aeaqintruse", "autre", "", "", (), OPERATION)
    (found,) = holding_mismatches(CHAIN, archive, transfer, reply)  # type: ignore[arg-type]
    assert found.code == "UNIT_NOT_SENT"
    assert "aeaqintruse" in found.message


def test_one_extra_among_more_than_a_search_counts() -> None:
    """Beyond what searches count, the accession register tells that there is one too many."""
    transfer, reply, archive = deposited(25_000)
    archive.held["aeaqintruse"] = HeldUnit("aeaqintruse", "autre", "", "", (), OPERATION)
    archive.registered = replace(archive.registered, units=25_001)
    (found,) = holding_mismatches(CHAIN, archive, transfer, reply)  # type: ignore[arg-type]
    assert found.code == "REGISTER_DIFFERS"
    assert "25001 unités pour 25000" in found.message


def test_many_extras_are_counted() -> None:
    """When the units too many reach what a search can list, they are told without their names."""
    transfer, reply, archive = deposited(9_000)
    archive.held |= {f"x{n}": HeldUnit(f"x{n}", "autre", "", "", (), OPERATION) for n in range(2_000)}
    assert codes(transfer, reply, archive) == ["UNIT_NOT_SENT"]


@pytest.mark.parametrize("name", ["units", "object_groups", "objects"])
def test_the_register_counts_each_kind(name: str) -> None:
    """Units, object groups and objects are each compared with the accession register."""
    transfer, reply, archive = deposited(20)
    archive.registered = replace(archive.registered, **{name: 7})
    (found,) = holding_mismatches(CHAIN, archive, transfer, reply)  # type: ignore[arg-type]
    assert found.code == "REGISTER_DIFFERS"
    assert found.message.count(" pour ") == 1


def test_an_attached_unit_is_not_counted() -> None:
    """A unit that the archive had before, and that only receives children, is no part of what was brought."""
    transfer, reply, archive = deposited(20)
    transfer = replace(transfer, units=(replace(transfer.units[0], attached=True), *transfer.units[1:]))
    del archive.held["aeaq0"]
    archive.registered = replace(archive.registered, units=19)
    assert codes(transfer, reply, archive) == []


def test_objects_in_one_group_may_share_it() -> None:
    """Several units whose objects are of one group are held with that group: nothing differs."""
    transfer, reply, archive = deposited(20)
    objects = tuple(replace(item, group_xml_id="G1", group_system_id="aeba1") for item in reply.objects)
    held = {name: replace(unit, object_group=unit.object_group and "aeba1") for name, unit in archive.held.items()}
    archive = Searchable(held, replace(archive.registered, object_groups=1))
    assert codes(transfer, replace(reply, objects=objects), archive) == []
