"""Creation of the registry's schema, its version, and PostgreSQL's wall between tenants."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from itertools import product
from pathlib import Path

from sqlalchemy import Connection, Table, insert, inspect, select, text
from sqlalchemy.engine import URL

from versement.adapters.registry.columns import metadata
from versement.adapters.registry.database import Access, Database
from versement.adapters.registry.tables import (
    OF_A_TENANT,
    REWRITTEN,
    SCHEMA_VERSION,
    WRITTEN_ONCE,
    journal,
    schema_version,
)
from versement.domain.errors import SettingsError

_FROZEN = """
CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the {table} table is append-only'); END
"""


def create_schema(url: str, application_role: str) -> None:
    """Create or complete the schema on PostgreSQL, as its owner, and open it to the application's role.

    Raises:
        SettingsError: not PostgreSQL, an unknown schema, or a role that would pass through the tenants' wall.
    """
    database = Database(url)
    if database.on_sqlite:
        raise SettingsError(
            "Le schéma d’un registre SQLite se crée seul : cette commande attend une adresse postgresql://…"
        )
    try:
        with database.connect(Access.DURABLE) as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('versement schema', 0))"))
            _check_application_role(connection, application_role)
            metadata.create_all(connection)
            _write_version(connection)
            for table in OF_A_TENANT:
                _raise_wall(connection, table)
            _grant(connection, application_role)
    finally:
        database.close()


def prepare(database: Database) -> None:
    """Make sure that the database is a registry that this software knows.

    Raises:
        SettingsError: it is not, or its role could pass through the tenants' wall.
    """
    if database.on_sqlite:
        _create_sqlite(database)
    with database.connect(Access.READ) as connection:
        found = _version(connection)
        if found != SCHEMA_VERSION:
            raise _unknown_version(found)
        if not database.on_sqlite:
            _check_own_role(connection)


def _create_sqlite(database: Database) -> None:
    """Make the file entire beside its place, then link it there: nobody ever sees half a schema."""
    name = database.url.database
    if not name or name == ":memory:":
        raise SettingsError(
            "Le registre SQLite doit être un fichier (sqlite:////dossier/registre.db) : corrigez sa connexion."
        )
    path = Path(name)
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".registre-") as folder:
            fresh = Path(folder) / "registre.db"
            fresh.touch(mode=0o600)
            _fill(fresh)
            _durable(fresh)
            path.hardlink_to(fresh)
    except FileExistsError:
        return  # another process was first
    except sqlite3.OperationalError as error:
        raise _not_creatable(str(error)) from error
    except OSError as error:
        raise _not_creatable(str(error.strerror)) from error


def _not_creatable(detail: str) -> SettingsError:
    return SettingsError(
        "Le registre ne peut pas être créé à l’emplacement déclaré : vérifiez ce dossier, ses droits et la place "
        "qui y reste.",
        detail=f"creating sqlite registry: {detail}",
    )


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    database = Database(URL.create("sqlite", database=str(path)).render_as_string())
    try:
        with database.connect(Access.DURABLE) as connection:
            metadata.create_all(connection)
            for table, verb in product(WRITTEN_ONCE, ("UPDATE", "DELETE")):
                connection.exec_driver_sql(_FROZEN.format(table=table.name, verb=verb))
            _write_version(connection)
    finally:
        # SQLite ties its write-ahead log to the file's name: nobody may hold it open when it is renamed.
        database.close()


def _durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _version(connection: Connection) -> int | None:
    """Version of the schema; None when the database is no registry."""
    if not inspect(connection).has_table(schema_version.name):
        return None
    return connection.execute(select(schema_version.c.version)).scalar()


def _write_version(connection: Connection) -> None:
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found is None:
        connection.execute(insert(schema_version), [{"version": SCHEMA_VERSION}])
    elif found != SCHEMA_VERSION:
        raise _unknown_version(found)


def _unknown_version(found: int | None) -> SettingsError:
    if found is None:
        return SettingsError(
            "La base déclarée n’est pas un registre de versement : attendu un schéma créé par cette application. "
            "Corrigez l’adresse, ou faites créer le schéma par son propriétaire."
        )
    return SettingsError(
        f"Le registre est à la version {found} de son schéma, cette application attend la version {SCHEMA_VERSION}. "
        "Installez la version de l’application qui lui correspond ; rien n’a été modifié."
    )


def _raise_wall(connection: Connection, table: Table) -> None:
    rows = "tenant = current_setting('versement.tenant', true)"
    for statement in (
        f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS tenant_wall ON {table.name}",
        f"CREATE POLICY tenant_wall ON {table.name} USING ({rows}) WITH CHECK ({rows})",
    ):
        connection.execute(text(statement))


def _grant(connection: Connection, application_role: str) -> None:
    role = connection.dialect.identifier_preparer.quote(application_role)
    connection.execute(text(f"GRANT SELECT ON {schema_version.name} TO {role}"))
    for table in OF_A_TENANT:
        rights = "SELECT, INSERT" if table in WRITTEN_ONCE else "SELECT, INSERT, UPDATE"
        if table in REWRITTEN:
            rights += ", DELETE"
        connection.execute(text(f"GRANT {rights} ON {table.name} TO {role}"))


_ROLE = text("""
    SELECT role.rolsuper OR role.rolbypassrls AS passes,
           pg_has_role(role.rolname, :owner, 'MEMBER') AS owns
    FROM pg_roles AS role WHERE role.rolname = :role
""")


def _check_application_role(connection: Connection, application_role: str) -> None:
    owner = connection.execute(text("SELECT current_user")).scalar()
    found = connection.execute(_ROLE, {"role": application_role, "owner": owner}).first()
    if found is None:
        raise SettingsError(
            f"Le rôle « {application_role} » n’existe pas sur ce serveur PostgreSQL : créez-le, puis recommencez."
        )
    if found.passes or found.owns:
        raise _role_too_strong(application_role)


def _check_own_role(connection: Connection) -> None:
    role = connection.execute(text("SELECT current_user")).scalar()
    owner = connection.execute(
        text("SELECT tableowner FROM pg_tables WHERE tablename = :name AND schemaname = ANY (current_schemas(false))"),
        {"name": journal.name},
    ).scalar()
    found = connection.execute(_ROLE, {"role": role, "owner": owner}).first()
    if found is None or found.passes or found.owns:
        raise _role_too_strong(str(role))


def _role_too_strong(role: str) -> SettingsError:
    return SettingsError(
        f"Le rôle « {role} » est propriétaire du registre ou super-utilisateur : la cloison entre coffres ne "
        "l’arrêterait pas. Déclarez un rôle ordinaire, distinct du propriétaire."
    )
