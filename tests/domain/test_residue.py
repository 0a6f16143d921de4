"""Technical residue: what systems and tools leave behind, and never a record."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.grouping.residue import residue_among
from versement.profiles.residue import WASTE

KINDS = {
    "systems": ["Thumbs.db", "d/DESKTOP.INI", "lost+found/#123", "System Volume Information/IndexerVolumeGuid"],
    "temporary": ["~WRL0001.tmp", "x.crdownload", "d/x.part"],
    "locks": ["~$acte.docx", ".~lock.acte.odt#", "base.laccdb", "base.lck"],
    "caches": ["__pycache__/x.pyc", "d/.cache/a/b.pdf", "thumbcache_32.db", ".thumbnails/normal/1.png", "@eaDir/a.jpg"],
    "bins": [".Trash-1000/files/a.pdf", "d/$Recycle.Bin/S-1-5/x.pdf", ".Trashes/501/a.pdf"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_residue_is_told(kind: str) -> None:
    """Leftovers of systems, temporary files, locks, caches and bins are residue, in any case and at any depth."""
    assert residue_among(KINDS[kind], WASTE) == set(KINDS[kind])


@pytest.mark.parametrize(
    "path",
    [
        *("cache/acte.pdf", "Caches/1.pdf", "temp/acte.pdf", "tmp/acte.pdf", "corbeille/acte.pdf", "Trash/acte.pdf"),
        *("Le cache.pdf", "lost+found.pdf", "archives/.cachet/acte.pdf", "compte/part/acte.pdf", "Recycler/a.pdf"),
        *("Recyclage/bilan.pdf", "recycle.bin.pdf", "deliberations/index.lock", "MACOSX/acte.pdf", "d.tmp/acte.pdf"),
    ],
)
def test_a_folder_that_is_merely_called_cache_is_a_folder_like_another(path: str) -> None:
    """No false waste: a common word, as the name of a folder, sets nothing aside."""
    assert residue_among([path], WASTE) == set()


def test_a_folder_that_says_itself_to_be_a_cache_is_one() -> None:
    """The tag of caches makes its folder and all below residue, not its neighbours, and never the whole drop."""
    paths = ["a/cache/CACHEDIR.TAG", "a/cache/x/1.pdf", "a/acte.pdf", "cache/acte.pdf"]
    assert residue_among(paths, WASTE) == {"a/cache/CACHEDIR.TAG", "a/cache/x/1.pdf"}
    assert residue_among(["CACHEDIR.TAG", "acte.pdf", "d/acte.pdf"], WASTE) == set()


def test_a_profile_names_its_own_folders() -> None:
    """A pattern that ends with a stroke is of folders, one that does not is of files."""
    assert residue_among(["cache/a.pdf", "d/Cache/b/c.pdf", "d/cache"], ["cache/"]) == {
        "cache/a.pdf",
        "d/Cache/b/c.pdf",
    }
    assert residue_among(["cache/a.pdf", "d/cache"], ["cache"]) == {"d/cache"}


@given(st.lists(st.text("aT./~", min_size=1, max_size=12)), st.lists(st.sampled_from(["a", "a/", "~*", "T*/"])))
def test_residue_depends_on_the_path_and_its_tags_only(paths: list[str], patterns: list[str]) -> None:
    """The order of a listing and its other files change nothing."""
    together = residue_among(paths, patterns)
    assert together == {path for path in paths if residue_among([path], patterns)}


def test_no_real_record_is_residue(shared: Path | None) -> None:
    """Of real drops of communes, no document is taken for residue."""
    names = ["CR CM 28-03-2011.pdf", "bureautique/Délibération n° 4.doc", "budget/2014/annexe_TMP.pdf"]
    if shared is not None:
        with (shared / "samples" / "INDEX.csv").open(encoding="utf-8") as index:
            names += [row[0] for row in csv.reader(index)]
        names += [str(path.relative_to(shared)) for path in (shared / "samples").rglob("*") if path.is_file()]
    assert residue_among(names, WASTE) == set()
