"""The forms of the ArchiveTransferReply, and the system ids in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from sandbox.vitam.guid import GuidType, guid_type, is_guid, new_guid
from tests.sandbox.vitam.vitam_process import VitamServer
from tests.sandbox.vitam.vitam_sips import Binary, Sip, Unit


def _names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element]


HEAD = ["Date", "MessageIdentifier"]
LISTS = ["ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion"]


def test_a_reply_without_remark_names_every_unit_and_object(vitam_server: VitamServer, tenant: int):
    """An OK reply gives the system id of each unit and object, and no event."""
    operation, _ = vitam_server.ingest(Sip(units=[Unit(children=[Unit("AU2", group="GRP1")])]).zipped(), tenant=tenant)
    reply = vitam_server.reply(operation, tenant=tenant)
    assert _names(reply) == [
        *HEAD,
        "ArchivalAgreement",
        "CodeListVersions",
        "DataObjectPackage",
        "ReplyCode",
        "MessageRequestIdentifier",
        "GrantDate",
        "ArchivalAgency",
        "TransferringAgency",
    ]
    assert reply.findtext("{*}MessageIdentifier") == operation
    assert reply.findtext("{*}MessageRequestIdentifier") == "SIP-1"
    assert [found.text for found in reply.find("{*}CodeListVersions")] == ["R0", None, None]
    assert {found.get("id") for found in reply.iter("{*}ArchiveUnit")} == {"AU1", "AU2"}
    assert {guid_type(found.text) for found in reply.iter("{*}SystemId")} == {GuidType.UNIT}
    assert guid_type(reply.findtext(".//{*}DataObjectSystemId")) == GuidType.OBJECT
    assert guid_type(reply.findtext(".//{*}DataObjectGroupSystemId")) == GuidType.OBJECT_GROUP
    assert reply.find(".//{*}Event") is None
    assert reply.find(".//{*}ArchiveUnit/{*}Management") is None


def test_an_early_refusal_has_an_empty_request_identifier(vitam_server: VitamServer, tenant: int):
    """A refusal before the package is read names neither the SIP nor any unit, and lists the three events."""
    cycle = '<ArchiveUnit id="R"><ArchiveUnitRefId>AU1</ArchiveUnitRefId></ArchiveUnit>'
    sip = Sip(units=[Unit(group="GRP1", children=[Unit("AU2", children=[cycle])])])
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    reply = vitam_server.reply(operation, tenant=tenant)
    assert _names(reply) == [
        *HEAD,
        "CodeListVersions",
        "DataObjectPackage",
        "ReplyCode",
        "Operation",
        "MessageRequestIdentifier",
        "GrantDate",
    ]
    assert reply.findtext("{*}MessageRequestIdentifier") == ""
    assert [found.text for found in reply.iter("{*}OutcomeDetail")] == [
        "STP_INGEST_CONTROL_SIP.KO",
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_LOOP.KO",
        "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP.KO",
    ]
    assert list(reply.find("{*}DataObjectPackage/{*}DescriptiveMetadata")) == []


def test_a_late_refusal_says_which_unit_and_which_object(vitam_server: VitamServer, tenant: int):
    """A refusal after the package is read lists every unit and object, and the events of the bad ones only."""
    sip = Sip(
        units=[Unit("AU1", group="GRP1"), Unit("AU2", group="GRP2")],
        objects=[Binary(), Binary("OBJ2", "GRP2", digest="0" * 128)],
    )
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    reply = vitam_server.reply(operation, tenant=tenant)
    events = {group.get("id"): list(group.iter("{*}Event")) for group in reply.iter("{*}DataObjectGroup")}
    assert reply.findtext("{*}MessageRequestIdentifier") == "SIP-1"
    assert events["GRP1"] == []
    details = [(e.findtext("{*}OutcomeDetail"), e.findtext("{*}DataObjectReferenceId")) for e in events["GRP2"]]
    assert details == [("LFC.CHECK_DIGEST.KO", None), ("LFC.CHECK_DIGEST.CALC_CHECK.INVALID.KO", "OBJ2")]
    assert [etree.QName(child).localname for child in events["GRP2"][1]][-1] == "DataObjectReferenceId"


def test_a_refused_unit_carries_its_event_in_its_management(vitam_server: VitamServer, tenant: int):
    """A unit whose description is refused says why; its sound neighbour has an empty Management."""
    bad = "<StartDate>2024-02-01</StartDate><EndDate>2024-01-31</EndDate>"
    sip = Sip(units=[Unit("BON", group="GRP1"), Unit("MAUVAIS", extra=bad)])
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    units = {unit.get("id"): unit for unit in vitam_server.reply(operation, tenant=tenant).iter("{*}ArchiveUnit")}
    details = [found.text for found in units["MAUVAIS"].iter("{*}OutcomeDetail")]
    assert details == ["LFC.CHECK_UNIT_SCHEMA.CONSISTENCY.KO"]
    assert units["BON"].find("{*}Management") is not None
    assert units["BON"].find(".//{*}Event") is None


@pytest.mark.parametrize("name", ["ATR_KO_2.2.xml", "ATR_OK_2.1.xml"])
def test_replies_are_shaped_like_real_ones(vitam_server: VitamServer, tenant: int, shared: Path | None, name: str):
    """Beside a reply that a real Vitam gave, the sandbox's has the same elements in the same order."""
    if shared is None:
        pytest.skip("real replies are not on this machine")
    real = etree.parse(shared / "atr" / name).getroot()
    sip = Sip(agency="tt") if "KO" in name else Sip(version="2.1")
    operation, _ = vitam_server.ingest(sip.zipped(), tenant=tenant)
    ours = vitam_server.reply(operation, tenant=tenant)
    assert etree.QName(ours).namespace == etree.QName(real).namespace
    assert _outline(ours) == _outline(real)


def _outline(element: etree._Element) -> list[str]:
    """Names of an element's descendants in depth, repeated siblings once."""
    seen: list[str] = []
    for child in element:
        name = etree.QName(child).localname
        for inner in [name, *(f"{name}/{below}" for below in _outline(child))]:
            if inner not in seen:
                seen.append(inner)
    return seen


def test_the_same_sip_twice_is_held_twice(vitam_server: VitamServer, tenant: int):
    """Vitam knows no duplicate: the same SIP sent again gives other identifiers and a second copy."""
    sip = Sip(units=[Unit(group="GRP1", key="acte-1")]).zipped()
    ids = set()
    for _ in range(2):
        operation, _ = vitam_server.ingest(sip, tenant=tenant)
        ids.add(vitam_server.reply(operation, tenant=tenant).findtext(".//{*}SystemId"))
    counts = vitam_server.client.get(f"{vitam_server.url}/sandbox/counts").json()[str(tenant)]
    assert len(ids) == 2
    assert counts == {"operations": 2, "units": 2, "groups": 2, "doubled": {"acte-1": 2}}


def test_identifiers_are_vitams():
    """An identifier is 36 characters that tell its version, its type and nothing twice."""
    made = [new_guid(GuidType.REQUEST, 3) for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(re.fullmatch("aeea[a-z2-7]{32}", found) and is_guid(found) for found in made)
    assert guid_type("aebaaaaaaae2txtzaadjwaltyrxsypqaaaaq") == GuidType.OBJECT_GROUP
    assert not is_guid("aeea")
    assert not is_guid("b" * 36)
