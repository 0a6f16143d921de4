"""Tell a source of what a production accepted, when its profile asks for it; once for each document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from versement.domain.documents import SourceDocument
from versement.domain.errors import ReceiptRefused
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
        ReceiptRefused: by the source, for one document at least; the others were told.
    """
    if receipts is None or chain.tenant.kind != "production":
        return 0
    registry, tenant = chain.registry, chain.tenant
    due = registry.unacknowledged(tenant, chain.connector)
    waiting, known = (_waiting_folders(chain), _accepted_folders(chain)) if due and receipts.by_folder else (set(), {})
    told, refused = 0, None
    for document in due:
        folders = _folders(document)
        beside = [other for folder in folders for other in known.get(folder, ())]
        if not waiting.isdisjoint(folders) or not all(_is_held(chain, other) for other in beside):
            continue
        try:
            given = receipts.give(tenant, _receipt(chain, document, beside))
        except ReceiptRefused as error:
            refused = refused or error
            continue
        if given:
            registry.acknowledged(tenant, document.id)
            told += 1
        else:
            log.warning("Accusé : « %s » a changé à la source depuis sa collecte, ou n’y est plus.", document.id)
    if told:
        log.info("Accusés : %d documents acceptés, dits à la source.", told)
    if refused is not None:
        raise refused
    return told


def _waiting_folders(chain: Chain) -> set[str]:
    """First folders of documents that are not accepted, or not yet."""
    others = [state for state in DocumentState if state not in ENDED_WELL]
    documents = chain.registry.documents(chain.tenant, chain.connector, *others)
    return {folder for document in documents for folder in _folders(document)}


def _accepted_folders(chain: Chain) -> Mapping[str, Sequence[SourceDocument]]:
    """By first folder, the documents that ended well."""
    found: dict[str, list[SourceDocument]] = {}
    for document in chain.registry.documents(chain.tenant, chain.connector, *ENDED_WELL):
        for folder in _folders(document):
            found.setdefault(folder, []).append(document)
    return found


def _is_held(chain: Chain, document: SourceDocument) -> bool:
    """Whether the archive holds its record: a duplicate's may still be on its way, or end otherwise."""
    record = chain.registry.record(chain.tenant, document.record_key)
    return record is not None and record.state is DocumentState.ACCEPTED


def _folders(document: SourceDocument) -> set[str]:
    return {file.path.partition("/")[0] for file in document.files}


def _receipt(chain: Chain, document: SourceDocument, beside: Sequence[SourceDocument]) -> Receipt:
    story = next(one for one in chain.registry.find(chain.tenant, document.id) if one.document.id == document.id)
    last = story.transfers[-1]
    files = {file.path: file.fixity.digest.value for file in document.files if file.fixity is not None}
    times = [file.modified for one in (document, *beside) for file in one.files if file.modified is not None]
    latest = int(max(times).timestamp()) if times else 0
    return Receipt(document.id, document.reference, files, last.id, last.operation_id, latest)
