"""Deposit and reconciliation as a deferrable task does them: one pass, then what to wait for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, cast

from versement.domain.errors import TargetInMaintenance
from versement.orchestration.handle import Handle, write_tenant
from versement.orchestration.triggers import ArchiveAlive, MaintenanceOver, OperationsEnded, Pause
from versement.orchestration.wiring import archive_of, chain_of
from versement.ports.archive import Archive
from versement.profiles.models import Profile
from versement.settings import Settings
from versement.steps.chain import Chain, log
from versement.steps.deposit import deposit
from versement.steps.reconcile import reconcile


@dataclass(frozen=True, slots=True)
class Work:
    """A run's chain and its archive."""

    chain: Chain
    archive: Archive

    @classmethod
    def open(cls, handle: Handle) -> Self:
        chain = chain_of(handle)
        return cls(chain, attended(archive_of(chain.profile), lambda: _maintenance(chain.profile)))

    def deposit(self) -> Pause | None:
        guard = Settings.from_environment().guard()
        try:
            progress = deposit(self.chain, self.archive, guard=guard)
        finally:
            if guard is not None:
                guard.antivirus.close()
        return None if progress.done else _pause(progress.pause)

    def reconcile(self, *, patient: bool) -> Pause | None:
        """Reconcile; wait for what still runs, however long, else only while waiting may change the outcome."""
        result = reconcile(self.chain, self.archive, patient=patient)
        if result.running:
            patience = self.chain.profile.target.lease_seconds
            return OperationsEnded(operations=list(result.running), patience=patience, **self._archive())
        if patient and result.waiting:
            return _pause(self.chain.profile.target.index_delay_seconds)
        return None

    def until_open(self) -> Pause | None:
        """None unless the target is under maintenance."""
        why = _maintenance(self.chain.profile)
        if why is None:
            return None
        log.warning("%s", why.message)
        return MaintenanceOver(**self._target())

    def until_alive(self, losses: int) -> Pause:
        return ArchiveAlive(losses=losses, **self._archive())

    def _archive(self) -> dict[str, Any]:
        target = self.chain.profile.target
        place = {"connection": target.connection, "kind": target.kind, "tenant": write_tenant(self.chain.tenant)}
        return {**place, **self._target(), "longest": target.longest_pause_seconds}

    def _target(self) -> dict[str, Any]:
        profile = self.chain.profile
        return {"dag_id": profile.dag_id, "target": profile.target.name, "seconds": profile.target.poll_seconds}


def attended(archive: Archive, closed: Callable[[], TargetInMaintenance | None]) -> Archive:
    """An archive that every call leaves alone, by TargetInMaintenance, as soon as `closed` says so."""

    class Attended:
        def __getattr__(self, name: str) -> Any:
            if (why := closed()) is not None:
                raise why
            return getattr(archive, name)

    return cast("Archive", Attended())


def _pause(seconds: float) -> Pause:
    return Pause(seconds=max(seconds, 1.0))


def _maintenance(profile: Profile) -> TargetInMaintenance | None:
    return Settings.from_environment().maintenance(profile)
