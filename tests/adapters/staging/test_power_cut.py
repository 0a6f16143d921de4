"""A power cut at any moment of a batch: what stands at a digest's place is entire and was flushed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versement.adapters.staging import DiskStaging
from versement.testing.builders import a_tenant


class PowerCut(BaseException):
    """The machine stops here."""


class OnADiskThatForgets(DiskStaging):
    """Stops before the chosen effect on the disk, or never; after that, what was not flushed is gone.

    Attributes:
        effects: how many there were.
        at: before which one it stops.
    """

    def __init__(self, root: Path, early: int = 2) -> None:
        super().__init__(root, early=early)
        self.effects = 0
        self.at: int | None = None
        self._bytes: set[int] = set()
        self._names: set[Path] = set()

    def cut(self) -> None:
        """Take back all that was never flushed: names in a folder, and bytes of a file."""
        for path in sorted(self._root.rglob("*")):
            if path.exists() and path not in self._names:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            elif path.is_file() and path.stat().st_ino not in self._bytes:
                path.chmod(0o600)
                path.write_bytes(b"")

    def _flush(self, descriptors: Sequence[int]) -> None:
        for descriptor in descriptors:
            self._count()
            super()._flush([descriptor])
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            self._bytes.add(path.stat().st_ino)
            self._names |= set(path.iterdir()) if path.is_dir() else set()

    def _move(self, path: Path, place: Path) -> None:
        self._count()
        super()._move(path, place)

    def _count(self) -> None:
        if self.effects == self.at:
            raise PowerCut
        self.effects += 1


def _objects(root: Path) -> dict[str, bytes]:
    """What stands at digests' places."""
    files = (path for path in root.rglob("*") if path.is_file() and path.parent.name != "en-cours")
    return {path.name: path.read_bytes() for path in files}


def _put(staging: DiskStaging, contents: Sequence[bytes]) -> None:
    with staging.batch(a_tenant()) as batch:
        for content in contents:
            batch.put([content])


CONTENTS = st.lists(st.binary(max_size=20), min_size=1, max_size=6)


@settings(deadline=None, max_examples=40)
@given(kept=CONTENTS, contents=CONTENTS, data=st.data())
def test_nothing_half_is_ever_at_a_place(kept: Sequence[bytes], contents: Sequence[bytes], data: st.DataObject) -> None:
    """Cut before any effect of a batch, every object that is there is entire, and earlier ones are all there."""
    with TemporaryDirectory() as whole:
        _put(DiskStaging(Path(whole)), kept)
        early = data.draw(st.integers(1, 8))
        counter = OnADiskThatForgets(Path(whole), early)
        _put(counter, contents)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        staging = OnADiskThatForgets(root, early)
        _put(staging, kept)
        staging.at = staging.effects + data.draw(st.integers(0, counter.effects - 1))
        with pytest.raises(PowerCut):
            _put(staging, contents)
        staging.cut()
        found = _objects(root)
        assert all(hashlib.sha512(content).hexdigest() == name for name, content in found.items())
        assert {hashlib.sha512(content).hexdigest() for content in kept} <= set(found)
        _put(DiskStaging(root), contents)
        assert set(_objects(root).values()) == {*kept, *contents}


@settings(deadline=None, max_examples=40)
@given(contents=CONTENTS)
def test_what_a_batch_has_ended_with_stays(contents: Sequence[bytes]) -> None:
    """Cut once a batch has ended, all its objects are there."""
    with TemporaryDirectory() as folder:
        staging = OnADiskThatForgets(Path(folder))
        _put(staging, contents)
        staging.cut()
        assert set(_objects(Path(folder)).values()) == set(contents)
