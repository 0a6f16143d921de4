"""What all tests share: where the real samples are, when they are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL

from versement.adapters.registry import database

# The contract suites that ship with the package are tests too: their assertions explain themselves.
pytest.register_assert_rewrite("versement.testing")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path | None:
    """Folder of real samples and official schemas (VERSEMENT_SHARED), or None on a machine without it."""
    folder = Path(os.environ.get("VERSEMENT_SHARED", ROOT.parent / "shared"))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """All SQLite registries of a process share their compiled statements: compiling took a quarter of the tests."""
    first, made = create_engine("sqlite://"), database._make_engine
    first.connect().close()

    def sharing(url: URL) -> Engine:
        engine = made(url)
        if engine.driver == first.driver:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
            engine.pool._dialect = first.dialect
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_make_engine", sharing)
        yield


@pytest.fixture
def every_seda(shared: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemas of every version of SEDA are installed; for 2.3 a stand-in, where the official one is not to be had."""
    from tests.seda.test_validation import STAND_IN  # noqa: PLC0415 - for the tests that ask for it

    folder = shared / "schemas" / "seda" if shared else tmp_path / "schemas"
    if shared is None:
        folder.mkdir()
        stand_in = STAND_IN.format("fr:gouv:culture:archivesdefrance:seda:v2.3")
        (folder / "seda-2.3-main.xsd").write_text(stand_in)
    monkeypatch.setenv("VERSEMENT_SEDA_XSD", str(folder))
