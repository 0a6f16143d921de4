"""What a personnel drop shows of its paths: nobody's name or number, and the same documents at each collection."""

from __future__ import annotations

import logging
import os

from sandbox.samples.personnel import AGENTS, FILE, index, pdf
from tests.steps.personnel import changed, shown
from versement.profiles.drops import FilesDrop, FoldersDrop, PathRule
from versement.profiles.records import FieldOrigin, UnitShape

COLUMNS = ("Matricule", "Nom de naissance", "Prénom(s)", "NIR", *FILE[4:])
"""Columns of names under other words than those of the shipped profiles."""


def put_pieces(world, *agents, columns=COLUMNS):
    """A folder for each agent, named by the agent alone, whose times never change."""
    rows = []
    for agent in agents:
        path = f"{agent.name.upper()}{agent.first_name}/nomination.pdf"
        world.put(path, pdf([[agent.matricule]]))
        os.utime(world.drop / path, (1_709_634_030, 1_709_634_030))
        said = (agent.matricule, agent.name, agent.first_name, agent.nir, agent.birth)
        rows.append((*said, "Recrutement", "Arrêté", "2010-01-04", path))
    world.put("index.csv", index(columns, *rows))


def test_no_name_shows_in_what_no_row_is_about(office, caplog):
    """A piece that no row names, a waste file, a link, a piece on its way: their folders’ names show nowhere."""

    def fill(world):
        put_pieces(world, *AGENTS)
        folder = f"{AGENTS[0].matricule} {AGENTS[0].name} {AGENTS[0].first_name}"
        world.put(f"{folder}/autre.pdf", pdf([["autre"]]))
        world.put(f"{folder}/Thumbs.db", b"residue")
        (world.drop / folder / f"Arrêt maladie {AGENTS[0].name}.pdf").symlink_to("/nowhere")
        world.put(f"{AGENTS[1].name}-{AGENTS[2].name}.pdf", pdf([["deux noms"]]))

    world = office("agents", fill)
    with caplog.at_level(logging.DEBUG):
        verdict = world.run()
    assert world.balance().documents.accepted == len(AGENTS)
    told = (shown(world, verdict) + caplog.text).casefold()
    assert not [one for agent in AGENTS for one in (agent.name, agent.first_name) if one.casefold() in told]
    assert "arrêt maladie" not in told
    assert "A0001 [nom masqué] [nom masqué]/autre.pdf" in world.codes()


def test_a_waste_file_below_a_number_stops_nobody(office):
    """`<NIR>/Thumbs.db`: counted once at each collection, shown without the number, and the payroll leaves."""
    world = office("paie")
    world.put(f"{AGENTS[0].nir}/Thumbs.db", b"residue")
    for _ in range(2):
        verdict = world.run()
    balance = world.balance()
    assert (balance.documents.accepted, balance.documents.waste, balance.adds_up) == (3, 0, True)
    chain = world.chain()
    (residue,) = chain.registry.waste(chain.tenant, chain.connector)
    assert residue.path.startswith("[NIR masqué]/Thumbs.db")
    assert AGENTS[0].nir not in shown(world, verdict)


def test_a_newcomer_makes_no_known_piece_new(office):
    """Folders told apart by names that are hidden: one more agent announces one more document, and no duplicate."""
    world = office("agents", lambda world: put_pieces(world, *AGENTS[1:]))
    world.run()
    put_pieces(world, *AGENTS)
    world.run()
    counts = world.balance().documents
    assert (counts.collected, counts.accepted, counts.duplicates) == (3, 3, 0)


def test_a_column_of_names_is_never_archived(office):
    """A profile that takes a name for the title of a piece: no title bears it."""
    world = office("agents", lambda world: put_pieces(world, *AGENTS))
    world.profile = _described_by_name(world.profile)
    verdict = world.run()
    assert world.balance().documents.accepted == len(AGENTS)
    assert not [agent for agent in AGENTS if agent.name in shown(world, verdict)]


def _described_by_name(profile):
    metadata = {**profile.connector.metadata, "description": FieldOrigin(read=("index.Nom de naissance",))}
    return changed(profile, metadata=metadata, unit=UnitShape(title="{section}", description="{description}"))


BY_NAME = (PathRule(path="{agent} - {nom} {prenom}/{section}/{date}_*"),)


def test_a_folder_named_by_an_agent_alone_shows_no_name(office):
    """An empty folder, one that holds residue alone, one that a link stands for: nobody’s name shows, whoever it is."""
    world = office("agents", lambda world: world.put("B0007 - Kermadec Soizic/Arrêtés/2010-01-04_a.pdf", pdf([["a"]])))
    world.profile = changed(world.profile, drop=FilesDrop(layout="files", patterns=BY_NAME))
    (world.drop / "B0008 - Tremeur Goulven" / "Paie").mkdir(parents=True)
    (world.drop / "B0011 - Bihannic Nolwenn").mkdir()
    world.put("B0009 - Quemener Ewen/Thumbs.db", b"residue")
    (world.drop / "B0010 - Penhoat Riwal").symlink_to("/nowhere")
    verdict = world.run()
    told = shown(world, verdict).casefold()
    chain = world.chain()
    residue = [file.path for file in chain.registry.waste(chain.tenant, chain.connector)]
    told += " ".join(residue).casefold()
    known = ["kermadec", "soizic", "tremeur", "goulven", "quemener", "ewen", "penhoat", "riwal", "bihannic", "nolwenn"]
    assert not [name for name in known if name in told]
    assert sum(path.startswith("B0") and path.endswith("/") for path in residue) == 2


def test_files_of_a_folder_named_by_an_agent_show_no_name(office):
    """A profile whose documents are folders: their files’ paths, below them too, hide the name of the folder."""
    drop = FoldersDrop(layout="folders", patterns=(PathRule(path="{agent} - {nom} {prenom}"),), main=("*.pdf",))
    world = office("agents", lambda world: world.put("B0007 - Kermadec Soizic/sous/a.pdf", pdf([["a"]])))
    world.profile = changed(world.profile, drop=drop)
    told = shown(world, world.run()).casefold()
    assert "b0007" in told
    assert "kermadec" not in told
    assert "soizic" not in told
