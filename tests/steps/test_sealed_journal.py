"""The journal's sealed parts are records like any other: deposited in the archive, they prove it from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from versement.domain.journal import Anchor, verified_export
from versement.profiles.drops import FoldersDrop
from versement.steps.journal import Description, describe, name_of, seal

from .test_records import a_profile
from .world import World


@pytest.fixture
def world(tmp_path: Path, formats) -> World:
    (tmp_path / "drop").mkdir()
    made = World(tmp_path, tmp_path / "drop", formats)
    told = {"patterns": [{"path": "{id}"}], "metadata": "description.json", "main": ["*.jsonl"]}
    drop = FoldersDrop.model_validate_json(json.dumps({"layout": "folders", **told}))
    admitted = {"jsonl": ("text/plain", "application/json", ""), "json": ("application/json", "text/plain", "")}
    made.profile = a_profile("documents", drop, formats=admitted)
    return made


def _drop_a_segment(world: World) -> Description:
    """What `journal seal` leaves, in the drop."""
    chain = world.chain()
    segment, lines = seal(chain.registry, chain.tenant)
    digest = chain.staging.put(chain.tenant, content := list(lines)).digest
    described = describe(chain.registry, chain.tenant, "Saint-Aubin", segment, digest)
    world.put(f"{name_of(segment)}/{name_of(segment)}.jsonl", b"".join(content))
    world.put(f"{name_of(segment)}/description.json", described.bytes())
    chain.registry.seal(chain.tenant, segment, digest)
    return described


def test_a_sealed_part_is_packaged_and_accepted(world: World) -> None:
    """The segment goes through the whole chain, and what staging holds of it proves the journal up to its head."""
    world.run()
    described = _drop_a_segment(world)
    world.run()
    assert world.codes() == {}
    assert world.balance().documents.accepted == 1
    chain = world.chain()
    assert described.digest in {entry.fixity.digest for entry in world.transfers()[-1].entries}
    head = Anchor(described.segment.last, described.segment.head)
    with chain.staging.open(chain.tenant, described.digest) as file:
        assert verified_export(file, [head])[1].faults == []
