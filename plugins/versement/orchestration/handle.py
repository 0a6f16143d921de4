"""The ids that pass from task to task: everything else is in the registry and in staging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.domain.tenant import TargetKind, Tenant


@dataclass(frozen=True, slots=True)
class Handle:
    """One run's collection: whose, which, under which frozen profile."""

    tenant: Tenant
    collection: str
    profile: Digest

    def to_xcom(self) -> dict[str, str]:
        return {"tenant": write_tenant(self.tenant), "collection": self.collection, "profile": str(self.profile)}

    @classmethod
    def from_xcom(cls, value: object) -> Self:
        """Read back what `to_xcom` wrote.

        Raises:
            Defect: the run has none, or something else.
        """
        if not isinstance(value, Mapping) or not {"tenant", "collection", "profile"} <= value.keys():
            raise Defect(
                "Cette exécution n’a pas gardé trace de sa collecte. Relancez-la depuis la tâche « Collecter ».",
                detail=f"no handle in XCom: {type(value).__name__}",
            )
        return cls(read_tenant(value["tenant"]), str(value["collection"]), Digest.parse(str(value["profile"])))


def collection_id(connector: str, run_id: str) -> str:
    """The id that the collect step gives to a run's collection."""
    return f"{connector}:{run_id}"


def write_tenant(tenant: Tenant) -> str:
    return f"{tenant.organisation}/{tenant.name}/{tenant.number}/{tenant.target}/{tenant.kind}"


def read_tenant(text: str) -> Tenant:
    organisation, name, number, target, kind = text.split("/")
    return Tenant(organisation, name, int(number), target, cast("TargetKind", kind))
