"""Records that are no acts, described by their profile alone, through the whole chain."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from versement.domain.documents import Field, Metadata, Value, ValueSource
from versement.profiles.drops import FilesDrop, FoldersDrop
from versement.profiles.management import ManagementRule
from versement.profiles.models import Profile
from versement.profiles.records import FieldOrigin
from versement.steps.records import record_key_of

from .ruled import with_rules
from .world import World, profile_of

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF"
)


def a_rule(family: str, **when: tuple[str, ...]) -> ManagementRule:
    return ManagementRule.model_validate_json(
        json.dumps(
            {
                "name": f"{family}-tout",
                "family": family,
                "when": when,
                "access": {
                    "rule": "ACC-00001",
                    "duration": 0,
                    "start": "document_date",
                    "text": "Code du patrimoine",
                    "article": "L213-1",
                },
            }
        )
    )


def a_profile(family: str, drop: FilesDrop | FoldersDrop, **connector: object) -> Profile:
    profile = profile_of(family=family, drop=drop, **connector)
    rules = (*profile.organisation.management_rules, a_rule(family))
    return profile.model_copy(
        update={"organisation": profile.organisation.model_copy(update={"management_rules": rules})}
    )


@pytest.fixture
def world(tmp_path: Path, formats) -> World:
    (tmp_path / "drop").mkdir()
    return World(tmp_path, tmp_path / "drop", formats)


def put(world: World, path: str, data: bytes = PDF) -> None:
    """A file modified on 1 March 2024."""
    world.put(path, data)
    os.utime(world.drop / path, (1_709_251_200, 1_709_251_200))


def manifest(world: World, number: int = 0) -> etree._Element:
    chain, transfer = world.chain(), world.transfers()[number]
    with chain.staging.open(chain.tenant, transfer.manifest.digest) as file:
        return etree.parse(file).getroot()


def titles(root: etree._Element) -> list[str]:
    return [element.text for element in root.iter("{*}Title")]


def test_files_are_archived_under_their_year(world: World) -> None:
    """A drop of loose files is archived as the profile says: one unit per file, under one unit per year."""
    world.profile = a_profile("documents", FilesDrop.model_validate({"layout": "files", "patterns": ()}))
    put(world, "2019/rapport annuel.pdf")
    put(world, "2020/rapport.pdf")
    world.run()
    assert world.balance().documents.accepted == 2
    assert "rapport annuel" in titles(manifest(world))


def test_what_comes_later_goes_under_the_unit_that_is_already_there(world: World) -> None:
    """A market is one unit however late its pieces come."""
    pattern = {"path": "{market}/{phase}*/**"}
    drop = FilesDrop.model_validate_json(json.dumps({"layout": "files", "patterns": [pattern]}))
    world.profile = a_profile("marches", drop)
    put(world, "2024-07/1. Préparation/note.pdf")
    world.run()
    put(world, "2024-07/6. Exécution/avenant 1.pdf", PDF + b"\n")
    world.run()
    assert world.balance().documents.accepted == 2
    first, second = manifest(world, 0), manifest(world, 1)
    assert "Marché 2024-07" in titles(first)
    (key,) = [element.text for element in second.iter("{*}MetadataValue")]
    assert key.endswith("/2024-07")


def test_a_folder_is_one_document_described_by_its_metadata(world: World) -> None:
    """A folder with a metadata file is one document: its fields come from the file, its files are all kept."""
    drop = FoldersDrop.model_validate_json(
        json.dumps(
            {"layout": "folders", "patterns": [{"path": "{id}"}], "metadata": "metadata.json", "main": ["*.pdf"]}
        )
    )
    world.profile = a_profile("documents", drop)
    put(world, "D1/metadata.json", b'{"titre": "Convention", "date": "12/03/2024"}')
    put(world, "D1/convention.pdf")
    put(world, "D1/annexe.pdf", PDF + b"\n")
    put(world, "perdu.pdf")
    world.run()
    assert world.balance().documents.accepted == 1
    assert world.codes() == {"perdu.pdf": "ROLE_UNKNOWN"}
    root = manifest(world)
    assert "Convention" in titles(root)
    assert len(list(root.iter("{*}BinaryDataObject"))) == 3


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\u0000"])
def test_half_a_character_in_a_metadata_file_stops_nobody(world: World, half: bytes) -> None:
    """A title cut in the middle of an emoji, by a tool that counts in UTF-16: its record leaves, and its neighbour."""
    drop = FoldersDrop.model_validate_json(
        json.dumps({"layout": "folders", "patterns": [{"path": "{id}"}], "metadata": "m.json", "main": ["*.pdf"]})
    )
    origins = {
        "identifier": FieldOrigin(read=("metadata.id",)),
        "title": FieldOrigin(read=("metadata.titre",)),
        "date": FieldOrigin(read=("metadata.date",)),
    }
    world.profile = a_profile("documents", drop, metadata=origins)
    for name, end in (("D1", half), ("D2", b"")):
        said = b'{"id": "%s%s", "titre": "Convention %s", "date": "2024-03-12"}'
        put(world, f"{name}/m.json", said % (name.encode(), end, end))
        put(world, f"{name}/convention.pdf")
    world.run()
    assert world.codes() == {}
    assert world.balance().documents.accepted == 2
    assert {"Convention \ufffd", "Convention"} <= set(titles(manifest(world)))


def test_a_record_that_lacks_a_field_is_set_aside_and_told(world: World) -> None:
    """A mandatory field that no source gives is named, with what to do."""
    drop = FilesDrop.model_validate_json(json.dumps({"layout": "files"}))
    world.profile = a_profile("marches", drop)
    put(world, "note.pdf")
    world.run()
    assert world.codes() == {"note.pdf": "FIELD_MISSING"}


def test_a_record_that_no_rule_covers_is_set_aside(world: World) -> None:
    """Without a rule that says who may see it, nothing leaves."""
    drop = FilesDrop.model_validate_json(json.dumps({"layout": "files"}))
    world.profile = with_rules(profile_of(family="documents", drop=drop), a_rule("marches"))
    put(world, "note.pdf")
    world.run()
    assert world.codes() == {"note.pdf": "ACCESS_UNDETERMINED"}


def test_deep_path_has_a_key_that_a_database_can_index() -> None:
    """PostgreSQL indexes some 2 700 bytes: a key of a deep path is short, its own, and always the same."""
    profile = a_profile("documents", FilesDrop(layout="files"), identity=("identifier",))
    keys = []
    for last in ("a", "b", "b"):
        path = "/".join([*(chr(0x4E00 + place) * 80 for place in range(20)), last])
        readings = ((Field.IDENTIFIER, Value(path, ValueSource.PATH)),)
        keys.append(record_key_of(profile, Metadata.settled(readings)))
    assert all(key.startswith("documents:") and len(key.encode()) <= 1000 for key in keys)
    assert keys[0] != keys[1] == keys[2]


def test_two_applications_that_name_a_document_alike_are_two_sources(world: World) -> None:
    """Of documents of no known family, a path says nothing outside of its own connector; a market is one for all."""
    drop = FilesDrop.model_validate_json(json.dumps({"layout": "files"}))
    one = a_profile("documents", drop)
    other = one.model_copy(update={"connector_name": "autre"})
    metadata = Metadata.settled(
        tuple(
            (name, Value(text, ValueSource.PATH))
            for name, text in ((Field.SIREN, "219509908"), (Field.IDENTIFIER, "2024/rapport.pdf"))
        )
    )
    assert record_key_of(one, metadata) != record_key_of(other, metadata)
    market = one.model_copy(update={"connector": one.connector.model_copy(update={"family": "marches"})})
    named = Metadata.settled((*metadata.values.items(), (Field.MARKET, Value("2024-07", ValueSource.PATH))))
    assert record_key_of(market, named) == record_key_of(
        market.model_copy(update={"connector_name": "autre"}), named
    ), "a market is one, whoever brings it"
