"""A server that behaves badly, and a tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.vitam.bad_server import BadServer, serving
from versement.domain.tenant import Tenant


@pytest.fixture
def server() -> Iterator[BadServer]:
    with serving() as bad:
        yield bad


@pytest.fixture
def tenant() -> Tenant:
    return Tenant("maurecy", "principal", 3, "essai", "essai")
