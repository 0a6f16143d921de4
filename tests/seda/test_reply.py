"""Replies of the archive, in every form that it gives them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.errors import UnreadableFile
from versement.seda.reply import culprits, read_reply

SEDA = 'xmlns="fr:gouv:culture:archivesdefrance:seda:v{}"'


def reply(body: str, version: str = "2.2") -> bytes:
    return f"<ArchiveTransferReply {SEDA.format(version)}>{body}</ArchiveTransferReply>".encode()


def event(code: str, outcome: str, more: str = "") -> str:
    return (
        f"<Event><EventTypeCode>{code}</EventTypeCode><EventType>Contrôle</EventType>"
        f"<EventDateTime>2024-03-05T08:30:00.911</EventDateTime><Outcome>{outcome}</Outcome>"
        f"<OutcomeDetail>{code}.{outcome}</OutcomeDetail><OutcomeDetailMessage>Échec</OutcomeDetailMessage>"
        f"{more}</Event>"
    )


OBJECT = (
    '<BinaryDataObject id="{0}"><DataObjectSystemId>sys-{0}</DataObjectSystemId>'
    "<DataObjectGroupSystemId>sys-group</DataObjectGroupSystemId>"
    "<DataObjectVersion>BinaryMaster_1</DataObjectVersion></BinaryDataObject>"
)
ACCEPTED = reply(
    "<Date>2020-08-06T17:41:33.527+02:00</Date><MessageIdentifier>aeea</MessageIdentifier>"
    '<DataObjectPackage><DataObjectGroup id="G2">'
    + OBJECT.format("O2")
    + '</DataObjectGroup><DataObjectGroup id="G1">'
    + OBJECT.format("O1")
    + "</DataObjectGroup><DescriptiveMetadata>"
    '<ArchiveUnit id="U2"><Content><SystemId>sys-U2</SystemId></Content></ArchiveUnit>'
    '<ArchiveUnit id="U1"><Content><SystemId>sys-U1</SystemId></Content></ArchiveUnit>'
    "</DescriptiveMetadata><ManagementMetadata/></DataObjectPackage><ReplyCode>OK</ReplyCode>"
    "<MessageRequestIdentifier>VERS-1</MessageRequestIdentifier>"
    "<GrantDate>2020-08-06T17:41:33.528Z</GrantDate>",
    "2.1",
)
EARLY_KO = reply(
    "<Date>2022-09-12T10:15:14.543Z</Date><MessageIdentifier>aeea</MessageIdentifier>"
    "<CodeListVersions><ReplyCodeListVersion/></CodeListVersions>"
    "<DataObjectPackage><DescriptiveMetadata/><ManagementMetadata/></DataObjectPackage>"
    "<ReplyCode>KO</ReplyCode><Operation>"
    + event("CHECK_HEADER.CHECK_AGENT.UNKNOWN", "KO", '<EventDetailData>{"evDetTechData":"x"}</EventDetailData>')
    + "</Operation><MessageRequestIdentifier/><GrantDate>2022-09-12T10:15:14.543Z</GrantDate>"
)
DEFAULT_KO = reply(
    "<Comment>c</Comment><Date>2022-09-12T10:15:14</Date><MessageIdentifier>aeea</MessageIdentifier>"
    "<ReplyCode>KO</ReplyCode><Operation>" + event("INGEST", "KO") + "</Operation>"
    "<MessageRequestIdentifier>Unknown</MessageRequestIdentifier>",
    "2.1",
)
LATE_KO = reply(
    '<MessageIdentifier>aeea</MessageIdentifier><DataObjectPackage><DataObjectGroup id="G1">'
    + OBJECT.format("O1")
    + OBJECT.format("O2")
    + "<LogBook>"
    + event("LFC.CHECK_DIGEST", "KO", "<DataObjectReferenceId>O2</DataObjectReferenceId>")
    + event("LFC.CHECK_OBJECT_SIZE", "WARNING")
    + '</LogBook></DataObjectGroup><DataObjectGroup id="G3"><LogBook>'
    + event("LFC.OG_OBJECTS_FORMAT_CHECK", "KO")
    + '</LogBook></DataObjectGroup><DescriptiveMetadata><ArchiveUnit id="U1"><Management/>'
    '</ArchiveUnit><ArchiveUnit id="U2"><Management><LogBook>'
    + event("LFC.CHECK_UNIT_SCHEMA", "KO")
    + "</LogBook></Management></ArchiveUnit></DescriptiveMetadata></DataObjectPackage>"
    "<ReplyCode>KO</ReplyCode>",
    "2.3",
)


def test_an_acceptance_gives_every_system_id():
    """A reply that accepts says, for each unit and each object, which identifier the archive gave it."""
    found = read_reply(ACCEPTED)
    assert (found.operation_id, found.reply_code, found.message_request_identifier) == ("aeea", "OK", "VERS-1")
    assert {unit.xml_id: unit.system_id for unit in found.units} == {"U1": "sys-U1", "U2": "sys-U2"}
    assert [(item.xml_id, item.group_xml_id, item.system_id) for item in found.objects] == [
        ("O2", "G2", "sys-O2"),
        ("O1", "G1", "sys-O1"),
    ]
    assert found.objects[0].version == "BinaryMaster_1"
    assert found.objects[0].group_system_id == "sys-group"
    assert found.date is not None
    assert found.date.utcoffset() == timedelta(hours=2)
    assert found.grant_date == datetime(2020, 8, 6, 17, 41, 33, 528000, tzinfo=UTC)
    assert culprits(found) == ()


def test_an_early_refusal_blames_nobody():
    """A KO before the archive has read the units has an empty request identifier, events, and no culprit."""
    found = read_reply(EARLY_KO)
    assert (found.operation_id, found.reply_code, found.message_request_identifier) == ("aeea", "KO", "")
    assert found.grant_date is not None
    assert [item.outcome_detail for item in found.events] == ["CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO"]
    assert found.events[0].data == '{"evDetTechData":"x"}'
    assert found.events[0].when == datetime.fromisoformat("2024-03-05T08:30:00.911")
    assert culprits(found) == ()


def test_the_default_refusal_is_read_too():
    """The reply to an unknown workflow has no package at all and is read like the others."""
    found = read_reply(DEFAULT_KO)
    assert (found.reply_code, found.message_request_identifier) == ("KO", "Unknown")
    assert (found.units, found.objects, found.grant_date) == ((), (), None)


def test_a_late_refusal_names_its_culprits():
    """Units and objects that a KO names are found; their neighbours and mere remarks are not blamed."""
    found = read_reply(LATE_KO)
    assert culprits(found) == ("U2", "O2", "G3")
    first, second, _ = found.objects
    assert [item.outcome for item in first.events] == ["WARNING"]
    assert [item.outcome for item in second.events] == ["KO", "WARNING"]


@pytest.mark.parametrize("code", ["WARNING", "FATAL", "Test OK", "Test KO"])
def test_every_reply_code_is_given_as_it_stands(code):
    """A blank test and a warning are not mistaken for an acceptance."""
    assert read_reply(reply(f"<ReplyCode> {code}\n</ReplyCode>")).reply_code == code


def test_a_reply_with_nothing_in_it_is_read():
    """Missing parts are empty, never a failure; unreadable dates likewise."""
    found = read_reply(reply("<Date>bientôt</Date>"))
    assert (found.operation_id, found.date, found.events) == ("", None, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"KO",
        b"<html/>",
        b"<ArchiveTransferReply>",
        b"<a>" * 10_000,
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><ArchiveTransferReply>&e;</ArchiveTransferReply>',
        b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><ArchiveTransferReply/>',
    ],
)
def test_anything_else_is_unreadable(data):
    """What is no reply, or hides entities, is refused with a French message, and no entity is followed."""
    with pytest.raises(UnreadableFile, match="ArchiveTransferReply était attendu"):
        read_reply(data)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(data):
    """Random bytes are an unreadable file like any other."""
    with pytest.raises(UnreadableFile):
        read_reply(data)


@given(st.sampled_from([ACCEPTED, LATE_KO]), st.data())
def test_a_damaged_reply_is_read_or_refused(whole, data):
    """A reply that is cut or has a wrong byte is either read or refused, never anything else."""
    where = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.binary(max_size=3))
    try:
        found = read_reply(whole[:where] + wrong + whole[where + 1 :])
    except UnreadableFile:
        return
    assert isinstance(culprits(found), tuple)


def test_real_replies_are_read(shared: Path | None):
    """Real replies of Vitam, accepted in 2.1 and refused in 2.2, give what they say."""
    if shared is None:
        pytest.skip("no shared samples on this machine")
    accepted = read_reply((shared / "atr" / "ATR_OK_2.1.xml").read_bytes())
    assert (accepted.reply_code, len(accepted.units), len(accepted.objects)) == ("OK", 15, 14)
    assert all(unit.system_id for unit in accepted.units)
    assert all(item.system_id and item.group_system_id and item.version for item in accepted.objects)
    refused = read_reply((shared / "atr" / "ATR_KO_2.2.xml").read_bytes())
    assert (refused.reply_code, refused.message_request_identifier) == ("KO", "")
    assert [item.outcome_detail for item in refused.events] == [
        "STP_INGEST_CONTROL_SIP.KO",
        "CHECK_HEADER.UNKNOWN.KO",
        "CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO",
    ]


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_a_reply_says_its_version_and_its_agencies(version):
    """The reply follows the SIP's version; contract and agencies are read when the archive gives them."""
    found = read_reply(
        reply(
            "<ArchivalAgreement>IC-1</ArchivalAgreement><ReplyCode>OK</ReplyCode>"
            "<ArchivalAgency><Identifier>CACP</Identifier></ArchivalAgency>"
            "<TransferringAgency><Identifier>Osny</Identifier></TransferringAgency>",
            version,
        )
    )
    assert (found.version, found.archival_agreement) == (version, "IC-1")
    assert (found.archival_agency, found.transferring_agency) == ("CACP", "Osny")


def test_the_reply_to_an_unknown_workflow_says_why():
    """The archive's default refusal speaks in its comment and its one event, with placeholder agencies."""
    placeholder = "<ArchivalAgency><Identifier>ArchivalAgencyToBeDefined</Identifier></ArchivalAgency>"
    found = read_reply(DEFAULT_KO.replace(b"</ArchiveTransferReply>", f"{placeholder}</ArchiveTransferReply>".encode()))
    assert (found.comment, found.archival_agency) == ("c", "ArchivalAgencyToBeDefined")
    assert [item.outcome for item in found.events] == ["KO"]


def test_objects_on_shelves_and_objects_without_group_are_read():
    """Physical objects, objects beside any group and their own events are read like the others."""
    alone = OBJECT.format("O3").replace(
        "<DataObjectVersion>",
        "<DataObjectGroupId>G3</DataObjectGroupId><LogBook>"
        + event("LFC.CHECK_DIGEST", "KO")
        + "</LogBook><DataObjectVersion>",
    )
    paper = OBJECT.format("P1").replace("BinaryDataObject", "PhysicalDataObject")
    found = read_reply(
        reply(
            f'<DataObjectPackage>{alone}<DataObjectGroup id="G1">{paper}{OBJECT.format("O1")}</DataObjectGroup>'
            f"{OBJECT.format('O2')}</DataObjectPackage><ReplyCode>KO</ReplyCode>"
        )
    )
    assert [(item.xml_id, item.group_xml_id) for item in found.objects] == [
        ("O3", "G3"),
        ("P1", "G1"),
        ("O1", "G1"),
        ("O2", ""),
    ]
    assert [item.system_id for item in found.objects] == ["sys-O3", "sys-P1", "sys-O1", "sys-O2"]
    assert culprits(found) == ("O3",)


def test_units_within_units_are_read_in_their_order():
    """A reply that nests its units is read from the top, each with its own identifier and events."""
    content = "<Content><SystemId>sys-{}</SystemId></Content>"
    logbook = f"<Management><LogBook>{event('LFC.UNITS_RULES_COMPUTE', 'KO')}</LogBook></Management>"
    below = f'<ArchiveUnit id="U2">{logbook}{content.format(2)}</ArchiveUnit><ArchiveUnit id="U3"/>'
    units = f'<ArchiveUnit id="U1"><Management/>{content.format(1)}{below}</ArchiveUnit><ArchiveUnit id="U4"/>'
    body = f"<DataObjectPackage><DescriptiveMetadata>{units}</DescriptiveMetadata></DataObjectPackage>"
    found = read_reply(reply(f"{body}<ReplyCode>KO</ReplyCode>"))
    assert [(unit.xml_id, unit.system_id) for unit in found.units] == [
        ("U1", "sys-1"),
        ("U2", "sys-2"),
        ("U3", ""),
        ("U4", ""),
    ]
    assert culprits(found) == ("U2",)
