"""Short ways to a registry in a given state, for tests: each does what the chain's steps would."""

from __future__ import annotations

from versement.domain.documents import AnnouncedDocument, SourceDocument
from versement.domain.lifecycle import AttemptState, DocumentState, TransferState
from versement.domain.tenant import Tenant
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.ports.registry import Registry
from versement.testing.builders import (
    a_collected_document,
    a_collection,
    a_tenant,
    a_transfer,
    an_announced_document,
    an_attempt,
    system_ids,
)


def qualify(
    registry: Registry,
    announced: AnnouncedDocument,
    *,
    key: str,
    tenant: Tenant | None = None,
    run: str = "run-1",
    content: bytes = b"contenu",
) -> SourceDocument:
    """Bring an announced document to QUALIFIED under a record key."""
    document = a_collected_document(announced, key=key, run=run, content=content)
    registry.collected(tenant or a_tenant(), document)
    registry.qualified(tenant or a_tenant(), [(document, [])])
    return document


def qualified_and_claimed(registry: Registry, *keys: str) -> list[SourceDocument]:
    """One collection of as many acts as there are keys, each holding its record."""
    announced = [an_announced_document(f"actes/{key}.pdf") for key in keys]
    registry.announce(a_tenant(), a_collection(announced))
    documents = [qualify(registry, act, key=key) for act, key in zip(announced, keys, strict=True)]
    for document in documents:
        registry.claim(a_tenant(), document.id, other_key="", version="v1")
    return documents


def packed(registry: Registry, *keys: str) -> Transfer:
    """A frozen transfer of as many acts as there are keys."""
    transfer = a_transfer(qualified_and_claimed(registry, *keys))
    registry.pack(a_tenant(), transfer)
    return transfer


def deposited(registry: Registry, transfer: Transfer) -> None:
    """Have a READY transfer taken by the archive."""
    attempt = an_attempt(transfer.id, name=f"tentative-{transfer.id}")
    registry.begin(a_tenant(), attempt)
    registry.end_attempt(a_tenant(), attempt.id, AttemptState.DEPOSITED, operation_id=f"guid-{transfer.id}")


def accept(registry: Registry, transfer: Transfer) -> None:
    """Settle a deposited transfer as wholly accepted."""
    registry.settle(
        a_tenant(),
        transfer.id,
        Settlement(
            TransferState.ACCEPTED,
            units=system_ids(transfer),
            objects={"BDO1": "guid-objet"},
            documents={member: Ending(DocumentState.ACCEPTED) for member in transfer.members},
        ),
    )


def refuse(registry: Registry, transfer: Transfer, *refused: str) -> None:
    """Settle a deposited transfer as refused because of these documents; the others go back."""
    back = Ending(DocumentState.QUALIFIED)
    no = Ending(DocumentState.REFUSED, "REFUSED_BY_ARCHIVE", "Refusé par la plateforme.")
    registry.settle(
        a_tenant(),
        transfer.id,
        Settlement(
            TransferState.REFUSED,
            documents={member: no if member in refused else back for member in transfer.members},
        ),
    )


def state_of(registry: Registry, document_id: str) -> DocumentState | None:
    record = registry.document(a_tenant(), document_id)
    return record.state if record else None
