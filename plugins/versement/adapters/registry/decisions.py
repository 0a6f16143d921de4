"""Decisions of persons: written once, and what they make at once of the document that waits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from versement.adapters.registry import journal
from versement.adapters.registry.codec import announced_columns, compact, finding_rows, to_announced, to_finding
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.states import load, move, row_of
from versement.adapters.registry.tables import decision, document, document_finding
from versement.domain.cases import Choice
from versement.domain.decisions import Decision, applied, checked, findings_digest, version_of
from versement.domain.documents import Field, Finding, Severity
from versement.domain.errors import NotDecidable
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import sets_aside

_JUDGED_ANEW = (Choice.CORRECT, Choice.NEW_VERSION)
"""What these change is known only by judging the document again."""


def decide(tx: Transaction, taken: Decision) -> Decision:
    taken = checked(taken)
    row, findings = row_of(tx, taken.document), _findings(tx, taken.document)
    _check_waits(tx, row, findings, taken)
    kept = replace(
        taken,
        number=tx.next_number(decision),
        at=tx.now,
        connector=row.connector,
        reference=row.reference,
        findings=findings_digest(findings, taken.code),
    )
    tx.add(decision, [_row(kept)])
    again = _carry_out(tx, row, findings, kept)
    said = {"number": kept.number, "code": kept.code, "choice": kept.choice.value, "words": _words_of(kept)}
    journal.append(tx, "decision.taken", kept.document, again=again, **said)
    return kept


def every(tx: Transaction, connector: str | None) -> Sequence[Decision]:
    wanted = tx.select(decision)
    if connector is not None:
        wanted = wanted.where(decision.c.connector == connector)
    return [_decision(row) for row in tx.rows(wanted.order_by(decision.c.number))]


def version(tx: Transaction, document_id: str) -> str:
    row = row_of(tx, document_id)
    (_, loaded), *_ = load(tx, document.c.id == document_id)
    return version_of(loaded.files, to_announced(row.announced).readings)


def _check_waits(tx: Transaction, row: Row[Any], findings: Sequence[Finding], taken: Decision) -> None:
    if row.state != DocumentState.SET_ASIDE or row.replaced_by is not None or row.withdrawn:
        raise NotDecidable(
            f"Le document {row.id[:12]} n’attend plus de décision : il est « {row.state} », ou la source l’a remplacé "
            "ou retiré. Rien n’a été enregistré."
        )
    blocking = sorted({finding.code for finding in findings if finding.severity is Severity.SET_ASIDE})
    if taken.code not in blocking:
        raise NotDecidable(
            f"Le document {row.id[:12]} n’est pas mis de côté pour {taken.code}, mais pour : {', '.join(blocking)}. "
            "Rien n’a été enregistré."
        )
    if taken.version != version(tx, row.id):
        raise NotDecidable(
            f"Le document {row.id[:12]} a changé depuis que la question a été posée (DECISION_OUTDATED) : rien n’a été "
            "enregistré. Relisez-le, puis décidez."
        )


def _carry_out(tx: Transaction, row: Row[Any], findings: Sequence[Finding], kept: Decision) -> bool:
    """Have the document judged again, or say why it stays aside; whether it is judged again."""
    left = applied(findings, [*_about(tx, row), kept], kept.version)
    if kept.choice in _JUDGED_ANEW or not sets_aside(left):
        anew = announced_columns(to_announced(row.announced))
        move(tx, row.id, DocumentState.COLLECTED, record_key="", other_key="", **anew)
        left = ()
    else:
        reason = next(finding for finding in left if finding.severity is Severity.SET_ASIDE)
        told = tx.update(document).where(document.c.id == row.id)
        tx.run(told.values(code=reason.code, reason=reason.message))
    tx.run(tx.delete(document_finding).where(document_finding.c.document == row.id))
    tx.add(document_finding, finding_rows({"document": row.id}, left))
    return not left


def _about(tx: Transaction, row: Row[Any]) -> Sequence[Decision]:
    return [said for said in every(tx, row.connector) if said.reference == row.reference]


def _findings(tx: Transaction, document_id: str) -> Sequence[Finding]:
    own = tx.select(document_finding).where(document_finding.c.document == document_id)
    return [to_finding(row) for row in tx.rows(own.order_by(document_finding.c.position))]


def _words_of(kept: Decision) -> str:
    """SHA-256 of all that the decision says: the journal proves author, reason and value without telling them."""
    said = compact({name: str(value) for name, value in _row(kept).items()})
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _row(kept: Decision) -> dict[str, Any]:
    return {
        "number": kept.number,
        "at": kept.at,
        "document": kept.document,
        "connector": kept.connector,
        "reference": kept.reference,
        "code": kept.code,
        "choice": kept.choice.value,
        "field": kept.field.value if kept.field else None,
        "value": kept.value,
        "author": kept.author,
        "reason": kept.reason,
        "version": kept.version,
        "findings": kept.findings,
    }


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        document=row.document,
        code=row.code,
        choice=Choice(row.choice),
        author=row.author,
        reason=row.reason,
        version=row.version,
        field=Field(row.field) if row.field else None,
        value=row.value,
        connector=row.connector,
        reference=row.reference,
        findings=row.findings,
        number=row.number,
        at=row.at,
    )
