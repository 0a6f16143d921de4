"""Volumes and footprint of a run, a connector and an organisation, for the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from versement.domain.elimination import GO
from versement.domain.footprint import RANGE, Factor, Volumes, avoided
from versement.domain.tenant import TargetKind, Tenant
from versement.steps.chain import Chain


def footprint(chain: Chain, collection_id: str) -> dict[str, Any]:
    """Bytes, avoided storage in Go of 10⁹ bytes, kgCO2e a year with its factor and range, and each collection's."""
    factor = factor_of(chain)
    own, registry = chain.tenant, chain.registry
    coffres = list(_coffres(chain))
    everything = sum((registry.volumes(coffre) for coffre in coffres), Volumes())
    return {
        "factor": asdict(factor) | {"range": list(RANGE)},
        "this_run": _told(factor, registry.volumes(own, chain.connector, collection_id), own.kind),
        "connector": _told(factor, registry.volumes(own, chain.connector), own.kind),
        "organisation": _told(factor, everything, own.kind),
        "over_time": [
            {"started": each.started.isoformat(), **asdict(each.volumes)}
            for each in registry.volumes_over_time(own, chain.connector)
        ],
    }


def factor_of(chain: Chain) -> Factor:
    """As the organisation declares it."""
    said = chain.profile.organisation.disposal.footprint
    return Factor(said.kilograms, said.unit, said.copies, said.source)


def _coffres(chain: Chain) -> Iterator[Tenant]:
    """Those of the organisation on the same target: what another target holds is another count."""
    for name, declared in sorted(chain.profile.organisation.tenants.items()):
        if declared.target == chain.tenant.target:
            own = chain.tenant
            yield Tenant(own.organisation, name, declared.number, own.target, own.kind)


def _told(factor: Factor, volumes: Volumes, kind: TargetKind) -> dict[str, Any]:
    spared = avoided(volumes, kind)
    return asdict(volumes) | {
        "avoided_go": round(spared / GO, 12),
        "avoided_kgco2e_per_year": round(factor.yearly(spared), 15),
        "archived_kgco2e_per_year": round(factor.yearly(volumes.archived), 15),
    }
