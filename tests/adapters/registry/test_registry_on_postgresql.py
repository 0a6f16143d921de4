"""The registry on a real PostgreSQL server: the contract, and the wall between tenants."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError

from crash.postgresql import APPLICATION, OWNER, Server
from versement.adapters.registry import SqlRegistry, create_schema
from versement.adapters.registry.tables import OF_A_TENANT, claim, document, file, journal, transfer, unit
from versement.domain.errors import SettingsError, ToRetry
from versement.domain.lifecycle import DocumentState
from versement.testing.builders import CONNECTOR, a_collection, a_tenant, an_announced_document
from versement.testing.registry_contract import RegistryContract
from versement.testing.scenes import deposited, packed, refuse

Opened = Callable[[str], SqlRegistry]

pytestmark = pytest.mark.integration


class TestPostgreSql(RegistryContract):
    """The contract of every registry."""

    @pytest.fixture
    def registry(self, postgresql_url: str, opened: Opened) -> SqlRegistry:
        return opened(postgresql_url)


@pytest.fixture
def base(server: Server) -> str:
    return server.database()


@pytest.fixture
def filled(server: Server, base: str, opened: Opened) -> SqlRegistry:
    """A registry with at least one row of one tenant in (nearly) every table."""
    registry = opened(server.url(APPLICATION, base))
    transfer = packed(registry, "A", "B")
    deposited(registry, transfer)
    refuse(registry, transfer, transfer.members[0])
    return registry


@pytest.mark.parametrize("role", [APPLICATION, OWNER])
@pytest.mark.parametrize("tenant", [None, "", a_tenant("osny").key])
def test_no_tenant_no_rows(server: Server, base: str, filled: SqlRegistry, role: str, tenant: str | None) -> None:
    """Without a tenant, or under another one, no table shows a row, not even to the owner of the tables."""
    engine = create_engine(server.url(role, base))
    with engine.begin() as connection:
        if tenant is not None:
            connection.execute(text("SELECT set_config('versement.tenant', :t, true)"), {"t": tenant})
        for table in OF_A_TENANT:
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('versement.tenant', :t, true)"), {"t": a_tenant().key})
        for table in (document, file, claim, transfer, unit, journal):
            assert connection.scalar(select(func.count()).select_from(table)) != 0
    with engine.begin() as connection:
        # The setting ended with its transaction.
        assert connection.execute(text("SELECT count(*) FROM document")).scalar() == 0
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journal VALUES ('pontoise.actes@essai', 999, 'x', 'x', 'x', 'x', 'x')",
        "UPDATE document SET tenant = 'osny.actes@essai'",
        "UPDATE journal SET data = '{}'",
        "UPDATE tenant SET kind = 'production'",
        "DELETE FROM journal",
        "DELETE FROM document",
        "DELETE FROM transfer",
        "TRUNCATE claim",
        "DROP TABLE journal",
        "ALTER TABLE document NO FORCE ROW LEVEL SECURITY",
        "UPDATE schema_version SET version = 2",
    ],
)
def test_the_application_may_not_pass_the_wall(server: Server, base: str, filled: SqlRegistry, statement: str) -> None:
    """The application's role can neither write for another coffre, nor rewrite the journal, nor lower the wall."""
    engine = create_engine(server.url(APPLICATION, base))
    tenant = a_tenant("osny").key if statement.startswith("INSERT") else a_tenant().key
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('versement.tenant', :t, true)"), {"t": tenant})
        with pytest.raises(DBAPIError):
            connection.execute(text(statement))
    engine.dispose()
    assert filled.journal_is_whole(a_tenant())


@pytest.mark.parametrize("role", [OWNER, "postgres"])
def test_a_role_that_is_too_strong_is_refused(server: Server, base: str, opened: Opened, role: str) -> None:
    """The registry does not work as the owner of its tables or as a superuser, and says which role it was."""
    with pytest.raises(SettingsError, match=role):
        opened(server.url(role, base)).journal(a_tenant())


@pytest.mark.parametrize("role", [OWNER, "postgres", "personne"])
def test_rights_are_not_given_to_a_role_that_is_too_strong(server: Server, role: str) -> None:
    """The schema is not opened to its owner, to a superuser or to a role that does not exist."""
    base = server.database("template0")
    with pytest.raises(SettingsError, match=role):
        create_schema(server.url(OWNER, base), role)


def test_creating_the_schema_twice_changes_nothing(server: Server, base: str, filled: SqlRegistry) -> None:
    """The owner may run the creation again at any time: rows, rights and wall stand."""
    create_schema(server.url(OWNER, base), APPLICATION)
    assert len(filled.documents(a_tenant(), CONNECTOR, DocumentState.QUALIFIED)) == 1


def test_a_database_without_schema_is_refused(server: Server, opened: Opened) -> None:
    """A database in which nobody created the schema asks for its owner to do so."""
    base = server.database("template0")
    with pytest.raises(SettingsError, match="schéma"):
        opened(server.url(APPLICATION, base)).journal(a_tenant())


def test_an_unknown_version_is_refused(server: Server, base: str, opened: Opened) -> None:
    """A schema of a later version is neither used nor changed."""
    server.execute("UPDATE schema_version SET version = 99", role=OWNER, database=base)
    with pytest.raises(SettingsError, match="version 99"):
        opened(server.url(APPLICATION, base)).journal(a_tenant())
    with pytest.raises(SettingsError, match="version 99"):
        create_schema(server.url(OWNER, base), APPLICATION)


def test_a_server_that_is_off_is_for_later(opened: Opened, tmp_path: Path) -> None:
    """When the server does not answer the step is tried again, and nothing of the address is shown."""
    url = f"postgresql://moi:secret@/registre?host={tmp_path}"
    with pytest.raises(ToRetry) as refused:
        opened(url).journal(a_tenant())
    assert "secret" not in f"{refused.value.message}{refused.value.detail}"


def test_a_lost_connection_is_made_again(server: Server, filled: SqlRegistry) -> None:
    """A connection that the server ended is replaced without anybody noticing."""
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'application'")
    assert filled.journal_is_whole(a_tenant())


def test_a_registry_survives_a_fork(filled: SqlRegistry) -> None:
    """A registry used before a fork works in its children and, after them, in the parent."""
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            announced = [an_announced_document(f"{number}.pdf")]
            filled.announce(a_tenant(), a_collection(announced, run=f"run-{number}-enfant"))
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert len(filled.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)) == 3
    assert filled.journal_is_whole(a_tenant())


def _end_connections(server: Server, base: str) -> None:
    statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'application'"
    server.execute(f"{statement} AND datname = current_database()", database=base)


def test_a_server_that_came_back_whole_is_not_noticed(server: Server, base: str, filled: SqlRegistry) -> None:
    """Connections that a restart closed are opened again, nothing else is said."""
    _end_connections(server, base)
    assert filled.balance(a_tenant(), CONNECTOR).adds_up


def test_a_server_that_came_back_without_the_last_writes_makes_the_step_start_again(
    server: Server, base: str, filled: SqlRegistry
) -> None:
    """What a process saw before a crash may be gone: it must not decide on it, but begin again from what is there."""
    server.execute("DELETE FROM journal WHERE number = (SELECT max(number) FROM journal)", database=base)
    _end_connections(server, base)
    with pytest.raises(ToRetry, match="refera ce qui manque"):
        filled.documents(a_tenant(), CONNECTOR, DocumentState.QUALIFIED)
    assert filled.balance(a_tenant(), CONNECTOR).adds_up


def test_a_connection_that_breaks_at_the_commit_is_retried(server: Server, base: str, filled: SqlRegistry) -> None:
    """The server dies just before the last word of a transaction: time mends it, nobody is called."""

    def strike(_connection: object) -> None:
        _end_connections(server, base)

    event.listen(filled._database.engine, "commit", strike)
    with pytest.raises(ToRetry):
        filled.announce(a_tenant(), a_collection([an_announced_document("C.pdf")], run="autre"))
    event.remove(filled._database.engine, "commit", strike)
    assert filled.balance(a_tenant(), CONNECTOR).adds_up
