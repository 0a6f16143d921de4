"""What a waiting task waits for, asked of the archive from the triggerer. Ids and names travel here, no secret does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from airflow.triggers.base import BaseTrigger, TriggerEvent

from versement.adapters.vitam.poll import VitamWatch
from versement.domain.errors import ArchiveUnavailable, VersementError
from versement.domain.tenant import Tenant
from versement.orchestration.connections import declared_async, vitam_settings
from versement.orchestration.handle import read_tenant
from versement.orchestration.logs import quiet
from versement.profiles.load import maintenance_of
from versement.settings import Settings

log = logging.getLogger("versement")


def pause(seconds: float, losses: int, longest: float) -> float:
    """Seconds before asking again after so many calls without an answer: doubled each time, up to the longest."""
    return min(seconds * 2.0 ** min(losses, 20), max(longest, seconds))


class Pause(BaseTrigger):  # type: ignore[misc]  # Airflow comes without types
    """Waits for some time.

    Attributes:
        seconds: how long.
        counts: whether it is one of the few such waits that a task grants.
        then: given back to the task by the event: where it stood. Not by `next_kwargs`, which `dag.test()` loses.
    """

    counts = True

    def __init__(self, *, seconds: float, then: Mapping[str, int] | None = None) -> None:
        super().__init__()
        self.seconds = seconds
        self.then = dict(then or {})

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kind = type(self)
        return f"{kind.__module__}.{kind.__qualname__}", {"seconds": self.seconds, "then": self.then}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        quiet()
        await self.wait()
        yield TriggerEvent(self.then)

    async def wait(self) -> None:
        await asyncio.sleep(self.seconds)


class MaintenanceOver(Pause):
    """Waits until a connector's target is no longer under maintenance, says its file of targets.

    Attributes:
        dag_id: of the connector.
        target: name of the target.
    """

    def __init__(self, *, dag_id: str, target: str, **pause: Any) -> None:
        super().__init__(**pause)
        self.dag_id = dag_id
        self.target = target

    def serialize(self) -> tuple[str, dict[str, Any]]:
        path, kept = super().serialize()
        return path, {**kept, "dag_id": self.dag_id, "target": self.target}

    async def wait(self) -> None:
        while await self.closed():  # noqa: ASYNC110 - nothing tells when the file changes
            await asyncio.sleep(self.seconds)

    async def closed(self) -> bool:
        """Whether the target is under maintenance now."""
        folders = Settings.from_environment().profiles
        return bool(await asyncio.to_thread(maintenance_of, folders, self.dag_id, self.target))


class _ArchiveTrigger(MaintenanceOver):
    """Base of the triggers that ask an archive: which one, for which tenant, every how many seconds.

    `longest` is the pause, in seconds, between two calls at an archive that has been off for long.

    Whatever waiting cannot mend ends the wait, at the usual rate: the task asks the archive itself, and its own errors
    tell what is wrong.
    So does a maintenance, during which nothing is asked: the task waits for its end.
    """

    def __init__(
        self, *, connection: str, kind: Literal["essai", "production"], tenant: str, longest: float, **target: Any
    ) -> None:
        super().__init__(**target)
        self.longest = longest
        self.connection = connection
        self.kind = kind
        self.tenant = tenant

    def serialize(self) -> tuple[str, dict[str, Any]]:
        path, kept = super().serialize()
        mine = {"connection": self.connection, "kind": self.kind, "tenant": self.tenant, "longest": self.longest}
        return path, {**kept, **mine}

    async def wait(self) -> None:
        try:
            settings = vitam_settings(await declared_async(self.connection), self.kind)
            # Loading certificates takes long enough to hold up the others in this event loop.
            async with await asyncio.to_thread(VitamWatch, settings) as watch:
                await self.watch(watch, read_tenant(self.tenant))
        except VersementError as error:
            log.info("L’attente s’interrompt : %s", error.message)
            # Should the task find nothing wrong it waits anew: this must not become a way to ask without a pause.
            await asyncio.sleep(self.seconds)

    async def watch(self, watch: VitamWatch, tenant: Tenant) -> None:
        raise NotImplementedError


class ArchiveAlive(_ArchiveTrigger):
    """Waits until the archive answers, for days if need be, asking more and more rarely.

    Attributes:
        losses: calls that went unanswered so far.
    """

    def __init__(self, *, losses: int, **archive: Any) -> None:
        super().__init__(**archive)
        self.losses = losses

    def serialize(self) -> tuple[str, dict[str, Any]]:
        path, archive = super().serialize()
        return path, {**archive, "losses": self.losses}

    async def watch(self, watch: VitamWatch, tenant: Tenant) -> None:
        losses = self.losses
        await asyncio.sleep(pause(self.seconds, losses, self.longest))
        while not (await self.closed() or await watch.alive(tenant)):
            losses += 1
            await asyncio.sleep(pause(self.seconds, losses, self.longest))


class OperationsEnded(_ArchiveTrigger):
    """Waits until no operation is under way: each has ended, was stopped, or is no longer known to the engine.

    Attributes:
        operations: ids of the operations.
        patience: seconds for which one that has not begun counts as under way.
    """

    counts = False

    def __init__(self, *, operations: list[str], patience: float, **archive: Any) -> None:
        super().__init__(**archive)
        self.operations = operations
        self.patience = patience
        self._idle_since: dict[str, float] = {}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        path, archive = super().serialize()
        return path, {**archive, "operations": self.operations, "patience": self.patience}

    async def watch(self, watch: VitamWatch, tenant: Tenant) -> None:
        left = list(self.operations)
        losses = 0
        while left and not await self.closed():
            try:
                still = [name for name in left if await self._under_way(watch, tenant, name)]
            except ArchiveUnavailable as error:
                if not losses:
                    log.warning("%s", error.message)
                losses += 1
            else:
                if losses:
                    log.info("La plateforme répond de nouveau.")
                if len(still) < len(left):
                    log.info("Opérations encore en cours : %d sur %d.", len(still), len(self.operations))
                left, losses = still, 0
            if left:
                await asyncio.sleep(pause(self.seconds, losses, self.longest))

    async def _under_way(self, watch: VitamWatch, tenant: Tenant, name: str) -> bool:
        operation = await watch.operation_state(tenant, name)
        if operation is None or operation.completed or operation.stopped:
            return False
        if not operation.idle:
            self._idle_since.pop(name, None)
            return True
        now = time.monotonic()
        return now - self._idle_since.setdefault(name, now) < self.patience
