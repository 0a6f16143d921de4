"""The folder of arrivals on a real disk: entire or not at all, read back, and never made."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.steps.world import profile_of
from versement.adapters.arrivals import DiskArrivals
from versement.domain.errors import ArrivalsUnusable, OutcomeUncertain, ProfileError
from versement.profiles.load import load_profile
from versement.profiles.local_deposit import LocalDeposit
from versement.settings import Settings, arrivals_of


class Body:
    """Blocks, of an announced length."""

    def __init__(self, *blocks: bytes, length: int = 0, error: Exception | None = None) -> None:
        self.blocks, self.length, self.error = blocks, length or len(b"".join(blocks)), error

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[bytes]:
        yield from self.blocks
        if self.error:
            raise self.error


def arrivals(folder: Path, below: str = "", kind: type[DiskArrivals] = DiskArrivals) -> DiskArrivals:
    return kind(folder, below, "maurecy.deliberations", 10)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_delivered_file_is_entire_and_readable_by_its_group(tmp_path: Path) -> None:
    """It stands under the path that the archive is told, with the same bytes; delivering again replaces it."""
    folder = arrivals(tmp_path)
    for content in (b"premier", b"second"):
        folder.deliver("t1", Body(content, b" SIP"))
        file = tmp_path / folder.path("t1")
        assert file.read_bytes() == content + b" SIP"
        assert file.stat().st_mode & 0o777 & ~0o640 == 0
    assert folder.names() == {"t1"}
    folder.remove("t1")
    folder.remove("t1")
    assert folder.names() == set()


def test_the_path_is_that_of_the_archives_own_folder(tmp_path: Path) -> None:
    """Seen from the archive's server, the folder may stand below its own one; only large SIPs go there."""
    folder = arrivals(tmp_path, "versement/actes")
    assert folder.path("t1") == "versement/actes/maurecy.deliberations/t1.zip"
    assert (folder.takes(10), folder.takes(11)) == (False, True)


def test_a_body_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    """Its own error passes through, and no half of it stays."""
    with pytest.raises(ZeroDivisionError):
        arrivals(tmp_path).deliver("t1", Body(b"la moitie", error=ZeroDivisionError()))
    assert not left(tmp_path)


def test_nothing_is_begun_that_cannot_end(tmp_path: Path) -> None:
    """A SIP larger than the room left is not begun, and what is missing is said."""
    with pytest.raises(ArrivalsUnusable, match="Plus assez de place"):
        arrivals(tmp_path).deliver("t1", Body(b"x", length=1 << 60, error=ZeroDivisionError()))
    assert not left(tmp_path)


def test_a_file_that_is_taken_away_meanwhile_ends_the_try(tmp_path: Path) -> None:
    """A sender that slept while others settled its try does not take that for a broken disk."""
    folder = arrivals(tmp_path)

    class Overtaken(Body):
        def __iter__(self) -> Iterator[bytes]:
            yield from super().__iter__()
            folder.remove("t1")

    with pytest.raises(OutcomeUncertain, match="une autre exécution"):
        folder.deliver("t1", Overtaken(b"un SIP"))
    assert not left(tmp_path)


class Lying(DiskArrivals):
    """A disk that keeps something else than what it is given."""

    def _create(self, path: Path):
        path.write_bytes(b"autre chose")
        return path.with_suffix(".perdu").open("wb", buffering=0)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """A disk that gives back other bytes is not believed: nothing is left for the archive to take."""
    folder = arrivals(tmp_path, kind=Lying)
    with pytest.raises(ArrivalsUnusable, match="n’est pas utilisable"):
        folder.deliver("t1", Body(b"un SIP"))
    assert folder.names() == set()


class Failing(DiskArrivals):
    """A disk that takes the file, then does nothing any more: what it holds cannot even be removed."""

    def _finish(self, unfinished: Path, written: bytes) -> None:
        unfinished.unlink()
        unfinished.mkdir()
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_disk_that_fails_altogether_is_told_as_such(tmp_path: Path) -> None:
    """That the half written file cannot be removed either does not hide what is to be mended."""
    with pytest.raises(ArrivalsUnusable, match="n’est pas utilisable"):
        arrivals(tmp_path, kind=Failing).deliver("t1", Body(b"un SIP"))


def test_the_folder_itself_is_never_made(tmp_path: Path) -> None:
    """It may be a disk that is not mounted: that is said, and the local disk is not filled instead."""
    folder = arrivals(tmp_path / "absent")
    assert folder.names() == set()
    with pytest.raises(ArrivalsUnusable, match="est monté"):
        folder.deliver("t1", Body(b"un SIP"))
    assert not (tmp_path / "absent").exists()


def test_a_target_declares_its_folder(tmp_path: Path, profiles: Path) -> None:
    """Three lines under a target make the chain of its connectors use it; without them, everything goes by HTTPS."""
    assert arrivals_of(profile_of()) is None
    with (profiles / "_targets.yaml").open("a") as file:
        file.write(f"  local_deposit:\n    folder: {tmp_path}\n    below: versement\n    above_bytes: 2000000000\n")
    profile = load_profile(profiles / "maurecy" / "deliberations.yaml")
    assert profile.target.local_deposit == LocalDeposit(folder=str(tmp_path), below="versement", above_bytes=2 * 10**9)
    used = Settings.from_environment().chain(type(profile).thaw(profile.frozen())).arrivals
    assert used is not None
    assert used.path("t1") == "versement/maurecy.deliberations/t1.zip"
    assert (used.takes(2 * 10**9), used.takes(2 * 10**9 + 1)) == (False, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("folder: arrivees", "local_deposit.folder : attendu un chemin absolu"),
        ("folder: /srv/a\n    below: ../ailleurs", "local_deposit.below : attendu un chemin relatif sans accent"),
        ("folder: /srv/a\n    above_bytes: 1 Go", "local_deposit.above_bytes : attendu un nombre entier"),
    ],
)
def test_a_wrong_declaration_is_told_by_its_line(profiles: Path, line: str, told: str) -> None:
    """A path that Vitam would refuse, or that means nothing here, is refused while the profile is read."""
    with (profiles / "_targets.yaml").open("a") as file:
        file.write(f"  local_deposit:\n    {line}\n")
    with pytest.raises(ProfileError, match=told.replace(".", r"\.")):
        load_profile(profiles / "maurecy" / "deliberations.yaml")
