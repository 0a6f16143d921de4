"""Texts of a drop that no database holds: the document that bears one never stops its neighbours."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sandbox.samples.personnel import pdf
from tests.steps.personnel import changed
from tests.steps.world import SHIPPED, World
from versement.adapters.sources import FolderSource
from versement.domain.listing import Listing
from versement.profiles.drops import FoldersDrop, IndexDrop, PathRule
from versement.profiles.load import load_profile
from versement.profiles.records import FieldOrigin

ODD = ("\ud800", "\0", "\ufffe", "\x07", "<b>", "&eacute;")
"""Half a character, a zero, what is no character, a bell, a tag, a reference."""


def documents(folder, formats, drop, root):
    """A connector of documents that reads its fields from one root."""
    (folder / "drop").mkdir()
    profile = load_profile(SHIPPED / "saint-aubin" / "proces-verbaux.yaml")
    metadata = {
        "title": FieldOrigin(read=(f"{root}.titre",)),
        "identifier": FieldOrigin(read=(f"{root}.numero",)),
        "date": FieldOrigin(read=(f"{root}.jour",), transform=("date",)),
    }
    return World(folder, folder / "drop", formats, changed(profile, drop=drop, metadata=metadata))


def said(rank, odd="", number="n"):
    return {"titre": f"Titre {odd}{rank}", "numero": f"{number}{rank}", "jour": "2024-01-02", "fichier": f"{rank}.pdf"}


@pytest.mark.parametrize("odd", ODD)
def test_odd_row_of_an_index_costs_itself_alone(tmp_path, formats, odd):
    """An index in JSON one of whose titles, numbers and file names cannot be written: its neighbour is archived."""
    drop = IndexDrop(layout="index", index="*.json", file=("index.fichier",))
    world = documents(tmp_path, formats, drop, "index")
    rows = [said(1, odd, odd), {**said(2), "fichier": f"lot{odd}/2.pdf"}, said(3)]
    world.put("index.json", json.dumps(rows).encode())
    for rank in (1, 2, 3):
        world.put(f"{rank}.pdf", pdf([[str(rank)]]))
    world.run()
    assert world.balance().adds_up
    assert world.balance().documents.accepted >= 1
    assert "3.pdf" not in world.codes()


@pytest.mark.parametrize("odd", ODD)
def test_odd_description_of_a_folder_costs_itself_alone(tmp_path, formats, odd):
    """A metadata.json whose texts cannot be written: the other folder is archived."""
    drop = FoldersDrop(layout="folders", patterns=(PathRule(path="{id}"),), metadata="metadata.json", main=("*.pdf",))
    world = documents(tmp_path, formats, drop, "metadata")
    for rank, text in ((1, odd), (2, "")):
        world.put(f"d{rank}/piece.pdf", pdf([[str(rank)]]))
        world.put(f"d{rank}/metadata.json", json.dumps(said(rank, text, text)).encode())
    world.run()
    assert world.balance().adds_up
    assert "d2" not in world.codes()


def test_odd_description_of_an_act_costs_itself_alone(empty_drop):
    """A Mégalis drop whose objet cannot be written: the drop is accounted for all the same."""
    world = empty_drop
    told = {"objet": "Vente \ud800", "acte_nature": "1", "numero_de_lacte": "2026_01", "date_de_lacte": "2026-01-02"}
    for rank, more in ((1, {}), (2, {"objet": "Achat", "numero_de_lacte": "2026_02"})):
        files = {"arrete": ["acte.pdf"], "siren": "219509908", "classification": "7.1 Décisions"}
        world.put(f"d{rank}/metadata.json", json.dumps({**told, **files, **more}).encode())
        world.put(f"d{rank}/acte.pdf", pdf([[str(rank)]]))
    world.run()
    assert world.balance().adds_up
    assert world.balance().documents.accepted >= 1


class Dated(FolderSource):
    """A share whose clock went mad: the times of some files are no calendar's."""

    def listing(self, tenant):
        listed = super().listing(tenant)
        return Listing.of(replace(one, modified=MAD.get(one.name, one.modified)) for one in listed)

    def read(self, tenant, reference):
        (real,) = (one for one in super().listing(tenant) if one.path == reference.path)
        return super().read(tenant, real)


MAD = {"PV_CM_2024-01-02.pdf": 1 << 60, "PV_CM_2024-02-02.pdf": -(1 << 60), "PV_CM_2024-03-02.pdf": 1 << 40}
"""As tmpfs and XFS can hold them, and as an API gives them that counts milliseconds."""


class MadWorld(World):
    def source(self):
        return Dated(self.drop)


def test_a_file_of_no_known_time_stops_nobody(tmp_path, formats):
    """Times that no calendar holds: every file is collected, and archived by the date of its name."""
    (tmp_path / "drop").mkdir()
    world = MadWorld(tmp_path, tmp_path / "drop", formats, load_profile(SHIPPED / "saint-aubin/proces-verbaux.yaml"))
    for name in (*MAD, "PV_CM_2024-04-02.pdf"):
        world.put(name, pdf([[name]]))
    world.run()
    assert (world.balance().documents.accepted, world.codes()) == (4, {})
