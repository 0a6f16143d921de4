"""What is written can be read back, and written again the same, in each version of SEDA."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seda.arbitrary import Maker
from tests.seda.builders import ANY_TEXT, attached, binary, deliberation, parsed, texts, transfer, written
from tests.seda.rich import rich
from versement.seda.grammar import CONTENT, Kind
from versement.seda.manifest import Numbering
from versement.seda.model import ArchiveTransfer, ArchiveUnit, BinaryObject, DataObjectGroup, extreme_dates, walk
from versement.seda.reader import Reading, read_manifest
from versement.seda.validation import validate
from versement.seda.versions import VERSIONS

OFFICIAL = ("2.1", "2.2")
"""Versions whose schema the project's dependencies bring."""


def read(data: bytes) -> Reading:
    return read_manifest(io.BytesIO(data))


def expected(message: ArchiveTransfer, numbering: Numbering) -> ArchiveTransfer:
    """What a reader must find: the same values, ids instead of keys, extreme dates filled in."""
    units = tuple(_expected(unit, numbering, extreme_dates(unit)) for unit in message.units)
    return replace(message, units=units, keep_ids=True)


def _expected(unit: ArchiveUnit, numbering: Numbering, dates: Any) -> ArchiveUnit:
    start, end = dates.get(unit.key, (unit.start_date, unit.end_date))
    signing = unit.signing_information
    if signing is not None:
        documents = tuple(numbering.units[key] for key in signing.signed_documents)
        signing = replace(signing, signed_documents=documents)
    signatures = tuple(_signature(signature, numbering) for signature in unit.signatures)
    return replace(
        unit,
        key=numbering.units[unit.key],
        start_date=start,
        end_date=end,
        signing_information=signing,
        signatures=signatures,
        object=_object(unit.object) if unit.object else None,
        children=tuple(_expected(child, numbering, dates) for child in unit.children),
    )


def _signature(signature: Any, numbering: Numbering) -> Any:
    signed = signature.signed_object
    return replace(signature, signed_object=replace(signed, key=numbering.objects[signed.digest]))


def _object(item: BinaryObject) -> BinaryObject:
    return replace(item, fixity=replace(item.fixity, crc32=0))


def without_groups(unit: ArchiveUnit) -> ArchiveUnit:
    """A unit whose group has no keys, since those that are read are ids."""
    group = unit.group
    if group is not None:
        objects = tuple(_object(item) if isinstance(item, BinaryObject) else item for item in group.objects)
        group = DataObjectGroup("", tuple(replace(item, key="") for item in objects))
    return replace(unit, group=group, children=tuple(without_groups(child) for child in unit.children))


def first_names(message: ArchiveTransfer) -> ArchiveTransfer:
    """Units that share bytes share the object of the first one: its name is the one that is kept."""
    known: dict[Any, BinaryObject] = {}

    def named(unit: ArchiveUnit) -> ArchiveUnit:
        item = known.setdefault(unit.object.fixity.digest, unit.object) if unit.object else None
        return replace(unit, object=item, children=tuple(named(child) for child in unit.children))

    return replace(message, units=tuple(named(unit) for unit in message.units))


@pytest.mark.parametrize("version", VERSIONS)
@given(st.integers(0, 1 << 64))
@settings(max_examples=50, deadline=None)
def test_a_transfer_that_is_read_back_is_the_one_that_was_written(version, seed):
    """Every value of a transfer, whatever it says, is found again in its manifest, which is official SEDA."""
    message = first_names(Maker(seed, version).transfer())
    manifest, numbering = written(message)
    found = read(manifest)
    assert [without_groups(unit) for unit in found.transfer.units] == [
        without_groups(unit) for unit in expected(message, numbering).units
    ]
    assert replace(found.transfer, units=()) == replace(message, units=(), keep_ids=True)
    assert (found.orphans, found.remarks) == ((), ())
    assert written(found.transfer)[0] == manifest
    if version in OFFICIAL:
        assert validate(manifest) == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_seda_has_is_read_and_written_again_the_same(version):
    """Every element of a version is read as it was meant, and written again byte for byte, ids included."""
    message = rich(version)
    manifest, numbering = written(message)
    found = read(manifest)
    assert found.remarks == ()
    assert replace(found.transfer, units=()) == replace(message, units=(), keep_ids=True)
    meant, units = expected(message, numbering).units, found.transfer.units
    assert [without_groups(unit) for unit in units[:2]] == [without_groups(unit) for unit in meant[:2]]
    again, second = written(found.transfer)
    assert again == manifest
    assert set(second.units) == set(numbering.units.values())
    assert second.entries.keys() == numbering.entries.keys()


@given(ANY_TEXT)
def test_every_file_name_survives(name):
    """A file name comes back from the manifest as often as it is read, but for what XML or Vitam refuse."""
    manifest, _ = written(transfer(ArchiveUnit("k", "Item", "t", object=binary(b"x", name))))
    first = read(manifest).transfer
    assert written(first)[0] == manifest


def changed(unit: ArchiveUnit, key: str, **values: Any) -> ArchiveUnit:
    children = tuple(changed(child, key, **values) for child in unit.children)
    return replace(unit, children=children, **(values if unit.key == key else {}))


def lines(unit: ArchiveUnit) -> list[str]:
    return written(transfer(unit, attached()))[0].decode().splitlines()


def differences(before: list[str], after: list[str]) -> tuple[set[str], set[str]]:
    return set(before) - set(after), set(after) - set(before)


@pytest.mark.parametrize("key", ["seance", "deliberation", "acte", "annexe", "aractes"])
@pytest.mark.parametrize(
    ("attribute", "value", "element"),
    [
        ("title", "Autre", "Title"),
        ("description", "Autre", "Description"),
        ("tags", ("autre",), "Tag"),
        ("source", "Autre", "Source"),
        ("originating_system_id", "autre", "OriginatingSystemId"),
        ("need_authorization", True, "NeedAuthorization"),
    ],
)
def test_one_change_in_a_unit_changes_one_element(key, attribute, value, element):
    """A corrected value changes its own element, and no id, order or neighbour."""
    gone, new = differences(lines(deliberation()), lines(changed(deliberation(), key, **{attribute: value})))
    assert {line.strip().split(">")[0] for line in new} <= {f"<{element}", "<Management", "</Management"}
    assert all(f"<{element}>" in line for line in gone)
    assert new


CHANGEABLE = [slot for slot in CONTENT.slots if slot.kind is Kind.TEXT and not slot.many]


def said(message: ArchiveTransfer) -> Counter[tuple[str, str, str]]:
    """Every element of the manifest: the unit or object that it is in, its name, its text and attributes."""
    found: Counter[tuple[str, str, str]] = Counter()
    stack = [("", parsed(written(message)[0]))]
    while stack:
        place, element = stack.pop()
        name = element.tag.rpartition("}")[2]
        found[place, name, f"{(element.text or '').strip()} {sorted(element.items())}"] += 1
        stack += [(element.get("id", place) if name == "ArchiveUnit" else place, child) for child in element]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@given(seed=st.integers(0, 1 << 64), data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_change_of_any_unit_changes_one_element_of_it(version, seed, data):
    """Whatever a transfer holds, one text of one unit that differs changes that element of that unit alone."""
    message = Maker(seed, version).transfer()
    unit = data.draw(st.sampled_from([unit for unit in walk(message) if not unit.attach_to]))
    slot = data.draw(st.sampled_from(CHANGEABLE))
    units = tuple(changed(root, unit.key, **{slot.attribute: "tout autre chose"}) for root in message.units)
    before, after = said(message), said(replace(message, units=units))
    gone, new = before - after, after - before
    assert new == {(written(message)[1].units[unit.key], slot.element, "tout autre chose []"): 1}
    assert {(place, name) for place, name, _ in gone} <= {(place, name) for place, name, _ in new}
    assert gone.total() <= 1


def test_other_bytes_change_one_object_and_its_reference():
    """A file that is replaced changes its own object and group, and what refers to it."""
    gone, new = differences(
        lines(deliberation()), lines(changed(deliberation(), "annexe", object=binary(b"v2", "annexe")))
    )
    elements = {line.strip().split(">")[0].split(" ")[0] for line in gone | new}
    assert elements == {
        "<DataObjectGroup",
        "<BinaryDataObject",
        "<Uri",
        "<MessageDigest",
        "<Size",
        "<DataObjectGroupReferenceId",
    }


def test_a_unit_that_leaves_takes_nothing_else_with_it():
    """Without its annex, a délibération is written as before."""
    whole = deliberation()
    file = whole.children[0]
    fewer = replace(whole, children=(replace(file, children=tuple(c for c in file.children if c.key != "annexe")),))
    _, new = differences(lines(whole), lines(fewer))
    assert new == set()


def test_units_may_come_from_anything_that_gives_them_one_by_one():
    """A transfer whose units are made as they are written gives the same manifest, and asks for each once."""
    asked = []

    def units():
        for unit in (deliberation(), attached()):
            asked.append(unit.key)
            yield unit

    streamed, numbering = written(replace(transfer(), units=units()))
    assert (streamed, numbering) == written(transfer(deliberation(), attached()))
    assert asked == ["seance", "parent"]
    assert texts(parsed(streamed), "Uri") == list(numbering.entries)
