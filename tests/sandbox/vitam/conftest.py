"""Fixtures: a sandbox Vitam shared by the tests (each takes its own tenant), or servers of one's own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.vitam.vitam_process import VitamServer


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VitamServer]:
    server = VitamServer(
        tmp_path_factory.mktemp("vitam") / "store", "--index-delay-seconds", "0.1", "--tenants", "1000"
    )
    server.start()
    yield server
    server.stop()


_tenants = iter(range(500))


@pytest.fixture
def vitam_server(_shared_server: VitamServer) -> VitamServer:
    """The running server; tests that share it must each take their own tenant (see `tenant`)."""
    _shared_server.client.delete(f"{_shared_server.url}/sandbox/faults")
    return _shared_server


@pytest.fixture
def tenant(vitam_server: VitamServer) -> int:
    """A tenant that no other test uses, with its referentials."""
    number = next(_tenants)
    vitam_server.import_referentials(number)
    return number


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., VitamServer]]:
    """Starts servers of one's own, to be killed or set otherwise."""
    with contextlib.ExitStack() as stack:

        def start(*options: str, name: str = "store") -> VitamServer:
            server = VitamServer(tmp_path / name, *options)
            server.start()
            stack.callback(server.stop)
            return server

        yield start
