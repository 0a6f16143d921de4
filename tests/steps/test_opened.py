"""A drop reads the same whether its folders are zipped or not: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versement.adapters.formats.archives import open_archive
from versement.adapters.sources import FolderSource
from versement.adapters.staging import DiskStaging
from versement.domain.errors import FileChanged, FileVanished, SourceUnavailable, UnreadableFile
from versement.ports.source import Source
from versement.steps.opened import OpenedSource
from versement.testing.source_contract import TENANT, FolderContract, deposit, read

WHEN = (2024, 3, 5, 10, 20, 30)


def zip_of(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), data)
    return made.getvalue()


def opened(drop: Path, *, depth: int = 1) -> OpenedSource:
    staging = DiskStaging(drop.parent / "staging")
    return OpenedSource(FolderSource(drop), staging, open_archive, ["*.zip"], depth=depth)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def contents(source: Source) -> dict[str, bytes]:
    return {reference.path: read(source, reference) for reference in source.listing(TENANT)}


class TestOpenedSource(FolderContract):
    """What every source must do, this one does, archives or not."""

    @pytest.fixture
    def drop(self, tmp_path: Path) -> Path:
        folder = tmp_path / "drop"
        folder.mkdir()
        return folder

    @pytest.fixture
    def source(self, drop: Path) -> Source:
        return opened(drop)


names = st.sampled_from(["a.pdf", "b.pdf", "DCE/a.pdf", "DCE/RC.pdf", "été/é.pdf", "x/y/z.xml"])
folders = st.dictionaries(names, st.binary(max_size=20), min_size=1)


@given(st.dictionaries(st.sampled_from(["m1", "m2", "m3"]), folders), folders)
@settings(max_examples=40, deadline=None)
def test_zipped_or_not_a_drop_holds_the_same_files(tmp_path_factory, zips, plain):
    """Counts add up: as many files as there are in all folders, each with its own bytes."""
    drop = tmp_path_factory.mktemp("drop") / "drop"
    drop.mkdir()
    for path, data in plain.items():
        deposit(drop, f"libre/{path}", data)
    for name, files in zips.items():
        deposit(drop, f"{name}.ZIP", zip_of(files))
    expected = {f"libre/{path}": data for path, data in plain.items()}
    expected |= {f"{name}.ZIP/{path}": data for name, files in zips.items() for path, data in files.items()}
    source = opened(drop)
    assert contents(source) == expected
    assert source.listing(TENANT).left == ()


def test_archives_in_archives_are_opened_to_the_depth_asked(drop):
    """Depth 1 leaves an inner archive as one file; depth 2 opens it."""
    inner = zip_of({"RC.pdf": b"reglement"})
    deposit(drop, "m.zip", zip_of({"DCE.zip": inner, "AE.pdf": b"acte"}))
    assert contents(opened(drop)) == {"m.zip/AE.pdf": b"acte", "m.zip/DCE.zip": inner}
    assert contents(opened(drop, depth=2)) == {"m.zip/AE.pdf": b"acte", "m.zip/DCE.zip/RC.pdf": b"reglement"}


def test_an_archive_that_cannot_be_opened_stays_one_file(drop):
    """Cut, hostile or nested and spoilt: it is collected whole, with a finding that says why."""
    good = zip_of({"RC.pdf": b"reglement" * 50})
    deposit(drop, "cut.zip", good[:60])
    deposit(drop, "out.zip", zip_of({"../x": b"x"}))
    deposit(drop, "deep.zip", zip_of({"in.zip": good[:60], "AE.pdf": b"acte"}))
    source = opened(drop, depth=2)
    paths = [reference.path for reference in source.listing(TENANT)]
    assert paths == ["cut.zip", "deep.zip/AE.pdf", "deep.zip/in.zip", "out.zip"]
    assert {(item.code, item.path) for item in source.listing(TENANT).left} == {
        ("ARCHIVE_CLOSED", path) for path in ("cut.zip", "out.zip", "deep.zip/in.zip")
    }
    assert contents(source)["deep.zip/in.zip"] == good[:60]


def test_an_archive_without_any_file_is_not_lost(drop):
    """Empty, or of folders only, at the first level or within another: it stays one file, and is told."""
    empty, folders = zip_of({}), zip_of({"DCE/": b""})
    deposit(drop, "empty.zip", empty)
    deposit(drop, "folders.zip", folders)
    deposit(drop, "deep.zip", zip_of({"in.zip": empty, "AE.pdf": b"acte"}))
    source = opened(drop, depth=2)
    assert contents(source) == {
        "deep.zip/AE.pdf": b"acte",
        "deep.zip/in.zip": empty,
        "empty.zip": empty,
        "folders.zip": folders,
    }
    assert [item.code for item in source.listing(TENANT).left] == ["ARCHIVE_CLOSED"] * 3


def test_a_member_that_cannot_be_read_costs_only_itself(drop):
    """Its neighbours are read; it says which file it is and why."""
    data = bytearray(zip_of({"a.pdf": b"", "b.pdf": b"bon" * 40}))
    data[data.index(b"b.pdf") + 8] ^= 0xFF
    deposit(drop, "m.zip", bytes(data))
    source = opened(drop)
    good, bad = source.listing(TENANT)
    assert read(source, good) == b""
    with pytest.raises(UnreadableFile, match=r"« m\.zip/b\.pdf »"):
        read(source, bad)


def test_links_in_an_archive_are_left_out_and_said(drop):
    """A link has no content of its own: the finding counts it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("RC.pdf", b"x")
        link = zipfile.ZipInfo("lien")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "RC.pdf")
    deposit(drop, "m.zip", made.getvalue())
    source = opened(drop)
    assert [reference.path for reference in source.listing(TENANT)] == ["m.zip/RC.pdf"]
    assert [item.code for item in source.listing(TENANT).left] == ["ARCHIVE_LINKS"]


def test_a_run_that_goes_on_reads_without_listing_first(drop):
    """A collection cut after its announcement reads members by the references that it recorded."""
    deposit(drop, "m.zip", zip_of({"RC.pdf": b"reglement"}))
    (reference,) = opened(drop).listing(TENANT)
    assert read(opened(drop), reference) == b"reglement"


def test_a_replaced_archive_gives_no_wrong_bytes(drop):
    """The member announced is no longer the one there: it is said changed, or vanished, never read as the other."""
    deposit(drop, "m.zip", zip_of({"RC.pdf": b"reglement", "AE.pdf": b"acte"}))
    ae, rc = opened(drop).listing(TENANT)
    deposit(drop, "m.zip", zip_of({"RC.pdf": b"reglement 2"}))
    with pytest.raises(FileChanged):
        read(opened(drop), rc)
    with pytest.raises(FileVanished):
        read(opened(drop), ae)


def test_an_archive_still_being_dropped_waits(drop):
    """A listing without its members would seem to have lost them: the run tries again later."""

    class Growing(FolderSource):
        def read(self, tenant, reference):
            deposit(drop, "m.zip", b"plus")
            return super().read(tenant, reference)

    deposit(drop, "m.zip", zip_of({"RC.pdf": b"x"}))
    source = OpenedSource(Growing(drop), DiskStaging(drop.parent / "staging"), open_archive, ["*.zip"])
    with pytest.raises(SourceUnavailable, match=r"m\.zip"):
        source.listing(TENANT)


def test_a_folder_named_like_an_archive_stays_a_folder(drop):
    """Nothing but a file is opened."""
    deposit(drop, "m.zip/RC.pdf", b"x")
    assert contents(opened(drop)) == {"m.zip/RC.pdf": b"x"}
