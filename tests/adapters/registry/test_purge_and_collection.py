"""A purge and a collection of the same bytes at one moment: whoever comes second sees what the first did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from crash.postgresql import APPLICATION, Server
from tests.steps.odd_acts import act
from tests.steps.test_elimination import SIGNED, _production
from tests.steps.world import World, file_formats
from versement.adapters.registry import SqlRegistry
from versement.adapters.staging import DiskStaging
from versement.domain.elimination import Given, Visa
from versement.domain.errors import StagingBusy
from versement.domain.fixity import Digest
from versement.steps.elimination import propose, purge, sign, visa
from versement.steps.reading import Reader


@dataclass
class Meddled:
    """A registry before one call of which something else happens."""

    registry: Any
    at: str
    meddle: Any

    def __getattr__(self, name: str) -> Any:
        if name == self.at:
            self.meddle()
        return getattr(self.registry, name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def world(tmp_path, request) -> Iterator[World]:
    """A commune on a production, one accepted act of which may go by a visa."""
    drop = tmp_path / "drop"
    drop.mkdir()
    formats = file_formats()
    made = _production(World(tmp_path, drop, formats))
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        url = server.url(APPLICATION, server.database())
        made.wrap = lambda port: SqlRegistry(url, made.clock) if isinstance(port, SqlRegistry) else port
    made.put("a.pdf", act())
    made.run()
    yield made
    formats.close()


def _granted(world: World) -> str:
    chain = world.chain()
    made = propose([chain], day=date(2026, 9, 1))
    sign(chain, made.id, [SIGNED])
    for line in made.lines:
        visa(chain, made.id, line.number, Given(Visa.GRANTED, "AD95", "v"))
    return made.id


def test_a_purge_waits_for_bytes_on_their_way_to_the_registry(world: World) -> None:
    """The same act comes again while its first copy is purged: the purge refuses, then leaves what is collected."""
    made, digest = _granted(world), Digest.of(act())
    chain = world.chain()
    impatient = replace(chain, staging=DiskStaging(world.folder / "staging", patience=0.0))
    told: list[StagingBusy] = []

    def meddle() -> None:
        with pytest.raises(StagingBusy, match="rien n’a été retiré") as caught:
            purge(impatient, made)
        told.append(caught.value)

    before = world.wrap

    def meddled(port: Any) -> Any:
        found = before(port)
        return Meddled(found, "collected", meddle) if isinstance(found, SqlRegistry) else found

    world.wrap = meddled
    world.put("retour/a.pdf", act())
    world.run()
    world.wrap = before
    assert told
    assert chain.staging.has(chain.tenant, digest)
    assert purge(world.chain(), made) == (0, 0)
    assert chain.staging.has(chain.tenant, digest)


def test_what_was_staged_to_announce_is_staged_again_once_purged(world: World) -> None:
    """Bytes that a purge took between the announcement of a document and its collection are read again."""
    made = _granted(world)
    chain = world.chain()
    reader = Reader(chain, world.source())
    (reference,) = world.source().listing(chain.tenant)
    fixity = reader.stage(reference)
    assert purge(chain, made) == (1, len(act()))
    assert reader.stage(reference) == fixity
    assert chain.staging.has(chain.tenant, fixity.digest)
