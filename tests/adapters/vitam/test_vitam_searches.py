"""Searches: chunks, counts and registers are read whole and exactly, or not at all."""

from __future__ import annotations

import json

import pytest

from tests.adapters.vitam.bad_server import OPERATION, answer, archive, read_body, results
from versement.domain.errors import ArchiveUnavailable, RequestRefused
from versement.ports.archive import WINDOW, LogbookEntry, Registered


def register(units: object = 3, groups: object = 2, objects: object = 2, opi: str = OPERATION) -> dict:
    totals = {"TotalUnits": units, "TotalObjectGroups": groups, "TotalObjects": objects}
    return {"#id": f"d-{opi}", "Opi": opi} | {
        name: {"ingested": value, "deleted": 1, "remained": 0} for name, value in totals.items()
    }


def test_units_by_chunks(server, tenant) -> None:
    """However many ids are asked for, each request stays within Vitam's limits and each unit comes once."""
    names = [f"aeaq{number:06d}" for number in range(2_500)]

    def behave(handler) -> None:
        body = json.loads(read_body(handler))
        (asked,) = (clause["$in"]["#id"] for clause in body["$query"])
        server.seen(handler, json.dumps(asked).encode())
        assert body["$filter"]["$offset"] + body["$filter"]["$limit"] <= WINDOW
        held = [{"#id": name, "#opi": OPERATION} for name in asked if not name.endswith("9")]
        answer(handler, 200, results(*held))

    server.behave = behave
    units = list(archive(server).units(tenant, names))
    assert [unit.system_id for unit in units] == [name for name in names if not name.endswith("9")]
    assert {unit.operation_id for unit in units} == {OPERATION}
    asked = [json.loads(request.body) for request in server.received]
    assert [name for chunk in asked for name in chunk] == names
    assert max(map(len, asked)) <= 1_000


def test_units_nobody_asked_for(server, tenant) -> None:
    """A unit that was not asked for is not taken, and chunks that do not fit together are asked again later."""
    server.behave = lambda handler: answer(handler, 200, results({"#id": "u1"}, {"#id": "u2"}))
    assert [unit.system_id for unit in archive(server).units(tenant, ["u1", "u3", "u4"])] == ["u1"]
    server.behave = lambda handler: answer(handler, 200, results({"#id": "u1"}, total=2))
    with pytest.raises(ArchiveUnavailable, match="index"):
        list(archive(server).units(tenant, ["u1", "u2"]))


def test_no_unit_no_request(server, tenant) -> None:
    """Asking for no unit asks nothing; an id that is none is refused before anything leaves."""
    server.behave = server.seen
    assert list(archive(server).units(tenant, [])) == []
    with pytest.raises(RequestRefused, match="identifiant"):
        list(archive(server).units(tenant, ["u1", "../x"]))
    assert not server.received


@pytest.mark.parametrize("total", [0, 1, 9_999, 10_000, 99_999])
def test_count(server, tenant, total: int) -> None:
    """A count is Vitam's own, asked for without listing."""

    def behave(handler) -> None:
        server.seen(handler, read_body(handler))
        answer(handler, 200, results(*([{"#id": "u1"}] if total else []), total=total))

    server.behave = behave
    assert archive(server).count_units(tenant, OPERATION) == total
    assert json.loads(server.received[0].body)["$filter"]["$limit"] == 1


def test_count_without_total(server, tenant) -> None:
    """An answer that does not count is no count."""
    server.behave = lambda handler: answer(handler, 200, b'{"$results": [{"#id": "u1"}]}')
    with pytest.raises(ArchiveUnavailable):
        archive(server).count_units(tenant, OPERATION)


def test_register(server, tenant) -> None:
    """Only the operation's own details count, one for each agency, as they were ingested."""
    near = register(opi=OPERATION[:-1] + "a")
    server.behave = lambda handler: answer(handler, 200, results(register(), near))
    assert archive(server).register(tenant, OPERATION) == Registered(3, 2, 2)
    server.behave = lambda handler: answer(handler, 200, results(register(), register(4, 0, 0) | {"#id": "d2"}))
    assert archive(server).register(tenant, OPERATION) == Registered(7, 2, 2)


@pytest.mark.parametrize("found", [(), (register(opi="aeautre"),)])
def test_register_without_it(server, tenant, found: tuple[dict, ...]) -> None:
    """Nothing, or near matches only: the operation is not registered (yet)."""
    server.behave = lambda handler: answer(handler, 200, results(*found))
    assert archive(server).register(tenant, OPERATION) is None


@pytest.mark.parametrize("wrong", [None, "3", {}])
def test_register_without_totals(server, tenant, wrong: object) -> None:
    """A detail that cannot be read is « not now », never a zero."""
    item = register() | {"TotalUnits": wrong}
    server.behave = lambda handler: answer(handler, 200, results(item))
    with pytest.raises(ArchiveUnavailable):
        archive(server).register(tenant, OPERATION)


def test_find_message(server, tenant) -> None:
    """A MessageIdentifier is searched by its words and kept when it is exactly the same, the last operation first."""
    near = {"#id": "aea1", "obIdIn": "sip 2024 001 bis", "events": [{"outDetail": "PROCESS_SIP_UNITARY.OK"}]}
    right = [
        {"#id": f"aea{n}", "obIdIn": "SIP_2024.001", "events": [{"outDetail": f"PROCESS_SIP_UNITARY.{status}"}]}
        for n, status in ((3, "OK"), (2, "KO"))
    ]
    server.behave = lambda handler: answer(handler, 200, results(near, *right))
    assert list(archive(server).find_message(tenant, "SIP_2024.001")) == [
        LogbookEntry("aea3", "", "PROCESS_SIP_UNITARY.OK"),
        LogbookEntry("aea2", "", "PROCESS_SIP_UNITARY.KO"),
    ]
    assert list(archive(server).find_message(tenant, "SIP_2024")) == []


@pytest.mark.parametrize(
    ("detail", "status"),
    [
        ("PROCESS_SIP_UNITARY.WARNING", "WARNING"),
        ("PROCESS_SIP_UNITARY_TEST.KO", "KO"),
        ("FILINGSCHEME.OK", "OK"),
        ("HOLDINGSCHEME.OK", "OK"),
        ("PROCESS_SIP_UNITARY.STARTED", ""),
        ("STP_UPLOAD_SIP.KO", ""),
    ],
)
def test_final_status(detail: str, status: str) -> None:
    """Only the last event of a workflow, whichever it is, says how an operation ended."""
    assert LogbookEntry(OPERATION, "a", detail).final_status == status
