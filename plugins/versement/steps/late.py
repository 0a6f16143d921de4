"""What comes late for an act that is on its way or in the archive, known as such before it is judged."""

from __future__ import annotations

from dataclasses import replace

from versement.domain.documents import Kind, SourceDocument
from versement.domain.identity import other_key
from versement.domain.late import PROOFS, late_files, late_key
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Record
from versement.steps.chain import Chain

LEFT = (DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED)


def keyed_late(chain: Chain, document: SourceDocument) -> SourceDocument:
    """The document under a key of its own when all that it adds to its act are proofs, signatures or stamped copies.

    It is then attached to the act, as an acknowledgement is. Anything else that differs stays a conflict.
    """
    if document.kind is not Kind.ACT or not any(file.role in PROOFS for file in document.files):
        return document
    record = _held(chain, document)
    if record is None or record.document.id == document.id or record.state not in LEFT:
        return document
    files = late_files(document, record.document)
    return replace(document, record_key=late_key(record.document.record_key, files)) if files else document


def _held(chain: Chain, document: SourceDocument) -> Record | None:
    """The act with the same key, else the one that is known by SIREN, date and number alone."""
    key, other = document.record_key, other_key(document.metadata)
    record = chain.registry.record(chain.tenant, *filter(None, (key, other))) if key else None
    if record is None:
        return None
    same = record.document.record_key in (key, other) or other_key(record.document.metadata) == key
    return record if same else None
