"""Decisions of persons about documents set aside, and what they make of its findings when it is judged again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from versement.domain.cases import Choice, case_of
from versement.domain.documents import (
    CollectedFile,
    Field,
    Finding,
    Readings,
    Severity,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.errors import NotDecidable
from versement.domain.identity import NATURES, IdActe, valid_siren
from versement.domain.mapping import Unusable, fit_for

REJECTED = "DECIDED_REJECTED"
ASKED = "SOURCE_ASKED"
OUTDATED = "DECISION_OUTDATED"
OF_DECISIONS = (REJECTED, ASKED, OUTDATED)
"""Codes of findings that only decisions make."""
LONGEST_REASON = 1000
LONGEST_VALUE = 4000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of one document and one finding of it.

    Attributes:
        document: id of the document that it was taken on.
        code: of the finding.
        version: `version_of` the document when it was taken.
        findings: `findings_digest` of what was told under this code; the registry fills it in.
        field, value: of a corrected value; None and empty otherwise.
        number, at: given by the registry.
    """

    document: str
    code: str
    choice: Choice
    author: str
    reason: str
    version: str
    field: Field | None = None
    value: str = ""
    connector: str = ""
    reference: str = ""
    findings: str = ""
    number: int = 0
    at: datetime | None = None

    def __str__(self) -> str:
        day = f" du {self.at:%d/%m/%Y}" if self.at else ""
        return f"décision n° {self.number}{day}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def version_of(files: Iterable[CollectedFile], readings: Readings) -> str:
    """Fingerprint of a document as the source gives it: bytes and roles of its files, and what was said of it."""
    held = (f"{file.path}\x1e{file.role}\x1e{file.fixity.digest if file.fixity else ''}" for file in files)
    said = (f"{name}\x1e{value.source}\x1e{value.text}" for name, value in readings)
    return _digest((*sorted(held), "\x1d", *sorted(said)))


def findings_digest(findings: Iterable[Finding], code: str) -> str:
    """Fingerprint of all that blocks under one code."""
    told = (f"{f.path}\x1e{f.message}" for f in findings if f.code == code and f.severity is Severity.SET_ASIDE)
    return _digest((code, *sorted(told)))


def checked(decision: Decision) -> Decision:
    """The decision, its value in the form of its field.

    Raises:
        NotDecidable: nobody signs it, no reason, a choice that its code does not admit, a value that cannot be.
    """
    if not decision.author.strip() or not decision.reason.strip():
        raise NotDecidable("Une décision porte le nom de son auteur et un motif : donnez les deux.")
    if len(decision.reason) > LONGEST_REASON:
        raise NotDecidable(f"Le motif d’une décision tient en {LONGEST_REASON} caractères : abrégez-le.")
    case = case_of(decision.code)
    if decision.choice not in case.choices:
        why = f" : {case.why_not}" if decision.choice is Choice.ACCEPT and case.why_not else ""
        offered = ", ".join(f"« {choice} »" for choice in case.choices)
        raise NotDecidable(f"{decision.code} ne permet pas « {decision.choice} »{why}. Choix permis : {offered}.")
    if decision.choice is Choice.CORRECT:
        return replace(decision, value=_fit(decision.field, decision.value))
    if decision.field is not None or decision.value:
        raise NotDecidable(f"Seul « {Choice.CORRECT} » prend un champ et une valeur : retirez-les.")
    return decision


def _fit(name: Field | None, text: str) -> str:
    text = text.strip()
    if name is None or not text or len(text) > LONGEST_VALUE:
        raise NotDecidable(f"« {Choice.CORRECT} » demande un champ et sa valeur ({LONGEST_VALUE} caractères au plus).")
    try:
        fit = fit_for(name, text)
    except Unusable:
        fit = ""
    if not fit or not _well_formed(name, fit):
        raise NotDecidable(
            f"La valeur donnée n’a pas la forme de « {name} » : une date s’écrit AAAA-MM-JJ, un SIREN en 9 chiffres "
            "justes, un IDActe en entier. Rien n’a été enregistré."
        )
    return NATURES.get(fit, fit) if name is Field.NATURE else fit


def _well_formed(name: Field, text: str) -> bool:
    if name is Field.SIREN:
        return valid_siren(text)
    return name is not Field.ID_ACTE or IdActe.parse(text) is not None


def in_force(decisions: Iterable[Decision]) -> Mapping[tuple[str, Field | None], Decision]:
    """The last word on each code, and on each field corrected under it."""
    return {(d.code, d.field): d for d in sorted(decisions, key=lambda d: d.number)}


def corrected(document: SourceDocument, decisions: Iterable[Decision], version: str) -> SourceDocument:
    """The document with the values that persons gave to this version of it."""
    ordered = sorted(decisions, key=lambda decision: decision.number)
    last = {d.field: d for d in ordered if d.field is not None and d.version == version}
    readings = tuple(
        (name, Value(d.value, ValueSource.DECISION, f"{d.number} – {d.author}")) for name, d in last.items()
    )
    return replace(document, readings=(*readings, *document.readings))


def is_new_version(decisions: Iterable[Decision], version: str) -> bool:
    """Whether a person said that a document is a new version of its record."""
    word = in_force(decisions).get(("IDENTITY_CONFLICT", None))
    return word is not None and word.choice is Choice.NEW_VERSION and word.version == version


def applied(findings: Sequence[Finding], decisions: Iterable[Decision], version: str) -> tuple[Finding, ...]:
    """Findings once known decisions are taken into account; a document without decision keeps its own.

    Args:
        findings: what judgement says of the document.
        decisions: about this document's reference.
        version: of the document as it was judged.
    """
    raw = [finding for finding in findings if finding.code not in OF_DECISIONS]
    words = in_force(decisions)
    left: list[Finding] = []
    ends: list[Finding] = []
    told: list[Finding] = []
    for finding in raw:
        about = [word for (code, _), word in words.items() if code == finding.code]
        if finding.severity is Severity.REMARK or not about:
            left.append(finding)
            continue
        word = words.get((finding.code, None))
        if word is None or not _is_about(word, raw, version):
            left.append(finding)
            old = max((w for w in about if not _is_about(w, raw, version)), key=lambda w: w.number, default=None)
            told += [_outdated(old)] if old else []
        elif word.choice is Choice.ACCEPT and Choice.ACCEPT in case_of(finding.code).choices:
            left.append(replace(finding, severity=Severity.REMARK, message=_accepted(finding, word)))
        else:
            left.append(finding)
            ends += [_rejected(word)] if word.choice in (Choice.REJECT, Choice.KEEP_FIRST) else []
            told += [_asked(word)] if word.choice is Choice.ASK else []
    return tuple(dict.fromkeys((*ends, *left, *told)))


def _is_about(word: Decision, findings: Sequence[Finding], version: str) -> bool:
    if word.version != version:
        return False
    return word.field is not None or word.findings == findings_digest(findings, word.code)


def _accepted(finding: Finding, word: Decision) -> str:
    return f"{finding.message} Accepté tel quel par la {word}."


def _rejected(word: Decision) -> Finding:
    message = f"Rejeté par la {word} ({word.code}) : ce document n’attend plus et ne sera pas versé."
    return Finding(REJECTED, Severity.SET_ASIDE, message)


def _asked(word: Decision) -> Finding:
    message = (
        f"La collectivité doit répondre, dit la {word} ({word.code}) : rien n’est redemandé tant que rien ne change."
    )
    return Finding(ASKED, Severity.REMARK, message)


def _outdated(word: Decision) -> Finding:
    message = f"La {word} ({word.code}) n’est pas appliquée : le document ou ce constat a changé depuis. À reprendre."
    return Finding(OUTDATED, Severity.REMARK, message)
