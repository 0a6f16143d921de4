"""What every `Archive` must do, real or in memory: a suite to be subclassed, and the small SIPs it sends."""
# ruff: noqa: S101 - a test suite asserts, wherever it ships

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest

from versement.domain.errors import FixityMismatch, NotYetAvailable
from versement.domain.fixity import Digest, Fixity, Meter
from versement.domain.tenant import Tenant
from versement.ports.archive import Archive, HeldUnit, LogbookEntry, Operation, Registered, SizedBody
from versement.seda.manifest import entry_name, write_manifest
from versement.seda.model import ArchiveTransfer, ArchiveUnit, Attachment, BinaryObject
from versement.seda.reply import read_reply
from versement.seda.sip import SipEntry, SipStream

UNKNOWN = "aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq"
"""Has the form of Vitam's ids, and is none."""


class BytesBody:
    """Bytes as a body, in small blocks."""

    def __init__(self, data: bytes, block: int = 512) -> None:
        self._data = data
        self._block = block

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        return (self._data[start : start + self._block] for start in range(0, len(self), self._block))


class BrokenBody(BytesBody):
    """Finds, before its last block, that its bytes are not the right ones."""

    def __iter__(self) -> Iterator[bytes]:
        blocks = list(super().__iter__())
        yield from blocks[:-1]
        raise FixityMismatch("SIP : les octets ne sont pas ceux qui ont été collectés.")


class ArchiveContract:
    """Tests of the port. A subclass gives the fixtures and attributes, and `wait` where time must pass.

    Attributes:
        agreement: an active ingest contract of both tenants.
        agency: an agency of both tenants.
    """

    agreement = "Contrat-Essai"
    agency = "Mairie"

    @pytest.fixture
    def archive(self) -> Archive:
        raise NotImplementedError

    @pytest.fixture
    def tenant(self) -> Tenant:
        raise NotImplementedError

    @pytest.fixture
    def stranger(self) -> Tenant:
        """Another tenant of the same archive."""
        raise NotImplementedError

    def wait(self) -> None:
        """Let the archive work for a moment."""

    def test_alive(self, archive: Archive, tenant: Tenant) -> None:
        """An archive that is there says so."""
        assert archive.alive(tenant)

    def test_accepted(self, archive: Archive, tenant: Tenant) -> None:
        """A right SIP is accepted, and its reply speaks of the same operation."""
        done = self._deposit(archive, tenant, "attempt-accepted", self.sip("accepted"))
        assert (done.state, done.status) == ("COMPLETED", "OK")
        reply = read_reply(archive.reply(tenant, done.id))
        assert (reply.operation_id, reply.reply_code, reply.message_request_identifier) == (done.id, "OK", "accepted")
        assert len(reply.units) == 2
        assert len(reply.objects) == 1

    def test_attempt_found(self, archive: Archive, tenant: Tenant) -> None:
        """A deposit is found again by its attempt, exactly: one that shares its words is not it."""
        done = self._deposit(archive, tenant, "attempt-found-1", self.sip("found"))
        assert archive.find_attempt(tenant, "attempt-found") is None
        assert archive.find_attempt(tenant, "attempt-found-1-bis") is None
        entry = self._found(archive, tenant, "attempt-found-1")
        assert (entry.operation_id, entry.attempt) == (done.id, "attempt-found-1")
        known = archive.logbook(tenant, done.id)
        assert known is not None
        assert (known.operation_id, known.attempt, known.final_status) == (done.id, "attempt-found-1", "OK")
        assert known.worked

    def test_units_held(self, archive: Archive, tenant: Tenant) -> None:
        """What was accepted can be listed: keys, titles, parents, groups, and the system ids of the reply."""
        done = self._deposit(archive, tenant, "attempt-units", self.sip("units"))
        units = {unit.key: unit for unit in self._units(archive, tenant, done, 2)}
        parent, child = units["units/seance"], units["units/acte"]
        assert (parent.title, child.title) == ("Séance « d’été » – units", "Délibération n° 1")
        assert (parent.parents, child.parents) == ((), (parent.system_id,))
        assert not parent.object_group
        assert child.object_group
        replied = {unit.system_id for unit in read_reply(archive.reply(tenant, done.id)).units}
        assert replied == {parent.system_id, child.system_id}
        assert {unit.operation_id for unit in units.values()} == {done.id}
        assert archive.count_units(tenant, done.id) == 2

    def test_units_by_their_ids(self, archive: Archive, tenant: Tenant) -> None:
        """Units are shown by their system ids; one that nobody holds is left out, and nothing else is shown."""
        done = self._deposit(archive, tenant, "attempt-by-ids", self.sip("by-ids"))
        listed = {unit.system_id: unit for unit in self._units(archive, tenant, done, 2)}
        assert {unit.system_id: unit for unit in archive.units(tenant, listed)} == listed
        one = next(iter(listed))
        assert list(archive.units(tenant, [one, UNKNOWN])) == [listed[one]]
        assert list(archive.units(tenant, [])) == []

    def test_registered(self, archive: Archive, tenant: Tenant) -> None:
        """What was accepted stands in the accession register, counted; what was refused does not."""
        done = self._deposit(archive, tenant, "attempt-registered", self.sip("registered"))
        assert self._registered(archive, tenant, done) == Registered(units=2, object_groups=1, objects=1)
        under = self._deposit(archive, tenant, "attempt-under", self.sip("under", attach_to="registered/seance"))
        assert self._registered(archive, tenant, under) == Registered(units=1, object_groups=1, objects=1)
        refused = self._deposit(archive, tenant, "attempt-unregistered", self.sip("alone", attach_to="nulle-part"))
        assert archive.register(tenant, refused.id) is None

    def test_manifest_digest(self, archive: Archive, tenant: Tenant) -> None:
        """A SIP whose manifest is not the one announced is refused whole; the right digest changes nothing."""
        manifest = self.manifest_digest("digest")
        sip = self.sip("digest")
        right = self._ended(archive, tenant, archive.deposit(tenant, "attempt-digest", sip, manifest=manifest))
        assert right.status == "OK"
        other = self.manifest_digest("autre")
        wrong = self._ended(archive, tenant, archive.deposit(tenant, "attempt-digest-2", sip, manifest=other))
        assert wrong.status == "KO"
        reply = read_reply(archive.reply(tenant, wrong.id))
        assert any(event.outcome_detail == "MANIFEST_DIGEST_CHECK.KO" for event in reply.events)
        assert not archive.count_units(tenant, wrong.id)

    def test_object_read_back(self, archive: Archive, tenant: Tenant) -> None:
        """The bytes that were sent can be read back."""
        done = self._deposit(archive, tenant, "attempt-object", self.sip("object"))
        child = next(unit for unit in self._units(archive, tenant, done, 2) if unit.object_group)
        assert b"".join(archive.object_bytes(tenant, child.system_id)) == _content("object")

    def test_twice_is_two(self, archive: Archive, tenant: Tenant) -> None:
        """The archive does not deduplicate: the same SIP sent twice is held twice."""
        first = self._deposit(archive, tenant, "attempt-twice-1", self.sip("twice"))
        second = self._deposit(archive, tenant, "attempt-twice-2", self.sip("twice"))
        assert first.id != second.id
        held = [unit.system_id for done in (first, second) for unit in self._units(archive, tenant, done, 2)]
        assert len(set(held)) == 4

    def test_attachment(self, archive: Archive, tenant: Tenant) -> None:
        """A later SIP attaches to a unit already held, by its OriginatingSystemId."""
        done = self._deposit(archive, tenant, "attempt-parent", self.sip("parent"))
        parent = next(unit for unit in self._units(archive, tenant, done, 2) if not unit.parents)
        later = self._deposit(archive, tenant, "attempt-child", self.sip("child", attach_to=parent.key))
        assert later.status == "OK"
        (child,) = self._units(archive, tenant, later, 1)
        assert child.parents == (parent.system_id,)

    def test_attachment_missing(self, archive: Archive, tenant: Tenant) -> None:
        """A SIP that attaches to nothing known is refused, and the archive keeps nothing of it."""
        done = self._deposit(archive, tenant, "attempt-orphan", self.sip("orphan", attach_to="nulle-part"))
        assert (done.state, done.status) == ("COMPLETED", "KO")
        reply = read_reply(archive.reply(tenant, done.id))
        assert reply.reply_code == "KO"
        assert any("NOT_FOUND_ATTACHMENT" in event.outcome_detail for event in reply.events)
        assert not archive.units_of(tenant, done.id)
        known = archive.logbook(tenant, self._found(archive, tenant, "attempt-orphan").operation_id)
        assert known is not None
        assert known.final_status == "KO"

    def test_not_asip(self, archive: Archive, tenant: Tenant) -> None:
        """Bytes that are no SIP are taken, then refused by a reply that names nobody."""
        done = self._deposit(archive, tenant, "attempt-nonsense", BytesBody(b"no zip at all" * 100))
        reply = read_reply(archive.reply(tenant, done.id))
        assert (reply.reply_code, reply.units, reply.objects) == ("KO", (), ())

    def test_interrupted(self, archive: Archive, tenant: Tenant) -> None:
        """A body that stops itself says why; the archive has an open operation, which can be cancelled, and no unit."""
        whole = BytesBody(b"".join(self.sip("interrupted")))
        with pytest.raises(FixityMismatch, match="collectés"):
            archive.deposit(tenant, "attempt-interrupted", BrokenBody(b"".join(whole)))
        entry = self._found(archive, tenant, "attempt-interrupted")
        assert entry.final_status == ""
        assert archive.cancel(tenant, entry.operation_id)
        done = self._ended(archive, tenant, entry.operation_id)
        assert done.status == "KO"
        assert not archive.units_of(tenant, done.id)
        known = archive.logbook(tenant, done.id)
        assert known is not None
        assert (known.final_status, known.worked) == ("KO", False)

    def test_too_late_to_cancel(self, archive: Archive, tenant: Tenant) -> None:
        """What has ended cannot be cancelled."""
        done = self._deposit(archive, tenant, "attempt-ended", self.sip("ended"))
        assert not archive.cancel(tenant, done.id)

    def test_unknown(self, archive: Archive, tenant: Tenant) -> None:
        """What the archive does not know is told as such, never as a refusal."""
        assert archive.operation(tenant, UNKNOWN) is None
        assert archive.logbook(tenant, UNKNOWN) is None
        assert archive.find_attempt(tenant, "attempt-never-made") is None
        assert not archive.units_of(tenant, UNKNOWN)
        assert archive.count_units(tenant, UNKNOWN) == 0
        assert archive.register(tenant, UNKNOWN) is None
        with pytest.raises(NotYetAvailable):
            archive.reply(tenant, UNKNOWN)
        with pytest.raises(NotYetAvailable):
            next(archive.object_bytes(tenant, UNKNOWN))

    def test_tenants_apart(self, archive: Archive, tenant: Tenant, stranger: Tenant) -> None:
        """Another tenant sees nothing of a deposit: no attempt, no unit, no object, no reply, nothing to attach to."""
        done = self._deposit(archive, tenant, "attempt-private", self.sip("private"))
        unit = next(unit for unit in self._units(archive, tenant, done, 2) if unit.object_group)
        assert archive.find_attempt(stranger, "attempt-private") is None
        assert not archive.units_of(stranger, done.id)
        assert not list(archive.units(stranger, [unit.system_id]))
        assert archive.count_units(stranger, done.id) == 0
        assert archive.register(stranger, done.id) is None
        with pytest.raises(NotYetAvailable):
            next(archive.object_bytes(stranger, unit.system_id))
        with pytest.raises(NotYetAvailable):
            archive.reply(stranger, done.id)
        intruder = self._deposit(archive, stranger, "attempt-intruder", self.sip("intruder", attach_to=unit.key))
        assert intruder.status == "KO"

    def _deposit(self, archive: Archive, tenant: Tenant, attempt: str, body: SizedBody) -> Operation:
        return self._ended(archive, tenant, archive.deposit(tenant, attempt, body))

    def _ended(self, archive: Archive, tenant: Tenant, operation_id: str) -> Operation:
        for _ in range(1000):
            found = archive.operation(tenant, operation_id)
            if found is not None and found.completed:
                return found
            self.wait()
        raise AssertionError(f"{operation_id} never ended")

    def _found(self, archive: Archive, tenant: Tenant, attempt: str) -> LogbookEntry:
        """The attempt's operation, once the index shows it."""
        for _ in range(1000):
            entry = archive.find_attempt(tenant, attempt)
            if entry is not None:
                return entry
            self.wait()
        raise AssertionError(f"{attempt} never appeared")

    def _units(self, archive: Archive, tenant: Tenant, done: Operation, expected: int) -> list[HeldUnit]:
        """An operation's units, once the index shows all of them."""
        for _ in range(1000):
            units = list(archive.units_of(tenant, done.id))
            if len(units) == expected:
                return units
            self.wait()
        raise AssertionError(f"{expected} units never appeared")

    def _registered(self, archive: Archive, tenant: Tenant, done: Operation) -> Registered:
        """An operation in the accession register, once the index shows it."""
        for _ in range(1000):
            found = archive.register(tenant, done.id)
            if found is not None:
                return found
            self.wait()
        raise AssertionError(f"{done.id} was never registered")

    def manifest_digest(self, name: str) -> Digest:
        """Of the manifest of `sip(name)`."""
        with zipfile.ZipFile(io.BytesIO(b"".join(self.sip(name)))) as sip:
            return Digest.of(sip.read("manifest.xml"))

    def sip(self, name: str, *, attach_to: str = "") -> SipStream:
        """A séance with one délibération, or the délibération alone under a unit already held."""
        content = _content(name)
        act = ArchiveUnit(
            f"{name}/acte",
            "Item",
            "Délibération n° 1",
            originating_system_id=f"{name}/acte",
            transacted_date=date(2024, 6, 21),
            object=BinaryObject(
                _fixity(content), "délibération.txt", None, "x-fmt/111", "text/plain", "Plain Text File"
            ),
        )
        top = ArchiveUnit(
            f"{name}/seance",
            "RecordGrp",
            f"Séance « d’été » – {name}",
            originating_system_id="" if attach_to else f"{name}/seance",
            children=(act,),
            attach_to=Attachment(attach_to) if attach_to else None,
        )
        transfer = ArchiveTransfer(
            name,
            date(2024, 6, 21),
            "Versement d’essai",
            self.agreement,
            self.agency,
            self.agency,
            self.agency,
            self.agency,
            "Versement",
            "Public Archive",
            (top,),
        )
        return _stream(transfer, content)


def _content(name: str) -> bytes:
    return f"Le conseil municipal, après en avoir délibéré, adopte {name}.\n".encode() * 40


def _fixity(data: bytes) -> Fixity:
    meter = Meter()
    meter.update(data)
    return meter.fixity()


def _stream(transfer: ArchiveTransfer, content: bytes) -> SipStream:
    manifest = io.BytesIO()
    write_manifest(transfer, manifest)
    written = manifest.getvalue()
    (act,) = (unit for top in transfer.units for unit in top.children)
    if act.object is None:
        raise AssertionError("the act has its object")
    entries = {SipEntry("manifest.xml", _fixity(written)): written}
    entries[SipEntry(entry_name(act.object), act.object.fixity)] = content
    first, *others = entries
    return SipStream(first, others, lambda entry: io.BytesIO(entries[entry]))
