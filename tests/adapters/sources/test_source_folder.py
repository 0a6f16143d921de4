"""Collecting from a local folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from versement.adapters.sources import names
from versement.adapters.sources.folder import FolderSource
from versement.domain.errors import SettingsError
from versement.testing.source_contract import TENANT, FolderContract, deposit


class TestFolderSource(FolderContract):
    @pytest.fixture
    def drop(self, tmp_path: Path) -> Path:
        return tmp_path

    @pytest.fixture
    def source(self, drop: Path) -> FolderSource:
        return FolderSource(drop)


def test_missing_folder_is_to_be_corrected(tmp_path: Path) -> None:
    """A profile that points nowhere is said at once, without showing the server's paths."""
    (tmp_path / "fichier").touch()
    for name in ("absent", "fichier"):
        with pytest.raises(SettingsError, match=r"source\.path") as caught:
            FolderSource(tmp_path / name).listing(TENANT)
        assert str(tmp_path) not in caught.value.message + caught.value.detail


def test_drop_nested_without_end_is_refused(tmp_path: Path) -> None:
    """A drop nested beyond reason is refused rather than walked for ever."""
    allowed = "/".join(["a"] * names.MAX_DEPTH)
    deposit(tmp_path, f"{allowed}/acte.pdf")
    assert len(FolderSource(tmp_path).listing(TENANT)) == 1
    deposit(tmp_path, f"{allowed}/a/acte.pdf")
    with pytest.raises(SettingsError, match="32 niveaux"):
        FolderSource(tmp_path).listing(TENANT)


@pytest.mark.parametrize(("folder", "told"), [("lost+found", True), ("actes/lost+found", True), ("actes", False)])
def test_a_file_systems_own_folder_stops_no_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, *, told: bool
) -> None:
    """A drop that is a whole disk has a folder for its administrator alone: told. Any other that is closed stops it."""
    deposit(tmp_path, "actes/acte.pdf")
    deposit(tmp_path, f"{folder}/fermé.pdf")
    scandir = os.scandir

    def closed(path: bytes) -> object:  # nothing is closed to the superuser, who runs these tests
        if path == os.fsencode(tmp_path / folder):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    if told:
        listing = FolderSource(tmp_path).listing(TENANT)
        assert [file.path for file in listing] == ["actes/acte.pdf"]
        assert [(one.code, one.path) for one in listing.left] == [("FOLDER_OF_SYSTEM", folder)]
        assert listing.empty == ()
    else:
        with pytest.raises(SettingsError, match=f"« {folder} » n’est pas lisible"):
            FolderSource(tmp_path).listing(TENANT)


def test_drop_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drop of more files than one profile may hold is refused with what to do."""
    monkeypatch.setattr(names, "MAX_FILES", 3)
    for number in range(4):
        deposit(tmp_path, f"{number}.pdf")
    with pytest.raises(SettingsError, match="partagez le dépôt"):
        FolderSource(tmp_path).listing(TENANT)
