"""Agents whose birth is said in two ways: eighty years run from one, and nobody guesses which."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from versement.domain.documents import Field, Finding, SourceDocument
from versement.domain.qualification import blocking


def births_at_odds(documents: Iterable[SourceDocument]) -> AbstractSet[tuple[str, str]]:
    """SIREN and matricule of the agents to whom these documents give several dates of birth."""
    said: dict[tuple[str, str], set[str]] = {}
    for document in documents:
        if birth := document.metadata.text(Field.BIRTH):
            said.setdefault(_agent(document), set()).add(birth)
    return {agent for agent, births in said.items() if agent[1] and len(births) > 1}


def birth_findings(document: SourceDocument, at_odds: AbstractSet[tuple[str, str]]) -> Iterable[Finding]:
    """The reason of each piece of such an agent's file."""
    if document.metadata.text(Field.BIRTH) and _agent(document) in at_odds:
        yield blocking(
            "BIRTH_DIFFERS",
            f"« {document.reference} » : les pièces de ce dossier ne donnent pas toutes la même date de naissance, "
            "dont court leur conservation. Faites corriger la source, puis redéposez-la.",
        )


def _agent(document: SourceDocument) -> tuple[str, str]:
    return document.metadata.text(Field.SIREN), document.metadata.text(Field.AGENT)
