"""Which act an attestation (ARActe, ARAnnulation) is about, among those already known."""

from __future__ import annotations

from versement.domain.documents import SourceDocument
from versement.domain.identity import act_key, other_key
from versement.ports.registry import Record
from versement.steps.chain import Chain


def act_attested_by(chain: Chain, document: SourceDocument) -> Record | None:
    """The act with the same IDActe, else the one known by SIREN, date and number alone."""
    key, other = act_key(document.record_key), other_key(document.metadata)
    record = chain.registry.record(chain.tenant, key)
    if record is None and other:
        record = chain.registry.record(chain.tenant, other)
        # Two acts may bear one number: an act that has its own IDActe is not meant by another's.
        return record if record and record.document.record_key == other else None
    return record
