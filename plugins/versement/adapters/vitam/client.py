"""Vitam behind the port: deposits, the engine's and the logbook's word on them, replies, units and objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from versement.adapters.vitam import wire
from versement.adapters.vitam.errors import Call
from versement.adapters.vitam.exchange import Exchange, SessionFactory
from versement.adapters.vitam.session import open_session
from versement.adapters.vitam.settings import VitamSettings
from versement.domain.errors import ArchiveUnavailable, OutcomeUncertain, RequestRefused
from versement.domain.tenant import Tenant
from versement.ports.archive import HeldUnit, LogbookEntry, Operation, SizedBody

DEFAULT_WORKFLOW = "DEFAULT_WORKFLOW"


class VitamArchive:
    """`ports.archive.Archive` over Vitam's external API. One per task; not for several threads at once.

    Args:
        settings: which Vitam, and how.
        sessions: makes HTTP sessions.
        page: results asked for at a time.
    """

    def __init__(
        self, settings: VitamSettings, sessions: SessionFactory = open_session, *, page: int = wire.WINDOW
    ) -> None:
        self._wire = wire.Wire(settings)
        self._exchange = Exchange(settings, sessions)
        self._page = page

    def alive(self, tenant: Tenant) -> bool:
        try:
            return wire.judged(Call.ALIVE, self._exchange.ask(self._wire.alive(tenant)))
        except ArchiveUnavailable:
            return False

    def deposit(self, tenant: Tenant, attempt: str, body: SizedBody) -> str:
        return self.deposit_as(tenant, attempt, body, context=DEFAULT_WORKFLOW)

    def deposit_as(self, tenant: Tenant, attempt: str, body: SizedBody, *, context: str) -> str:
        """`deposit` with another workflow (`X-Context-Id`), such as FILING_SCHEME."""
        answer = self._exchange.send(self._wire.deposit(tenant, attempt, context), body)
        wire.judged(Call.DEPOSIT, answer)
        operation_id = wire.operation_id(answer)
        if operation_id is None:
            raise OutcomeUncertain(
                "Archive électronique, dépôt d’un versement : l’archive répond sans donner d’identifiant "
                "d’opération. Ne renvoyez rien : la chaîne le recherche d’abord dans le journal des opérations.",
                detail="202 without a usable X-Request-Id",
            )
        return operation_id

    def find_attempt(self, tenant: Tenant, attempt: str) -> LogbookEntry | None:
        found = [
            wire.entry(Call.SEARCH, item)
            for item in search(
                self._exchange,
                lambda offset, limit: self._wire.attempts(tenant, attempt, offset=offset, limit=limit),
                self._page,
            )
            if item.get("evIdAppSession") == attempt
        ]
        if len(found) > 1:
            raise OutcomeUncertain(
                f"Archive électronique : {len(found)} opérations portent la même tentative, une seule est "
                "attendue (un serveur intermédiaire a-t-il répété l’envoi ?). Un opérateur doit les comparer "
                "dans le journal des opérations avant toute suite.",
                detail=f"attempt found in {', '.join(entry.operation_id for entry in found[:5])}",
            )
        return found[0] if found else None

    def operation(self, tenant: Tenant, operation_id: str) -> Operation | None:
        return wire.operation(operation_id, self._exchange.ask(self._wire.operation(tenant, operation_id)))

    def logbook(self, tenant: Tenant, operation_id: str) -> LogbookEntry | None:
        answer = self._exchange.ask(self._wire.logbook(tenant, operation_id))
        if not wire.judged(Call.LOGBOOK, answer):
            return None
        items = wire.page(Call.LOGBOOK, answer).items
        return wire.entry(Call.LOGBOOK, items[0]) if items else None

    def cancel(self, tenant: Tenant, operation_id: str) -> bool:
        return wire.judged(Call.CANCEL, self._exchange.ask(self._wire.cancel(tenant, operation_id)))

    def reply(self, tenant: Tenant, operation_id: str) -> bytes:
        answer = self._exchange.ask(self._wire.reply(tenant, operation_id), wire.REPLY_LIMIT)
        wire.judged(Call.REPLY, answer)
        return answer.body

    def units_of(self, tenant: Tenant, operation_id: str) -> Sequence[HeldUnit]:
        items = search(
            self._exchange,
            lambda offset, limit: self._wire.units(tenant, operation_id, offset=offset, limit=limit),
            self._page,
        )
        return tuple(wire.unit(item) for item in items)

    def object_bytes(self, tenant: Tenant, system_id: str) -> Iterator[bytes]:
        return self._exchange.stream(self._wire.object(tenant, system_id))


def search(exchange: Exchange, request: Callable[[int, int], wire.Request], size: int) -> Sequence[dict[str, Any]]:
    """Every result of a search, page by page.

    Args:
        exchange: where to ask.
        request: makes the request for an offset and a limit.
        size: results asked for at a time.

    Raises:
        RequestRefused: there are more than Vitam ever lists.
        ArchiveUnavailable: pages that do not fit together, as when the index moves meanwhile.
    """
    items: dict[str, dict[str, Any]] = {}
    offset, total = 0, 1
    while offset < total:
        answer = exchange.ask(request(offset, min(size, wire.WINDOW - offset)))
        wire.judged(Call.SEARCH, answer)
        page = wire.page(Call.SEARCH, answer)
        total = page.total
        if total >= wire.WINDOW:
            raise RequestRefused(
                f"Archive électronique : la recherche rend {total} résultats ou plus, et Vitam n’en montre jamais plus "
                f"de {wire.WINDOW}. Déposez des versements de moins de {wire.WINDOW} unités archivistiques.",
                detail=f"search window exceeded: {total}",
            )
        for item in page.items:
            items[str(item.get("#id") or item.get("evId") or len(items))] = item
        offset += len(page.items)
        if not page.items:
            break
    if len(items) != total:
        raise ArchiveUnavailable(
            f"Archive électronique : la recherche annonce {total} résultats et en rend {len(items)} ; l’index est "
            "sans doute en cours de mise à jour. La chaîne redemandera.",
            detail=f"search total {total}, distinct items {len(items)}",
        )
    return tuple(items.values())
