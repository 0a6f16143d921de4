"""Vitam behind the port: deposits, the engine's and the logbook's word on them, replies, units and objects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from versement.adapters.vitam import reading, wire
from versement.adapters.vitam.asking import Action, Asking
from versement.adapters.vitam.errors import Call
from versement.adapters.vitam.exchange import BytesBody, Exchange, SessionFactory
from versement.adapters.vitam.searching import count, search
from versement.adapters.vitam.session import open_session
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import ArchiveUnavailable, OutcomeUncertain
from versement.domain.fixity import Digest
from versement.domain.tenant import Tenant
from versement.ports.archive import WINDOW, Context, Details, HeldUnit, LogbookEntry, Operation, Registered, SizedBody

CHUNK_OF_IDS = 1000
"""Units asked for by their ids in one search: Vitam's own size of batches."""

Slot = Callable[[], AbstractContextManager[None]]


class VitamArchive:
    """`ports.archive.Archive` over Vitam's external API, and what only a Vitam has.

    One per task; not for several threads at once.

    Args:
        settings: which Vitam, and how.
        sessions: makes HTTP sessions.
        page: results asked for at a time.
        slot: to be held while a SIP is sent; ArchiveUnavailable when there is none.
    """

    def __init__(
        self,
        settings: VitamSettings,
        sessions: SessionFactory = open_session,
        *,
        page: int = WINDOW,
        slot: Slot = nullcontext,
    ) -> None:
        self._asking = Asking(settings)
        self._exchange = Exchange(settings, sessions)
        self._copying = settings.timeouts.copy
        self._page = page
        self._slot = slot

    def alive(self, tenant: Tenant) -> bool:
        try:
            return wire.judged(Call.ALIVE, self._exchange.ask(self._asking.alive(tenant)))
        except ArchiveUnavailable:
            return False

    def deposit(
        self,
        tenant: Tenant,
        attempt: str,
        body: SizedBody,
        *,
        context: Context = Context.DEFAULT_WORKFLOW,
        manifest: Digest | None = None,
    ) -> str:
        with self._slot():
            return self._sent(self._asking.deposit(tenant, attempt, context, manifest), body)

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
        request, body = self._asking.local_deposit(tenant, attempt, path, context, manifest)
        with self._slot():
            ready()
            return self._sent(request, BytesBody(body), self._copying)

    def find_attempt(self, tenant: Tenant, attempt: str) -> LogbookEntry | None:
        found = self._operations(tenant, "evIdAppSession", attempt)
        if len(found) > 1:
            raise OutcomeUncertain(
                f"Archive électronique : {len(found)} opérations portent la même tentative, une seule est "
                "attendue (un serveur intermédiaire a-t-il répété l’envoi ?). Un opérateur doit les comparer "
                "dans le journal des opérations avant toute suite.",
                detail=f"attempt found in {', '.join(entry.operation_id for entry in found[:5])}",
            )
        return found[0] if found else None

    def find_message(self, tenant: Tenant, message_identifier: str) -> Sequence[LogbookEntry]:
        """Operations of the SIPs with exactly this MessageIdentifier, the last one first.

        One that was refused before Vitam had read its header is not among them.
        """
        return self._operations(tenant, "obIdIn", message_identifier)

    def operation(self, tenant: Tenant, operation_id: str) -> Operation | None:
        return reading.operation(operation_id, self._exchange.ask(self._asking.operation(tenant, operation_id)))

    def details(self, tenant: Tenant, operation_id: str) -> Details | None:
        answer = self._exchange.ask(self._asking.details(tenant, operation_id))
        return reading.details(operation_id, answer)

    def logbook(self, tenant: Tenant, operation_id: str) -> LogbookEntry | None:
        answer = self._exchange.ask(self._asking.logbook(tenant, operation_id))
        if not wire.judged(Call.LOGBOOK, answer):
            return None
        items = wire.page(Call.LOGBOOK, answer).items
        return reading.entry(Call.LOGBOOK, items[0]) if items else None

    def cancel(self, tenant: Tenant, operation_id: str) -> bool:
        return wire.judged(Call.CANCEL, self._exchange.ask(self._asking.cancel(tenant, operation_id)))

    def act(self, tenant: Tenant, operation_id: str, action: Action) -> bool:
        """Resume, replay or pause an operation; False when its state does not allow it, or it is not known."""
        return wire.judged(Call.RESUME, self._exchange.ask(self._asking.act(tenant, operation_id, action)))

    def resume(self, tenant: Tenant, operation_id: str) -> bool:
        return self.act(tenant, operation_id, Action.RESUME)

    def reply(self, tenant: Tenant, operation_id: str) -> bytes:
        answer = self._exchange.ask(self._asking.reply(tenant, operation_id), wire.REPLY_LIMIT)
        wire.judged(Call.REPLY, answer)
        return answer.body

    def manifest(self, tenant: Tenant, operation_id: str) -> Iterator[bytes]:
        """Bytes of the manifest that Vitam keeps.

        Raises:
            NotYetAvailable: 404, which lasts for ever when the SIP was refused.
        """
        return self._exchange.stream(self._asking.manifest(tenant, operation_id))

    def units_of(self, tenant: Tenant, operation_id: str) -> Sequence[HeldUnit]:
        return tuple(self._units(tenant, "#opi", [operation_id], self._page))

    def count_units(self, tenant: Tenant, operation_id: str) -> int:
        return count(
            self._exchange,
            lambda offset, limit: self._asking.units(
                tenant, "#opi", [operation_id], offset=offset, limit=limit, bare=True
            ),
        )

    def units(self, tenant: Tenant, system_ids: Collection[str]) -> Iterator[HeldUnit]:
        wanted = sorted(set(system_ids))
        for start in range(0, len(wanted), CHUNK_OF_IDS):
            chunk = wanted[start : start + CHUNK_OF_IDS]
            asked = frozenset(chunk)
            yield from (unit for unit in self._units(tenant, "#id", chunk, len(chunk)) if unit.system_id in asked)

    def register(self, tenant: Tenant, operation_id: str) -> Registered | None:
        items = search(
            self._exchange,
            lambda offset, limit: self._asking.register(tenant, operation_id, offset=offset, limit=limit),
        )
        return reading.registered(item for item in items if item.get("Opi") == operation_id)

    def object_bytes(self, tenant: Tenant, system_id: str) -> Iterator[bytes]:
        return self._exchange.stream(self._asking.object(tenant, system_id))

    def _sent(self, request: wire.Request, body: SizedBody, wait: float | None = None) -> str:
        answer = self._exchange.send(request, body, wait)
        wire.judged(Call.DEPOSIT, answer)
        operation_id = reading.operation_id(answer)
        if operation_id is None:
            raise OutcomeUncertain(
                "Archive électronique, dépôt d’un versement : l’archive répond sans donner d’identifiant "
                "d’opération. Ne renvoyez rien : la chaîne le recherche d’abord dans le journal des opérations.",
                detail="202 without a usable X-Request-Id",
            )
        return operation_id

    def _operations(self, tenant: Tenant, field: str, value: str) -> list[LogbookEntry]:
        """Operations where a field is exactly this: Vitam's search also finds near ones."""
        items = search(
            self._exchange,
            lambda offset, limit: self._asking.operations(tenant, field, value, offset=offset, limit=limit),
            self._page,
        )
        return [reading.entry(Call.SEARCH, item) for item in items if item.get(field) == value]

    def _units(self, tenant: Tenant, field: str, values: Sequence[str], page: int) -> Iterator[HeldUnit]:
        items: Sequence[dict[str, Any]] = search(
            self._exchange,
            lambda offset, limit: self._asking.units(tenant, field, values, offset=offset, limit=limit),
            page,
        )
        return (reading.unit(item) for item in items)
