"""Deposit and reconciliation as a deferrable task does them: one pass, then what to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from versement.orchestration.handle import Handle, write_tenant
from versement.orchestration.triggers import ArchiveAlive, OperationsEnded, Pause
from versement.orchestration.wiring import archive_of, chain_of
from versement.ports.archive import Archive
from versement.steps.chain import Chain
from versement.steps.deposit import deposit
from versement.steps.reconcile import operations_in_hand, reconcile


@dataclass(frozen=True, slots=True)
class Work:
    """A run's chain and its archive."""

    chain: Chain
    archive: Archive

    @classmethod
    def open(cls, handle: Handle) -> Self:
        chain = chain_of(handle)
        return cls(chain, archive_of(chain.profile))

    def deposit(self) -> Pause | None:
        progress = deposit(self.chain, self.archive)
        return None if progress.done else _pause(progress.pause)

    def reconcile(self, *, patient: bool) -> Pause | None:
        """Reconcile; wait again only while that may change the outcome."""
        result = reconcile(self.chain, self.archive, patient=patient)
        if patient and result.waiting:
            return _pause(self.chain.profile.target.index_delay_seconds)
        return None

    def until_ended(self) -> Pause | None:
        operations = operations_in_hand(self.chain)
        return OperationsEnded(operations=operations, **self._archive()) if operations else None

    def until_alive(self, losses: int) -> Pause:
        return ArchiveAlive(losses=losses, **self._archive())

    def _archive(self) -> dict[str, Any]:
        target = self.chain.profile.target
        return {
            "connection": target.connection,
            "kind": target.kind,
            "tenant": write_tenant(self.chain.tenant),
            "seconds": target.poll_seconds,
            "longest": target.longest_pause_seconds,
        }


def _pause(seconds: float) -> Pause:
    return Pause(seconds=max(seconds, 1.0))
