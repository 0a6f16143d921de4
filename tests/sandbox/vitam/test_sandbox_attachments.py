"""Attachment of new units to what the archive already holds."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.vitam.guid import GuidType, new_guid
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Binary, Sip, Unit, attached

EMPTY_KEY = (
    "<ArchiveUnitIdentifierKey><MetadataName>OriginatingSystemId</MetadataName><MetadataValue> </MetadataValue>"
    "</ArchiveUnitIdentifierKey>"
)
CODE = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST."


def _parent(server: VitamServer, tenant: int, key: str = "seance-1", **values: str) -> tuple[str, str]:
    """Deposit a parent; its operation and its system id."""
    sip = Sip(units=[Unit("P", "Séance", "File", key=key)], objects=[], **values)
    operation, _ = server.ingest(sip.zipped(), tenant=tenant)
    return operation, str(server.reply(operation, tenant=tenant).findtext(".//{*}SystemId"))


def _child(key: str = "seance-1") -> Sip:
    return Sip(units=[attached("P", key, [Unit("AU1", group="GRP1", key="acte-1")])])


def test_a_key_attaches_to_the_unit_that_carries_it(vitam_server: VitamServer, tenant: int):
    """A later deposit attaches to the séance by its key: no second séance, and the operation shows on both."""
    first, parent = _parent(vitam_server, tenant)
    second, status = vitam_server.ingest(_child().zipped(), tenant=tenant)
    assert status == "OK"
    held = {unit["#id"]: unit for unit in vitam_server.units([{"$in": {"#operations": [second]}}], tenant=tenant)}
    new = next(unit for unit in held.values() if unit["#id"] != parent)
    assert held[parent]["#opi"] == first
    assert held[parent]["#operations"] == [first, second]
    assert (new["#unitups"], new["#opi"]) == ([parent], second)
    counts = vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()[str(tenant)]
    assert (counts["units"], counts["doubled"]) == (2, {})
    replied = {
        u.get("id"): u.findtext(".//{*}SystemId")
        for u in vitam_server.reply(second, tenant=tenant).iter("{*}ArchiveUnit")
    }
    assert replied["P"] == parent


def test_a_system_id_attaches_too(vitam_server: VitamServer, tenant: int):
    """A unit may be named by its system id."""
    _, parent = _parent(vitam_server, tenant)
    update = f"<UpdateOperation><SystemId>{parent}</SystemId></UpdateOperation>"
    sip = Sip(units=[Unit("P", management=update, children=[Unit("AU1", group="GRP1")])])
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert status == "OK"
    assert vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]["#unitups"] == [parent]


def test_a_key_that_nobody_carries_is_refused(vitam_server: VitamServer, tenant: int):
    """Without the parent, the deposit is refused, and nothing of it is held."""
    operation, status = vitam_server.ingest(_child("absente").zipped(), tenant=tenant)
    assert status == "KO"
    assert f"{CODE}NOT_FOUND_ATTACHMENT.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_key_that_two_units_carry_is_refused(vitam_server: VitamServer, tenant: int):
    """When two units carry the key, Vitam does not choose."""
    _parent(vitam_server, tenant)
    _parent(vitam_server, tenant)
    operation, _ = vitam_server.ingest(_child().zipped(), tenant=tenant)
    assert f"{CODE}TOO_MANY_FOUND_ATTACHMENT.KO" in vitam_server.details(operation, tenant=tenant)


def test_no_tenant_attaches_to_another(vitam_server: VitamServer, tenant: int):
    """A key or a system id of another tenant is not found."""
    other = tenant + 500
    vitam_server.import_referentials(other)
    _, parent = _parent(vitam_server, other)
    update = f"<UpdateOperation><SystemId>{parent}</SystemId></UpdateOperation>"
    by_id = Sip(units=[Unit("P", management=update, children=[Unit("AU1", group="GRP1")])])
    for sip in (_child(), by_id):
        operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
        assert f"{CODE}NOT_FOUND_ATTACHMENT.KO" in vitam_server.details(operation, tenant=tenant)


@pytest.mark.parametrize(
    ("update", "code"),
    [
        ("<SystemId>pas-un-guid</SystemId>", "INVALID_GUID_ATTACHMENT"),
        (f"<SystemId>{new_guid(GuidType.UNIT, 0)}</SystemId>", "NOT_FOUND_ATTACHMENT"),
        (
            EMPTY_KEY,
            "EMPTY_KEY_ATTACHMENT",
        ),
    ],
    ids=["no guid", "unknown guid", "empty key"],  # a guid is another one each time
)
def test_a_malformed_attachment_is_refused(vitam_server: VitamServer, tenant: int, update: str, code: str):
    """An attachment that names nothing usable is refused under its own code."""
    unit = Unit(group="GRP1", management=f"<UpdateOperation>{update}</UpdateOperation>")
    operation, _ = vitam_server.ingest(Sip(units=[unit]).zipped(), tenant=tenant)
    assert f"{CODE}{code}.KO" in vitam_server.details(operation, tenant=tenant)


def test_an_existing_unit_gets_no_new_parent(vitam_server: VitamServer, tenant: int):
    """A SIP cannot put an existing unit under a new one."""
    _parent(vitam_server, tenant)
    sip = Sip(units=[Unit("N", group="GRP1", children=[attached("P", "seance-1", [])])])
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert f"{CODE}MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_contract_may_forbid_attachment(vitam_server: VitamServer, tenant: int):
    """A contract that forbids attachment refuses it."""
    _parent(vitam_server, tenant)
    vitam_server.add_contract("SANS", tenant=tenant, CheckParentLink="UNAUTHORIZED")
    sip = _child()
    sip.agreement = "SANS"
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert f"{CODE}UNAUTHORIZED_ATTACHMENT_BY_CONTRACT.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_contract_may_limit_attachment_to_a_branch(vitam_server: VitamServer, tenant: int):
    """With CheckParentId, only the units of that branch may be attached to."""
    _, inside = _parent(vitam_server, tenant, "dedans")
    _parent(vitam_server, tenant, "dehors")
    vitam_server.add_contract("BRANCHE", tenant=tenant, CheckParentId=[inside])
    statuses = []
    for key in ("dedans", "dehors"):
        sip = _child(key)
        sip.agreement = "BRANCHE"
        statuses.append(vitam_server.ingest(sip.zipped(), tenant=tenant)[1])
    assert statuses == ["OK", "KO"]


def test_root_units_go_under_the_series_of_the_contract(vitam_server: VitamServer, tenant: int):
    """A filing scheme is deposited once; a contract's LinkParentId puts every later deposit under its series."""
    plan = Sip(units=[Unit("S", "Délibérations", "Series", key="serie")], objects=[])
    operation, status = vitam_server.ingest(plan.zipped(), tenant=tenant, X_Context_Id="FILING_SCHEME")
    assert status == "OK"
    assert vitam_server.details(operation, tenant=tenant)[-1] == "FILINGSCHEME.OK"
    series = vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)[0]
    assert series["#unittype"] == "FILING_UNIT"
    vitam_server.add_contract("SOUS-SERIE", tenant=tenant, LinkParentId=series["#id"])
    later, _ = vitam_server.ingest(Sip(agreement="SOUS-SERIE").zipped(), tenant=tenant)
    unit = vitam_server.units([{"$eq": {"#opi": later}}], tenant=tenant)[0]
    assert unit["#unitups"] == [series["#id"]]


def test_a_filing_scheme_carries_no_object(vitam_server: VitamServer, tenant: int):
    """A filing scheme with files is refused."""
    operation, _ = vitam_server.ingest(Sip().zipped(), tenant=tenant, X_Context_Id="FILING_SCHEME")
    assert "CHECK_DATAOBJECTPACKAGE.CHECK_NO_OBJECT.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_filing_unit_does_not_go_under_an_ingested_one(vitam_server: VitamServer, tenant: int):
    """A unit of a higher type cannot be attached under a lower one."""
    _parent(vitam_server, tenant)
    sip = Sip(units=[attached("P", "seance-1", [Unit("S", "Série", "Series")])], objects=[])
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant, X_Context_Id="FILING_SCHEME")
    assert f"{CODE}UNAUTHORIZED_ATTACHMENT.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_parent_that_is_not_accepted_yet_is_refused(vitam_server: VitamServer, tenant: int):
    """A unit whose operation has not ended cannot be attached to, though it is already indexed."""
    vitam_server.fault(kind="fatal", step="STP_UNIT_STORING", tenant=tenant)
    sip = Sip(units=[Unit("P", "Séance", "File", key="seance-1")], objects=[])
    pending = vitam_server.post_sip(sip.zipped(), tenant=tenant).headers["X-Request-Id"]
    assert vitam_server.wait(pending, tenant=tenant, states=("PAUSE",)) == "FATAL"
    operation, _ = vitam_server.ingest(_child().zipped(), tenant=tenant)
    assert "CHECK_ATTACHEMENT.KO" in vitam_server.details(operation, tenant=tenant)


def test_a_thousand_units_are_ingested_in_seconds(vitam_server: VitamServer, tenant: int):
    """A SIP of a thousand units with as many files is judged and held in a few seconds."""
    units: list[Unit | str] = [Unit(f"U{n}", key=f"u-{n}", group=f"G{n}") for n in range(1000)]
    objects = [Binary(f"O{n}", f"G{n}", b"acte %d\n" % n) for n in range(1000)]
    before = vitam_server.worked()
    sip = Sip(units=[Unit("R", "Séance", "File", children=units)], objects=objects)
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert status == "OK"
    assert vitam_server.worked() - before < 20
    assert len(vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)) == 1001


def _added(usage: str, content: bytes = b"Version de diffusion.\n") -> Sip:
    parent = attached("P", "acte-1", [])
    parent.group = "GRP1"
    return Sip(units=[parent], objects=[Binary(version=usage, content=content)])


def _held_group(server: VitamServer, tenant: int) -> dict[str, Any]:
    unit = server.units([{"$eq": {"OriginatingSystemId": "acte-1"}}], tenant=tenant)[0]
    return server.call("GET", f"/access-external/v1/units/{unit['#id']}/objects", tenant=tenant).json()["$results"][0]


def test_an_object_joins_the_group_of_an_existing_unit(vitam_server: VitamServer, tenant: int):
    """A later version of an object joins the group that the unit has, once, and can be read back."""
    vitam_server.ingest(Sip(units=[Unit(group="GRP1", key="acte-1")]).zipped(), tenant=tenant)
    vitam_server.add_contract("AJOUT", tenant=tenant, EveryDataObjectVersion=True)
    sip = _added("Dissemination_1")
    sip.agreement = "AJOUT"
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    assert status == "OK", vitam_server.details(operation, tenant=tenant)
    assert "OBJECT_GROUP_UPDATE.OK" in vitam_server.details(operation, tenant=tenant)
    group = _held_group(vitam_server, tenant)
    versions = [one["DataObjectVersion"] for usage in group["#qualifiers"] for one in usage["versions"]]
    assert (versions, group["#nbobjects"]) == (["BinaryMaster_1", "Dissemination_1"], 2)
    assert group["#operations"][-1] == operation
    counts = vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()[str(tenant)]
    assert (counts["units"], counts["groups"]) == (1, 1)


def test_only_the_usages_of_the_contract_join_a_group(vitam_server: VitamServer, tenant: int):
    """A contract opens existing groups to the usages that it lists, and to no other."""
    vitam_server.ingest(Sip(units=[Unit(group="GRP1", key="acte-1")]).zipped(), tenant=tenant)
    vitam_server.add_contract("DIFFUSION", tenant=tenant, DataObjectVersion=["Dissemination"])
    statuses = []
    for usage in ("Dissemination_1", "Thumbnail_1"):
        sip = _added(usage)
        sip.agreement = "DIFFUSION"
        operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
        statuses.append(status)
    assert statuses == ["OK", "KO"]
    assert f"{CODE}ATTACHMENT_OBJECTGROUP.KO" in vitam_server.details(operation, tenant=tenant)


def test_another_agency_adds_nothing_to_a_group(vitam_server: VitamServer, tenant: int):
    """An object of another originating agency does not join the group."""
    vitam_server.ingest(Sip(units=[Unit(group="GRP1", key="acte-1")]).zipped(), tenant=tenant)
    vitam_server.add_contract("AJOUT", tenant=tenant, EveryDataObjectVersion=True)
    sip = _added("Dissemination_1")
    sip.agreement, sip.agency = "AJOUT", "AUTRE"
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    detail = f"{CODE}SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP.KO"
    assert detail in vitam_server.details(operation, tenant=tenant)


def test_the_contract_links_what_only_hangs_on_existing_units(vitam_server: VitamServer, tenant: int):
    """A unit that hangs on an existing one only counts as a root: the contract's parent is added to its own."""
    _, series = _parent(vitam_server, tenant, key="serie")
    _, parent = _parent(vitam_server, tenant)
    vitam_server.add_contract("LIE", tenant=tenant, LinkParentId=series)
    sip = _child()
    sip.agreement = "LIE"
    operation, status = vitam_server.ingest(sip.zipped(), tenant=tenant)
    new = next(
        one
        for one in vitam_server.units([{"$eq": {"#opi": operation}}], tenant=tenant)
        if one["OriginatingSystemId"] == ["acte-1"]
    )
    assert (status, set(new["#unitups"])) == ("OK", {parent, series})
