"""The electronic archive (Vitam) as the chain needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from versement.domain.tenant import Tenant


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
        return self.state == "PAUSE" and self.status not in ("UNKNOWN", "STARTED")


@dataclass(frozen=True, slots=True)
class LogbookEntry:
    """One operation in the logbook, which outlives the process engine's memory.

    Attributes:
        attempt: `evIdAppSession`, our attempt's id.
        last_detail: `outDetail` of the last event, such as `PROCESS_SIP_UNITARY.OK`.
    """

    operation_id: str
    attempt: str
    last_detail: str

    @property
    def final_status(self) -> str:
        """OK, WARNING or KO when the workflow has ended; empty before."""
        workflow, _, status = self.last_detail.rpartition(".")
        return status if workflow.startswith("PROCESS_SIP_UNITARY") and status != "STARTED" else ""


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """An archive unit as the archive says it holds it.

    Attributes:
        system_id: `#id`.
        key: first `OriginatingSystemId`.
        object_group: `#object`, empty when the unit has none.
        parents: `#unitups`.
    """

    system_id: str
    key: str
    title: str
    object_group: str
    parents: tuple[str, ...]


class Archive(Protocol):
    """Vitam's ingest, access and admin APIs. Every method may raise ArchiveUnavailable or RequestRefused."""

    def alive(self, tenant: Tenant) -> bool:
        """Whether the archive answers now; never raises ArchiveUnavailable."""
        ...

    def deposit(self, tenant: Tenant, attempt: str, body: SizedBody) -> str:
        """Send a SIP (DEFAULT_WORKFLOW, RESUME) with `X-Application-Id: attempt`; return the operation id.

        Raises:
            ArchiveUnavailable: no connection could be made: nothing was sent.
            OutcomeUncertain: anything that leaves open whether the archive took it (cut, time-out, 500, 503).
            RequestRefused: the archive refused the request and keeps nothing of it (401, 412, 415).
        """
        ...

    def find_attempt(self, tenant: Tenant, attempt: str) -> LogbookEntry | None:
        """The operation that carries exactly this attempt id, or None when the logbook shows none (yet)."""
        ...

    def operation(self, tenant: Tenant, operation_id: str) -> Operation | None:
        """State of an operation, or None when the process engine does not know it (any more)."""
        ...

    def logbook(self, tenant: Tenant, operation_id: str) -> LogbookEntry | None: ...

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
        """Every unit whose initial operation (`#opi`) is this one, paged within the archive's limits."""
        ...

    def object_bytes(self, tenant: Tenant, system_id: str) -> Iterator[bytes]:
        """Bytes of the unit's BinaryMaster_1, as the archive holds them."""
        ...
