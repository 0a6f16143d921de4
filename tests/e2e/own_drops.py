"""Folders of a user's own délibérations, and what becomes of them in a demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.samples import COMMUNES
from sandbox.samples.drop import DROPPED, files, write
from sandbox.samples.model import Batch, Commune
from tests.e2e.running import Demonstration, Said
from versement.adapters.clock import SystemClock
from versement.adapters.registry import SqlRegistry
from versement.domain.documents import SourceDocument
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Waiting
from versement.profiles.load import load_profile

SIREN = "219509916"
"""Of no organisation that is shipped."""
KNOWN = next(commune for commune in COMMUNES if commune.key == "maurecy")


@dataclass(frozen=True)
class Ended:
    """How a drop ended.

    Attributes:
        said: by `demo up`.
        documents: by state.
        untouched: the folder holds the same bytes as before.
    """

    said: Said
    documents: Mapping[DocumentState, list[SourceDocument]]
    waiting: list[Waiting]
    untouched: bool


def stranger() -> Commune:
    """A commune without profile, and four acts of it."""
    return replace(
        KNOWN,
        key="vaux",
        name="Commune de Vaux-la-Vallée",
        department="095",
        siren=SIREN,
        siret=f"{SIREN}00013",
        prefecture="PREF095",
        acts=KNOWN.acts[:4],
    )


def single_folder(folder: Path) -> Path:
    write(folder, files(stranger(), Batch.FIRST), DROPPED[Batch.FIRST])
    return folder


def mixed_folder(folder: Path) -> Path:
    """Acts of two communes."""
    for commune in (stranger(), replace(KNOWN, acts=KNOWN.acts[:1])):
        write(folder / commune.key, files(commune, Batch.FIRST), DROPPED[Batch.FIRST])
    return folder


def run_drop(demo: Demonstration, folder: Path) -> Ended:
    """`make demo DROP=…` to its end, then stop."""
    before = content(folder)
    try:
        said = demo.up(folder)
        return ended(demo, said, folder, before)
    finally:
        demo.stop()


def ended(demo: Demonstration, said: Said, folder: Path, before: Mapping[str, bytes]) -> Ended:
    """What the registry says of the drop's documents."""
    [home] = demo.var.glob("depot-*")
    demo.scenario = home.name
    [path] = home.glob("fiches/*/deliberations.yaml")
    profile = load_profile(path)
    registry = SqlRegistry(f"sqlite:///{home / 'registre.db'}", SystemClock())
    asked = (profile.tenant, profile.connector_name)
    return Ended(
        said,
        {state: list(registry.documents(*asked, state)) for state in DocumentState},
        list(registry.waiting(*asked)),
        content(folder) == before,
    )


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
