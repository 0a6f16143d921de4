"""Propose eliminations to those who may decide, keep what they decide, purge staging; nothing else is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

from versement.domain.documents import Field, Kind, SourceDocument
from versement.domain.elimination import (
    BOTH_GO,
    DOUBLES,
    LAST_COPIES,
    Addressees,
    Bordereau,
    Given,
    Ground,
    Item,
    Visa,
    bordereau_id,
    in_go,
    lines_of,
    retention_end,
)
from versement.domain.errors import NotEliminable
from versement.domain.fixity import Digest
from versement.domain.late import is_late
from versement.domain.lifecycle import DocumentState
from versement.ports.eliminations import Double
from versement.profiles.management import AppraisalRule, ManagementRule, event_in_words
from versement.profiles.records import Family
from versement.profiles.rules import rule_for
from versement.steps.acts import act_attested_by
from versement.steps.chain import Chain, log
from versement.steps.holds import apart, check_not_held, frozen_by
from versement.steps.starts import start_of

_UNITS = {"Day": "jours", "Month": "mois", "Year": "ans"}
UNSURE = ("latest_date",)
"""That a file has no later document is not known for sure: no retention that runs from it has ended."""


def propose(chains: Sequence[Chain], *, day: date, again: bool = False) -> Bordereau:
    """Propose what may go of one coffre: doubles whose original is held, archives past their retention.

    Args:
        chains: of all the connectors of the coffre.
        day: of the proposal; retentions that ended before it have passed.
        again: also what an earlier visa refused or kept as a sample.

    Raises:
        NotEliminable: the target is an `essai`, nobody is declared to sign, or there is nothing to propose.
    """
    chain = chains[0]
    addressees = _addressees(chain)
    spoken_for = chain.registry.in_bordereaux(chain.tenant, again=again)
    doubles, alone = _doubles_and_alone(chain)
    expired = dict(pair for each in chains for pair in _expired(each, day, alone))
    found = [*(item for each in chains for item in _doubles(each, doubles)), *expired]
    free, held = apart(chain, day, [item for item in found if item.document_id not in spoken_for])
    going = {item.document_id for item in free} | chain.registry.in_bordereaux(chain.tenant, again=True)
    free = [item for item in free if expired.get(item, item.document_id) in going]
    items = list(_with_their_copies(free, chain.registry.kept_copies(chain.tenant)))
    if not items:
        raise NotEliminable(
            f"Coffre {chain.tenant.key} : rien à proposer au {day:%d/%m/%Y}. Aucun double dont l’original est accepté, "
            "aucune archive dont une règle validée est échue, qui ne soit déjà sur un bordereau signé."
            f"{frozen_by(held)}",
            detail="nothing to eliminate",
        )
    head = chain.registry.journal_head(chain.tenant)
    lines = lines_of(items)
    bordereau = Bordereau(
        bordereau_id(chain.tenant.key, day, addressees, lines, held),
        chain.tenant.key,
        day,
        addressees,
        lines,
        f"{head.number}:{head.chain}" if head else "",
        held=held,
    )
    chain.registry.propose(chain.tenant, bordereau)
    log.info(
        "Bordereau %s : %d lignes, %d fichiers, %s.",
        bordereau.id,
        len(bordereau.lines),
        bordereau.files,
        _go(bordereau),
    )
    return chain.registry.bordereau(chain.tenant, bordereau.id)


def sign(chain: Chain, bordereau: str, signed: Iterable[bytes]) -> Digest:
    """Keep the signed PDF in staging, and its digest in the journal.

    Raises:
        NotEliminable: no such bordereau, it is signed already, or a hold that was declared since covers some of it.
    """
    check_not_held(chain, chain.registry.bordereau(chain.tenant, bordereau))
    with chain.staging.holding(chain.tenant):
        digest = chain.staging.put(chain.tenant, signed).digest
        chain.registry.sign(chain.tenant, bordereau, digest)
    return digest


def visa(chain: Chain, bordereau: str, line: int, given: Given) -> Bordereau:
    """Write what the Archives départementales said of a line; `kept` here names documents by reference or by id.

    Raises:
        NotEliminable: no such bordereau, line or document, a sample that names none, not at this point, or the line is
            decided otherwise already and this is not said to replace it.
    """
    found = chain.registry.bordereau(chain.tenant, bordereau)
    items = {item.document_id: item for each in found.lines if each.number == line for item in each.items}
    chosen = {key for key, item in items.items() if key in given.kept or item.reference in given.kept}
    unknown = given.kept - chosen - {items[key].reference for key in chosen}
    if unknown or (given.visa is Visa.SAMPLE) != bool(chosen):
        raise NotEliminable(
            f"Bordereau {bordereau}, ligne {line} : un échantillon nomme les documents à conserver, tous de cette "
            f"ligne, et lui seul (inconnus : {len(unknown)}). Rien n’a été inscrit.",
            detail="sample without its documents",
        )
    chain.registry.decide(chain.tenant, bordereau, line, replace(given, kept=frozenset(chosen)))
    return chain.registry.bordereau(chain.tenant, bordereau)


def purge(chain: Chain, bordereau: str) -> tuple[int, int]:
    """Take out of staging what the visa let go; return how many objects and bytes.

    What another document has stays, unless that one goes too, by the visa of any bordereau, and no hold covers it. The
    journal has what is about to go before it goes, and what went: a purge that was cut is seen, and done again.

    Raises:
        NotEliminable: the visa is not known for every line, or a hold covers some of what it lets go.
        StagingBusy: a run is writing to staging; nothing was taken out.
    """
    found = chain.registry.bordereau(chain.tenant, bordereau)
    if not found.decided:
        raise NotEliminable(
            f"Bordereau {bordereau} : il est « {found.state} ». L’espace de préparation ne se vide qu’une fois le visa "
            "inscrit pour chaque ligne.",
            detail=f"purge in state {found.state.name}",
        )
    check_not_held(chain, found)
    granted = found.granted()
    sizes = {digest: size for item in granted for digest, size in item.files}
    everywhere = [item for each in chain.registry.bordereaux(chain.tenant) if each.decided for item in each.granted()]
    free, _ = apart(chain, chain.clock.now().date(), everywhere)
    with chain.staging.removing(chain.tenant):
        going = chain.registry.only_held_by(chain.tenant, [item.document_id for item in free])
        there = [digest for digest in sorted(going & sizes.keys()) if chain.staging.has(chain.tenant, digest)]
        told = {"objects": len(there), "size": sum(sizes[digest] for digest in there)}
        chain.registry.purging(chain.tenant, bordereau, **told)
        for digest in there:
            chain.staging.remove(chain.tenant, digest)
        chain.registry.purged(chain.tenant, bordereau, **told)
    gone, size = told.values()
    log.info("Bordereau %s : %d fichiers retirés de l’espace de préparation, %s.", bordereau, gone, in_go(size))
    return gone, size


def _go(bordereau: Bordereau) -> str:
    return in_go(bordereau.size)


def _addressees(chain: Chain) -> Addressees:
    profile = chain.profile
    disposal = profile.organisation.disposal
    if profile.target.kind == "essai":
        raise NotEliminable(
            f"Coffre {chain.tenant.key} : la plateforme « {profile.target.label} » est un essai. Ce qu’elle a accepté "
            "n’a pas de valeur d’archive et ne justifie aucune élimination : rien n’est proposé.",
            detail="elimination on an essai",
        )
    if not disposal.signatory:
        raise NotEliminable(
            f"Coffre {chain.tenant.key} : la fiche de l’organisation ne dit pas qui signe les bordereaux. Complétez "
            "disposal.signatory dans _organisation.yaml, comme « Le maire ».",
            detail="no signatory",
        )
    return Addressees(
        organisation=profile.organisation.label,
        service=disposal.service,
        agent=disposal.agent,
        signatory=disposal.signatory,
        archives=profile.organisation.archives_departementales.label,
        originals=disposal.originals,
    )


def _doubles_and_alone(chain: Chain) -> tuple[Sequence[Double], Sequence[SourceDocument]]:
    """Doubles of a copy that stays; and those that are none any more, their original being let go or about to be."""
    leaving = chain.registry.in_bordereaux(chain.tenant, again=True)
    known = chain.registry.final_doubles(chain.tenant)
    doubles = [double for double in known if double.original not in leaving]
    return doubles, [double.document for double in known if double.original in leaving]


def _with_their_copies(items: Sequence[Item], kept_elsewhere: AbstractSet[str]) -> Iterator[Item]:
    """Each double and each original says when its other copy goes as well."""
    going = {item.document_id for item in items}
    for item in items:
        if item.kept is not None and item.kept.document in going:
            yield replace(item, observations=BOTH_GO, kept=replace(item.kept, going=True))
        elif item.document_id in kept_elsewhere:
            yield replace(item, observations=item.observations + LAST_COPIES)
        else:
            yield item


def _doubles(chain: Chain, doubles: Sequence[Double]) -> Iterator[Item]:
    for double in doubles:
        if double.document.connector != chain.connector:
            continue
        rule = _rule(chain, double.document)
        yield _item(
            double.document,
            Ground.DOUBLE,
            f"{DOUBLES}{rule.name}" if rule else "Doubles",
            "Doubles exacts d’exemplaires conservés dans le coffre ; voir l’annexe.",
            double,
        )


def _expired(chain: Chain, day: date, alone: Sequence[SourceDocument]) -> Iterator[tuple[Item, str]]:
    """Accepted documents, and these of the connector, whose validated rule says to destroy and has ended.

    Each with the id of the document whose rule that is, and without which it does not go: its act's, or its own.
    """
    accepted = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    for document in (*accepted, *(left for left in alone if left.connector == chain.connector)):
        governing = _governing(chain, document)
        rule = _rule(chain, governing) if governing else None
        appraisal = rule.appraisal if rule else None
        if governing is None or rule is None or appraisal is None:
            continue
        if appraisal.final_action != "Destroy" or not appraisal.validated or appraisal.start in UNSURE:
            continue
        start = start_of(appraisal.start, governing.metadata)
        if start is not None and retention_end(start, appraisal.duration, appraisal.unit) < day:
            yield _item(document, Ground.EXPIRED, rule.name, _grounds(appraisal, rule.family)), governing.id


def _governing(chain: Chain, document: SourceDocument) -> SourceDocument | None:
    """What attests an act, or came late for it, stands under it and carries no rule: the act's one governs it."""
    if document.kind in (Kind.ACT, Kind.RECORD, Kind.SEANCE) and not is_late(document.record_key):
        return document
    record = act_attested_by(chain, document)
    return record.document if record is not None and record.state is DocumentState.ACCEPTED else None


def _rule(chain: Chain, document: SourceDocument) -> ManagementRule | None:
    return rule_for(chain.profile.organisation, chain.profile.connector.family, document.metadata)


def _grounds(rule: AppraisalRule, family: Family) -> str:
    lasting = f"DUA {rule.duration} {_UNITS[rule.unit]} depuis {event_in_words(rule.start, family)}"
    return f"{lasting} ; {rule.text}, {rule.article} ; règle {rule.rule}, validée."


def _item(
    document: SourceDocument, ground: Ground, category: str, observations: str, double: Double | None = None
) -> Item:
    return Item(
        document.id,
        document.reference,
        ground,
        category,
        observations,
        document.metadata.date(Field.DATE),
        tuple((file.fixity.digest, file.fixity.size) for file in document.files if file.fixity is not None),
        double.kept if double else None,
    )
