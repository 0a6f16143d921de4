"""Judge every collected document: formats by content, metadata as a table, rules one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

from versement.domain.documents import Field, Finding, Kind, SourceDocument
from versement.domain.files import judge_files
from versement.domain.identity import record_key
from versement.domain.late import MUST_AGREE
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import Requirements, blocking, judge, remark, sets_aside, sirens_said
from versement.ports.expectations import Expectations
from versement.ports.formats import Formats
from versement.ports.records import LARGEST_BATCH, Judgement
from versement.profiles.drops import ActesDrop
from versement.profiles.families import PERSONAL
from versement.profiles.management import ManagementRule, event_in_words
from versement.profiles.rules import rule_for
from versement.steps.acts import act_attested_by
from versement.steps.births import Births
from versement.steps.chain import Chain, log
from versement.steps.decided import Decided
from versement.steps.files import Guard, evidence_of, look, with_files
from versement.steps.individual import closed_enough, rule_of, with_own_siren
from versement.steps.late import keyed_as_held, keyed_late
from versement.steps.metadata import judge_metadata
from versement.steps.missing import told_truly
from versement.steps.privacy import held_run, personal_findings, runs_to_hold
from versement.steps.records import derived, record_key_of
from versement.steps.rescan import rescan
from versement.steps.rubriques import rubrique_findings, with_rubrique
from versement.steps.starts import start_of


def qualify(
    chain: Chain, formats: Formats, expectations: Expectations, *, collection_id: str, guard: Guard | None = None
) -> tuple[int, int]:
    """Move every collected document to qualified or set aside; return how many of each.

    What was qualified before and has not left yet passes by the antivirus again.
    The tools' own results on files and metadata are kept in staging as the collection's evidence.

    Raises:
        AntivirusUnavailable, SettingsError: see `files.look`; nothing was judged.
    """
    rescan(chain, guard)
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.COLLECTED)
    log.info("Qualification de %d documents.", len(documents))
    looked, stamped = look(chain, formats, documents, guard)
    decided = Decided(chain)
    read = [_keyed(chain, decided, decided.corrected(document)) for document in stamped]
    table = judge_metadata(chain, read, expectations)
    told = with_files(table.evidence, evidence_of(chain, looked))
    with chain.staging.holding(chain.tenant):
        evidence = chain.staging.put(chain.tenant, [told]).digest
        chain.registry.attach_evidence(chain.tenant, collection_id, expectations=evidence)
    mixed = _mixed_drop(chain, read)
    # A mixed drop must still look mixed to whoever takes up an interrupted qualification: strangers go last.
    ours = set(chain.profile.organisation.sirens)
    read.sort(key=lambda document: not sirens_said(document) <= ours)
    runs, births = runs_to_hold(chain.profile, read), Births.of(chain, read)
    holders = {d.record_key: d for d in read if d.record_key and d.act_file and d.act_file.fixity}
    requirements = _requirements(chain, collection_id)
    qualified = _Qualified(chain)
    for document in read:
        if document.attests:
            qualified.write()  # its act may be among them
        findings: tuple[Finding, ...] = (
            *mixed,  # first: it is the reason of all, and what makes them all be judged again together
            *held_run(document, runs),  # likewise
            *births.findings(document),  # likewise
            *_personal(chain, document),
            *rubrique_findings(chain.profile, document),
            *judge_files(document, looked.facts, requirements.policies),
            *told_truly(chain, document, judge(document, requirements), holders),
            *table.findings(document, requirements.policies),
            *_against_its_act(chain, document),
            *_access(chain, document),
        )
        findings = decided.applied(document, findings)
        if sets_aside(findings):
            qualified.write()  # decisions are written in order: what an interruption leaves is the end of them
            chain.registry.set_aside(chain.tenant, document.id, findings, judged=document)
        else:
            qualified.add(document, findings)
    qualified.write()
    log.info("Qualifiés : %d ; mis de côté : %d.", qualified.count, len(read) - qualified.count)
    return qualified.count, len(read) - qualified.count


@dataclass(slots=True)
class _Qualified:
    """Documents found good, written some at a time."""

    chain: Chain
    count: int = 0
    _waiting: list[Judgement] = field(default_factory=list)

    def add(self, document: SourceDocument, findings: Sequence[Finding]) -> None:
        self._waiting.append((document, findings))
        self.count += 1
        if len(self._waiting) == LARGEST_BATCH:
            self.write()

    def write(self) -> None:
        """Write those that wait."""
        if self._waiting:
            self.chain.registry.qualified(self.chain.tenant, self._waiting)
            self._waiting = []


def _requirements(chain: Chain, collection_id: str) -> Requirements:
    organisation, connector = chain.profile.organisation, chain.profile.connector
    record = chain.registry.collection(chain.tenant, collection_id)
    return Requirements(
        sirens=organisation.sirens,
        departement=organisation.departement,
        formats=connector.formats,
        index_required=isinstance(connector.drop, ActesDrop) and connector.drop.index == "required",
        acknowledgement=connector.drop.acknowledgement if isinstance(connector.drop, ActesDrop) else "optional",
        collected=record.started.astimezone(UTC).date() if record else None,
        policies=connector.policies.decisions(),
        closed={finding.path for finding in record.findings if finding.code == "ARCHIVE_CLOSED"} if record else (),
    )


def _known(chain: Chain, document: SourceDocument) -> SourceDocument:
    """The document with what follows from what was read of it, and its record key."""
    if document.kind is Kind.RECORD:
        known = replace(document, readings=with_rubrique(chain.profile, derived(document.readings)))
        return replace(known, record_key=record_key_of(chain.profile, known.metadata))
    readings = with_own_siren(chain.profile.organisation, document.kind, document.readings)
    known = replace(document, readings=readings)
    return replace(known, record_key=record_key(known.kind, known.metadata))


def _keyed(chain: Chain, decided: Decided, document: SourceDocument) -> SourceDocument:
    """The document with its key: its own, that of a new version, or that of what comes late for its act."""
    known = _known(chain, document)
    keyed = decided.keyed(known)
    return keyed if decided.is_new_version(keyed) else keyed_as_held(chain, keyed_late(chain, known))


def _personal(chain: Chain, document: SourceDocument) -> tuple[Finding, ...]:
    return tuple(personal_findings(document)) if chain.profile.connector.family in PERSONAL else ()


def _mixed_drop(chain: Chain, documents: Sequence[SourceDocument]) -> tuple[Finding, ...]:
    if chain.profile.connector.mixed_drop != "set_aside_all":
        return ()
    sirens = sorted({siren for document in documents for siren in sirens_said(document) if siren})
    if len(sirens) < 2 or set(sirens) <= set(chain.profile.organisation.sirens):
        return ()
    return (
        blocking(
            "MIXED_DROP",
            f"Le dépôt mêle les actes de plusieurs collectivités (SIREN {', '.join(sirens)}) : rien n’en est "
            "versé. Séparez les actes par collectivité et redéposez.",
        ),
    )


def _against_its_act(chain: Chain, document: SourceDocument) -> tuple[Finding, ...]:
    """A late acknowledgement must say of the act that is already known what the act itself says."""
    if document.kind in (Kind.ACT, Kind.SEANCE) or not document.record_key:
        return ()
    act = act_attested_by(chain, document)
    if act is None:
        return ()
    pairs = ((name, document.metadata.text(name), act.document.metadata.text(name)) for name in MUST_AGREE)
    return tuple(
        blocking(
            "VALUES_CONTRADICT",
            f"« {document.reference} » donne « {said} » pour « {name} », alors que son acte "
            f"(« {act.document.reference} ») porte « {known} ». Vérifiez l’accusé auprès de la "
            "collectivité.",
        )
        for name, said, known in pairs
        if said and known and said != known
    )


"""What an acknowledgement may not say otherwise than its act: its name, séance and access rest on it."""


def _access(chain: Chain, document: SourceDocument) -> tuple[Finding, ...]:
    """A record whose access or fate no rule of the organisation determines is set aside: never open by default."""
    if document.kind not in (Kind.ACT, Kind.RECORD, Kind.SEANCE) or not document.record_key:
        return ()
    family, metadata = chain.profile.connector.family, document.metadata
    organisation = chain.profile.organisation
    rule = rule_of(organisation, document) if family == "actes" else rule_for(organisation, family, metadata)
    said = f"famille « {family} »"
    if family == "actes":
        nature, matter = metadata.text(Field.NATURE), metadata.text(Field.MATTER)
        said = f"nature « {nature or 'inconnue'} », matière « {matter or 'inconnue'} »"
    if rule is None:
        return (
            blocking(
                "ACCESS_UNDETERMINED",
                f"« {document.reference} » ({said}) : aucune ligne du tableau des règles de la collectivité ne "
                "dit qui peut y accéder. Ajoutez la ligne, avec son texte de référence.",
            ),
        )
    if not rule.sendable:
        return (
            blocking(
                "DESTROY_NOT_VALIDATED",
                f"« {document.reference} » ({said}) : la règle « {rule.name} » prévoit une élimination que les "
                "Archives départementales n’ont pas validée. Faites-la valider, ou changez-la.",
            ),
        )
    return (*(closed_enough(organisation, document, rule) if family == "actes" else ()), *_start(document, rule))


def _start(document: SourceDocument, rule: ManagementRule) -> tuple[Finding, ...]:
    """A delay whose start nobody gives is sent without it, and told: it is never guessed."""
    events = dict.fromkeys((rule.access.start, *((rule.appraisal.start,) if rule.appraisal else ())))
    return tuple(
        remark(
            "START_UNKNOWN",
            f"« {document.reference} » : un délai de la règle « {rule.name} » part de cet événement, dont aucune "
            f"source ne donne la date : {event_in_words(event, rule.family)}. Le document est versé sans départ de "
            "délai : complétez-le dans le coffre quand cette date sera connue.",
        )
        for event in events
        if start_of(event, document.metadata) is None
    )
