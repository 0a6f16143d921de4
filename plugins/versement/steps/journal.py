"""The journal of a coffre: proved where it is, written out, sealed part by part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from versement.domain.errors import SettingsError
from versement.domain.fixity import Digest
from versement.domain.journal import Anchor, JournalEntry, Segment, Verifier, exported, genesis, verified
from versement.domain.tenant import Tenant
from versement.ports.registry import Registry

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Description:
    """What a sealed segment is, for whoever deposits it; values of the file `description.json`."""

    title: str
    organisation: str
    tenant: str
    first_day: str
    last_day: str
    segment: Segment
    digest: Digest

    def bytes(self) -> bytes:
        said = {
            "titre": self.title,
            "organisation": self.organisation,
            "coffre": self.tenant,
            "date": self.last_day,
            "date_debut": self.first_day,
            "date_fin": self.last_day,
            "premiere_ligne": self.segment.first,
            "derniere_ligne": self.segment.last,
            "empreinte_precedente": self.segment.before,
            "empreinte_finale": self.segment.head,
            "fichier": f"{name_of(self.segment)}.jsonl",
            "sha512": self.digest.value,
        }
        return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def lines(registry: Registry, tenant: Tenant, *, after: int = 0, last: int | None = None) -> Iterator[JournalEntry]:
    """Lines of a journal in order, a page at a time."""
    while page := registry.journal(tenant, after=after, limit=PAGE):
        for line in page:
            if last is not None and line.number > last:
                return
            yield line
        after = page[-1].number


def verify(registry: Registry, tenant: Tenant, anchors: Sequence[Anchor] = ()) -> Verifier:
    """Read the whole journal where it is."""
    return verified(tenant.key, lines(registry, tenant), anchors)


def export(registry: Registry, tenant: Tenant, *, after: int = 0) -> tuple[Segment, Iterator[bytes]]:
    """The journal from a line on, as it stands now.

    Raises:
        SettingsError: there is no line after that one.
    """
    segment = _from(registry, tenant, after)
    return segment, exported(segment, lines(registry, tenant, after=after, last=segment.last))


def seal(registry: Registry, tenant: Tenant) -> tuple[Segment, Iterator[bytes]]:
    """What was not sealed yet, once it is proved to be whole.

    Raises:
        SettingsError: nothing is new, or the journal is not whole.
    """
    verifier = verify(registry, tenant)
    if verifier.faults:
        raise SettingsError(
            f"Journal du coffre {tenant.key} : il n’est pas intact, rien n’est scellé. Voyez ce qui ne va pas : "
            "python -m versement journal verify."
        )
    return export(registry, tenant, after=registry.sealed(tenant))


def describe(registry: Registry, tenant: Tenant, organisation: str, segment: Segment, digest: Digest) -> Description:
    """Say of a segment what its deposit needs."""
    first, last = (registry.journal(tenant, after=number - 1, limit=1)[0] for number in (segment.first, segment.last))
    return Description(
        title=f"Journal des versements du coffre {tenant.name}, lignes {segment.first} à {segment.last}",
        organisation=organisation,
        tenant=tenant.key,
        first_day=first.at.date().isoformat(),
        last_day=last.at.date().isoformat(),
        segment=segment,
        digest=digest,
    )


def name_of(segment: Segment) -> str:
    """File name of a segment, without extension: sorts as the segments follow."""
    tenant = segment.tenant.replace("@", "_").replace(".", "_")
    return f"journal-{tenant}-{segment.first:012d}-{segment.last:012d}"


def _from(registry: Registry, tenant: Tenant, after: int) -> Segment:
    head = registry.journal_head(tenant)
    before = registry.journal(tenant, after=after - 1, limit=1) if after else ()
    if head is None or head.number <= after:
        raise SettingsError(
            f"Journal du coffre {tenant.key} : aucune ligne nouvelle (dernière ligne : {head.number if head else 0}). "
            "Rien n’est écrit."
        )
    chain = before[0].chain if before else genesis(tenant.key)
    return Segment(tenant.key, after + 1, head.number, chain, head.chain)
