"""Judge every collected document: formats by content, metadata as a table, rules one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from versement.domain.documents import CollectedFile, Field, Finding, Kind, Readings, SourceDocument
from versement.domain.errors import UnreadableFile
from versement.domain.fixity import Digest, Fixity
from versement.domain.identity import record_key
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import Requirements, blocking, judge, remark, sets_aside, sirens_said
from versement.ports.expectations import ColumnRule, Expectations, TableResult
from versement.ports.formats import FormatIdentification, Formats
from versement.profiles.drops import ActesDrop
from versement.profiles.management import ManagementRule
from versement.profiles.rules import rule_for
from versement.steps.acts import act_attested_by
from versement.steps.chain import Chain, log
from versement.steps.decided import Decided
from versement.steps.missing import told_truly
from versement.steps.records import CODES, derived, mandatory, record_key_of
from versement.steps.starts import start_of

COLUMN_RULES = (
    ColumnRule(
        "IDENTITY_MISSING",
        "identity",
        "ni IDActe (ARActe, message ACTES ou tampon), ni ligne d’index complète : l’acte ne peut pas être "
        "identifié. Déposez son ARActe, ou complétez l’index.",
    ),
    ColumnRule(
        "SIREN_MISSING",
        "siren",
        "le SIREN de la collectivité n’est donné par aucune source. Déposez l’ARActe, ou complétez l’index.",
        r"\d{9}",
    ),
    ColumnRule(
        "DATE_MISSING",
        "date",
        "la date de l’acte n’est donnée par aucune source (attendue : AAAA-MM-JJ). Déposez l’ARActe, "
        "ou complétez l’index.",
        r"\d{4}-\d{2}-\d{2}",
    ),
    ColumnRule(
        "TITLE_MISSING",
        "title",
        "l’objet de l’acte n’est donné par aucune source. Déposez l’ARActe, ou complétez l’index.",
    ),
)
"""Metadata that every act must have, whoever gives it."""

BATCH = 500
"""Files identified at a time."""


def qualify(chain: Chain, formats: Formats, expectations: Expectations, *, collection_id: str) -> tuple[int, int]:
    """Move every collected document to qualified or set aside; return how many of each.

    The tool's own result on the metadata table is kept in staging as the collection's evidence.
    """
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.COLLECTED)
    log.info("Qualification de %d documents.", len(documents))
    decided = Decided(chain)
    read = [_read(chain, formats, decided.corrected(document)) for document in _identified(chain, formats, documents)]
    read = [(decided.keyed(document), unreadable) for document, unreadable in read]
    table = expectations.check(*_table(chain, [document for document, _ in read]))
    evidence = chain.staging.put(chain.tenant, [table.evidence]).digest
    chain.registry.attach_evidence(chain.tenant, collection_id, expectations=evidence)
    incomplete = _incomplete(table)
    mixed = _mixed_drop(chain, [document for document, _ in read])
    # A mixed drop must still look mixed to whoever takes up an interrupted qualification: strangers go last.
    ours = set(chain.profile.organisation.sirens)
    read.sort(key=lambda item: not sirens_said(item[0]) <= ours)
    holders = {d.record_key: d for d, _ in read if d.record_key and d.act_file and d.act_file.fixity}
    requirements = _requirements(chain, collection_id)
    qualified = 0
    for document, unreadable in read:
        findings: tuple[Finding, ...] = (
            *mixed,  # first: it is the reason of all, and what makes them all be judged again together
            *unreadable,
            *told_truly(chain, document, judge(document, requirements), holders),
            *(_told(document, rule) for rule in incomplete.get(document.id, ())),
            *_against_its_act(chain, document),
            *_access(chain, document),
        )
        findings = decided.applied(document, findings)
        if sets_aside(findings):
            chain.registry.set_aside(chain.tenant, document.id, findings, judged=document)
        else:
            chain.registry.qualified(chain.tenant, document, findings)
            qualified += 1
    log.info("Qualifiés : %d ; mis de côté : %d.", qualified, len(read) - qualified)
    return qualified, len(read) - qualified


def _requirements(chain: Chain, collection_id: str) -> Requirements:
    organisation, connector = chain.profile.organisation, chain.profile.connector
    record = chain.registry.collection(chain.tenant, collection_id)
    return Requirements(
        sirens=organisation.sirens,
        departement=organisation.departement,
        formats=connector.formats,
        index_required=isinstance(connector.drop, ActesDrop) and connector.drop.index == "required",
        collected=record.started.astimezone(UTC).date() if record else None,
    )


def _identified(chain: Chain, formats: Formats, documents: Sequence[SourceDocument]) -> Iterable[SourceDocument]:
    paths = {
        file.fixity.digest: chain.staging.path(chain.tenant, file.fixity.digest)
        for document in documents
        for file in document.files
        if file.fixity is not None
    }
    known: dict[Path, FormatIdentification] = {}
    ordered = list(paths.values())
    for start in range(0, len(ordered), BATCH):
        known.update(formats.identify(ordered[start : start + BATCH]))
    for document in documents:
        yield replace(document, files=tuple(_with_format(file, paths, known) for file in document.files))


def _with_format(
    file: CollectedFile, paths: Mapping[Digest, Path], known: Mapping[Path, FormatIdentification]
) -> CollectedFile:
    if file.fixity is None:
        return file
    found = known.get(paths[file.fixity.digest], FormatIdentification())
    return replace(file, puid=found.puid, mime=found.mime, format_name=found.name)


def _read(chain: Chain, formats: Formats, document: SourceDocument) -> tuple[SourceDocument, tuple[Finding, ...]]:
    """The document with what its act's text says, and its record key."""
    if document.kind is Kind.RECORD:
        known = replace(document, readings=derived(document.readings))
        return replace(known, record_key=record_key_of(chain.profile, known.metadata)), ()
    stamped: Readings = ()
    findings: tuple[Finding, ...] = ()
    act = document.act_file
    if act is not None and act.fixity is not None and _is_pdf(chain, act, act.fixity):
        try:
            stamped = formats.stamp(chain.staging.path(chain.tenant, act.fixity.digest))
        except UnreadableFile as error:
            findings = (blocking("FILE_UNREADABLE", f"« {act.path} » : {error.message}", act.path),)
    with_text = replace(document, readings=(*document.readings, *stamped))
    return replace(with_text, record_key=record_key(with_text.kind, with_text.metadata)), findings


def _is_pdf(chain: Chain, file: CollectedFile, fixity: Fixity) -> bool:
    """Whether a file is a PDF, or was one before it was damaged: then its format is not recognised any more."""
    if "application/pdf" in file.mime:
        return True
    with chain.staging.open(chain.tenant, fixity.digest) as content:
        return content.read(len(PDF_START)) == PDF_START


PDF_START = b"%PDF-"


def _table(
    chain: Chain, documents: Sequence[SourceDocument]
) -> tuple[Sequence[Mapping[str, str]], Sequence[ColumnRule]]:
    """The collection's metadata, and what each record must have."""
    if chain.profile.connector.family == "actes":
        return [_row(document) for document in documents], COLUMN_RULES
    names = mandatory(chain.profile)
    rows = [{"document": d.id, **{CODES[name]: d.metadata.text(name) for name in names}} for d in documents]
    return rows, [_must_have(name) for name in names]


def _must_have(name: Field) -> ColumnRule:
    return ColumnRule(
        "FIELD_MISSING",
        CODES[name],
        f"« {name} » ({CODES[name]}) n’est donné par aucune source, alors que l’identité, le rangement ou la fiche le "
        "demandent. Complétez la source, ou dites dans la fiche (metadata) où le lire.",
    )


def _row(document: SourceDocument) -> dict[str, str]:
    metadata = document.metadata
    # An acknowledgement speaks of its act: what it must carry itself is its identity and its SIREN.
    is_act = document.kind is Kind.ACT
    return {
        "document": document.id,
        "identity": document.record_key,
        "siren": metadata.text(Field.SIREN),
        "date": metadata.text(Field.DATE),
        "title": metadata.text(Field.TITLE) if is_act else "(sans objet propre)",
    }


def _incomplete(table: TableResult) -> dict[str, list[ColumnRule]]:
    failed: dict[str, list[ColumnRule]] = {}
    for result in table.rules:
        for document_id in result.failed:
            failed.setdefault(document_id, []).append(result.rule)
    return failed


def _told(document: SourceDocument, rule: ColumnRule) -> Finding:
    return blocking(rule.code, f"« {document.reference} » : {rule.message}")


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
    if document.kind is Kind.ACT or not document.record_key:
        return ()
    act = act_attested_by(chain, document)
    if act is None:
        return ()
    pairs = ((name, document.metadata.text(name), act.document.metadata.text(name)) for name in MUST_AGREE)
    return tuple(
        blocking(
            "VALUES_CONTRADICT",
            f"« {document.reference} » donne « {said} » pour « {name} », alors que son acte "
            f"(« {act.document.reference} », {act.state}) porte « {known} ». Vérifiez l’accusé auprès de la "
            "collectivité.",
        )
        for name, said, known in pairs
        if said and known and said != known
    )


MUST_AGREE = (Field.ID_ACTE, Field.DATE, Field.NATURE)
"""What an acknowledgement may not say otherwise than its act: its name, séance and access rest on it."""


def _access(chain: Chain, document: SourceDocument) -> tuple[Finding, ...]:
    """A record whose access or fate no rule of the organisation determines is set aside: never open by default."""
    if document.kind not in (Kind.ACT, Kind.RECORD) or not document.record_key:
        return ()
    family, metadata = chain.profile.connector.family, document.metadata
    rule = rule_for(chain.profile.organisation, family, metadata)
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
    return _start(document, rule)


def _start(document: SourceDocument, rule: ManagementRule) -> tuple[Finding, ...]:
    """A delay whose start nobody gives is sent without it, and told: it is never guessed."""
    events = dict.fromkeys((rule.access.start, *((rule.appraisal.start,) if rule.appraisal else ())))
    return tuple(
        remark(
            "START_UNKNOWN",
            f"« {document.reference} » : la règle « {rule.name} » court depuis {EVENTS[event]}, dont aucune source ne "
            "donne la date. Le document est versé sans départ de délai : complétez-le dans le coffre quand cette date "
            "sera connue.",
        )
        for event in events
        if start_of(event, document.metadata) is None
    )


EVENTS = {
    "act_date": "l’acte",
    "document_date": "le document",
    "latest_date": "le plus récent document du dossier",
    "received_date": "la réception par la préfecture",
    "notified_date": "la notification",
    "signed_date": "la signature",
    "end_date": "la fin",
    "birth_date": "la naissance de l’agent",
    "period_end": "la fin de la période",
}
"""Events that start a delay, in French, after « court depuis »."""
