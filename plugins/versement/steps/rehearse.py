"""Blank tests in the place of deposits, for a profile that is not signed off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from versement.domain.documents import Finding
from versement.domain.lifecycle import TransferState
from versement.domain.qualification import remark
from versement.domain.transfers import Settlement, Transfer
from versement.ports.archive import Archive
from versement.profiles.sign_off import why_unsigned
from versement.steps.blank_test import BlankTest, Judged, blank_test
from versement.steps.chain import Chain, log
from versement.steps.files import Guard
from versement.steps.rescan import rescan_packed

TRIED = "BLANK_TEST_ACCEPTED"
TRIED_IN_VAIN = "BLANK_TEST_REFUSED"
TOLD = 20
"""Reasons of a refusal that are kept; how many more there are is said."""


def rehearse(chain: Chain, archive: Archive, pause: Callable[[float], None], guard: Guard | None) -> None:
    """Blank-test every transfer that is ready and was not found good yet; the answer is kept with it.

    What the antivirus of now does not let through is not shown to the archive either.

    Raises:
        AntivirusUnavailable: it does not answer; what was answered so far is kept.
        ArchiveUnavailable: the archive does not answer; what was answered so far is kept.
        RequestRefused: it refuses blank tests.
    """
    log.warning("Essai à blanc seulement, rien n’est versé : fiche non signée, %s.", why_unsigned(chain.profile))
    remarks = chain.registry.transfer_remarks(chain.tenant, chain.connector)
    for transfer in chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY):
        if any(said.code == TRIED for said in remarks.get(transfer.id, ())):
            continue
        if not rescan_packed(chain, transfer, guard):
            continue
        done = blank_test(chain, archive, transfer, pause)
        findings = tuple(("", finding) for finding in _told(transfer, done))
        chain.registry.settle(chain.tenant, transfer.id, Settlement(TransferState.READY, findings=findings))
        log.info("%s", findings[-1][1].message)


def _told(transfer: Transfer, done: BlankTest) -> Iterator[Finding]:
    """What was found, then the answer itself."""
    code = TRIED if done.accepted else TRIED_IN_VAIN
    for judged in done.found[:TOLD]:
        yield remark(code, _sentence(judged), judged.path)
    more = f" {len(done.found) - TOLD} autres motifs ne sont pas repris ici." if len(done.found) > TOLD else ""
    answer = "l’accepterait" if done.accepted else "ne l’accepterait pas"
    yield remark(
        code,
        f"Versement {transfer.id} : essai à blanc, opération {done.operation_id}. La plateforme {answer} "
        f"({done.status}). Elle n’en a rien gardé, et rien ne sera versé avant la signature de la fiche.{more}",
    )


def _sentence(judged: Judged) -> str:
    where = f"« {judged.path} » : " if judged.path else ""
    return f"Essai à blanc, {where}{judged.text} ({judged.code}). À traiter par : {judged.actor}."
