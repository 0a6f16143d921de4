"""Search for viruses again in what an earlier run let through and has not left yet: a scan grows old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from versement.domain.documents import Finding, SourceDocument
from versement.domain.files import FileFacts, judge_files
from versement.domain.lifecycle import DocumentState
from versement.domain.qualification import sets_aside
from versement.steps.chain import Chain, log
from versement.steps.files import Guard, verdicts_of

OF_THE_ANTIVIRUS = frozenset({"INFECTED", "NOT_SCANNED"})


def rescan(chain: Chain, guard: Guard | None) -> int:
    """Set aside the qualified documents that the signatures of now do not let through; return how many.

    What these signatures found clean already is not scanned again.

    Raises:
        AntivirusUnavailable, SettingsError: see `files.look`; nothing was judged.
    """
    aside = 0
    # Again for as long as there are some: the duplicate of one set aside takes its place, with the same bytes.
    while found := list(_not_let_through(chain, guard)):
        for document, findings in found:
            chain.registry.set_aside(chain.tenant, document.id, findings)
        aside += len(found)
    if aside:
        log.warning("Antivirus : %d documents qualifiés auparavant sont mis de côté.", aside)
    return aside


def _not_let_through(chain: Chain, guard: Guard | None) -> Iterator[tuple[SourceDocument, Sequence[Finding]]]:
    documents = chain.registry.documents(chain.tenant, chain.connector, DocumentState.QUALIFIED)
    verdicts, _ = verdicts_of(chain, documents, guard)
    facts = {digest: FileFacts(verdict=verdict) for digest, verdict in verdicts.items()}
    policies = chain.profile.connector.policies.decisions()
    for document in documents:
        judged = judge_files(document, facts, policies)
        findings = [finding for finding in judged if finding.code in OF_THE_ANTIVIRUS]
        if sets_aside(findings):
            yield document, findings
