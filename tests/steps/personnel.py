"""Maurecy with its personnel records in a drop of its own, and all that is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.samples.personnel import AGENTS, PERIOD, agent_files, grouped_run, separate_run
from tests.steps.sips import manifest_of
from tests.steps.world import SHIPPED, World
from versement.profiles.load import load_profile
from versement.steps.report import kept

SECRETS = frozenset(
    secret for agent in AGENTS for secret in (agent.name, agent.first_name, agent.nir, agent.iban, agent.nir[:13])
)


def personnel(folder: Path, formats, connector: str) -> World:
    """Maurecy with one of its personnel connectors, and an empty drop."""
    drop = folder / "drop"
    drop.mkdir(parents=True)
    return World(folder, drop, formats, load_profile(SHIPPED / "maurecy" / f"{connector}.yaml"))


def put(world: World, content: Mapping[str, bytes]) -> None:
    for path, data in content.items():
        world.put(path, data)


def put_separate_run(world: World, period: str = PERIOD) -> None:
    """One PDF per agent, and the index."""
    put(world, separate_run(period))


def put_grouped_run(world: World, rows: Sequence[Sequence[str]] | None = None) -> None:
    """One PDF for all, and the index of its pages."""
    put(world, grouped_run(rows))


def put_agent_files(world: World) -> None:
    """A folder per agent, named by matricule and name as offices do, and the index of the pieces."""
    put(world, agent_files())


RUNS = {"paie": put_separate_run, "paie-groupee": put_grouped_run, "agents": put_agent_files}


def changed(profile, **connector):
    """The profile with some of its connector's fields changed."""
    return profile.model_copy(update={"connector": profile.connector.model_copy(update=connector)})


def shown(world, verdict):
    """All that leaves the chain for people and machines, but the bytes of the files themselves."""
    chain = world.chain()
    told = [repr(verdict)]
    told += [line.data + line.subject for line in chain.registry.journal(chain.tenant)]
    told += [f"{item.reference} {item.message}" for item in chain.registry.waiting(chain.tenant, chain.connector)]
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-{world.runs}")
    told += [f"{finding.message} {finding.path}" for finding in record.findings]
    for kind in ("report", "page"):
        told += [block.decode() for block in kept(chain, record, kind) or ()]
    for transfer in world.transfers():
        told.append(manifest_of(world, transfer).decode())
    return "\n".join(told)
