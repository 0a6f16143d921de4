"""The lifecycle of what is held: what was checked on each unit and group, and what was remarked."""

from __future__ import annotations

from typing import Any

from sandbox.vitam.guid import GuidType, new_guid
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Binary, Sip, Unit

ACCESS = "/access-external/v1"


def _lifecycle(server: VitamServer, tenant: int, kind: str, element: str) -> dict[str, Any]:
    answer = server.call("GET", f"{ACCESS}/logbook{kind}lifecycles/{element}", tenant=tenant)
    assert answer.status_code == 200, answer.text
    return answer.json()["$results"][0]


def test_a_unit_tells_what_was_checked_on_it(vitam_server: VitamServer, tenant: int):
    """The lifecycle of a unit names its operation and every check that it passed."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    unit = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]
    told = _lifecycle(vitam_server, tenant, "unit", unit["#id"])
    assert (told["obId"], told["evIdProc"], told["outDetail"]) == (unit["#id"], operation, "LFC.LFC_CREATION.OK")
    assert [event["outDetail"] for event in told["events"]] == [
        "LFC.CHECK_UNIT_SCHEMA.OK",
        "LFC.CHECK_ARCHIVE_UNIT_PROFILE.OK",
        "LFC.CHECK_CLASSIFICATION_LEVEL.OK",
        "LFC.UNITS_RULES_COMPUTE.OK",
        "LFC.UNIT_METADATA_INDEXATION.OK",
        "LFC.COMMIT_LIFE_CYCLE_UNIT.OK",
        "LFC.UNIT_METADATA_STORAGE.OK",
    ]


def test_a_group_keeps_its_own_remarks(vitam_server: VitamServer, tenant: int):
    """A wrong size is told of the group that has it, and of no other."""
    sip = Sip(
        units=[Unit("A", group="G1"), Unit("B", group="G2")],
        objects=[Binary("O1", "G1", size=1), Binary("O2", "G2")],
    )
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    units = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)
    details = []
    for unit in units:
        told = _lifecycle(vitam_server, tenant, "objects", unit["#object"])
        details.append({event["outDetail"] for event in told["events"] if "SIZE" in event["outDetail"]})
    assert status == "WARNING"
    assert sorted(details, key=sorted) == [{"LFC.CHECK_OBJECT_SIZE.OK"}, {"LFC.CHECK_OBJECT_SIZE.WARNING"}]


def test_an_unknown_element_has_no_lifecycle(vitam_server: VitamServer, tenant: int):
    """What is not held, or held by another tenant, has no lifecycle."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant)
    unit = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]["#id"]
    other = tenant + 500
    vitam_server.import_referentials(other)
    paths = [f"{ACCESS}/logbookunitlifecycles/{one}" for one in (unit, new_guid(GuidType.UNIT, tenant))]
    assert vitam_server.call("GET", paths[0], tenant=other).status_code == 404
    assert vitam_server.call("GET", paths[1], tenant=tenant).status_code == 404
