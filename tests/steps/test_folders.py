"""Layout `folders`: a folder is a document only with the piece that the profile calls its own."""

from __future__ import annotations

import json

import pytest

from sandbox.samples.personnel import pdf
from tests.steps.test_odd_texts import documents, said
from versement.profiles.drops import FoldersDrop, PathRule


@pytest.mark.parametrize(("main", "left"), [(("*.pdf",), ["d2", "d3"]), (("*",), ["d3"])])
def test_a_folder_without_its_main_piece_waits(tmp_path, formats, main, left):
    """A description alone, or beside another file: the document is not there yet, and is not said archived."""
    drop = FoldersDrop(layout="folders", patterns=(PathRule(path="{id}"),), metadata="metadata.json", main=main)
    world = documents(tmp_path, formats, drop, "metadata")
    for rank in (1, 2, 3):
        world.put(f"d{rank}/metadata.json", json.dumps(said(rank)).encode())
    world.put("d1/piece.pdf", pdf([["1"]]))
    world.put("d2/image.png", b"\x89PNG\r\n\x1a\n")
    world.run()
    waiting = {reference for reference, code in world.codes().items() if code == "FILE_MISSING"}
    assert waiting == set(left)
    world.put("d3/piece.pdf", pdf([["3"]]))
    world.run()
    assert "d3" not in {reference for reference, code in world.codes().items() if code == "FILE_MISSING"}
    assert world.balance().adds_up
