"""An index corrected after its documents were taken: what they are now said to be is told, never mended alone."""

from __future__ import annotations

from collections.abc import Mapping

from versement.domain.documents import AnnouncedDocument, Kind, Metadata
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import remark
from versement.profiles.drops import IndexDrop
from versement.steps.chain import Chain
from versement.steps.records import derived, record_key_of

TAKEN = (DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED, DocumentState.DUPLICATE)
"""States in which a document keeps what was said of it."""


def tell_said_otherwise(chain: Chain, announced: Mapping[str, AnnouncedDocument]) -> None:
    """Say of each file that the index now gives to another record than the one that it was taken for.

    Elsewhere the identity comes from paths, or from files of the document, and a change of these is another document.
    """
    if not isinstance(chain.profile.connector.drop, IndexDrop):
        return
    for document in chain.registry.documents(chain.tenant, chain.connector, *TAKEN):
        now = announced.get(document.id)
        if now is None or now.kind is not Kind.RECORD or not now.row:
            continue
        key = record_key_of(chain.profile, Metadata.settled(derived(now.readings)))
        if key and key != document.record_key:
            finding = remark(
                "IDENTITY_CHANGED",
                f"« {document.reference} » a été pris pour {document.record_key} ; l’index en fait maintenant {key}. "
                "Rien n’est changé dans le coffre : voyez laquelle des deux lignes est la bonne, et corrigez l’index "
                "ou l’unité d’archives.",
                document.reference,
            )
            chain.registry.remark(chain.tenant, document.id, finding)
