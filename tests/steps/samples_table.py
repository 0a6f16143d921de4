"""Every folder of real open data through the connector that it is for, counted by reason.

`python -m tests.steps.samples_table [FOLDER…]` prints the table; VERSEMENT_SHARED says where the data is.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.steps.world import SHIPPED, World
from versement.adapters.formats.formats import FileFormats
from versement.domain.documents import Severity
from versement.ports.formats import Formats
from versement.profiles.load import load_profile
from versement.profiles.models import Profile

CONNECTORS: Mapping[str, str] = {
    "budget": "proces-verbaux",
    "bureautique": "proces-verbaux",
    "deliberations/montpellier": "deliberations",
    "deliberations/scdl": "deliberations",
    "marches/decp_2019": "marches",
    "marches/decp_2022_exemples/json": "marches",
    "marches/decp_2022_exemples/xml": "marches",
    "marches/montpellier_marches_conclus": "marches",
    "marches/schemas": "marches",
}
"""By folder, the connector of Saint-Aubin that such a drop is for."""
MONTPELLIER = {"sirens": ("213401722",), "departement": "034"}


@dataclass(frozen=True)
class Line:
    """What one drop gave: paths, index files aside from documents, and codes with the number of what bears them."""

    files: int
    documents: int
    accepted: int
    duplicates: int
    waste: int
    set_aside: Mapping[str, int]
    remarks: Mapping[str, int]


def profile_for(folder: str) -> Profile:
    """The connector's profile; that of acts belongs to Montpellier when the acts are its."""
    connector = CONNECTORS[folder]
    shipped = SHIPPED / "saint-aubin" / f"{connector}.yaml"
    profile = load_profile(shipped if shipped.exists() else SHIPPED / "saint-aubin" / f"{connector}.yaml")
    if "montpellier" not in folder or connector != "deliberations":
        return profile
    return profile.model_copy(update={"organisation": profile.organisation.model_copy(update=MONTPELLIER)})


def through(place: Path, drop: Path, formats: Formats, profile: Profile) -> World:
    """A drop, gone through the whole chain of a connector, collected a year from now."""
    world = World(place, place / "drop", formats, profile)
    shutil.copytree(drop, world.drop, copy_function=shutil.copy2)
    world.clock.pass_(86_400 * 365)  # files copied today are no later than their collection
    world.run()
    return world


def line(world: World) -> Line:
    """What came of the world's only run."""
    chain, counts = world.chain(), world.balance()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-1")
    assert record is not None
    assert counts.adds_up
    of_documents = Counter(item.code for item in chain.registry.waiting(chain.tenant, chain.connector))
    of_the_drop = Counter(f.code for f in record.findings if f.severity is Severity.REMARK)
    documents = counts.documents
    waste = counts.files.waste
    return Line(
        *(record.listing_paths, documents.announced, documents.accepted, documents.duplicates, waste),
        *(dict(sorted(of_documents.items())), dict(sorted(of_the_drop.items()))),
    )


def main(shared: Path, wanted: Sequence[str]) -> None:
    """Print the table, as Markdown."""
    say = sys.stdout.write
    say("| dépôt | connecteur | fichiers | documents | acceptés | doublons | déchets | en attente | remarques |\n")
    say("|---|---|---|---|---|---|---|---|---|\n")
    for folder in wanted or CONNECTORS:
        with tempfile.TemporaryDirectory() as place, FileFormats() as formats:
            found = line(through(Path(place), shared / "samples" / folder, formats, profile_for(folder)))
        numbers = (found.files, found.documents, found.accepted, found.duplicates, found.waste)
        said = (
            ", ".join(f"{code} {count}" for code, count in codes.items()) or "–"
            for codes in (found.set_aside, found.remarks)
        )
        say(f"| {folder} | {CONNECTORS[folder]} | {' | '.join(map(str, numbers))} | {' | '.join(said)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(os.environ["VERSEMENT_SHARED"]), sys.argv[1:])
