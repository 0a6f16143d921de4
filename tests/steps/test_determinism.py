"""Same inputs and same profile: same identifiers, same manifest, same bytes, on any machine and at any time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.steps.sips import manifest_of, packed, sip_of
from tests.steps.world import World, profile_of
from versement.domain.lifecycle import TransferState

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from tests.steps.sips import packed, sip_of
from tests.steps.world import World, file_formats
formats = file_formats()
world = World(Path(sys.argv[1]), Path(sys.argv[2]), formats)
print(json.dumps([(t.id, hashlib.sha256(sip_of(world, t)).hexdigest()) for t in packed(world)]))
formats.close()
"""


def _signature(world, transfers) -> list[tuple[str, str]]:
    return [(transfer.id, hashlib.sha256(sip_of(world, transfer)).hexdigest()) for transfer in transfers]


def _copied(source: Path, target: Path, *, backwards: bool = False) -> Path:
    """A copy of a drop with the same times, its files created in one order or the other."""
    for path in sorted((path for path in source.rglob("*") if path.is_file()), reverse=backwards):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return target


def test_another_folder_another_day_the_same_bytes(tmp_path, samples, formats):
    """The same drop elsewhere, years later, its files created in another order: identifiers and SIPs are equal."""
    source = samples / "saint-aubin" / "first"
    here = World(tmp_path / "ici", _copied(source, tmp_path / "depot"), formats)
    elsewhere = World(tmp_path / "là-bas", _copied(source, tmp_path / "un autre dépôt" / "b", backwards=True), formats)
    elsewhere.clock.pass_(timedelta(days=3 * 365).total_seconds())
    first, second = packed(here), packed(elsewhere)
    assert [transfer.id for transfer in first] == [transfer.id for transfer in second]
    assert [manifest_of(here, transfer) for transfer in first] == [manifest_of(elsewhere, t) for t in second]
    assert _signature(here, first) == _signature(elsewhere, second)
    assert first[0].units == second[0].units
    assert first[0].entries == second[0].entries


def test_other_processes_zones_and_hash_seeds_give_the_same_bytes(tmp_path, samples, formats):
    """Two processes with other hash seeds, time zones and languages pack the very same SIP."""
    drop = samples / "saint-aubin" / "first"
    world = World(tmp_path / "ici", drop, formats)
    expected = [list(pair) for pair in _signature(world, packed(world))]
    assert expected
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LANG": "C"},
        {"PYTHONHASHSEED": "2026", "TZ": "America/Lima", "LC_ALL": "C.UTF-8"},
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / said["PYTHONHASHSEED"]), str(drop)],
            cwd=ROOT,
            env=os.environ | said | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for said in settings
    ]
    for process in running:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert json.loads(output) == expected


@pytest.mark.parametrize("changed", ["one byte of an annex", "one word of the index", "one file more"])
def test_another_content_is_another_message(commune, changed):
    """A byte, a metadata value or a document that differs gives another MessageIdentifier."""
    world = commune("maurecy") if changed == "one file more" else commune("saint-aubin")
    before = World(world.folder / "avant", world.drop, world.formats, world.profile)
    (first,) = packed(before)
    if changed == "one byte of an annex":
        (annex,) = world.drop.rglob("*_annexe règlement commun.pdf")
        annex.write_bytes(annex.read_bytes() + b"\n")
    elif changed == "one word of the index":
        (index,) = world.drop.glob("*.csv")
        text = index.read_text(encoding="utf-8-sig")
        index.write_text(text.replace("Règlement intérieur", "Règlement extérieur"), encoding="utf-8-sig", newline="")
    else:
        (act,) = world.drop.rglob("*crédits*.pdf")
        act.unlink()
    (second,) = packed(World(world.folder / "après", world.drop, world.formats, world.profile))
    assert second.id != first.id
    assert second.manifest != first.manifest


def test_annexes_that_exchange_their_contents_are_another_message(commune):
    """Two annexes of one act with each other's bytes: other files under these names, hence another identifier."""
    world = commune("saint-aubin")
    (one,) = world.drop.rglob("2026-011 *_annexe 1 *.pdf")
    two = one.with_name(one.name.replace("annexe 1", "annexe 2"))
    contents = one.read_bytes(), one.read_bytes() + b"\n"
    two.write_bytes(contents[1])
    avant = World(world.folder / "avant", world.drop, world.formats, world.profile)
    (first,) = packed(avant)
    assert manifest_of(avant, first).count(b"annexe 2") == 2
    one.write_bytes(contents[1])
    two.write_bytes(contents[0])
    (second,) = packed(World(world.folder / "après", world.drop, world.formats, world.profile))
    assert second.id != first.id


HEADER = {"Date", "MessageIdentifier"}
OBJECT = {"DataObjectGroup", "BinaryDataObject", "Uri", "MessageDigest", "Size", "LastModified"}


def _bytes_of_an_annex(drop: Path) -> None:
    (annex,) = drop.rglob("2026-011 *_annexe 1 *.pdf")
    annex.write_bytes(annex.read_bytes() + b"\n")


def _word_of_the_index(drop: Path) -> None:
    (index,) = drop.glob("*.csv")
    text = index.read_text(encoding="utf-8-sig")
    index.write_text(text.replace("Règlement intérieur", "Règlement extérieur"), encoding="utf-8-sig", newline="")


def _day_of_the_index(drop: Path) -> None:
    (index,) = drop.glob("*.csv")
    os.utime(index, (1.8e9, 1.8e9))


def _name_of_an_annex(drop: Path) -> None:
    (annex,) = drop.rglob("2026-011 *_annexe 1 *.pdf")
    annex.rename(annex.with_name(annex.name.replace("balance", "Balance")))


def _day_of_an_annex(drop: Path) -> None:
    (annex,) = drop.rglob("2026-011 *_annexe 1 *.pdf")
    os.utime(annex, (1.7e9, 1.7e9))


@pytest.mark.parametrize(
    ("change", "elements"),
    [
        (_bytes_of_an_annex, OBJECT | {"DataObjectGroupReferenceId", *HEADER}),
        (_word_of_the_index, {"Title", "MessageIdentifier"}),
        (_day_of_the_index, set()),
        (_day_of_an_annex, {"LastModified", "MessageIdentifier"}),
        (_name_of_an_annex, {"Title", "Filename", "MessageIdentifier"}),
    ],
)
def test_one_change_at_the_source_changes_only_what_it_must(commune, change, elements):
    """One file or one value that differs changes its own elements, the message's identifier, and nothing else."""
    world = commune("saint-aubin")
    manifests = []
    for name in ("avant", "après"):
        if manifests:
            change(world.drop)
        one = World(world.folder / name, world.drop, world.formats, world.profile)
        (transfer,) = packed(one)
        manifests.append(Counter(manifest_of(one, transfer).decode().splitlines()))
    before, after = manifests
    changed = (before - after) + (after - before)
    opening = {line.strip().lstrip("<").partition(">")[0].partition(" ")[0] for line in changed}
    assert {name for name in opening if not name.startswith("/")} <= elements
    assert opening >= elements - {"Date"}


def test_two_organisations_never_give_one_identifier(commune):
    """The same bytes under two organisations are two messages, each with its organisation's name."""
    world = commune("saint-aubin")
    organisation = world.profile.organisation.model_copy(update={"name": "jumelle"})
    twin = World(
        world.folder / "jumelle",
        world.drop,
        world.formats,
        world.profile.model_copy(update={"organisation": organisation}),
    )
    (first,), (second,) = packed(world), packed(twin)
    assert first.id.startswith("saint-aubin_deliberations_")
    assert second.id.startswith("jumelle_deliberations_")


def test_a_corrected_transfer_has_its_own_identifier_and_follows_the_first(commune):
    """After a refusal the neighbours leave under another identifier, linked to the refused one; always the same."""
    world = commune("maurecy")
    world.archive.faults.refused_files = {path.name for path in world.drop.rglob("*00[34]*-1-1_1.pdf")}
    assert world.archive.faults.refused_files
    world.run()
    first, second = world.transfers()
    assert (first.state, second.state) == (TransferState.REFUSED, TransferState.ACCEPTED)
    assert second.follows == first.id != second.id
    again = World(world.folder / "encore", world.drop, world.formats, profile_of("maurecy"))
    again.archive.faults.refused_files = set(world.archive.faults.refused_files)
    again.run()
    assert _signature(again, again.transfers()) == _signature(world, world.transfers())


def test_a_released_transfer_leaves_under_another_identifier(commune):
    """The same documents packed again after each refusal as a whole are another message, which follows the last."""
    world = commune("maurecy")
    chain = world.chain()
    world.archive.faults.refused_header = True
    for _ in range(2):
        world.run()
        stopped = world.transfers()[-1]
        assert stopped.state is TransferState.STOPPED
        chain.registry.release(chain.tenant, stopped.id)
    world.archive.faults.refused_header = False
    world.run()
    first, second, third = world.transfers()
    assert set(first.members) == set(second.members) == set(third.members)
    assert len({first.id, second.id, third.id}) == 3
    assert [first.follows, second.follows, third.follows] == ["", first.id, second.id]
