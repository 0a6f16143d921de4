"""Claim each qualified record once; the same record again is a duplicate, other bytes are a person's matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from versement.domain.documents import Finding, Kind, Role, SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.fixity import Digest
from versement.domain.identity import other_key
from versement.domain.late import is_late
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import blocking, remark
from versement.ports.records import LARGEST_BATCH, Claim, Record, Wanted
from versement.steps.chain import Chain, log
from versement.steps.decided import Decided
from versement.steps.privacy import named


def deduplicate(chain: Chain) -> tuple[int, int]:
    """Claim the records of all qualified documents, in order; return (duplicates, conflicts)."""
    duplicates = conflicts = 0
    decided = Decided(chain)
    taken: dict[str, tuple[SourceDocument, str]] = {}
    waiting = chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)
    for document, version, claim in _claimed(chain, decided, waiting):
        if claim.outcome == "duplicate":
            duplicates += 1
        elif claim.outcome == "conflict":
            conflicts += 1
            conflict = _conflict(chain, document, claim.holder)
            chain.registry.set_aside(chain.tenant, document.id, decided.applied(document, [conflict]))
        else:
            taken[document.id] = (document, version)
    _tell_same_bytes(chain, taken)
    log.info("Doublons : %d ; conflits de version : %d.", duplicates, conflicts)
    return duplicates, conflicts


def _claimed(
    chain: Chain, decided: Decided, documents: Sequence[SourceDocument]
) -> Iterator[tuple[SourceDocument, str, Claim]]:
    """Each document with its version and what became of its claim."""
    for start in range(0, len(documents), LARGEST_BATCH):
        some = documents[start : start + LARGEST_BATCH]
        wanted = [Wanted(document.id, _other_key(decided, document), version_digest(document)) for document in some]
        claims = chain.registry.claim_each(chain.tenant, wanted)
        yield from ((d, want.version, claim) for d, want, claim in zip(some, wanted, claims, strict=True))


def _tell_same_bytes(chain: Chain, taken: Mapping[str, tuple[SourceDocument, str]]) -> None:
    """Two records of the very same bytes are both kept: a person may find that they are one."""
    holders = chain.registry.holders(chain.tenant, [version for _, version in taken.values()])
    for document, version in taken.values():
        first = holders[version][0]
        if first == document.id:
            continue
        other = chain.registry.document(chain.tenant, first)
        if other is not None:
            chain.registry.remark(
                chain.tenant,
                document.id,
                remark(
                    "SAME_BYTES",
                    f"« {document.reference} » a exactement le même contenu que "
                    f"{named(chain.profile, other.document)} ({other.state}), sous un autre identifiant. Les deux sont "
                    "versés : vérifiez qu’il s’agit bien de deux documents.",
                    document.reference,
                ),
            )


def _difference(document: SourceDocument, holder: Record | None) -> str:
    """Where two contents of one act differ, so that a person knows what to look at; empty of anything but acts."""
    if holder is None or document.kind is not Kind.ACT or holder.document.kind is not Kind.ACT:
        return ""
    own, held = _bytes(document), _bytes(holder.document)
    if {one for one in own if one[0] is Role.ACT} != {one for one in held if one[0] is Role.ACT}:
        return (
            " (le fichier de l’acte n’est pas le même ; si c’est sa copie tamponnée, redéposez-la à côté de l’acte, "
            "sous le même nom suivi de « _tampon » : elle le rejoindra)"
        )
    roles = dict.fromkeys(sorted(role.value for role, _ in own ^ held))
    return f" (le fichier de l’acte est le même ; ce qui diffère : {', '.join(roles)})" if roles else ""


def _bytes(document: SourceDocument) -> AbstractSet[tuple[Role, Digest]]:
    return {(file.role, file.fixity.digest) for file in document.files if file.fixity is not None}


def _other_key(decided: Decided, document: SourceDocument) -> str:
    """None of what is not the act although it knows its other name: an attestation, a late proof, a new version."""
    if document.kind is not Kind.ACT or is_late(document.record_key) or decided.is_new_version(document):
        return ""
    return other_key(document.metadata)


def _conflict(chain: Chain, document: SourceDocument, holder_id: str) -> Finding:
    holder = chain.registry.document(chain.tenant, holder_id)
    kept = holder.document.reference if holder else holder_id
    shown = named(chain.profile, holder.document) if holder else f"« {kept} »"
    other = "un dépôt précédent du même nom" if kept == document.reference else shown
    state = f" ({holder.state})" if holder else ""
    return blocking(
        "IDENTITY_CONFLICT",
        f"« {document.reference} » et {other}{state} portent le même identifiant ({document.record_key}) avec "
        f"des contenus différents{_difference(document, holder)} : « {document.reference} » attend qu’un archiviste "
        "dise s’il s’agit d’une nouvelle version ou d’une erreur.",
        document.reference,
    )
