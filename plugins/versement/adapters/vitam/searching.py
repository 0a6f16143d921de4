"""Vitam's searches: every page of a result, or an error, never a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from versement.adapters.vitam import wire
from versement.adapters.vitam.errors import Call, unintelligible
from versement.adapters.vitam.exchange import Exchange
from versement.domain.errors import ArchiveUnavailable, RequestRefused
from versement.ports.archive import WINDOW

Ask = Callable[[int, int], wire.Request]
"""Makes the request for an offset and a limit."""


def search(exchange: Exchange, request: Ask, size: int = WINDOW) -> Sequence[dict[str, Any]]:
    """Every result of a search, page by page.

    Args:
        exchange: where to ask.
        request: makes the requests.
        size: results asked for at a time.

    Raises:
        RequestRefused: there are more than Vitam ever lists.
        ArchiveUnavailable: pages that do not fit together, as when the index moves meanwhile.
    """
    items: dict[str, dict[str, Any]] = {}
    offset, total = 0, 1
    while offset < total:
        page = _page(exchange, request(offset, min(size, WINDOW - offset)))
        total = page.total
        if total >= WINDOW:
            raise RequestRefused(
                f"Archive électronique : la recherche rend {total} résultats ou plus, et Vitam n’en montre jamais plus "
                f"de {WINDOW}. Signalez-le aux développeurs.",
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


def count(exchange: Exchange, request: Ask) -> int:
    """How many results there are, as far as Vitam counts: WINDOW or more may stand for any larger number."""
    page = _page(exchange, request(0, 1))
    if not page.counted:
        raise unintelligible(Call.SEARCH, "no $hits.total")
    return page.total


def _page(exchange: Exchange, request: wire.Request) -> wire.Page:
    answer = exchange.ask(request)
    wire.judged(Call.SEARCH, answer)
    return wire.page(Call.SEARCH, answer)
