"""The pages, asked as a browser would, on a real registry and staging."""

from __future__ import annotations

import asyncio
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from sandbox.samples import write_drops
from tests.orchestration.airflow_home import ROOT
from tests.steps.world import World, file_formats, profile_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Airflow's API server loads a test client whose library is being replaced
    from versement.ui.app import build_app, readable_dags

Get = Callable[[str], httpx.Response]


def ask(app: ASGIApp, address: str, method: str = "GET") -> httpx.Response:
    """One request, mounted as Airflow mounts the pages."""

    async def answer() -> httpx.Response:
        host = FastAPI(openapi_url=None)
        host.mount("/versement", app)
        transport = httpx.ASGITransport(app=host)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            return await client.request(method, address)

    return asyncio.run(answer())


@pytest.fixture(scope="session")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Saint-Aubin after one run over its sample drop."""
    folder = tmp_path_factory.mktemp("ui")
    write_drops(folder / "samples")
    shutil.copytree(folder / "samples" / "saint-aubin" / "first", folder / "drop")
    formats = file_formats()
    world = World(folder, folder / "drop", formats, profile_of("saint-aubin"))
    world.run()
    yield world
    formats.close()


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commune: World) -> Path:
    """A copy of the shipped profiles, on the commune's registry and staging."""
    folder = tmp_path / "profiles"
    shutil.copytree(ROOT / "include" / "profiles", folder)
    monkeypatch.setenv("VERSEMENT_PROFILES", str(folder))
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{commune.folder / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(commune.folder / "staging"))
    return folder


@pytest.fixture
def get_as(profiles: Path) -> Callable[..., Get]:
    """Asks for pages as a user who may read these DAGs."""

    def user(*readable: str) -> Get:
        app = build_app()
        app.dependency_overrides[readable_dags] = lambda: set(readable)
        # Who the user is was proved by Airflow: only the application-wide check is lifted here.
        for checked in app.router.dependencies:
            if checked.dependency is not None:
                app.dependency_overrides[checked.dependency] = lambda: None
        return lambda address: ask(app, address)

    return user
