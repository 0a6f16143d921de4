"""Claim each qualified record once; the same record again is a duplicate, other bytes are a person's matter."""

from __future__ import annotations

from versement.domain.documents import Finding, Kind, SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.identity import other_key
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import blocking
from versement.steps.chain import Chain, log
from versement.steps.decided import Decided


def deduplicate(chain: Chain) -> tuple[int, int]:
    """Claim the records of all qualified documents, in order; return (duplicates, conflicts)."""
    duplicates = conflicts = 0
    decided = Decided(chain)
    for document in chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED):
        claim = chain.registry.claim(
            chain.tenant,
            document.id,
            other_key=_other_key(decided, document),
            version=version_digest(document),
        )
        if claim.outcome == "duplicate":
            duplicates += 1
        elif claim.outcome == "conflict":
            conflicts += 1
            conflict = _conflict(chain, document, claim.holder)
            chain.registry.set_aside(chain.tenant, document.id, decided.applied(document, [conflict]))
    log.info("Doublons : %d ; conflits de version : %d.", duplicates, conflicts)
    return duplicates, conflicts


def _other_key(decided: Decided, document: SourceDocument) -> str:
    """None of an attestation, which knows its act's other name but is not the act; none of a new version either."""
    if document.kind is not Kind.ACT or decided.is_new_version(document):
        return ""
    return other_key(document.metadata)


def _conflict(chain: Chain, document: SourceDocument, holder_id: str) -> Finding:
    holder = chain.registry.document(chain.tenant, holder_id)
    kept = holder.document.reference if holder else holder_id
    other = "un dépôt précédent du même nom" if kept == document.reference else f"« {kept} »"
    state = f" ({holder.state})" if holder else ""
    return blocking(
        "IDENTITY_CONFLICT",
        f"« {document.reference} » et {other}{state} portent le même identifiant ({document.record_key}) avec "
        f"des contenus différents : « {document.reference} » attend qu’un archiviste dise s’il s’agit d’une "
        "nouvelle version ou d’une erreur.",
        document.reference,
    )
