"""Search for viruses again in what was let through before and has not left yet, packed or not: a scan grows old."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from versement.domain.documents import Finding, SourceDocument
from versement.domain.files import FileFacts, judge_files
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import remark, sets_aside
from versement.domain.scans import CLEAN
from versement.domain.transfers import Ending, Settlement, Transfer
from versement.steps.chain import Chain, log
from versement.steps.files import Guard, contents_of, verdicts_of

OF_THE_ANTIVIRUS = frozenset({"INFECTED", "NOT_SCANNED"})


def rescan(chain: Chain, guard: Guard | None) -> int:
    """Set aside the qualified documents that the signatures of now do not let through; return how many.

    What these signatures found clean already is not scanned again.

    Raises:
        AntivirusUnavailable, SettingsError: see `files.look`; nothing was judged.
    """
    aside = 0
    # Again for as long as there are some: the duplicate of one set aside takes its place, with the same bytes.
    while found := list(_not_let_through(chain, DocumentState.QUALIFIED, guard)):
        for document, findings in found:
            chain.registry.set_aside(chain.tenant, document.id, findings)
        aside += len(found)
    if aside:
        log.warning("Antivirus : %d documents qualifiés auparavant sont mis de côté.", aside)
    return aside


def rescan_packed(chain: Chain, transfer: Transfer, guard: Guard | None) -> bool:
    """Whether the signatures of now let all of a transfer through that is about to be sent for the first time.

    Otherwise it is undone: what they do not let through is set aside, the rest is packed anew.

    Raises:
        AntivirusUnavailable, SettingsError: see `files.look`; the transfer stays as it is.
    """
    if chain.profile.connector.antivirus == "off":
        return True
    verdicts, _ = verdicts_of(chain, {entry.fixity.digest: entry.fixity for entry in transfer.entries}.values(), guard)
    if all(verdict == CLEAN for verdict in verdicts.values()):
        return True
    judged = _not_let_through(chain, DocumentState.PACKAGED, guard, of=transfer.members)
    if not (found := [document.id for document, _ in judged]):
        return True
    back = {member: Ending(DocumentState.QUALIFIED) for member in transfer.members}
    told = (("", _undone(transfer, len(found))),)
    # A scan takes a while: what another execution has sent meanwhile is the archive's to settle.
    undone = Settlement(TransferState.REFUSED, documents=back, findings=told, only_from=TransferState.READY)
    chain.registry.settle(chain.tenant, transfer.id, undone)
    rescan(chain, guard)
    return False


def _undone(transfer: Transfer, count: int) -> Finding:
    return remark(
        "PACKED_INFECTED",
        f"Versement {transfer.id} : défait, la plateforme n’en garde rien. L’antivirus d’aujourd’hui ne laisse plus "
        f"passer tous ses documents (mis de côté : {count}). Les autres repartent dans un autre versement.",
    )


def _not_let_through(
    chain: Chain, state: DocumentState, guard: Guard | None, of: Collection[str] | None = None
) -> Iterator[tuple[SourceDocument, Sequence[Finding]]]:
    """Documents in this state, all or some, each with what sets it aside."""
    known = chain.registry.documents(chain.tenant, chain.connector, state)
    documents = [document for document in known if of is None or document.id in of]
    verdicts, _ = verdicts_of(chain, contents_of(documents).values(), guard)
    facts = {digest: FileFacts(verdict=verdict) for digest, verdict in verdicts.items()}
    policies = chain.profile.connector.policies.decisions()
    for document in documents:
        judged = judge_files(document, facts, policies)
        findings = [finding for finding in judged if finding.code in OF_THE_ANTIVIRUS]
        if sets_aside(findings):
            yield document, findings
