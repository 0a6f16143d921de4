"""A clock that tests move, a registry in a file, and a real PostgreSQL server for those that want one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from crash.postgresql import APPLICATION, Server, started
from versement.adapters.registry import SqlRegistry
from versement.testing.builders import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'registre' / 'registre.db'}"


@pytest.fixture
def opened(clock: FixedClock) -> Iterator[Callable[[str], SqlRegistry]]:
    """Registries by their address, closed after the test."""
    with ExitStack() as stack:

        def make(url: str) -> SqlRegistry:
            registry = SqlRegistry(url, clock)
            stack.callback(registry.close)
            return registry

        yield make


@pytest.fixture
def sqlite_registry(sqlite_url: str, opened: Callable[[str], SqlRegistry]) -> SqlRegistry:
    return opened(sqlite_url)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with started() as running:
        yield running


@pytest.fixture(scope="session")
def shared_base(server: Server) -> str:
    return server.database()


@pytest.fixture(params=["psycopg2", "psycopg"])
def postgresql_url(server: Server, shared_base: str, request: pytest.FixtureRequest) -> Iterator[str]:
    yield server.url(APPLICATION, shared_base, request.param)
    server.empty(shared_base)
