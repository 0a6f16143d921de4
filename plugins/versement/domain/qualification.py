"""Rules that one document must meet before it may be deposited; each gives findings with a fixed code."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from versement.domain.documents import (
    CollectedFile,
    Field,
    Finding,
    Kind,
    Role,
    Severity,
    SourceDocument,
    ValueSource,
)
from versement.domain.identity import IdActe, normalised_number
from versement.domain.late import is_late
from versement.domain.policies import DEFAULTS, Policy, ruled


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an organisation's connector asks of its documents.

    Attributes:
        sirens: of the organisation; an act of any other is not its own.
        formats: MIME types by extension, without dot.
        departement: of its préfecture, in three characters; `000` when it is not known.
        index_required: an act must stand in the drop's index.
        acknowledgement: what an act without any word of its reception by the préfecture gets: `required` sets it aside,
            `expected` remarks on it, `optional` says nothing.
        closed: paths of the archives that were to be opened and could not be.
        collected: day (UTC) on which the run began to collect; None when dates are not compared with it.
        policies: what is done about what is wrong with a file, by code.
    """

    sirens: Collection[str]
    formats: Mapping[str, Collection[str]]
    departement: str = "000"
    index_required: bool = False
    collected: date | None = None
    policies: Mapping[str, Policy] = field(default_factory=lambda: DEFAULTS)
    acknowledgement: str = "optional"
    closed: Collection[str] = ()


AHEAD = timedelta(days=1)
"""How far the authority's day may be ahead of UTC's: overseas, a day begins before ours ends."""


def blocking(code: str, message: str, path: str = "") -> Finding:
    return Finding(code, Severity.SET_ASIDE, message, path)


def remark(code: str, message: str, path: str = "") -> Finding:
    return Finding(code, Severity.REMARK, message, path)


def judge(document: SourceDocument, requirements: Requirements) -> tuple[Finding, ...]:
    """Every finding on one document; metadata completeness is judged on the whole collection's table."""
    findings = [finding for rule in RULES for finding in rule(document, requirements)]
    return tuple(dict.fromkeys(findings))


def sets_aside(findings: Collection[Finding]) -> bool:
    return any(finding.severity is Severity.SET_ASIDE for finding in findings)


def _files_present(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    for file in document.files:
        if file.fixity is None:
            yield blocking(
                "FILE_MISSING",
                f"« {file.path} » est annoncé ({file.role}) mais absent du dépôt : déposez ce fichier, "
                "ou corrigez l’index ou le message qui l’annonce.",
                file.path,
            )
        elif file.fixity.size == 0:
            yield from ruled(
                "FILE_EMPTY",
                requirements.policies,
                f"« {file.path} » est vide (0 octet) : redéposez le fichier d’origine.",
                file.path,
            )


def _act_has_its_file(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    unknown = any(file.role is Role.UNKNOWN for file in document.files)
    if document.kind is Kind.ACT and document.act_file is None and not unknown:
        yield blocking(
            "FILE_MISSING",
            f"« {document.reference} » décrit un acte sans nommer son fichier : complétez ce qui le décrit, ou déposez "
            "le fichier sous le nom attendu.",
        )


def _formats_as_announced(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    for file in document.files:
        if file.fixity is None or file.fixity.size == 0:
            continue
        yield from _format_findings(file, requirements)


def _format_findings(file: CollectedFile, requirements: Requirements) -> Iterator[Finding]:
    extension = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    expected = requirements.formats.get(extension)
    found = f"{file.format_name or 'format inconnu'}{f' ({file.puid})' if file.puid else ''}"
    if expected is None and not file.puid and not is_sealed(file.path):
        yield from ruled(
            "FORMAT_UNKNOWN",
            requirements.policies,
            f"« {file.path} » : ni son extension ni son contenu ne disent son format, et la plateforme peut le "
            "refuser. Faites-le redéposer dans un format connu, ou ajoutez son extension à « formats » dans la fiche.",
            file.path,
        )
    elif expected is None:
        yield from ruled(
            "EXTENSION_UNCHECKED",
            requirements.policies,
            f"« {file.path} » : l’extension n’annonce aucun format contrôlé ; format lu : {found}.",
            file.path,
        )
    elif not set(expected).intersection(part.strip() for part in file.mime.split(",")):
        yield from ruled(
            "FORMAT_MISMATCH",
            requirements.policies,
            f"« {file.path} » : l’extension annonce « {extension} », le contenu est : {found}. "
            "Redéposez le fichier sous son vrai format.",
            file.path,
        )


def _archives_opened(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    for file in document.files:
        if file.path in requirements.closed:
            yield blocking(
                "ARCHIVE_CLOSED",
                f"« {file.path} » est une archive qui ne s’ouvre pas : ce qu’elle contient n’est pas connu, rien n’en "
                "est versé. Refaites-la à partir du dossier d’origine et redéposez-la.",
                file.path,
            )


def is_sealed(path: str) -> bool:
    """Whether a file is a pli of a consultation that was never deciphered: unopened, or late."""
    return path.lower().endswith(".crypt")


def _plis_are_sealed(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    for file in document.files:
        if is_sealed(file.path):
            yield remark(
                "PLI_SEALED",
                f"« {file.path} » est un pli chiffré qui n’a pas été ouvert (non ouvert, ou arrivé hors délai) : il "
                "est conservé tel quel et restera illisible. Vérifiez qu’il doit être conservé.",
                file.path,
            )


def _roles_known(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    for file in document.files:
        if file.role is Role.UNKNOWN and document.kind is Kind.RECORD:
            yield blocking(
                "ROLE_UNKNOWN",
                f"« {file.path} » : son chemin ne dit pas de quel document il relève. Rangez-le dans le dossier de son "
                "document, ou complétez les chemins de la fiche (drop.patterns).",
                file.path,
            )
        elif file.role is Role.UNKNOWN:
            yield blocking(
                "ROLE_UNKNOWN",
                f"« {file.path} » : ni l’index, ni un message ACTES, ni son nom ne disent de quel acte il relève. "
                "Faites-le nommer par l’ARActe de son acte, ou retirez-le du dépôt.",
                file.path,
            )


def sirens_said(document: SourceDocument) -> set[str]:
    """Every SIREN that something says the document is of, its identifiers included."""
    said = {value.text for name, value in document.readings if name is Field.SIREN}
    return said | {identifier.siren for _, identifier in _identifiers(document)}


def _siren_is_ours(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    foreign = sorted(sirens_said(document) - set(requirements.sirens))
    if foreign:
        yield blocking(
            "SIREN_FOREIGN",
            f"« {document.reference} » porte le SIREN {', '.join(foreign)}, qui n’est pas celui de la collectivité "
            f"({', '.join(sorted(requirements.sirens))}) : cet acte n’a pas à être ici. Prévenez la collectivité "
            "dont il vient et retirez-le du dépôt.",
        )


def _departement_is_ours(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    if requirements.departement == UNKNOWN_DEPARTEMENT:
        return
    said = {identifier.departement for _, identifier in _identifiers(document)}
    foreign = sorted(said - {requirements.departement})
    if foreign:
        yield blocking(
            "DEPARTEMENT_FOREIGN",
            f"« {document.reference} » : son IDActe commence par le département {', '.join(foreign)}, alors que la "
            f"collectivité relève de la préfecture du {requirements.departement}. Faites corriger l’identifiant, ou "
            "le département de la fiche de l’organisation.",
        )


UNKNOWN_DEPARTEMENT = "000"
CONTRADICTIONS = (Field.ID_ACTE, Field.DATE, Field.NATURE)
"""Fields on which two sources must agree, the date and the nature that an IDActe carries included."""


def _sources_agree(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    settled = {name for name, value in document.readings if value.source is ValueSource.DECISION}
    for name in (name for name in CONTRADICTIONS if name not in settled):
        said = _said(document, name) | _said_by_identifiers(document, name)
        if len({text for texts in said.values() for text in texts}) > 1:
            each = " ; ".join(f"{source} : {' puis '.join(texts)}" for source, texts in said.items())
            yield blocking(
                "VALUES_CONTRADICT",
                f"« {document.reference} » : les sources se contredisent sur « {name} » ({each}). "
                "Faites corriger la source fautive, puis relancez la collecte.",
            )
    yield from _lesser_differences(document)


def _said(document: SourceDocument, name: Field) -> dict[str, Sequence[str]]:
    """What each source says of a field. Of a stamp only what counts: a file may bear the stamp of another act too."""
    said: dict[str, list[str]] = {}
    for field_, value in document.readings:
        if field_ is name and value.text:
            said.setdefault(value.source, []).append(value.text)
    return {
        str(source): said[source][-1:] if source is ValueSource.STAMP else sorted(set(said[source]))
        for source in ValueSource
        if source in said
    }


def _identifiers(document: SourceDocument) -> Iterator[tuple[str, IdActe]]:
    """Each IDActe that counts, with the source that gives it."""
    for source, texts in _said(document, Field.ID_ACTE).items():
        for text in texts:
            identifier = IdActe.parse(text)
            if identifier:
                yield source, identifier


def _said_by_identifiers(document: SourceDocument, name: Field) -> dict[str, Sequence[str]]:
    """What an IDActe itself says of a field, by the source that gives the IDActe."""
    said: dict[str, set[str]] = {}
    for source, identifier in _identifiers(document):
        within = {Field.DATE: identifier.date.isoformat(), Field.NATURE: identifier.nature}
        if name in within:
            said.setdefault(f"IDActe ({source})", set()).add(within[name])
    return {source: sorted(texts) for source, texts in said.items()}


def _not_ahead_of_its_collection(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    said = document.metadata.values.get(Field.DATE)
    if requirements.collected is None or said is None:
        return
    if said.text > (requirements.collected + AHEAD).isoformat():
        yield blocking(
            "DATE_AHEAD",
            f"« {document.reference} » : la date de l’acte ({said.text}, lue dans : {said.source}) est postérieure à "
            "sa collecte. Faites corriger la source qui la donne.",
        )


def _lesser_differences(document: SourceDocument) -> Iterator[Finding]:
    numbers = {normalised_number(v.text) for name, v in document.readings if name is Field.NUMBER and v.text}
    if len(numbers) > 1:
        yield remark(
            "NUMBER_DIFFERS",
            f"« {document.reference} » : plusieurs numéros sont donnés ({', '.join(map(_shown, sorted(numbers)))}) ; "
            "le premier en rang fait foi.",
        )
    stamps = {v.text for name, v in document.readings if name is Field.ID_ACTE and v.source is ValueSource.STAMP}
    if len(stamps) > 1:
        yield remark(
            "STAMPS_DIFFER",
            f"« {document.reference} » porte plusieurs tampons ({', '.join(sorted(stamps))}) : le premier fait foi. "
            "Vérifiez que c’est bien le sien.",
        )


def _shown(number: str) -> str:
    """A number as ACTES has them; any other text may be a shifted column, and personal."""
    return number if re.fullmatch(r"(?=.*[0-9])[A-Z0-9_]{1,15}", number) else "un texte qui n’en est pas un"


def _row_in_index(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    if document.kind is not Kind.ACT or document.row:
        return
    if requirements.index_required:
        yield blocking(
            "INDEX_ROW_MISSING",
            f"« {document.reference} » n’est dans aucune ligne de l’index, que la fiche de connecteur exige : "
            "complétez l’index.",
        )
    elif document.row is False:
        yield remark("INDEX_ROW_MISSING", f"« {document.reference} » n’est dans aucune ligne de l’index du dépôt.")


def _transmitted_without_anomaly(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    anomaly = document.metadata.text(Field.ANOMALY)
    if document.kind is not Kind.ACT or not anomaly:
        return
    said = f"« {document.reference} » : la préfecture a signalé une anomalie (code {anomaly}) à sa transmission"
    if document.metadata.text(Field.RECEIVED):
        yield remark("ACT_ANOMALY", f"{said}, puis en a accusé réception.")
    else:
        yield blocking(
            "ACT_ANOMALY",
            f"{said} : elle ne l’a pas reçu. Faites-le transmettre de nouveau, puis déposez son ARActe.",
        )


def _acknowledged(document: SourceDocument, requirements: Requirements) -> Iterator[Finding]:
    metadata = document.metadata
    known = metadata.text(Field.RECEIVED) or metadata.text(Field.CANCELLED) or metadata.text(Field.ANOMALY)
    if document.kind is not Kind.ACT or known or requirements.acknowledgement == "optional":
        return
    said = f"« {document.reference} » : rien ne dit que la préfecture l’a reçu (ni ARActe, ni tampon, ni index)."
    if requirements.acknowledgement == "required":
        yield blocking("ACKNOWLEDGEMENT_MISSING", f"{said} Déposez son ARActe : l’acte repartira de lui-même.")
    else:
        yield remark("ACKNOWLEDGEMENT_MISSING", f"{said} Déposez son ARActe, qui le rejoindra.")


def _original_kept(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    roles = {file.role for file in document.files}
    if (
        document.kind is Kind.ACT
        and Role.STAMPED in roles
        and Role.ACT not in roles
        and not is_late(document.record_key)
    ):
        yield remark(
            "STAMPED_COPY_ONLY",
            f"« {document.reference} » : il n’y a de cet acte que sa copie tamponnée, sans l’original (signé). "
            "Demandez l’original à la collectivité si elle l’a.",
        )


def _cancelled(document: SourceDocument, _: Requirements) -> Iterator[Finding]:
    cancelled = document.metadata.text(Field.CANCELLED)
    if document.kind is Kind.ACT and cancelled:
        yield remark(
            "CANCELLED",
            f"« {document.reference} » a été annulé le {cancelled} : l’acte est conservé avec cet événement, sans "
            "valoir comme exécutoire.",
        )


Rule = Callable[[SourceDocument, Requirements], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    _files_present,
    _act_has_its_file,
    _formats_as_announced,
    _roles_known,
    _archives_opened,
    _plis_are_sealed,
    _siren_is_ours,
    _departement_is_ours,
    _sources_agree,
    _not_ahead_of_its_collection,
    _row_in_index,
    _transmitted_without_anomaly,
    _acknowledged,
    _original_kept,
    _cancelled,
)
"""In the order in which their findings are told: the first blocking one is the reason shown."""
