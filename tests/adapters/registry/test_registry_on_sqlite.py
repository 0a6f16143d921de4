"""The registry in a SQLite file: the contract, and what only a file can suffer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from versement.adapters.registry import SqlRegistry, create_schema
from versement.domain.documents import FileReference
from versement.domain.errors import Defect, SettingsError, StagingFull, ToRetry
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Claim
from versement.testing.builders import CONNECTOR, FixedClock, a_collection, a_tenant, an_announced_document
from versement.testing.registry_contract import RegistryContract
from versement.testing.scenes import packed, qualify


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


class TestSqlite(RegistryContract):
    """The contract of every registry."""

    @pytest.fixture
    def registry(self, sqlite_registry: SqlRegistry) -> SqlRegistry:
        return sqlite_registry


def test_the_file_is_its_owner_s_alone(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """The registry's file, its journal files and its folder are closed to other users of the machine."""
    sqlite_registry.journal(a_tenant())
    with closing(sqlite3.connect(_file(sqlite_url))) as held:
        held.execute("SELECT * FROM document").fetchall()
        sqlite_registry.announce(a_tenant(), a_collection([an_announced_document()]))
        found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in _file(sqlite_url).parent.iterdir()}
    assert found == {"registre.db": 0o600, "registre.db-wal": 0o600, "registre.db-shm": 0o600}
    assert stat.S_IMODE(_file(sqlite_url).parent.stat().st_mode) == 0o700


def test_the_file_waits_and_survives(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """The file is in write-ahead mode, so that readers never wait for a writer."""
    sqlite_registry.journal(a_tenant())
    with closing(sqlite3.connect(_file(sqlite_url))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_unknown_version_is_refused(sqlite_registry: SqlRegistry, sqlite_url: str, clock: FixedClock) -> None:
    """A registry made by a later version of the software is left alone, and the message says so in French."""
    sqlite_registry.journal(a_tenant())
    with closing(sqlite3.connect(_file(sqlite_url))) as connection, connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(SettingsError, match="version 99"):
        SqlRegistry(sqlite_url, clock).journal(a_tenant())


@pytest.mark.parametrize("content", [b"", b"SQLite? non."])
def test_a_file_that_is_no_registry_is_refused(tmp_path: Path, clock: FixedClock, content: bytes) -> None:
    """A file that is something else is neither used nor overwritten."""
    file = tmp_path / "autre.db"
    file.write_bytes(content)
    with pytest.raises(SettingsError):
        SqlRegistry(f"sqlite:///{file}", clock).journal(a_tenant())
    assert file.read_bytes() == content


@pytest.mark.parametrize("url", ["", "n’importe quoi", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_a_registry(clock: FixedClock, url: str) -> None:
    """An address that leads to no registry is refused in French, at once or on first use."""
    with pytest.raises(SettingsError, match="registre"):
        SqlRegistry(url, clock).journal(a_tenant())


def test_a_place_that_cannot_be_written(clock: FixedClock) -> None:
    """A registry that cannot be created where it is declared asks to check its place."""
    with pytest.raises(SettingsError, match="emplacement"):
        SqlRegistry("sqlite:////proc/registre/registre.db", clock).journal(a_tenant())


def test_create_schema_is_for_postgresql(sqlite_url: str) -> None:
    """The owner's command refuses a SQLite address, whose schema is created by itself."""
    with pytest.raises(SettingsError, match="postgresql"):
        create_schema(sqlite_url, "application")


def test_a_busy_file_is_for_later(
    sqlite_registry: SqlRegistry, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another process holds the file for too long, nothing is lost and the step is tried again."""
    monkeypatch.setattr("versement.adapters.registry.database.PATIENCE_SECONDS", 0.1)
    sqlite_registry.journal(a_tenant())
    with closing(sqlite3.connect(_file(sqlite_url))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ToRetry):
            sqlite_registry.announce(a_tenant(), a_collection([]))


def test_a_full_disk_loses_nothing(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """When the registry's disk is full the message asks for room, and what was written before stands."""
    sqlite_registry.announce(a_tenant(), a_collection([an_announced_document()]))
    script = (
        "import sys\n"
        "from versement.adapters.registry import SqlRegistry\n"
        "from versement.domain.errors import VersementError\n"
        "from versement.testing.builders import *\n"
        "registry = SqlRegistry(sys.argv[1], FixedClock())\n"
        "from sqlalchemy import event\n"
        "engine = registry._database.engine\n"
        "event.listen(engine, 'connect', lambda c, _: c.execute('PRAGMA max_page_count = 110'))\n"
        "documents = [an_announced_document(f'{n}.pdf') for n in range(3000)]\n"
        "try:\n"
        "    registry.announce(a_tenant(), a_collection(documents, run='run-2'))\n"
        "except VersementError as error:\n"
        "    print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, sqlite_url], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == StagingFull.__name__
    assert sqlite_registry.collection(a_tenant(), f"{CONNECTOR}:run-2") is None
    assert len(sqlite_registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)) == 1


def _first_use(url: str) -> int:
    registry = SqlRegistry(url, FixedClock())
    registry.announce(a_tenant(), a_collection([an_announced_document()]))
    return len(registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED))


def test_several_processes_may_be_first(sqlite_url: str) -> None:
    """Eight processes that create the same registry at once share one schema and one announcement."""
    with ProcessPoolExecutor(8, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_first_use, [sqlite_url] * 8)) == [1] * 8


def _claim(url: str, document_id: str) -> Claim:
    return SqlRegistry(url, FixedClock()).claim(a_tenant(), document_id, other_key="autre", version="v1")


def test_one_of_many_processes_takes_the_record(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """Of several processes that claim one record at once exactly one takes it."""
    announced = [an_announced_document(f"{number}.pdf") for number in range(12)]
    sqlite_registry.announce(a_tenant(), a_collection(announced))
    ids = [qualify(sqlite_registry, act, key="K").id for act in announced]
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        claims = list(pool.map(_claim, [sqlite_url] * 12, ids))
    assert Counter(claim.outcome for claim in claims) == {"taken": 1, "duplicate": 11}
    assert len({claim.holder for claim in claims}) == 1


def test_a_registry_survives_a_fork(sqlite_registry: SqlRegistry) -> None:
    """A registry used before a fork works in the parent and in its children."""
    sqlite_registry.announce(a_tenant(), a_collection([an_announced_document()]))
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            start = a_collection([an_announced_document(f"{number}.pdf")], run=f"run-{number}-enfant")
            sqlite_registry.announce(a_tenant(), start)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert len(sqlite_registry.documents(a_tenant(), CONNECTOR, DocumentState.ANNOUNCED)) == 4
    assert sqlite_registry.journal_is_whole(a_tenant())


WRITER = """
import itertools, sys
from versement.adapters.registry import SqlRegistry
from versement.testing.builders import *
from versement.testing.scenes import qualify
registry = SqlRegistry(sys.argv[1], FixedClock())
for turn in itertools.count(int(sys.argv[2])):
    documents = [an_announced_document(f"{turn}/{n}.pdf", annexes=["commune.pdf"]) for n in range(20)]
    registry.announce(a_tenant(), a_collection(documents, run=f"run-{turn}"))
    print(turn, flush=True)
    for document in documents:
        done = qualify(registry, document, key=document.reference, run=f"run-{turn}")
        registry.claim(a_tenant(), done.id, other_key="", version="v1")
"""


def test_killed_at_any_moment_it_still_adds_up(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """A writer killed without warning, ten times, leaves a table that adds up and a whole journal."""
    for turn in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, sqlite_url, str(turn * 1000)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.013 * turn)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        balance = sqlite_registry.balance(a_tenant(), CONNECTOR)
        assert balance.adds_up
        assert balance.documents.announced >= 20 * (turn + 1)
        assert sqlite_registry.journal_is_whole(a_tenant())
    with closing(sqlite3.connect(_file(sqlite_url))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("loss", ["DELETE FROM file WHERE path = 'a.pdf'", "DELETE FROM waste"])
def test_a_lost_row_shows_in_the_balance(sqlite_registry: SqlRegistry, sqlite_url: str, loss: str) -> None:
    """When a row disappears behind the registry's back the table no longer adds up: it is not made to fit."""
    announced = an_announced_document(annexes=["a.pdf"])
    start = a_collection([announced], waste=[FileReference("Thumbs.db", 1, 1)])
    sqlite_registry.announce(a_tenant(), start)
    assert sqlite_registry.balance(a_tenant(), CONNECTOR).adds_up
    with closing(sqlite3.connect(_file(sqlite_url))) as connection, connection:
        connection.execute(loss)
    assert not sqlite_registry.balance(a_tenant(), CONNECTOR).files.adds_up
    assert not sqlite_registry.balance(a_tenant(), CONNECTOR, start.id).adds_up


def test_a_lost_document_shows_in_the_balance(sqlite_registry: SqlRegistry, sqlite_url: str) -> None:
    """A document that disappears with its files is missed on both lines."""
    sqlite_registry.announce(a_tenant(), a_collection([an_announced_document()]))
    with closing(sqlite3.connect(_file(sqlite_url))) as connection, connection:
        connection.execute("DELETE FROM file")
        connection.execute("DELETE FROM document")
    balance = sqlite_registry.balance(a_tenant(), CONNECTOR)
    assert not balance.documents.adds_up
    assert not balance.files.adds_up


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE journal SET data = '{}' WHERE number = 2",
        "UPDATE journal SET at = replace(at, '2024', '2023') WHERE number = 3",
        "DELETE FROM journal WHERE number = 1",
        "DELETE FROM journal WHERE number = 3",
        "UPDATE journal SET number = number + 100 WHERE number = (SELECT max(number) FROM journal)",
    ],
)
def test_a_journal_tampered_with_shows(sqlite_registry: SqlRegistry, sqlite_url: str, tampering: str) -> None:
    """A line changed, removed or moved breaks the chain; and the file itself refuses it at first."""
    packed(sqlite_registry, "A", "B")
    with closing(sqlite3.connect(_file(sqlite_url))) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), connection:
            connection.execute(tampering)
        assert sqlite_registry.journal_is_whole(a_tenant())
        with connection:
            connection.execute("DROP TRIGGER journal_UPDATE")
            connection.execute("DROP TRIGGER journal_DELETE")
            connection.execute(tampering)
    assert not sqlite_registry.journal_is_whole(a_tenant())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document SET state = 'perdu'",
        "UPDATE tenant SET kind = 'production'",
        "DELETE FROM tenant",
        "UPDATE document SET state = 'doublon'",
        "UPDATE document SET collection = 'inconnue'",
        "UPDATE transfer SET state = 'perdu'",
        "UPDATE claim SET document = 'inconnu'",
        "DELETE FROM document",
        "INSERT INTO claim SELECT tenant, record_key, document, 'v2' FROM claim",
    ],
)
def test_the_file_itself_guards_what_it_can(sqlite_registry: SqlRegistry, sqlite_url: str, statement: str) -> None:
    """States that do not exist, orphans, and a record held twice are refused by the database itself."""
    packed(sqlite_registry, "A")
    with closing(sqlite3.connect(_file(sqlite_url))) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError), connection:
            connection.execute(statement)


def test_an_error_shows_no_value(sqlite_registry: SqlRegistry) -> None:
    """What the database refuses is told without the values that were to be written."""
    with pytest.raises(Defect) as refused:
        sqlite_registry.announce(a_tenant(), replace(a_collection([]), id="Dupont", window=None))  # type: ignore[arg-type] # on purpose
    assert "NOT NULL" in f"{refused.value.__cause__}"
    told = f"{refused.value.message}{refused.value.detail}{refused.value.__cause__}"
    assert "Dupont" not in told
