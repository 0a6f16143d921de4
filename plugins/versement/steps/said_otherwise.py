"""An index corrected after its documents were taken: what they are now said to be is told, never mended alone."""

from __future__ import annotations

from collections.abc import Mapping

from versement.domain.documents import (
    AnnouncedDocument,
    Field,
    Kind,
    Metadata,
    Readings,
    SourceDocument,
    ValueSource,
)
from versement.domain.identity import act_key, other_key, record_key
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import remark
from versement.profiles.drops import ActesDrop, IndexDrop
from versement.steps.chain import Chain
from versement.steps.records import derived, record_key_of

IDENTITY = (Field.ID_ACTE, Field.SIREN, Field.DATE, Field.NUMBER)
"""What makes an act's key."""
TAKEN = (DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED, DocumentState.DUPLICATE)
"""States in which a document keeps what was said of it."""


def tell_said_otherwise(chain: Chain, announced: Mapping[str, AnnouncedDocument]) -> None:
    """Say of each file that the index now gives to another record than the one that it was taken for.

    Elsewhere the identity comes from paths, or from files of the document, and a change of these is another document.
    """
    if not isinstance(chain.profile.connector.drop, IndexDrop | ActesDrop):
        return
    for document in chain.registry.documents(chain.tenant, chain.connector, *TAKEN):
        now = announced.get(document.id)
        key = _otherwise(chain, document, now) if now is not None and now.row else ""
        if key:
            finding = remark(
                "IDENTITY_CHANGED",
                f"« {document.reference} » a été pris pour {document.record_key} ; l’index en fait maintenant {key}. "
                "Rien n’est changé dans le coffre : voyez laquelle des deux lignes est la bonne, et corrigez l’index "
                "ou l’unité d’archives.",
                document.reference,
            )
            chain.registry.remark(chain.tenant, document.id, finding)


def _otherwise(chain: Chain, document: SourceDocument, now: AnnouncedDocument) -> str:
    """The record that the index now says the document is; empty when it is the same, or none."""
    if now.kind is Kind.RECORD:
        key = record_key_of(chain.profile, Metadata.settled(derived(now.readings)))
        return "" if key == document.record_key else key
    said, before = _of_the_index(now.readings), _of_the_index(document.readings)
    known = {act_key(document.record_key), other_key(document.metadata)}
    key = record_key(Kind.ACT, said) if now.kind is Kind.ACT and before.values else ""
    return "" if said == before or known & {key, other_key(said)} - {""} else key


def _of_the_index(readings: Readings) -> Metadata:
    """Which act the index alone says that a file is."""
    return Metadata.settled(
        tuple((name, value) for name, value in readings if value.source is ValueSource.INDEX and name in IDENTITY)
    )
