"""The work of each task, once its process runs. Heavy imports are here, so that DAG files never load them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from versement.adapters.expectations import GreatExpectations
from versement.adapters.formats.formats import FileFormats
from versement.domain.actors import ARCHIVIST, OPERATOR
from versement.domain.lifecycle import DocumentState, TransferState
from versement.orchestration.handle import Handle, collection_id
from versement.orchestration.wiring import chain_of, receipts_of, source_of
from versement.pages.run import page
from versement.profiles.load import load_profile
from versement.profiles.sign_off import why_unsigned
from versement.settings import Settings
from versement.steps.acknowledge import acknowledge
from versement.steps.chain import Chain, log
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.near import propose_near
from versement.steps.package import package
from versement.steps.qualify import qualify
from versement.steps.report import WAITS_FOR_A_PERSON, report
from versement.steps.since import since

Save = Callable[[Handle], None]
"""Writes a handle where later tasks find it."""


def collect_into(path: Path, *, run_id: str, window: Window, save: Save) -> None:
    """Collect under the profile as its file says now; what later tasks need is saved even if this one is cut short."""
    profile = load_profile(path)
    chain = Settings.from_environment().chain(profile)
    frozen = chain.staging.put(chain.tenant, [profile.frozen()]).digest
    save(Handle(chain.tenant, collection_id(chain.connector, run_id), frozen))
    source = source_of(profile, since(chain) if window == Window() else None)
    formats = FileFormats()
    try:
        log.info("Collecte de « %s » : %s.", profile.connector.label, window)
        record = collect(chain, source, formats, run_id=run_id, window=window)
    finally:
        formats.close()
        source.close()
    save(Handle(chain.tenant, record.id, record.profile))


def _qualify(chain: Chain, collection: str) -> None:
    formats, guard = FileFormats(), Settings.from_environment().guard()
    try:
        qualify(chain, formats, GreatExpectations(), collection_id=collection, guard=guard)
    finally:
        formats.close()
        if guard is not None:
            guard.antivirus.close()


def _deduplicate(chain: Chain, collection: str) -> None:
    deduplicate(chain)
    formats = FileFormats()
    try:
        propose_near(chain, formats, collection_id=collection)
    finally:
        formats.close()


def _package(chain: Chain, collection: str) -> None:
    package(chain, collection_id=collection)


def _report(chain: Chain, collection: str) -> None:
    if chain.registry.collection(chain.tenant, collection) is None:
        log.warning("Pas de bilan à écrire : la collecte n’a rien pu annoncer.")
        return
    report(chain, page, collection_id=collection)
    receipts = receipts_of(chain.profile)
    try:
        acknowledge(chain, receipts)
    finally:
        if receipts is not None:
            receipts.close()


STEPS: Mapping[str, Callable[[Chain, str], None]] = {
    "qualify": _qualify,
    "deduplicate": _deduplicate,
    "package": _package,
    "report": _report,
}


def carry_out(step: str, handle: Handle) -> None:
    """Do one step of a run."""
    STEPS[step](chain_of(handle), handle.collection)


def troubles(handle: Handle) -> list[str]:
    """What a person must look at, as French lines that name no document; empty when all is well."""
    chain = chain_of(handle)
    codes: dict[tuple[DocumentState, str], list[str]] = {}
    for item in chain.registry.waiting(chain.tenant, chain.connector, handle.collection):
        if item.state in WAITS_FOR_A_PERSON:
            codes.setdefault((item.state, item.actor), []).append(item.code)
    lines = [
        f"{_counted(len(found), state)}, à traiter par : {actor} ({', '.join(sorted(set(found)))})"
        for (state, actor), found in sorted(codes.items())
    ]
    for state in (TransferState.STOPPED, TransferState.UNCERTAIN):
        transfers = chain.registry.transfers(chain.tenant, chain.connector, state)
        lines += [f"versement {transfer.id} {state}, à examiner par : {OPERATOR}" for transfer in transfers]
    return [*lines, *_unsigned(chain)]


def _unsigned(chain: Chain) -> Iterator[str]:
    """One line when only a signature is missing for something to leave."""
    why = why_unsigned(chain.profile)
    if why and (ready := chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY)):
        yield (
            f"fiche non signée, {why} : rien n’est versé (versements prêts, essayés à blanc seulement : {len(ready)}). "
            f"À faire signer par : {ARCHIVIST}"
        )


def _counted(count: int, state: DocumentState) -> str:
    if count == 1:
        return f"1 document {state}"
    return f"{count} documents {'refusés' if state is DocumentState.REFUSED else state}"
