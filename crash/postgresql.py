"""A PostgreSQL server of one's own, on a socket in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

from versement.adapters.registry import create_schema
from versement.adapters.registry.tables import OF_A_TENANT

OWNER, APPLICATION = "proprietaire", "application"


@dataclass(frozen=True)
class Server:
    """A running server, and how to reach it; each database made of it has the schema."""

    folder: Path
    numbers: count[int]
    options: str

    def url(self, role: str, database: str, driver: str = "psycopg2") -> str:
        return f"postgresql+{driver}://{role}@/{database}?host={self.folder}"

    def restart(self) -> None:
        """End it as a power cut would, its connections with it, and start it again."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        self.start()

    def start(self) -> None:
        log = str(self.folder / "log")
        _run("pg_ctl", "-D", str(self.folder / "data"), "-o", self.options, "-l", log, "-w", "start")

    def execute(self, statement: str, *, role: str = "postgres", database: str = "postgres") -> None:
        engine = create_engine(self.url(role, database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def empty(self, database: str) -> None:
        """Rid a database of its rows, so that the next test may have it: making one takes longer."""
        tables = ", ".join(table.name for table in OF_A_TENANT)
        self.execute(f"TRUNCATE {tables}", role=OWNER, database=database)

    def database(self, template: str = "modele") -> str:
        name = f"base{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
        return name


@contextmanager
def started(options: str = "-c fsync=off") -> Iterator[Server]:
    """A running server with both roles and, in `modele`, the schema."""
    folder = Path(tempfile.mkdtemp(prefix="versement-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    _run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    made = Server(folder, count(1), f"-k {folder} -c listen_addresses='' -c max_connections=60 {options}")
    made.start()
    try:
        made.execute(f"CREATE ROLE {OWNER} LOGIN")
        made.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        made.execute(f"CREATE DATABASE modele OWNER {OWNER}")
        create_schema(made.url(OWNER, "modele"), APPLICATION)
        yield made
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _run(tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools, never as root, which it refuses."""
    found = shutil.which(tool) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{tool}")), default=None)
    if found is None:
        raise FileNotFoundError(f"PostgreSQL's {tool} is not installed: a real server is needed (make system)")
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*user, found, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")
