"""Propose to a person the documents whose text is nearly that of another; nothing is ever dropped for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from versement.domain.documents import Finding, Role, SourceDocument
from versement.domain.errors import UnreadableFile
from versement.domain.late import is_late
from versement.domain.lifecycle import DocumentState
from versement.domain.near import LOOKED_AT, THRESHOLD, Fingerprint, bands, fingerprint, similarity
from versement.domain.qualification import remark
from versement.ports.formats import Formats
from versement.ports.likeness import Alike
from versement.steps.chain import Chain, log
from versement.steps.privacy import named

BATCH = 500
"""Documents read before any of them is compared."""
FORMS = frozenset({"paie"})
"""Families whose documents are one form filled in: all are alike, which says nothing of any."""


def propose_near(chain: Chain, formats: Formats, *, collection_id: str) -> int:
    """Compare texts of qualified documents, each once, with all that the coffre knows; return how many are alike."""
    if chain.profile.connector.family in FORMS:
        log.info("Quasi-doublons : non cherchés, tous les documents de cette famille se ressemblent.")
        return 0
    qualified = {d.id: d for d in chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)}
    unread = chain.registry.unread(chain.tenant, list(qualified))
    waiting = [d for d in qualified.values() if d.id in unread and not is_late(d.record_key)]
    found = 0
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        prints = {document.id: _print(chain, formats, document) for document in batch}
        found += _compare(chain, batch, prints)
        # Last: what is kept is not compared again, and a step may be cut between the two.
        chain.registry.keep_fingerprints(chain.tenant, prints, collection_id=collection_id)
    log.info("Quasi-doublons proposés : %d, parmi %d documents.", found, len(waiting))
    return found


def _print(chain: Chain, formats: Formats, document: SourceDocument) -> Fingerprint | None:
    """Of its main file's text, when it is a document that has one."""
    main = next((file for file in document.files if file.role in (Role.ACT, Role.MAIN)), None)
    if main is None or main.fixity is None:
        return None
    try:
        return fingerprint(formats.text(chain.staging.path(chain.tenant, main.fixity.digest), main.mime))
    except UnreadableFile:
        return None  # told when it was qualified


def _compare(chain: Chain, batch: Sequence[SourceDocument], prints: Mapping[str, Fingerprint | None]) -> int:
    found = 0
    before: dict[int, list[SourceDocument]] = defaultdict(list)
    for document in batch:
        if (made := prints[document.id]) is None:
            continue
        known = chain.registry.alike(chain.tenant, document.id, made, least=THRESHOLD)
        beside = [(one, prints[one.id]) for one in _candidates(made, before) if one.record_key != document.record_key]
        others = [*known, *_alike(made, beside)]
        if others:
            others.sort(key=lambda other: -other.similarity)
            chain.registry.remark(chain.tenant, document.id, _near(chain, document, others))
            found += 1
        for band in bands(made):
            before[band].append(document)
    return found


def _candidates(made: Fingerprint, before: Mapping[int, Sequence[SourceDocument]]) -> Iterable[SourceDocument]:
    """Documents of the batch that were looked at before, and may be like this text; each once."""
    return {one.id: one for band in bands(made) for one in before.get(band, ())[:LOOKED_AT]}.values()


def _alike(made: Fingerprint, beside: Iterable[tuple[SourceDocument, Fingerprint | None]]) -> Iterator[Alike]:
    for one, other in beside:
        if other is not None and (share := similarity(made, other)) >= THRESHOLD:
            yield Alike(one.id, one.reference, DocumentState.QUALIFIED, share)


def _near(chain: Chain, document: SourceDocument, others: Sequence[Alike]) -> Finding:
    first = others[0]
    known = chain.registry.document(chain.tenant, first.document_id)
    name = named(chain.profile, known.document) if known else f"« {first.reference} »"
    more = f" ; {len(others) - 1} autres s’en approchent aussi" if len(others) > 1 else ""
    return remark(
        "NEAR_DUPLICATE",
        f"« {document.reference} » a presque le texte de {name} ({first.state}, environ "
        f"{first.similarity * 100:.0f} % en commun){more}. Les deux sont versés : dites s’il s’agit d’une copie, d’un "
        "exemplaire sans tampon ou d’une version modifiée.",
        document.reference,
    )
