"""Documents from announcement to judgement: reading them, moving them, keeping what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from versement.adapters.registry import journal
from versement.adapters.registry.claims import release
from versement.adapters.registry.codec import (
    compact,
    file_rows,
    finding_rows,
    from_readings,
    to_announced,
)
from versement.adapters.registry.database import Transaction
from versement.adapters.registry.states import load, move, move_each, row_of
from versement.adapters.registry.tables import document, document_finding, file
from versement.domain.documents import AnnouncedDocument, Finding, Severity, SourceDocument
from versement.domain.errors import Defect, NotReleasable
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Judgement

_OF_THEM = (file.c.tenant == bindparam("of_tenant"), file.c.document.in_(bindparam("of_ids", expanding=True)))
_ANNOUNCED_PATHS = select(file.c.document, file.c.path).where(*_OF_THEM, file.c.announced)
_FORGET_FILES = delete(file).where(*_OF_THEM)


def in_states(tx: Transaction, connector: str, states: Collection[DocumentState]) -> Sequence[SourceDocument]:
    wanted = [state.value for state in states]
    found = load(tx, document.c.connector == connector, document.c.state.in_(wanted))
    return [loaded for _, loaded in found]


def announced_as(tx: Transaction, document_id: str) -> AnnouncedDocument | None:
    row = tx.first(tx.select(document, document.c.announced).where(document.c.id == document_id))
    return to_announced(row.announced) if row else None


def collected(tx: Transaction, found: SourceDocument) -> None:
    move(tx, found.id, DocumentState.COLLECTED, **_known_of(found))
    _write_files(tx, [found])
    journal.append(tx, "document.collected", found.id, files=len(found.files))


def qualified(tx: Transaction, judgements: Sequence[Judgement]) -> None:
    judged = [one for one, _ in judgements]
    move_each(tx, [(one.id, _known_of(one)) for one in judged], DocumentState.QUALIFIED)
    _write_files(tx, judged)
    tx.add(
        document_finding,
        [row for one, findings in judgements for row in finding_rows({"document": one.id}, findings)],
    )
    told = {one.id: {"remarks": _codes(findings)} for one, findings in judgements}
    journal.append_all(tx, "document.qualified", told)


def set_aside(tx: Transaction, document_id: str, findings: Sequence[Finding], judged: SourceDocument | None) -> None:
    blocking = [finding for finding in findings if finding.severity is Severity.SET_ASIDE]
    if not blocking:
        raise Defect(
            "Un document est mis de côté sans motif : signalez-le aux développeurs.",
            detail=f"set_aside of {document_id} without a blocking finding",
        )
    known = _known_of(judged) if judged else {}
    move(tx, document_id, DocumentState.SET_ASIDE, code=blocking[0].code, reason=blocking[0].message, **known)
    if judged:
        _write_files(tx, [judged])
    tx.run(tx.delete(document_finding).where(document_finding.c.document == document_id))
    tx.add(document_finding, finding_rows({"document": document_id}, findings))
    heir = release(tx, document_id)
    journal.append(tx, "document.set_aside", document_id, findings=_codes(findings), heir=heir)


def reinstate(tx: Transaction, document_id: str) -> None:
    state = DocumentState(row_of(tx, document_id).state)
    if state is not DocumentState.REFUSED:
        raise NotReleasable(
            f"Ce document est « {state} » : seul un document refusé se rend à la chaîne.",
            detail=f"reinstate in state {state.name}",
        )
    move(tx, document_id, DocumentState.QUALIFIED)
    journal.append(tx, "document.reinstated", document_id)


def waits(tx: Transaction, document_id: str, finding: Finding) -> None:
    row = row_of(tx, document_id)
    if row.state != DocumentState.QUALIFIED:
        raise Defect(
            f"Un document « {row.state} » ne peut pas attendre son versement : signalez-le aux développeurs.",
            detail=f"waits on {document_id}",
        )
    if (row.code, row.reason) == (finding.code, finding.message):
        return
    change = tx.update(document).where(document.c.id == document_id)
    tx.run(change.values(code=finding.code, reason=finding.message))
    journal.append(tx, "document.waits", document_id, code=finding.code)


def remark(tx: Transaction, document_id: str, finding: Finding) -> None:
    row_of(tx, document_id)
    of_it = tx.select(document_finding).where(document_finding.c.document == document_id)
    known = tx.rows(of_it.order_by(document_finding.c.position))
    if any((row.code, row.message) == (finding.code, finding.message) for row in known):
        return
    position = known[-1].position + 1 if known else 0
    (row,) = finding_rows({"document": document_id}, [finding])
    tx.add(document_finding, [{**row, "position": position}])
    journal.append(tx, "document.remark", document_id, code=finding.code)


def _known_of(found: SourceDocument) -> dict[str, Any]:
    return {
        "readings": from_readings(found.readings),
        "record_key": found.record_key,
        "index_row": found.row,
        "attests": compact(found.attests),
    }


def _write_files(tx: Transaction, found: Sequence[SourceDocument]) -> None:
    of_them = {"of_tenant": tx.tenant, "of_ids": [one.id for one in found]}
    announced: dict[str, set[str]] = {one.id: set() for one in found}
    for row in tx.connection.execute(_ANNOUNCED_PATHS, of_them):
        announced[row.document].add(row.path)
    for one in found:
        lost = announced[one.id].difference(item.path for item in one.files)
        if lost:
            raise Defect(
                f"{len(lost)} pièce(s) annoncée(s) d’un document ont disparu en chemin : signalez-le aux développeurs.",
                detail=f"document {one.id} lost announced files",
            )
    tx.connection.execute(_FORGET_FILES, of_them)
    tx.add(file, [row for one in found for row in file_rows(one.id, one.files, announced[one.id])])


def _codes(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.code for finding in findings})
