"""The contrôle d'exhaustivité over everything that a connector ever brought, at the time of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from versement.domain.completeness import KnownAct, incomplete
from versement.domain.documents import Field, Finding, Kind, Metadata, SourceDocument
from versement.domain.identity import IdActe, act_key, seance_key
from versement.domain.late import is_late
from versement.domain.lifecycle import DocumentState
from versement.steps.chain import Chain

LOOKED_AT = tuple(state for state in DocumentState if state is not DocumentState.DUPLICATE)


def completeness(chain: Chain) -> tuple[Finding, ...]:
    """What is missing, as far as the documents themselves tell; none of it holds anything up."""
    documents = chain.registry.documents(chain.tenant, chain.connector, *LOOKED_AT)
    acknowledged = {act_key(d.record_key) for d in documents if d.kind is Kind.ACKNOWLEDGEMENT and d.record_key}
    acts = {act.key: act for act in _acts(documents, acknowledged)}
    return incomplete(list(acts.values()), _seances(documents))


def _acts(documents: Sequence[SourceDocument], acknowledged: set[str]) -> Iterator[KnownAct]:
    for document in documents:
        if document.kind is not Kind.ACT or is_late(document.record_key):
            continue
        metadata = document.metadata
        identifier = IdActe.parse(metadata.text(Field.ID_ACTE))
        day = metadata.date(Field.DATE) or (identifier.date if identifier else None)
        yield KnownAct(
            key=document.record_key or document.id,
            siren=metadata.text(Field.SIREN) or (identifier.siren if identifier else ""),
            day=day.isoformat() if day else "",
            number=metadata.text(Field.NUMBER) or (identifier.number if identifier else ""),
            acknowledged=is_acknowledged(metadata) or document.record_key in acknowledged,
            seance=seance_key(metadata) if metadata.text(Field.NATURE) == "DE" else "",
        )


def is_acknowledged(metadata: Metadata) -> bool:
    """Whether something says that the préfecture received the act, or that what it had received was cancelled."""
    return bool(metadata.text(Field.RECEIVED) or metadata.text(Field.CANCELLED))


def _seances(documents: Sequence[SourceDocument]) -> Mapping[str, set[str]]:
    seances: dict[str, set[str]] = {}
    for document in documents:
        key = seance_key(document.metadata) if document.kind is Kind.SEANCE else ""
        if key:
            seances.setdefault(key, set()).add(document.metadata.text(Field.PIECE))
    return seances
