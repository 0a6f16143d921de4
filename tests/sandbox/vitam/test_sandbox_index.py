"""The index finds all that reading everything would find; a store can be filled without ingesting."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.vitam import dsl, index, load
from sandbox.vitam.database import Database, StoreOutdated
from sandbox.vitam.holdings import Holdings, units_statement
from tests.sandbox.vitam.vitam_process import ROOT, VitamServer

WORDS = ("Délibérations", "budget", "n7", "l’école", "2024", "voirie", "a", "PV_CM")
_texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
_fields = st.sampled_from(("Title", "Description", "OriginatingSystemId", "#unitups", "#opi", "#id", "#operations"))
_units = st.lists(
    st.fixed_dictionaries(
        {"tenant": st.integers(0, 2), "Title": _texts, "Description": _texts, "key": st.sampled_from("abc")}
    ),
    max_size=8,
)
_simple = st.one_of(
    st.builds(lambda op, field, value: {op: {field: value}}, st.sampled_from(("$eq", "$match")), _fields, _texts),
    st.builds(lambda field, value: {"$eq": {field: value}}, _fields, st.sampled_from(("a", "u0", "op1", "u1"))),
    st.builds(lambda field, values: {"$in": {field: values}}, _fields, st.lists(st.sampled_from(("b", "u2", "op0")))),
)
_queries = st.lists(
    st.one_of(_simple, st.lists(_simple, min_size=1, max_size=3).map(lambda clauses: {"$and": clauses})), max_size=2
)


def _document(number: int, values: dict[str, object]) -> dict[str, object]:
    return {
        "#id": f"u{number}",
        "#opi": f"op{number % 2}",
        "#operations": [f"op{number % 2}"],
        "#unitups": [f"u{number - 1}"] if number else [],
        "OriginatingSystemId": [values["key"]],
        "Title": values["Title"],
        "Description": values["Description"],
    }


@given(units=_units, query=_queries)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_the_index_finds_what_reading_everything_finds(
    tmp_path_factory: pytest.TempPathFactory, units: list[dict[str, object]], query: list[object]
):
    """Narrowed by the index or not, a query gives the same units of the same tenant, in the same order."""
    folder = tmp_path_factory.mktemp("index")
    holdings = Holdings(Database(folder / "vitam.db"), folder)
    held: dict[int, list[dict[str, object]]] = {0: [], 1: [], 2: []}
    for number, values in enumerate(units):
        body = _document(number, values)
        holdings.index_units(int(str(values["tenant"])), str(body["#opi"]), [body], [])
        held[int(str(values["tenant"]))].append(body)
    select = dsl.parse({"$query": query, "$projection": {}}, text_fields=index.UNIT_TEXT_FIELDS, multiple=True)
    for tenant, bodies in held.items():
        found = holdings.units(tenant, until=time.time(), select=select)
        assert select.apply(found) == select.apply(bodies)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VitamServer]:
    """A server over a store that was filled beforehand."""
    folder = tmp_path_factory.mktemp("plein")
    command = [sys.executable, "-m", "sandbox.vitam", "load", "--store", str(folder / "store"), "--units", "2500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "2500 unités conservées dans le coffre 0\n"
    server = VitamServer(folder / "store")
    server.start()
    server.import_referentials()
    yield server
    server.stop()


def test_a_filled_store_answers_as_an_archive_that_took_it_all(filled: VitamServer):
    """What was loaded is found by key, by words, by operation, and is counted by the register."""
    key = filled.units([{"$eq": {"OriginatingSystemId": "charge-0-1234"}}])
    words = filled.units([{"$eq": {"Title": "délibération n1234"}}])
    assert [one["#id"] for one in key] == [one["#id"] for one in words]
    operation = key[0]["#opi"]
    assert len(filled.units([{"$eq": {"#opi": operation}}])) == 1000
    found = filled.search("logbookoperations", {"$eq": {"evIdAppSession": "chargement-1000"}})["$results"]
    assert [(one["evId"], one["obIdIn"]) for one in found] == [(operation, "Chargement 1000")]
    registers = filled.call("GET", "/admin-external/v1/accessionregisters").json()["$results"]
    assert [one["TotalUnits"]["ingested"] for one in registers] == [2500]


def test_a_search_reads_few_units_of_a_full_store(tmp_path: Path):
    """A search by key, by words or by operation looks rows up, and never reads a whole table."""
    load.fill(tmp_path, 0, 10, "SERVICE")
    connection = sqlite3.connect(tmp_path / "vitam.db")
    for query in (
        {"$in": {"OriginatingSystemId": ["a"]}},
        {"$eq": {"Title": "voirie"}},
        {"$in": {"#operations": ["a"]}},
        {"$eq": {"#unitups": "a"}},
    ):
        parsed = dsl.parse({"$query": [query], "$projection": {}}, text_fields=index.UNIT_TEXT_FIELDS, multiple=True)
        sql, values = units_statement(0, 0.0, parsed)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert not [step for step in plan if step.startswith("SCAN") and "VIRTUAL" not in step], plan
    connection.close()


def test_a_store_of_another_version_is_refused(tmp_path: Path):
    """A store that another version wrote is not misread: the server says what to do, and does not start."""
    with sqlite3.connect(tmp_path / "vitam.db") as connection:
        connection.execute("CREATE TABLE operations (id TEXT)")
    connection.close()
    with pytest.raises(StoreOutdated, match="autre version"):
        Database(tmp_path / "vitam.db")
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "Effacez-le" in done.stderr
    assert "Traceback" not in done.stderr
