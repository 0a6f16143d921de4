"""Qualified documents that may leave, each record placed where it will stand in the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from versement.domain.documents import Kind, SourceDocument
from versement.domain.identity import act_key, other_key
from versement.domain.late import is_late
from versement.domain.lifecycle import PENDING, DocumentState
from versement.domain.qualification import remark
from versement.ports.records import Record
from versement.steps.act_items import items_of
from versement.steps.acts import act_attested_by
from versement.steps.chain import Chain
from versement.steps.later_starts import runs_from_the_latest
from versement.steps.placing import Placed
from versement.steps.records import items_of_record, latest_dates, placed_record
from versement.steps.tree import day_of, placed_act, placed_attestations, placed_piece


def ready_to_leave(chain: Chain) -> Iterator[Placed]:
    """Records that may leave with what comes with them, in an order that is always the same.

    What attests an act that is not there yet waits, and is told.
    """
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)
    qualified = [document for document in documents if _holds_its_record(chain, document)]
    records = [document for document in qualified if document.kind is Kind.RECORD]
    yield from _records(chain, records)
    pieces = [document for document in qualified if document.kind is Kind.SEANCE]
    yield from _acts(chain, [document for document in qualified if document.kind not in (Kind.RECORD, Kind.SEANCE)])
    for piece in sorted(pieces, key=lambda d: (day_of(d), d.record_key)):
        yield placed_piece(chain.profile.organisation, piece)


def owners(chain: Chain, members: Sequence[SourceDocument]) -> Mapping[str, tuple[str, str]]:
    """By unit key: the document that the unit belongs to, and its pièce's path."""
    owned = {act_key(d.record_key): (d.id, "") for d in members if d.kind is Kind.RECORD or _is_act(d)}
    for document in members:
        record = document.kind is Kind.RECORD
        items = items_of_record(chain.profile, document) if record else items_of(document)
        owned |= {key: (document.id, file.path) for key, _, file in items}
        if document.kind is Kind.SEANCE and len(document.files) > 1:
            owned[f"{document.record_key}-fichier"] = owned[document.record_key]
            owned[document.record_key] = (document.id, "")
    return owned


def wait(chain: Chain, documents: Sequence[SourceDocument], why: str, code: str = "WAITS_FOR_ITS_PARENT") -> None:
    """Say of documents what they wait for."""
    for document in documents:
        finding = remark(code, f"« {document.reference} » attend : {why}.")
        chain.registry.waits(chain.tenant, document.id, finding)


def _records(chain: Chain, documents: Sequence[SourceDocument]) -> Iterator[Placed]:
    latest = latest_dates(chain.profile, (*documents, *_left_before(chain)) if documents else ())
    placed = [placed_record(chain.profile, document, latest) for document in documents]
    return iter(sorted(placed, key=lambda one: (*(unit.key for unit in one.ancestors), one.unit.key)))


def _left_before(chain: Chain) -> Sequence[SourceDocument]:
    """Records that are on their way or in the archive, when a rule runs from the most recent one of its file.

    An old piece that comes late stands in a file whose later pieces are there already.
    """
    if not runs_from_the_latest(chain.profile):
        return ()
    left = (DocumentState.PACKAGED, DocumentState.ACCEPTED)
    return chain.registry.documents(chain.tenant, chain.connector, *left)


def _acts(chain: Chain, documents: Sequence[SourceDocument]) -> Iterator[Placed]:
    """Acts with what attests them, then attestations of acts already accepted."""
    acts = {act_key(d.record_key): d for d in documents if _is_act(d)}
    attestations: dict[str, list[SourceDocument]] = {}
    for document in documents:
        if not _is_act(document):
            attestations.setdefault(_key_of_act(chain, document, acts), []).append(document)
    for act in sorted(acts.values(), key=lambda d: (day_of(d), d.record_key)):
        yield placed_act(chain.profile, act, attestations.pop(act_key(act.record_key), ()))
    for key, late in sorted(attestations.items()):
        record = chain.registry.record(chain.tenant, key)
        if record is not None and record.state is DocumentState.ACCEPTED:
            yield from _attached(chain, record.document, late)
        else:
            wait(chain, late, *_why_its_act_is_not_there(chain, key, record))


def _attached(chain: Chain, act: SourceDocument, late: Sequence[SourceDocument]) -> Iterator[Placed]:
    """What goes under an act that is held; a proof that it was given before does not go there twice."""
    placed = placed_attestations(chain.profile.organisation, act, late)
    children = tuple(unit for unit in placed.unit.children if chain.registry.held_key(chain.tenant, unit.key) is None)
    if children:
        yield replace(placed, unit=replace(placed.unit, children=children))
    else:
        wait(chain, late, "ses pièces sont déjà versées, ou en route, sous son acte", "WAITS_FOR_A_DECISION")


def _is_act(document: SourceDocument) -> bool:
    """Whether it is an act itself, not what comes late for one."""
    return document.kind is Kind.ACT and not is_late(document.record_key)


def _holds_its_record(chain: Chain, document: SourceDocument) -> bool:
    """False while another run has qualified it and not yet looked for duplicates."""
    record = chain.registry.record(chain.tenant, document.record_key)
    return record is not None and record.document.id == document.id


def _key_of_act(chain: Chain, document: SourceDocument, acts: Mapping[str, SourceDocument]) -> str:
    """The record key of the act that an attestation is about, which may be known by its index row only."""
    key, other = act_key(document.record_key), other_key(document.metadata)
    if is_late(document.record_key):
        return key
    for known in (key, other):
        if known in acts:
            return known
    record = act_attested_by(chain, document)
    return record.document.record_key if record else key


def _why_its_act_is_not_there(chain: Chain, key: str, record: Record | None) -> tuple[str, str]:
    known = record or chain.registry.unclaimed(chain.tenant, key)
    if known is None:
        return f"son acte ({key}) n’est pas encore arrivé", "WAITS_FOR_ITS_ACT"
    why = f"son acte (« {known.document.reference} ») n’est pas accepté, mais {known.state}"
    return why, "WAITS_FOR_ITS_PARENT" if known.state in PENDING else "WAITS_FOR_A_DECISION"
