"""The archive in memory keeps the port's contract, and fails as it is told to."""

from __future__ import annotations

import pytest

from versement.domain.errors import ArchiveUnavailable, NotYetAvailable, OutcomeUncertain
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import Archive, Context, Registered
from versement.seda.reply import culprits, read_reply
from versement.testing.archive_contract import ArchiveContract, BytesBody
from versement.testing.memory_archive import MemoryArchive, MemoryFaults

TENANT = Tenant("maurecy", "principal", 1, "essai", "essai")


class TestContract(ArchiveContract):
    """The port's contract on the archive in memory."""

    @pytest.fixture
    def archive(self) -> Archive:
        return MemoryArchive()

    @pytest.fixture
    def tenant(self) -> Tenant:
        return TENANT

    @pytest.fixture
    def stranger(self) -> Tenant:
        return Tenant("saint-aubin", "principal", 2, "essai", "essai")


class TestContractWhileSlow(TestContract):
    """The same, when operations take their time and replies come late to the logbook."""

    @pytest.fixture
    def archive(self) -> Archive:
        return MemoryArchive(MemoryFaults(running_polls=3))


def sip(name: str = "essai", attach_to: str = "") -> BytesBody:
    return BytesBody(b"".join(ArchiveContract().sip(name, attach_to=attach_to)))


def test_down() -> None:
    """An archive that is down takes nothing, says nothing, and is whole again afterwards."""
    archive = MemoryArchive(MemoryFaults(down=True))
    assert not archive.alive(TENANT)
    with pytest.raises(ArchiveUnavailable):
        archive.deposit(TENANT, "a-1", sip())
    archive.faults.down = False
    assert archive.find_attempt(TENANT, "a-1") is None
    assert not archive.copies(TENANT)


def test_cut_before() -> None:
    """A cut upload leaves an operation that waits for ever, is found by its attempt and can be cancelled."""
    archive = MemoryArchive(MemoryFaults(cut_before=600))
    with pytest.raises(OutcomeUncertain):
        archive.deposit(TENANT, "a-1", sip())
    entry = archive.find_attempt(TENANT, "a-1")
    assert entry is not None
    operation = archive.operation(TENANT, entry.operation_id)
    assert operation is not None
    assert (operation.state, operation.status, operation.stopped) == ("PAUSE", "UNKNOWN", False)
    assert archive.cancel(TENANT, entry.operation_id)
    assert not archive.copies(TENANT)
    archive.deposit(TENANT, "a-2", sip())
    assert set(archive.copies(TENANT).values()) == {1}


@pytest.mark.parametrize("faults", [MemoryFaults(cut_after=True), MemoryFaults(five_hundred="after")])
def test_taken_without_answer(faults: MemoryFaults) -> None:
    """A deposit whose answer is lost was taken all the same, and the logbook shows it."""
    archive = MemoryArchive(faults)
    with pytest.raises(OutcomeUncertain):
        archive.deposit(TENANT, "a-1", sip())
    entry = archive.find_attempt(TENANT, "a-1")
    assert entry is not None
    assert entry.final_status == "OK"
    assert archive.copies(TENANT) == {"essai/seance": 1, "essai/acte": 1}


def test_five_hundred_before() -> None:
    """A 500 before anything is kept leaves no trace."""
    archive = MemoryArchive(MemoryFaults(five_hundred="before"))
    with pytest.raises(OutcomeUncertain):
        archive.deposit(TENANT, "a-1", sip())
    assert archive.find_attempt(TENANT, "a-1") is None


@pytest.mark.parametrize("by", ["digest", "name"])
def test_refused_file(by: str) -> None:
    """A refused file is named by the reply, and by no other name than its own."""
    body = sip()
    reading = MemoryArchive()
    accepted = reading.deposit(TENANT, "a-0", body)
    unit = next(unit for unit in reading.units_of(TENANT, accepted) if unit.object_group)
    digest = Digest.of(b"".join(reading.object_bytes(TENANT, unit.system_id))).value
    archive = MemoryArchive(MemoryFaults(refused_files={digest if by == "digest" else "délibération.txt"}))
    reply = read_reply(archive.reply(TENANT, archive.deposit(TENANT, "a-1", body)))
    assert reply.reply_code == "KO"
    assert culprits(reply) == (reply.objects[0].xml_id,)
    assert not archive.copies(TENANT)


def test_refused_unit() -> None:
    """A refused unit is named by the reply."""
    archive = MemoryArchive(MemoryFaults(refused_units={"essai/acte"}))
    reply = read_reply(archive.reply(TENANT, archive.deposit(TENANT, "a-1", sip())))
    assert culprits(reply) == (reply.units[1].xml_id,)


def test_refused_header() -> None:
    """A refusal for the contract names nobody and gives no MessageRequestIdentifier."""
    archive = MemoryArchive(MemoryFaults(refused_header=True))
    reply = read_reply(archive.reply(TENANT, archive.deposit(TENANT, "a-1", sip())))
    assert (reply.reply_code, reply.message_request_identifier, culprits(reply)) == ("KO", "", ())
    assert any("CONTRACT_UNKNOWN" in event.outcome_detail for event in reply.events)


def test_fatal() -> None:
    """A technical error stops the operation without a reply, until it is cancelled."""
    archive = MemoryArchive(MemoryFaults(fatal=True))
    operation_id = archive.deposit(TENANT, "a-1", sip())
    operation = archive.operation(TENANT, operation_id)
    assert operation is not None
    assert (operation.stopped, operation.status) == (True, "FATAL")
    with pytest.raises(NotYetAvailable):
        archive.reply(TENANT, operation_id)
    assert archive.cancel(TENANT, operation_id)
    assert read_reply(archive.reply(TENANT, operation_id)).reply_code == "KO"


def test_late() -> None:
    """Logbook, engine and reply may each be late, and are right in the end."""
    archive = MemoryArchive(MemoryFaults(hidden_searches=2, running_polls=2, late_replies=2))
    operation_id = archive.deposit(TENANT, "a-1", sip())
    assert [archive.find_attempt(TENANT, "a-1") is not None for _ in range(3)] == [False, False, True]
    states = [archive.operation(TENANT, operation_id) for _ in range(3)]
    assert [state.state for state in states if state] == ["RUNNING", "RUNNING", "COMPLETED"]
    for _ in range(2):
        with pytest.raises(NotYetAvailable):
            archive.reply(TENANT, operation_id)
    assert archive.reply(TENANT, operation_id)


def test_forgotten() -> None:
    """After an hour the process engine knows nothing of an operation; logbook and reply do."""
    archive = MemoryArchive()
    operation_id = archive.deposit(TENANT, "a-1", sip())
    archive.forget_workflows()
    assert archive.operation(TENANT, operation_id) is None
    entry = archive.logbook(TENANT, operation_id)
    assert entry is not None
    assert entry.final_status == "OK"
    assert archive.reply(TENANT, operation_id)


def test_same_calls_same_ids() -> None:
    """Two archives asked the same things give the same ids and the same replies."""
    replies = []
    for _ in range(2):
        archive = MemoryArchive()
        replies.append(archive.reply(TENANT, archive.deposit(TENANT, "a-1", sip())))
    assert replies[0] == replies[1]


def test_two_parents() -> None:
    """An attachment that could mean two units is refused."""
    archive = MemoryArchive()
    for attempt in ("a-1", "a-2"):
        archive.deposit(TENANT, attempt, sip())
    operation_id = archive.deposit(TENANT, "a-3", sip("suite", attach_to="essai/seance"))
    reply = read_reply(archive.reply(TENANT, operation_id))
    assert any("TOO_MANY_FOUND_ATTACHMENT" in event.outcome_detail for event in reply.events)


def test_blank_test_keeps_nothing() -> None:
    """A blank test is judged and answered as such, and leaves neither unit nor register."""
    archive = MemoryArchive()
    operation_id = archive.deposit(TENANT, "a-1", sip(), context=Context.BLANK_TEST)
    reply = read_reply(archive.reply(TENANT, operation_id))
    assert (reply.reply_code, reply.grant_date) == ("Test OK", None)
    assert archive.register(TENANT, operation_id) is None
    assert archive.count_units(TENANT, operation_id) == 0
    assert not archive.copies(TENANT)


def test_schemes_are_registered_or_not() -> None:
    """A plan de classement stands in the accession register, an arbre de positionnement does not; both are held."""
    archive = MemoryArchive()
    for context, registered in ((Context.FILING_SCHEME, True), (Context.HOLDING_SCHEME, False)):
        operation_id = archive.deposit(TENANT, context.value, sip(context.value), context=context)
        assert (archive.register(TENANT, operation_id) is not None) is registered
        assert archive.count_units(TENANT, operation_id) == 2
        entry = archive.logbook(TENANT, operation_id)
        assert entry is not None
        assert entry.final_status == "OK"


def test_late_register() -> None:
    """The register may be late, and is right in the end."""
    archive = MemoryArchive(MemoryFaults(late_register=1))
    operation_id = archive.deposit(TENANT, "a-1", sip())
    assert archive.register(TENANT, operation_id) is None
    assert archive.register(TENANT, operation_id) == Registered(units=2, object_groups=1, objects=1)
