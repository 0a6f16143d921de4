"""Say where everything is: the invariant's table, what waits and for whom, the evidence. Pages are made elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Literal

from versement.domain.balance import Balance
from versement.domain.documents import Finding
from versement.domain.errors import Defect
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.particulars import Span
from versement.domain.transfers import Transfer
from versement.ports.records import CollectionRecord, Waiting
from versement.profiles.sign_off import why_unsigned
from versement.steps.chain import Chain, log
from versement.steps.completeness import completeness
from versement.steps.footprint import footprint
from versement.steps.later_starts import LaterStart, later_starts, told

Page = Callable[[Mapping[str, Any]], Iterable[bytes]]
"""Makes a report's HTML of its facts, as they are read back from their JSON."""

Kept = Literal["report", "page"]
"""JSON, or the HTML page."""
BLOCK = 1 << 16

WAITS_FOR_A_PERSON = (DocumentState.SET_ASIDE, DocumentState.REFUSED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run ends on.

    Attributes:
        set_aside, refused: documents of this run that wait for a person.
        pending: documents of this run that are still on their way.
        troubled: transfers that wait for an operator.
    """

    set_aside: int
    refused: int
    pending: int
    troubled: int

    def __str__(self) -> str:
        return (
            f"{self.set_aside} documents mis de côté, {self.refused} refusés, {self.pending} en attente, "
            f"{self.troubled} versements à examiner par un opérateur"
        )


def report(chain: Chain, page: Page, *, collection_id: str) -> Verdict:
    """Write the run's report into staging, as JSON and as a page made of it, and tie both to the collection.

    Raises:
        Defect: the invariant does not hold; the report is written all the same.
    """
    record = chain.registry.collection(chain.tenant, collection_id)
    if record is None:
        raise Defect(
            "La collecte de cette exécution est introuvable dans le registre : signalez-le aux développeurs.",
            detail=f"unknown collection {collection_id}",
        )
    this_run = chain.registry.balance(chain.tenant, chain.connector, collection_id)
    overall = chain.registry.balance(chain.tenant, chain.connector)
    transfers = transfer_lines(chain)
    facts = _facts(chain, record, (this_run, overall), transfers)
    written = json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "backslashreplace")
    with chain.staging.holding(chain.tenant):
        digest = chain.staging.put(chain.tenant, [written]).digest
        shown = chain.staging.put(chain.tenant, page(json.loads(written))).digest
        chain.registry.attach_evidence(chain.tenant, collection_id, report=digest, page=shown)
    if not (this_run.adds_up and overall.adds_up):
        raise Defect(
            "Les comptes ne tombent pas juste : arrêtez les versements de ce connecteur et prévenez les développeurs.",
            detail=f"balance does not add up: {this_run} {overall}",
        )
    verdict = Verdict(
        set_aside=this_run.documents.set_aside,
        refused=this_run.documents.refused,
        pending=this_run.documents.pending,
        troubled=sum(line["state"] in (TransferState.UNCERTAIN, TransferState.STOPPED) for line in transfers),
    )
    log.info("Bilan : %s.", verdict)
    return verdict


def kept(chain: Chain, record: CollectionRecord | None, kind: Kept) -> Iterator[bytes] | None:
    """What this step left of a run, as the bytes it wrote; None when it left nothing (yet), or staging lost it.

    It is open once this returns: whoever answers a request knows before its first byte whether there is a report.
    """
    digest = getattr(record, kind, None)
    if digest is None or not chain.staging.has(chain.tenant, digest):
        return None
    return _blocks(chain.staging.open(chain.tenant, digest))


def _blocks(opened: BinaryIO) -> Iterator[bytes]:
    with opened as file:
        while block := file.read(BLOCK):
            yield block


def transfer_lines(chain: Chain) -> Sequence[dict[str, Any]]:
    """A connector's transfers as the report shows them: state, operation, sizes, remarks on the transfer as a whole."""
    remarks = chain.registry.transfer_remarks(chain.tenant, chain.connector)
    transfers = chain.registry.transfers(chain.tenant, chain.connector, *TransferState)
    return [_transfer(transfer, remarks.get(transfer.id, ())) for transfer in transfers]


def _facts(
    chain: Chain, record: CollectionRecord, balances: tuple[Balance, Balance], transfers: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    profile = chain.profile
    journal = chain.registry.journal_head(chain.tenant)
    evidence = _expectations(chain, record.expectations)
    files = evidence.pop("files", None) if evidence else None
    starts = later_starts(chain)
    return {
        "organisation": profile.organisation.label,
        "connector": profile.connector.label,
        "target": {"label": profile.target.label, "kind": profile.target.kind},
        "unsigned": why_unsigned(profile),
        "run_id": record.run_id,
        "collection": record.id,
        "window": record.window,
        "started": record.started.isoformat(),
        "listing_paths": record.listing_paths,
        "this_run": asdict(balances[0]),
        "overall": asdict(balances[1]),
        "waiting": [_waiting(item) for item in chain.registry.waiting(chain.tenant, chain.connector)],
        "waste": [file.path for file in chain.registry.waste(chain.tenant, chain.connector, record.id)],
        "drop_findings": [_finding(finding) for finding in record.findings],
        "completeness": [_finding(finding) for finding in (*completeness(chain), *told(starts, profile.dag_id))],
        "later_starts": [start_line(start) for start in starts],
        "transfers": transfers,
        "expectations": evidence,
        "records": dict(chain.registry.references(chain.tenant, _failing(evidence))),
        "formats": [asdict(each) for each in chain.registry.formats_of(chain.tenant, record.id)],
        "alikes": [asdict(each) for each in chain.registry.alikes_of(chain.tenant, record.id)],
        "timings": [_timing(span) for span in chain.registry.spans_of(chain.tenant, record.id)],
        "files": {name: said for name, said in files.items() if name != "contents"} if files else None,
        "footprint": footprint(chain, record.id),
        "journal": {"number": journal.number, "chain": journal.chain} if journal else None,
    }


def _waiting(item: Waiting) -> dict[str, str]:
    return {
        "document_id": item.document_id,
        "reference": item.reference,
        "record": item.record_key,
        "state": item.state.value,
        "code": item.code,
        "message": item.message,
        "actor": item.actor,
    }


def start_line(start: LaterStart) -> dict[str, str]:
    """A rule to put later in Vitam; days are ISO 8601, empty when unknown."""
    return {
        "unit": start.system_id,
        "key": start.key,
        "category": start.category,
        "rule": start.rule,
        "since": start.since.isoformat() if start.since else "",
        "to": start.to.isoformat(),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "message": finding.message, "path": finding.path}


def _transfer(transfer: Transfer, remarks: Iterable[Finding]) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "state": transfer.state.value,
        "operation": transfer.operation_id,
        "units": transfer.unit_count,
        "bytes": transfer.size,
        "documents": len(transfer.members),
        "follows": transfer.follows,
        "remarks": [_finding(remark) for remark in remarks],
    }


def _timing(span: Span) -> dict[str, Any]:
    return asdict(span) | {"begun": span.begun.isoformat(), "ended": span.ended.isoformat()}


def _failing(evidence: Mapping[str, Any] | None) -> set[str]:
    """Ids of the documents that break a rule on the metadata."""
    results = (evidence or {}).get("results", ())
    return {row["document"] for result in results for row in result["result"].get("unexpected_index_list", ())}


def _expectations(chain: Chain, digest: Digest | None) -> Any:
    if digest is None:
        return None
    with chain.staging.open(chain.tenant, digest) as evidence:
        return json.load(evidence)
