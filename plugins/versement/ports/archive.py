"""The electronic archive (Vitam) as the chain needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant

WINDOW = 10_000
"""Vitam's searches never list, and perhaps never count, beyond this many results."""

_WORKFLOWS = frozenset({"PROCESS_SIP_UNITARY", "PROCESS_SIP_UNITARY_TEST", "FILINGSCHEME", "HOLDINGSCHEME"})


class Context(StrEnum):
    """What a deposit is taken for (`X-Context-Id`)."""

    DEFAULT_WORKFLOW = "DEFAULT_WORKFLOW"
    """An ordinary transfer."""
    BLANK_TEST = "BLANK_TEST"
    """Judged as a transfer, and nothing is kept but the reply."""
    FILING_SCHEME = "FILING_SCHEME"
    """A plan de classement."""
    HOLDING_SCHEME = "HOLDING_SCHEME"
    """An arbre de positionnement."""


class SizedBody(Protocol):
    """Bytes to send, their length known before the first one leaves."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Operation:
    """An ingest as the archive's process engine sees it.

    Attributes:
        state: `PAUSE`, `RUNNING` or `COMPLETED`.
        status: `UNKNOWN`, `STARTED`, `OK`, `WARNING`, `KO` or `FATAL`.
    """

    id: str
    state: str
    status: str

    @property
    def completed(self) -> bool:
        return self.state == "COMPLETED"

    @property
    def stopped(self) -> bool:
        """FATAL, or a pause that somebody asked for: an operator's matter."""
        return self.state == "PAUSE" and not self.idle

    @property
    def idle(self) -> bool:
        """Not begun: its SIP still comes in, or has just come; when that lasts, the archive never will by itself."""
        return self.state == "PAUSE" and self.status in ("UNKNOWN", "STARTED")


@dataclass(frozen=True, slots=True)
class Details:
    """An operation as the process engine tells it.

    Attributes:
        message: Vitam's French label of where it stands.
        steps: names and statuses of the steps done.
    """

    operation: Operation
    message: str = ""
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LogbookEntry:
    """One operation in the logbook, which outlives the process engine's memory.

    Attributes:
        attempt: `evIdAppSession`, our attempt's id.
        last_detail: `outDetail` of the last event, such as `PROCESS_SIP_UNITARY.OK`.
        worked: a step began, the last one aside, to which a cancelled operation goes at once. A search, which gives
            the last event only, cannot exclude it.
    """

    operation_id: str
    attempt: str
    last_detail: str
    worked: bool = True

    @property
    def final_status(self) -> str:
        """OK, WARNING or KO when the workflow has ended; empty before."""
        workflow, _, status = self.last_detail.rpartition(".")
        return status if workflow in _WORKFLOWS and status != "STARTED" else ""


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """An archive unit as the archive says it holds it.

    Attributes:
        system_id: `#id`.
        key: first `OriginatingSystemId`.
        object_group: `#object`, empty when the unit has none.
        parents: `#unitups`.
        operation_id: `#opi`, the operation that created it.
    """

    system_id: str
    key: str
    title: str
    object_group: str
    parents: tuple[str, ...]
    operation_id: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the accession register says that one operation brought (`ingested`).

    Attributes:
        objects: data objects, binary and physical.
    """

    units: int
    object_groups: int
    objects: int


class Archive(Protocol):
    """Vitam's ingest, access and admin APIs.

    Every method may raise ArchiveUnavailable, RequestRefused, or SettingsError: one side refuses the other's
    certificate, and nothing was sent.
    """

    def alive(self, tenant: Tenant) -> bool:
        """Whether the archive answers now; never raises ArchiveUnavailable."""
        ...

    def deposit(
        self,
        tenant: Tenant,
        attempt: str,
        body: SizedBody,
        *,
        context: Context = Context.DEFAULT_WORKFLOW,
        manifest: Digest | None = None,
    ) -> str:
        """Send a SIP (RESUME) with `X-Application-Id: attempt`; return the operation id.

        Args:
            tenant: where to.
            attempt: this try's own id.
            body: the SIP.
            context: what it is taken for.
            manifest: digest of its manifest, which the archive then compares with what it received; a difference
                ends the operation by KO (`MANIFEST_DIGEST_CHECK`).

        Raises:
            ArchiveUnavailable: no connection could be made: nothing was sent.
            OutcomeUncertain: anything that leaves open whether the archive took it (cut, time-out, 500, 503).
            RequestRefused: the archive refused the request and keeps nothing of it (401, 412, 415).
        """
        ...

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
        """`deposit` of a SIP that is on the archive's server already, too large for HTTPS.

        Args:
            tenant: where to.
            attempt: this try's own id.
            path: of the SIP, below the server's own folder of arrivals (`baseUploadPath`).
            ready: puts it there; called when it is this deposit's turn, before anything is asked. What it raises
                passes through.
            context: what the SIP is taken for.
            manifest: digest of its manifest.

        Raises:
            OutcomeUncertain: as `deposit`; also when there is no such file (500).
        """
        ...

    def find_attempt(self, tenant: Tenant, attempt: str) -> LogbookEntry | None:
        """The operation that carries exactly this attempt id, or None when the logbook shows none (yet).

        Raises:
            SeveralOperations: more than one carries it, as when something on the way posted the SIP twice.
        """
        ...

    def operation(self, tenant: Tenant, operation_id: str) -> Operation | None:
        """State of an operation, or None when the process engine does not know it (any more)."""
        ...

    def details(self, tenant: Tenant, operation_id: str) -> Details | None:
        """`operation` with its steps, or None when the process engine does not know it (any more)."""
        ...

    def logbook(self, tenant: Tenant, operation_id: str) -> LogbookEntry | None:
        """An operation with all its events, which do not lag behind it; None when there is none."""
        ...

    def resume(self, tenant: Tenant, operation_id: str) -> bool:
        """Have a paused operation go on to its end; False when its state does not allow it (409) or it is unknown."""
        ...

    def cancel(self, tenant: Tenant, operation_id: str) -> bool:
        """Cancel; False when the archive answers that it may not be (409): read again."""
        ...

    def reply(self, tenant: Tenant, operation_id: str) -> bytes:
        """The ArchiveTransferReply.

        Raises:
            NotYetAvailable: 404, not written (yet).
        """
        ...

    def units_of(self, tenant: Tenant, operation_id: str) -> Sequence[HeldUnit]:
        """Every unit whose initial operation (`#opi`) is this one.

        Raises:
            RequestRefused: there are WINDOW of them or more, which no search lists: ask for `units`.
        """
        ...

    def count_units(self, tenant: Tenant, operation_id: str) -> int:
        """How many units have this initial operation; WINDOW or more only says that there are at least WINDOW."""
        ...

    def units(self, tenant: Tenant, system_ids: Collection[str]) -> Iterator[HeldUnit]:
        """Those of these units that the archive shows, however many, in no particular order."""
        ...

    def register(self, tenant: Tenant, operation_id: str) -> Registered | None:
        """The operation in the accession register, or None when it is not there (yet).

        Only what was accepted is registered; an arbre de positionnement and a blank test never are.
        """
        ...

    def object_bytes(self, tenant: Tenant, system_id: str) -> Iterator[bytes]:
        """Bytes of the unit's BinaryMaster_1, as the archive holds them."""
        ...
