"""Which act an attestation (ARActe, ARAnnulation) is about, among those already known."""

from __future__ import annotations

from versement.domain.documents import Kind, SourceDocument
from versement.domain.identity import act_key, other_key
from versement.domain.late import is_late
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Record
from versement.steps.chain import Chain


def act_attested_by(chain: Chain, document: SourceDocument) -> Record | None:
    """The act with the same IDActe, else the one known by SIREN, date and number alone, else by its file's name.

    What the last one says may not be what the attestation says: qualification compares them.
    """
    key, other = act_key(document.record_key), other_key(document.metadata)
    record = chain.registry.record(chain.tenant, key)
    if record is not None:
        return record
    record = chain.registry.record(chain.tenant, other) if other else None
    # Two acts may bear one number: an act that has its own IDActe is not meant by another's.
    if record is not None and record.document.record_key == other:
        return record
    return _act_in_the_file(chain, document)


_HOLDS_NO_RECORD = (DocumentState.SET_ASIDE, DocumentState.DUPLICATE, DocumentState.REFUSED)


def _act_in_the_file(chain: Chain, document: SourceDocument) -> Record | None:
    """The one act in the file that an attestation names, beside it in its folder."""
    folder = document.reference.rpartition("/")[0]
    paths = [f"{folder}/{name}" if folder else name for name in document.attests]
    acts = [
        Record(story.document, story.state, story.reason)
        for path in paths
        for story in chain.registry.find(chain.tenant, path)
        if story.document.kind is Kind.ACT
        and story.document.reference == path
        and story.document.connector == chain.connector
        and story.document.record_key
        and not is_late(story.document.record_key)
        and story.state not in _HOLDS_NO_RECORD
    ]
    return acts[0] if len(acts) == 1 else None
