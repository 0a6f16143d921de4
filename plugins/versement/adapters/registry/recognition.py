"""What a tenant's key stands for, held to what it stood for at first."""

from __future__ import annotations

from versement.adapters.registry import journal
from versement.adapters.registry.database import Access, Transaction
from versement.adapters.registry.tables import tenant as known
from versement.domain.errors import TenantDiffers
from versement.domain.tenant import Tenant

_RECOGNISED = "versement_recognised"
"""In a connection's own dictionary: the tenants that were recognised since it was opened."""
_PLATFORMS = {"essai": "une plateforme d’essai", "production": "une plateforme de production"}


def recognise(tx: Transaction, tenant: Tenant, access: Access) -> None:
    """Compare a tenant with what its key was first written for; the first to write says it.

    Raises:
        TenantDiffers: it now has another number, or its target another kind.
    """
    recognised = tx.connection.info.setdefault(_RECOGNISED, set())
    if tenant in recognised:
        return
    row = tx.first(tx.select(known))
    if row is not None and (row.kind, row.number) != (tenant.kind, tenant.number):
        raise _differs(tenant, row.kind, row.number)
    if row is not None:
        recognised.add(tenant)
    elif access is not Access.READ:
        tx.add(known, [{"kind": tenant.kind, "number": tenant.number}])
        journal.append(tx, "tenant.recognised", tenant.key, kind=tenant.kind, number=tenant.number)


def _differs(tenant: Tenant, kind: str, number: int) -> TenantDiffers:
    return TenantDiffers(
        f"Coffre « {tenant.name} » de « {tenant.organisation} » : le registre le connaît comme le n° {number} sur "
        f"{_PLATFORMS[kind]} ; les fiches le disent maintenant le n° {tenant.number} sur {_PLATFORMS[tenant.kind]}. Ce "
        "qu’il dit accepté ne l’est qu’à la première place : rien n’a été fait. Remettez les fiches comme elles "
        "étaient ; ou, si c’est une autre plateforme ou un autre coffre, déclarez-le dans _targets.yaml sous un nom "
        f"de plateforme nouveau, autre que « {tenant.target} », et donnez ce nom au coffre dans _organisation.yaml : "
        "ce que la source montre alors y est versé comme neuf.",
        detail=f"tenant {tenant.key} was ({kind}, {number}), is now ({tenant.kind}, {tenant.number})",
    )
