"""An archive in memory, for tests of the steps: judges little, forgets nothing, fails on demand.

Its ids and replies depend on nothing but the order of the calls.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from versement.domain.errors import (
    ArchiveUnavailable,
    NotYetAvailable,
    OutcomeUncertain,
    RequestRefused,
    TransferTooLarge,
)
from versement.domain.fixity import CHUNK, Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import WINDOW, Context, Details, HeldUnit, LogbookEntry, Operation, Registered, SizedBody
from versement.testing.memory_faults import MemoryFaults
from versement.testing.memory_kept import FileBody, Held, Kept, finished
from versement.testing.memory_reply import Judgement, write_reply
from versement.testing.memory_sip import NoSip, Sip, SipUnit, read_sip

_UNIT, _GROUP, _OBJECT, _REQUEST = 1, 2, 3, 8
_WORKFLOWS = {
    Context.DEFAULT_WORKFLOW: "PROCESS_SIP_UNITARY",
    Context.BLANK_TEST: "PROCESS_SIP_UNITARY_TEST",
    Context.FILING_SCHEME: "FILINGSCHEME",
    Context.HOLDING_SCHEME: "HOLDINGSCHEME",
}


class MemoryArchive:
    """`ports.archive.Archive` without network.

    Attributes:
        uploads: the server's folder of SIPs that are deposited by their path.
    """

    def __init__(self, faults: MemoryFaults | None = None, uploads: Path = Path("/nowhere")) -> None:
        self.faults = faults or MemoryFaults()
        self.uploads = uploads
        self._operations: dict[tuple[int, str], Kept] = {}
        self._units: dict[tuple[int, str], Held] = {}
        self._count = 0

    def alive(self, tenant: Tenant) -> bool:  # noqa: ARG002 - the port's signature
        return not self.faults.down

    def deposit(
        self,
        tenant: Tenant,
        attempt: str,
        body: SizedBody,
        *,
        context: Context = Context.DEFAULT_WORKFLOW,
        manifest: Digest | None = None,
    ) -> str:
        self._answer()
        if self.faults.too_large is not None and len(body) > self.faults.too_large:
            raise TransferTooLarge("HTTP 413 : l’envoi dépasse la taille admise.")
        return self._take(tenant, attempt, body, context, manifest)

    def deposit_local(
        self,
        tenant: Tenant,
        attempt: str,
        path: str,
        ready: Callable[[], None] = lambda: None,
        *,
        context: Context = Context.DEFAULT_WORKFLOW,
        manifest: Digest | None = None,
    ) -> str:
        self._answer()
        ready()
        try:
            body = FileBody(self.uploads / path)
        except FileNotFoundError as error:
            raise _uncertain("HTTP 500, no such file") from error
        return self._take(tenant, attempt, body, context, manifest)

    def _take(self, tenant: Tenant, attempt: str, body: SizedBody, context: Context, manifest: Digest | None) -> str:
        five_hundred, self.faults.five_hundred = self.faults.five_hundred, ""
        if five_hundred == "before":
            b"".join(body)
            raise _uncertain("HTTP 500, nothing kept")
        kept = self._open(tenant, attempt, context, manifest)
        kept.received = self._receive(body)
        asleep, self.faults.never_started = self.faults.never_started, False
        if not asleep:
            self._run(tenant, kept, kept.received)
        lost, self.faults.cut_after = self.faults.cut_after, False
        if lost or five_hundred:
            raise _uncertain("taken, but the answer is lost")
        return kept.operation.id

    def find_attempt(self, tenant: Tenant, attempt: str) -> LogbookEntry | None:
        self._answer()
        for (number, operation_id), kept in self._operations.items():
            if number == tenant.number and kept.attempt == attempt:
                if not kept.hidden_searches:
                    found = self.logbook(tenant, operation_id)
                    return replace(found, worked=True) if found else None
                kept.hidden_searches -= 1
        return None

    def operation(self, tenant: Tenant, operation_id: str) -> Operation | None:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        if kept is None or kept.forgotten:
            return None
        if kept.end and kept.running_polls:
            kept.running_polls -= 1
            return kept.operation
        return kept.end or kept.operation

    def details(self, tenant: Tenant, operation_id: str) -> Details | None:
        operation = self.operation(tenant, operation_id)
        return Details(operation) if operation else None

    def logbook(self, tenant: Tenant, operation_id: str) -> LogbookEntry | None:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        if kept is None:
            return None
        ended = finished(kept) and kept.end is not None and kept.end.completed
        workflow = _WORKFLOWS[kept.context]
        worked = kept.operation.state != "PAUSE"
        begun = "STP_UPLOAD_SIP.STARTED" if worked else f"{workflow}.STARTED"
        detail = f"{workflow}.{kept.end.status}" if ended and kept.end else begun
        return LogbookEntry(operation_id, kept.attempt, detail, worked)

    def cancel(self, tenant: Tenant, operation_id: str) -> bool:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        if kept is None or (finished(kept) and kept.end is not None and kept.end.completed):
            return False
        self._units = {name: held for name, held in self._units.items() if held.operation_id != operation_id}
        self._end(kept, Judgement("KO", (f"{_WORKFLOWS[kept.context]}.KO",), early=True), None, {})
        kept.registered = None
        kept.running_polls = 0
        return True

    def resume(self, tenant: Tenant, operation_id: str) -> bool:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        if kept is None or (kept.end or kept.operation).state != "PAUSE":
            return False
        self._run(tenant, kept, kept.received)
        return True

    def reply(self, tenant: Tenant, operation_id: str) -> bytes:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        late = kept is not None and kept.late_replies > 0
        if kept is None or kept.reply is None or not finished(kept) or late:
            if late and kept is not None:
                kept.late_replies -= 1
            raise NotYetAvailable("Réponse (ATR) : elle n’est pas (encore) écrite. La chaîne redemandera.")
        return kept.reply

    def units_of(self, tenant: Tenant, operation_id: str) -> Sequence[HeldUnit]:
        self._answer()
        found = tuple(held.unit for held in self._held(tenant) if held.operation_id == operation_id)
        if len(found) >= WINDOW:
            raise RequestRefused(f"Archive électronique : la recherche rend {len(found)} résultats ou plus.")
        return found

    def count_units(self, tenant: Tenant, operation_id: str) -> int:
        self._answer()
        found = sum(held.operation_id == operation_id for held in self._held(tenant))
        return min(found, WINDOW)

    def units(self, tenant: Tenant, system_ids: Collection[str]) -> Iterator[HeldUnit]:
        self._answer()
        wanted = frozenset(system_ids)
        return (held.unit for held in list(self._held(tenant)) if held.unit.system_id in wanted)

    def register(self, tenant: Tenant, operation_id: str) -> Registered | None:
        self._answer()
        kept = self._operations.get((tenant.number, operation_id))
        if kept is None or not finished(kept):
            return None
        if kept.late_register:
            kept.late_register -= 1
            return None
        return kept.registered

    def object_bytes(self, tenant: Tenant, system_id: str) -> Iterator[bytes]:
        self._answer()
        held = self._units.get((tenant.number, system_id))
        if held is None or held.data is None:
            raise NotYetAvailable("Lecture d’un objet : il n’y est pas (encore). La chaîne redemandera.")
        for start in range(0, len(held.data), CHUNK):
            yield held.data[start : start + CHUNK]

    def copies(self, tenant: Tenant) -> Counter[str]:
        """How many units the tenant has under each OriginatingSystemId, those of running operations included."""
        return Counter(held.unit.key for (number, _), held in self._units.items() if number == tenant.number)

    def forget_everything(self) -> None:
        """A platform that is wiped: operations, replies and units are gone."""
        self._operations.clear()
        self._units.clear()

    def resume_all(self, tenant: Tenant) -> None:
        """What an operator of the archive does of its technical stops."""
        for number, operation_id in list(self._operations):
            if number == tenant.number:
                self.resume(tenant, operation_id)

    def forget_workflows(self) -> None:
        """The process engine's purge, an hour after the end: logbook and replies stay."""
        for kept in self._operations.values():
            kept.forgotten = kept.forgotten or (kept.end is not None and kept.end.completed)

    def _answer(self) -> None:
        if self.faults.down:
            raise ArchiveUnavailable(
                "Archive électronique : le serveur ne répond pas. La chaîne attend son retour.",
                detail="memory archive is down",
            )

    def _open(self, tenant: Tenant, attempt: str, context: Context, manifest: Digest | None) -> Kept:
        operation = Operation(self._guid(_REQUEST, tenant), "PAUSE", "UNKNOWN")
        late = self.faults
        kept = Kept(
            operation,
            attempt,
            late.hidden_searches,
            late.running_polls,
            late.late_replies,
            late.late_register,
            context,
            manifest,
        )
        self._operations[tenant.number, operation.id] = kept
        return kept

    def _receive(self, body: SizedBody) -> bytes:
        cut, self.faults.cut_before = self.faults.cut_before, None
        received = bytearray()
        for block in body:
            received += block
            if cut is not None and len(received) >= cut:
                raise _uncertain(f"connection cut after {cut} bytes")
        if len(received) != len(body):
            raise _uncertain("body shorter than announced")
        return bytes(received)

    def _run(self, tenant: Tenant, kept: Kept, data: bytes) -> None:
        kept.operation = replace(kept.operation, state="RUNNING", status="STARTED")
        fatal, self.faults.fatal = self.faults.fatal, False
        if fatal:
            kept.end = replace(kept.operation, state="PAUSE", status="FATAL")
            return
        try:
            sip = read_sip(data)
        except NoSip as error:
            self._end(kept, Judgement("KO", (str(error),), early=True), None, {})
            return
        if kept.manifest not in (None, sip.manifest):
            self._end(kept, Judgement("KO", ("MANIFEST_DIGEST_CHECK.KO",), early=True), None, {})
            return
        found = {unit.xml_id: self._found(tenant, unit) for unit in sip.units if unit.stands_for}
        judgement = self._judge(sip, found)
        system_ids = self._number(tenant, sip, found) if not judgement.early else {}
        if judgement.status != "KO" and kept.context is not Context.BLANK_TEST:
            self._store(tenant, kept.operation.id, sip, system_ids)
            if kept.context is not Context.HOLDING_SCHEME:
                kept.registered = _brought(sip)
        self._end(kept, judgement, sip, system_ids)

    def _judge(self, sip: Sip, found: Mapping[str, Sequence[str]]) -> Judgement:
        missing = any(item.data is None for item in sip.objects)
        package = "CHECK_DATAOBJECTPACKAGE"
        for wrong, outcome in (
            (self.faults.refused_header, "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN.KO"),
            (missing, f"{package}.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO.KO"),
            (not all(found.values()), f"{package}.CHECK_MANIFEST.NOT_FOUND_ATTACHMENT.KO"),
            (
                any(len(ids) > 1 for ids in found.values()),
                f"{package}.CHECK_MANIFEST.TOO_MANY_FOUND_ATTACHMENT.KO",
            ),
        ):
            if wrong:
                return Judgement("KO", ("STP_INGEST_CONTROL_SIP.KO", outcome), early=True)
        culprits = self._culprits(sip)
        if culprits:
            outcomes = dict.fromkeys(detail.removeprefix("LFC.") for detail in culprits.values())
            return Judgement("KO", tuple(outcomes), culprits)
        if not sip.objects:
            return Judgement("WARNING", ("OBJECTS_LIST_EMPTY.WARNING",))
        sizes = {
            item.xml_id: "LFC.CHECK_OBJECT_SIZE.WARNING"
            for item in sip.objects
            if item.size and item.size != str(len(item.data or b""))
        }
        return Judgement("WARNING", ("CHECK_OBJECT_SIZE.WARNING",), sizes) if sizes else Judgement("OK")

    def _culprits(self, sip: Sip) -> dict[str, str]:
        named: dict[str, str] = {}
        for item in sip.objects:
            digest = hashlib.sha512(item.data or b"").hexdigest()
            if digest != item.digest:
                named[item.xml_id] = "LFC.CHECK_DIGEST.KO"
            elif self.faults.refused_files & {digest, item.filename, item.uri}:
                named[item.xml_id] = "LFC.OG_OBJECTS_FORMAT_CHECK.KO"
        for unit in sip.units:
            if unit.key and unit.key in self.faults.refused_units:
                named[unit.xml_id] = "LFC.CHECK_UNIT_SCHEMA.INVALID_UNIT.KO"
        return named

    def _found(self, tenant: Tenant, unit: SipUnit) -> Sequence[str]:
        """System ids of the held units that this one may stand for."""
        name, value = unit.stands_for or ("", "")
        return [
            held.unit.system_id
            for held in self._held(tenant)
            if (held.unit.system_id if name == "#id" else held.metadata.get(name)) == value
        ]

    def _number(self, tenant: Tenant, sip: Sip, found: Mapping[str, Sequence[str]]) -> dict[str, str]:
        ids = {unit.xml_id: self._guid(_UNIT, tenant) for unit in sip.units if not unit.stands_for}
        ids |= {xml_id: system_ids[0] for xml_id, system_ids in found.items()}
        for item in sip.objects:
            ids.setdefault(item.group, self._guid(_GROUP, tenant))
            ids[item.xml_id] = self._guid(_OBJECT, tenant)
        return ids

    def _store(self, tenant: Tenant, operation_id: str, sip: Sip, system_ids: Mapping[str, str]) -> None:
        masters = {item.group: item.data for item in sip.objects if item.version == "BinaryMaster_1"}
        for unit in sip.units:
            if unit.stands_for:
                continue
            held = HeldUnit(
                system_ids[unit.xml_id],
                unit.key,
                unit.metadata.get("Title", ""),
                system_ids.get(unit.group, ""),
                (system_ids[unit.parent],) if unit.parent else (),
                operation_id,
            )
            self._units[tenant.number, held.system_id] = Held(
                held, operation_id, unit.metadata, masters.get(unit.group)
            )

    def _end(self, kept: Kept, judgement: Judgement, sip: Sip | None, system_ids: Mapping[str, str]) -> None:
        kept.end = replace(kept.operation, state="COMPLETED", status=judgement.status)
        blank = kept.context is Context.BLANK_TEST
        kept.reply = write_reply(kept.operation.id, judgement, sip, system_ids, blank=blank)

    def _held(self, tenant: Tenant) -> Iterator[Held]:
        """Units of the tenant whose operation has ended."""
        for (number, _), held in self._units.items():
            if number == tenant.number and finished(self._operations[number, held.operation_id]):
                yield held

    def _guid(self, kind: int, tenant: Tenant) -> str:
        """In the form of Vitam's, but counted."""
        self._count += 1
        raw = bytes((1, kind)) + tenant.number.to_bytes(4) + bytes(13) + self._count.to_bytes(3)
        return base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _brought(sip: Sip) -> Registered:
    return Registered(
        units=sum(not unit.stands_for for unit in sip.units),
        object_groups=len({item.group for item in sip.objects}),
        objects=len(sip.objects),
    )


def _uncertain(detail: str) -> OutcomeUncertain:
    return OutcomeUncertain(
        "Archive électronique, dépôt d’un versement : l’échange s’est interrompu. On ne sait pas si l’archive a pris "
        "le versement.",
        detail=detail,
    )
