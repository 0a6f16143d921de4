"""Agents whose birth is said in two ways: eighty years run from one, and nobody guesses which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from versement.domain.documents import Field, Finding, SourceDocument
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import blocking
from versement.steps.chain import Chain

Agent = tuple[str, str]
"""SIREN and matricule."""


@dataclass(frozen=True, slots=True)
class Births:
    """What is said of the birth of some agents.

    Attributes:
        now: by the documents that are judged together.
        before: by those that passed already, on their way or in the archive.
    """

    now: dict[Agent, set[str]] = field(default_factory=dict)
    before: dict[Agent, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, chain: Chain, documents: Sequence[SourceDocument]) -> Births:
        """Those of the agents of these documents."""
        births = cls()
        for agent, birth in _said(documents):
            births.now.setdefault(agent, set()).add(birth)
        passed = (DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED)
        known = chain.registry.documents(chain.tenant, chain.connector, *passed) if births.now else ()
        for agent, birth in _said(known):
            if agent in births.now:
                births.before.setdefault(agent, set()).add(birth)
        return births

    def findings(self, document: SourceDocument) -> Iterable[Finding]:
        """Why a piece of a file whose births differ waits."""
        for agent, birth in _said((document,)):
            before = self.before.get(agent, {birth})
            if len(self.now.get(agent, ())) > 1:
                yield blocking(
                    "BIRTH_DIFFERS",
                    f"« {document.reference} » : les pièces de ce dossier ne donnent pas toutes la même date de "
                    "naissance, dont court leur conservation. Faites corriger la source, puis redéposez-la.",
                )
            elif birth not in before:
                yield blocking(
                    "BIRTH_CHANGED",
                    f"« {document.reference} » : les pièces déjà versées de ce dossier donnent une autre date de "
                    "naissance, dont court leur conservation. Si la nouvelle est fausse, faites corriger la source ; "
                    "si elle est la bonne, acceptez le document, et corrigez dans Vitam les unités déjà versées.",
                )


def _said(documents: Iterable[SourceDocument]) -> Iterator[tuple[Agent, str]]:
    for document in documents:
        agent, birth = document.metadata.text(Field.AGENT), document.metadata.text(Field.BIRTH)
        if agent and birth:
            yield (document.metadata.text(Field.SIREN), agent), birth
