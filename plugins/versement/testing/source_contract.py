"""What every source must do, as a suite of tests: subclass it, and give a source and what it serves."""

# ruff: noqa: S101, the suite is made of assertions

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol

import pytest

from versement.domain.documents import FileReference
from versement.domain.errors import Defect, FileChanged, FileVanished
from versement.domain.fixity import CHUNK
from versement.domain.tenant import Tenant
from versement.ports.source import Source, expect

TENANT = Tenant("commune", "actes", 1, "essai", "essai")
MODIFIED = 1_700_000_000


def deposit(drop: Path, path: str | bytes, data: bytes = b"contenu", *, modified: int = MODIFIED) -> None:
    """Write a file into the drop, as the business application would."""
    place = Path(os.fsdecode(os.path.join(os.fsencode(drop), os.fsencode(path))))  # noqa: PTH118, names are bytes
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    os.utime(place, (modified, modified))


def read(source: Source, reference: FileReference) -> bytes:
    return b"".join(source.read(TENANT, reference))


class Drop(Protocol):
    """Where a business application puts files, whatever the protocol."""

    def put(self, path: str, data: bytes = b"contenu", *, modified: int = MODIFIED) -> str:
        """Put a file, or put another in its place; returns the path under which it is to be listed."""
        ...

    def remove(self, path: str) -> None:
        """Take away a file that was put, and nothing that another test file needs."""
        ...

    def state(self) -> object:
        """Everything that a reader might have changed."""
        ...


class FolderDrop:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, path: str, data: bytes = b"contenu", *, modified: int = MODIFIED) -> str:
        deposit(self._folder, path, data, modified=modified)
        return path

    def remove(self, path: str) -> None:
        (self._folder / path).unlink()

    def state(self) -> object:
        return sorted((str(path), path.stat().st_mtime_ns) for path in self._folder.rglob("*"))


class SourceContract:
    """What any source must do. Subclasses define the fixtures `place` (empty) and `source`.

    Attributes:
        descriptions: names of files that the source itself adds to what was put.
        tells_sizes: the listing knows every size.
        tells_times: the listing gives the times that were put.
    """

    descriptions: tuple[str, ...] = ()
    tells_sizes = True
    tells_times = True

    @pytest.fixture
    def place(self) -> Drop:
        raise NotImplementedError

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError

    def put_files(self, source: Source) -> list[FileReference]:
        return [reference for reference in source.listing(TENANT) if reference.name not in self.descriptions]

    @pytest.mark.usefixtures("place")
    def test_empty_drop(self, source: Source) -> None:
        """An empty drop is listed as empty, without error."""
        assert list(source.listing(TENANT)) == []

    def test_every_file_is_listed_once(self, source: Source, place: Drop) -> None:
        """Every file is listed once, by path, with its size and time as far as the source knows them."""
        put = {place.put(f"dossier/{number}.pdf", bytes(number)): number for number in range(5)}
        found = self.put_files(source)
        assert [reference.path for reference in found] == sorted(put)
        assert not self.tells_sizes or [one.size for one in found] == [put[one.path] for one in found]
        assert not self.tells_times or {one.modified for one in found} == {MODIFIED}
        everything = [reference.path for reference in source.listing(TENANT)]
        assert everything == sorted(set(everything))

    def test_what_the_source_adds_can_be_read(self, source: Source, place: Drop) -> None:
        """What the source itself says of a document is a file like the others, of the size that was told."""
        place.put("acte.pdf")
        added = [reference for reference in source.listing(TENANT) if reference.name in self.descriptions]
        assert len(added) == len(self.descriptions)
        assert [len(read(source, reference)) for reference in added] == [reference.size for reference in added]

    def test_list_longer_than_a_page(self, source: Source, place: Drop) -> None:
        """A drop of more files than the protocol lists at a time is listed whole."""
        put = {place.put(f"{number:03}/acte.pdf", b"") for number in range(self.many)}
        assert {reference.path for reference in self.put_files(source)} == put

    many = 120
    """Files that do not fit one page."""

    @pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 12 * CHUNK + 345])
    def test_bytes_are_exact(self, source: Source, place: Drop, size: int) -> None:
        """What is read is what was deposited, whatever its size, in chunks of bounded size."""
        data = os.urandom(size)
        place.put("dossier/acte.pdf", data)
        (reference,) = self.put_files(source)
        chunks = list(source.read(TENANT, reference))
        assert b"".join(chunks) == data
        assert all(len(chunk) <= CHUNK for chunk in chunks)

    @pytest.mark.parametrize("path", ["../secret.pdf", "a/../../secret.pdf", "/etc/passwd", "./acte.pdf", ""])
    @pytest.mark.usefixtures("place")
    def test_path_outside_the_drop_is_refused(self, source: Source, path: str) -> None:
        """A path that leads out of the drop is never opened."""
        with pytest.raises(Defect):
            read(source, FileReference(path, 7, MODIFIED))

    def test_vanished_file_is_told(self, source: Source, place: Drop) -> None:
        """A file taken away after the announcement is named, and the others can still be read."""
        place.put("a.pdf")
        kept = place.put("b/c.pdf")
        listed = self.put_files(source)
        place.remove("a.pdf")
        for reference in listed:
            if reference.path == kept:
                assert read(source, reference) == b"contenu"
            else:
                with pytest.raises(FileVanished, match=re.escape(f"« {reference.path} »")):
                    read(source, reference)

    def test_file_replaced_before_reading_is_told(self, source: Source, place: Drop) -> None:
        """A file that is no longer what was announced gives not one byte."""
        place.put("acte.pdf", b"contenu")
        (reference,) = self.put_files(source)
        place.put("acte.pdf", b"CONTENU", modified=MODIFIED + 60)
        with pytest.raises(FileChanged, match=re.escape(f"« {reference.path} »")):
            next(iter(source.read(TENANT, reference)))

    def test_file_replaced_while_read_is_never_mixed(self, source: Source, place: Drop) -> None:
        """A file replaced in the middle of its reading is told, or read as it was announced: never half of each."""
        place.put("acte.pdf", bytes(20 * CHUNK))
        (reference,) = self.put_files(source)
        chunks = source.read(TENANT, reference)
        first = next(chunks)
        place.put("acte.pdf", b"\x01" * 20 * CHUNK, modified=MODIFIED + 60)
        try:
            rest = list(chunks)
        except (FileChanged, FileVanished):
            return
        assert first + b"".join(rest) == bytes(20 * CHUNK)

    def test_reading_that_is_given_up_leaves_the_source_usable(self, source: Source, place: Drop) -> None:
        """A reader that stops in the middle of a file blocks nothing."""
        place.put("a.pdf", bytes(20 * CHUNK))
        small = place.put("b.pdf")
        listed = {reference.path: reference for reference in self.put_files(source)}
        chunks = source.read(TENANT, next(one for path, one in listed.items() if path != small))
        next(chunks)
        del chunks
        assert read(source, listed[small]) == b"contenu"

    def test_what_is_expected_is_read_as_ever(self, source: Source, place: Drop) -> None:
        """A source that is told what will be read gives the same bytes and tells the same troubles, in any order."""
        data = {place.put(f"{number}.pdf", os.urandom(number)): number for number in range(1, 41)}
        lost = place.put("perdu.pdf")
        data[place.put("gros.pdf", bytes(3 * CHUNK))] = 3 * CHUNK
        listed = self.put_files(source)
        place.remove("perdu.pdf")
        expect(source, TENANT, listed)
        for reference in (*listed[30:], *listed[:20]):
            if reference.path == lost:
                with pytest.raises(FileVanished, match=re.escape(f"« {lost} »")):
                    read(source, reference)
            else:
                assert len(read(source, reference)) == data[reference.path]
        rest = [reference for reference in listed[20:30] if reference.path != lost]
        expect(source, TENANT, rest)
        assert [len(read(source, reference)) for reference in rest] == [data[reference.path] for reference in rest]
        expect(source, TENANT, listed)

    def test_nothing_changes_at_the_source(self, source: Source, place: Drop) -> None:
        """Listing and reading leave the drop as it was."""
        place.put("dossier/acte.pdf")
        before = place.state()
        for reference in source.listing(TENANT):
            read(source, reference)
        source.close()
        assert place.state() == before

    def test_closed_source_opens_again(self, source: Source, place: Drop) -> None:
        """Closing twice is harmless, and a closed source may be used again."""
        place.put("acte.pdf")
        source.listing(TENANT)
        source.close()
        source.close()
        assert len(self.put_files(source)) == 1
        source.close()


class FolderContract(SourceContract):
    """A source of files and folders. Subclasses define the fixtures `drop` (the folder that is served) and `source`."""

    @pytest.fixture
    def drop(self) -> Path:
        raise NotImplementedError

    @pytest.fixture
    def place(self, drop: Path) -> Drop:
        return FolderDrop(drop)

    def test_listing_is_whole_and_sorted(self, source: Source, drop: Path) -> None:
        """Every file is listed once, sub-folders included, by path, with its size and time."""
        deposit(drop, "z.pdf", b"12345", modified=MODIFIED + 5)
        deposit(drop, "2026/03/12/Délibération n° 4 – l’école « & ».pdf", b"1")
        deposit(drop, "2026/a.xml", b"")
        deposit(drop, "~$brouillon.docx")
        assert list(source.listing(TENANT)) == [
            FileReference("2026/03/12/Délibération n° 4 – l’école « & ».pdf", 1, MODIFIED),
            FileReference("2026/a.xml", 0, MODIFIED),
            FileReference("z.pdf", 5, MODIFIED + 5),
            FileReference("~$brouillon.docx", 7, MODIFIED),
        ]

    def test_empty_folders_are_told(self, source: Source, drop: Path) -> None:
        """A folder that holds nothing at any depth is told once, by the highest; one with a file, or a link, is not."""
        deposit(drop, "a/acte.pdf")
        for path in ("a/vide", "b/c/d", "b/e", "z", "lien"):
            (drop / path).mkdir(parents=True)
        (drop / "lien" / "ailleurs").symlink_to(drop)
        listing = source.listing(TENANT)
        assert listing.empty == ("a/vide/", "b/", "z/")
        assert [reference.path for reference in listing] == ["a/acte.pdf"]

    @pytest.mark.parametrize(
        "name", [b"d\xe9lib\xe9ration.pdf", b"a\nb\x01.pdf", "\uef2f\ufffe.pdf".encode(), b"\\x.pdf"]
    )
    def test_names_that_are_no_text_can_be_shown_and_read(self, source: Source, drop: Path, name: bytes) -> None:
        """A name in another encoding, or with control characters, is listed as storable text and can be read."""
        deposit(drop, b"dossier-" + name + b"/" + name, b"lu")
        (reference,) = source.listing(TENANT)
        assert reference.path.encode()
        assert not any(ord(character) < 32 for character in reference.path)
        assert read(source, reference) == b"lu"

    def test_links_are_not_followed(self, source: Source, drop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        """A link, even to a whole folder, is neither listed nor read: nothing outside the drop ever enters."""
        outside = tmp_path_factory.mktemp("ailleurs")
        deposit(outside, "secret.pdf", b"secret")
        deposit(drop, "acte.pdf")
        (drop / "lien.pdf").symlink_to(outside / "secret.pdf")
        (drop / "dossier").symlink_to(outside)
        (drop / "boucle").symlink_to(drop)
        listing = source.listing(TENANT)
        assert [reference.path for reference in listing] == ["acte.pdf"]
        told = [(finding.code, finding.path) for finding in listing.left]
        assert told == [("LINK_NOT_READ", name) for name in ("boucle", "dossier", "lien.pdf")]

    def test_file_replaced_by_a_link_is_refused(
        self, source: Source, drop: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """A file that became a link since the announcement is not taken for what was announced."""
        outside = tmp_path_factory.mktemp("ailleurs")
        deposit(outside, "secret.pdf", b"contenu")
        deposit(drop, "acte.pdf", b"contenu")
        (reference,) = source.listing(TENANT)
        (drop / "acte.pdf").unlink()
        (drop / "acte.pdf").symlink_to(outside / "secret.pdf")
        with pytest.raises((FileChanged, FileVanished)):
            read(source, reference)

    def test_vanished_folder_is_told(self, source: Source, drop: Path) -> None:
        """A file whose folder went away is named."""
        deposit(drop, "b/c.pdf")
        (reference,) = source.listing(TENANT)
        (drop / "b").rename(drop / "d")
        with pytest.raises(FileVanished, match=r"« b/c\.pdf »"):
            read(source, reference)

    @pytest.mark.parametrize(
        ("data", "modified"), [(b"plus long", MODIFIED), (b"contenu", MODIFIED + 1), (b"", MODIFIED)]
    )
    def test_file_that_changed_before_reading_is_told(
        self, source: Source, drop: Path, data: bytes, modified: int
    ) -> None:
        """A file that is no longer what was announced gives not one byte."""
        deposit(drop, "acte.pdf", b"contenu")
        (reference,) = source.listing(TENANT)
        deposit(drop, "acte.pdf", data, modified=modified)
        with pytest.raises(FileChanged, match=r"« acte\.pdf »"):
            next(iter(source.read(TENANT, reference)))

    @pytest.mark.parametrize("size", [0, 1, 19 * CHUNK, 21 * CHUNK])
    def test_file_that_grows_or_shrinks_while_read_is_told(self, source: Source, drop: Path, size: int) -> None:
        """A file still being written is never taken for whole."""
        deposit(drop, "acte.pdf", bytes(20 * CHUNK))
        (reference,) = source.listing(TENANT)
        chunks = source.read(TENANT, reference)
        next(chunks)
        os.truncate(drop / "acte.pdf", size)
        with pytest.raises(FileChanged, match=r"« acte\.pdf »"):
            list(chunks)

    def test_file_that_vanishes_while_read_is_told(self, source: Source, drop: Path) -> None:
        """A file taken away in the middle of its reading is not taken for collected."""
        deposit(drop, "acte.pdf", bytes(20 * CHUNK))
        (reference,) = source.listing(TENANT)
        chunks = source.read(TENANT, reference)
        next(chunks)
        (drop / "acte.pdf").unlink()
        with pytest.raises(FileVanished, match=r"« acte\.pdf »"):
            list(chunks)
