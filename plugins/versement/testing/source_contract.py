"""What every source must do, as a suite of tests: subclass it, and give a source and the folder that it serves."""

# ruff: noqa: S101, the suite is made of assertions

from __future__ import annotations

import os
from pathlib import Path

import pytest

from versement.domain.documents import FileReference
from versement.domain.errors import Defect, FileChanged, FileVanished
from versement.domain.fixity import CHUNK
from versement.domain.tenant import Tenant
from versement.ports.source import Source

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


class SourceContract:
    """Subclasses define the fixtures `drop` (the folder that is served, empty) and `source`."""

    @pytest.fixture
    def drop(self) -> Path:
        raise NotImplementedError

    @pytest.fixture
    def source(self, drop: Path) -> Source:
        raise NotImplementedError

    def test_empty_drop(self, source: Source) -> None:
        """An empty drop is listed as empty, without error."""
        assert list(source.listing(TENANT)) == []

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

    @pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 12 * CHUNK + 345])
    def test_bytes_are_exact(self, source: Source, drop: Path, size: int) -> None:
        """What is read is what was deposited, whatever its size, in chunks of bounded size."""
        data = os.urandom(size)
        deposit(drop, "dossier/acte.pdf", data)
        (reference,) = source.listing(TENANT)
        chunks = list(source.read(TENANT, reference))
        assert b"".join(chunks) == data
        assert all(len(chunk) <= CHUNK for chunk in chunks)

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
        assert [reference.path for reference in source.listing(TENANT)] == ["acte.pdf"]

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

    @pytest.mark.parametrize("path", ["../secret.pdf", "a/../../secret.pdf", "/etc/passwd", "./acte.pdf", ""])
    def test_path_outside_the_drop_is_refused(self, source: Source, path: str) -> None:
        """A path that leads out of the drop is never opened."""
        with pytest.raises(Defect):
            read(source, FileReference(path, 7, MODIFIED))

    def test_vanished_file_is_told(self, source: Source, drop: Path) -> None:
        """A file taken away after the announcement is named, and the others can still be read."""
        deposit(drop, "a.pdf")
        deposit(drop, "b/c.pdf")
        first, second = source.listing(TENANT)
        (drop / "a.pdf").unlink()
        with pytest.raises(FileVanished, match=r"« a\.pdf »"):
            read(source, first)
        assert read(source, second) == b"contenu"

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

    def test_reading_that_is_given_up_leaves_the_source_usable(self, source: Source, drop: Path) -> None:
        """A reader that stops in the middle of a file blocks nothing."""
        deposit(drop, "a.pdf", bytes(20 * CHUNK))
        deposit(drop, "b.pdf")
        first, second = source.listing(TENANT)
        chunks = source.read(TENANT, first)
        next(chunks)
        del chunks
        assert read(source, second) == b"contenu"

    def test_nothing_changes_at_the_source(self, source: Source, drop: Path) -> None:
        """Listing and reading leave the drop as it was."""
        deposit(drop, "dossier/acte.pdf")
        before = sorted((str(path), path.stat().st_mtime_ns) for path in drop.rglob("*"))
        for reference in source.listing(TENANT):
            read(source, reference)
        source.close()
        assert sorted((str(path), path.stat().st_mtime_ns) for path in drop.rglob("*")) == before

    def test_closed_source_opens_again(self, source: Source, drop: Path) -> None:
        """Closing twice is harmless, and a closed source may be used again."""
        deposit(drop, "acte.pdf")
        source.listing(TENANT)
        source.close()
        source.close()
        assert len(source.listing(TENANT)) == 1
        source.close()
