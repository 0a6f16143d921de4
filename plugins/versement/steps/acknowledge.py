"""Tell a source of what a production accepted, when its profile asks for it; once for each document."""

from __future__ import annotations

from versement.domain.documents import SourceDocument
from versement.domain.lifecycle import DocumentState
from versement.ports.source import Receipt, Receipts
from versement.steps.chain import Chain, log

ENDED_WELL = (DocumentState.ACCEPTED, DocumentState.DUPLICATE)


def acknowledge(chain: Chain, receipts: Receipts | None) -> int:
    """Give what receipts are due; on an `essai` target, whose acceptance is worth nothing, never any.

    A run cut short gives the same receipt again, which changes nothing at the source.

    Returns:
        Number of documents that the source was told of.

    Raises:
        SourceUnavailable, SettingsError: the others are told another time.
    """
    if receipts is None or chain.tenant.kind != "production":
        return 0
    registry, tenant = chain.registry, chain.tenant
    waiting = _waiting_folders(chain) if receipts.by_folder else set()
    told = 0
    for document in registry.unacknowledged(tenant, chain.connector):
        if waiting.isdisjoint(_folders(document)):
            receipts.give(tenant, _receipt(chain, document))
            registry.acknowledged(tenant, document.id)
            told += 1
    if told:
        log.info("Accusés : %d documents acceptés, dits à la source.", told)
    return told


def _waiting_folders(chain: Chain) -> set[str]:
    """First folders of documents that are not accepted, or not yet."""
    others = [state for state in DocumentState if state not in ENDED_WELL]
    documents = chain.registry.documents(chain.tenant, chain.connector, *others)
    return {folder for document in documents for folder in _folders(document)}


def _folders(document: SourceDocument) -> set[str]:
    return {file.path.partition("/")[0] for file in document.files}


def _receipt(chain: Chain, document: SourceDocument) -> Receipt:
    story = next(one for one in chain.registry.find(chain.tenant, document.id) if one.document.id == document.id)
    last = story.transfers[-1]
    files = {file.path: file.fixity.digest.value for file in document.files if file.fixity is not None}
    return Receipt(document.id, document.reference, files, last.id, last.operation_id)
