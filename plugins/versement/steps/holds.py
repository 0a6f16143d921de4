"""Holds (gels) that an organisation declares: what they cover is proposed by no bordereau, and purged by none."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from versement.domain.elimination import DOUBLES, Bordereau, Held, Item
from versement.domain.errors import NotEliminable
from versement.profiles.disposal import Hold
from versement.steps.chain import Chain


def apart(chain: Chain, day: date, items: Sequence[Item]) -> tuple[list[Item], tuple[Held, ...]]:
    """Items that no hold of that day covers; and what each hold keeps off, the first one that covers it."""
    covered = _covering(chain, day)
    by_hold: dict[Hold, list[Item]] = {}
    free: list[Item] = []
    for item in items:
        hold = covered(item)
        if hold is None:
            free.append(item)
        else:
            by_hold.setdefault(hold, []).append(item)
    held = sorted((_told(hold, of_it) for hold, of_it in by_hold.items()), key=lambda each: each.name)
    return free, tuple(held)


def check_not_held(chain: Chain, bordereau: Bordereau) -> None:
    """Nothing that the bordereau lets go, or may, is covered by a hold of today.

    Raises:
        NotEliminable: some is.
    """
    going = bordereau.granted() if bordereau.decided else [item for line in bordereau.lines for item in line.items]
    _, held = apart(chain, chain.clock.now().date(), going)
    if held:
        raise NotEliminable(
            f"Bordereau {bordereau.id} : rien n’a été fait.{frozen_by(held)} Levez le gel (lifted, dans "
            "_organisation.yaml), ou faites sans ce bordereau.",
            detail="documents under a hold",
        )


def frozen_by(held: Iterable[Held]) -> str:
    """What holds keep off, as a message says it; empty when there is nothing."""
    said = [f"« {each.name} » depuis le {each.since:%d/%m/%Y} ({each.documents} documents)" for each in held]
    return f" Gelés : {', '.join(said)}." if said else ""


def _covering(chain: Chain, day: date) -> Callable[[Item], Hold | None]:
    said = day.isoformat()
    holds = [
        hold
        for hold in chain.profile.organisation.disposal.holds
        if hold.since <= said and (not hold.lifted or said < hold.lifted)
    ]

    def connector(item: Item) -> str:
        record = chain.registry.document(chain.tenant, item.document_id)
        return record.document.connector if record else ""

    def covers(hold: Hold, item: Item) -> bool:
        return (
            item.category.removeprefix(DOUBLES) in hold.rules
            or any(_names(pattern, item.reference) for pattern in hold.references)
            or (bool(hold.connectors) and connector(item) in hold.connectors)
        )

    return lambda item: next((hold for hold in holds if covers(hold, item)), None)


def _names(pattern: str, reference: str) -> bool:
    """Only `*` and `?` stand for anything: brackets are in the names that the report shows."""
    return fnmatch.fnmatchcase(reference, pattern.replace("[", "[[]"))


def _told(hold: Hold, items: Sequence[Item]) -> Held:
    files, size = sum(len(item.files) for item in items), sum(item.size for item in items)
    return Held(hold.name, hold.reason, date.fromisoformat(hold.since), len(items), files, size)
