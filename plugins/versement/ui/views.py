"""What the pages show: a run's report as it was written, or where a connector stands now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from versement.domain.balance import Balance, Counts
from versement.domain.documents import FileReference
from versement.domain.errors import ProfileError, TenantDiffers
from versement.domain.lifecycle import TransferState
from versement.orchestration.factory import dag_id_of
from versement.orchestration.handle import collection_id
from versement.pages.evidence import rules_of
from versement.pages.sheet import sheet
from versement.pages.templating import RULES, Listed, when
from versement.ports.records import CollectionRecord
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.sign_off import why_unsigned
from versement.settings import Settings
from versement.steps.chain import Chain
from versement.steps.completeness import completeness
from versement.steps.later_starts import later_starts, told
from versement.steps.report import Kept, kept, transfer_lines

SETTLED = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS, TransferState.REFUSED)


@dataclass(frozen=True, slots=True)
class ConnectorLine:
    """One line of the list; `trouble` says why there is nothing else to show."""

    dag_id: str
    label: str
    organisation: str = ""
    target: str = ""
    trial: bool = False
    balance: Balance | None = None
    waiting: int = 0
    maintenance: str = ""
    unsigned: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A page's content.

    Attributes:
        completeness: findings of the contrôle d'exhaustivité over all that the connector brought.
        trial: the target is an `essai`: nothing on it has archival value.
        waste: paths of the residue that this run announced, or the connector when no run is asked for.
        written: the run's own report; else the registry as it is now.
        lost: the run's own report was written, and staging does not hold it any more.
        this_run: None when no run is asked for, or when it announced nothing (yet).
        journal: number and chain of the journal's last line when this was written.
        maintenance: why the target is under maintenance now, whenever the rest was written.
        unsigned: why the profile counted as not signed off, so that nothing was deposited.
        kept: whether the run's report can be had as a file.
    """

    dag_id: str
    organisation: str
    connector: str
    target: str
    trial: bool
    run_id: str
    written: bool
    window: str
    started: str
    this_run: Balance | None
    overall: Balance
    waiting: Listed
    waste: Listed
    drop_findings: Listed
    completeness: Listed
    transfers: Listed
    rules: Listed
    journal: tuple[int, str] | None
    maintenance: str = ""
    unsigned: str = ""
    kept: bool = False
    lost: bool = False


def connectors(readable: AbstractSet[str]) -> list[ConnectorLine]:
    """Every connector that the user may read, in order of its DAG id."""
    settings = Settings.from_environment()
    return [_line(settings, dag_id, path) for dag_id, path in sorted(_profiles(settings).items()) if dag_id in readable]


def report(dag_id: str, run_id: str) -> Report | None:
    """The page of one run, or of a connector; None when there is no such connector.

    Whose holdings are shown follows from the DAG's own profile, never from the request.
    """
    settings = Settings.from_environment()
    path = _profiles(settings).get(dag_id)
    if path is None:
        return None
    profile = load_profile(path)
    chain = settings.chain(profile)
    found = _found(chain, dag_id, run_id)
    return replace(found, maintenance=profile.target.maintenance)


def kept_report(dag_id: str, run_id: str, kind: Kept) -> Iterator[bytes] | None:
    """A run's report as its task left it; None when there is no such connector or run, or it has none."""
    settings = Settings.from_environment()
    path = _profiles(settings).get(dag_id)
    if path is None:
        return None
    chain = settings.chain(load_profile(path))
    return kept(chain, chain.registry.collection(chain.tenant, collection_id(chain.connector, run_id)), kind)


def sheet_of(dag_id: str) -> str | None:
    """The page that is signed for a connector, as HTML; None when there is no such connector."""
    path = _profiles(Settings.from_environment()).get(dag_id)
    return None if path is None else sheet(load_profile(path))


def _found(chain: Chain, dag_id: str, run_id: str) -> Report:
    record = chain.registry.collection(chain.tenant, collection_id(chain.connector, run_id)) if run_id else None
    if record is None or record.report is None:
        return _as_it_is_now(chain, run_id, record)
    written = kept(chain, record, "report")
    if written is None:
        return replace(_as_it_is_now(chain, run_id, record), lost=True)
    return replace(_as_written(dag_id, run_id, json.loads(b"".join(written))), kept=record.page is not None)


def _profiles(settings: Settings) -> Mapping[str, Path]:
    return {dag_id_of(path): path for path in profile_paths(settings.profiles)}


def _line(settings: Settings, dag_id: str, path: Path) -> ConnectorLine:
    try:
        return _line_of(settings.chain(load_profile(path)))
    except (ProfileError, TenantDiffers) as error:
        return ConnectorLine(dag_id, dag_id, trouble=error.message)


def _line_of(chain: Chain) -> ConnectorLine:
    profile = chain.profile
    return ConnectorLine(
        profile.dag_id,
        profile.connector.label,
        organisation=profile.organisation.label,
        target=profile.target.label,
        trial=profile.target.kind == "essai",
        balance=chain.registry.balance(chain.tenant, chain.connector),
        waiting=len(chain.registry.waiting(chain.tenant, chain.connector)),
        maintenance=profile.target.maintenance,
        unsigned=why_unsigned(profile),
    )


def _as_written(dag_id: str, run_id: str, facts: Mapping[str, Any]) -> Report:
    """From the JSON that the report step wrote."""
    journal = facts["journal"]
    return Report(
        dag_id=dag_id,
        organisation=facts["organisation"],
        connector=facts["connector"],
        target=facts["target"]["label"],
        trial=facts["target"]["kind"] == "essai",
        run_id=run_id,
        written=True,
        window=facts["window"],
        started=when(datetime.fromisoformat(facts["started"])),
        this_run=_balance(facts["this_run"]),
        overall=_balance(facts["overall"]),
        waiting=Listed.of(facts["waiting"]),
        waste=Listed.of(facts["waste"]),
        drop_findings=Listed.of(facts["drop_findings"]),
        completeness=Listed.of(facts.get("completeness", ())),
        transfers=Listed.of(_open_first(facts["transfers"])),
        rules=Listed.of(rules_of(facts["expectations"]), RULES),
        journal=(journal["number"], journal["chain"]) if journal else None,
        unsigned=facts.get("unsigned", ""),
    )


def _as_it_is_now(chain: Chain, run_id: str, record: CollectionRecord | None) -> Report:
    profile, registry = chain.profile, chain.registry
    head = registry.journal_head(chain.tenant)
    return Report(
        dag_id=profile.dag_id,
        organisation=profile.organisation.label,
        connector=profile.connector.label,
        target=profile.target.label,
        trial=profile.target.kind == "essai",
        run_id=run_id,
        written=False,
        window=record.window if record else "",
        started=when(record.started) if record else "",
        this_run=registry.balance(chain.tenant, chain.connector, record.id) if record else None,
        overall=registry.balance(chain.tenant, chain.connector),
        waiting=Listed.of(registry.waiting(chain.tenant, chain.connector)),
        waste=Listed.of([file.path for file in _residue(chain, run_id, record)]),
        drop_findings=Listed.of(record.findings if record else ()),
        completeness=Listed.of((*completeness(chain), *told(later_starts(chain), profile.dag_id))),
        transfers=Listed.of(_open_first(transfer_lines(chain))),
        rules=Listed((), 0),
        journal=(head.number, head.chain) if head else None,
        unsigned=why_unsigned(profile),
    )


def _residue(chain: Chain, run_id: str, record: CollectionRecord | None) -> Sequence[FileReference]:
    if run_id and record is None:
        return ()
    return chain.registry.waste(chain.tenant, chain.connector, record.id if record else None)


def _balance(facts: Mapping[str, Mapping[str, int]]) -> Balance:
    return Balance(documents=Counts(**facts["documents"]), files=Counts(**facts["files"]))


def _open_first(transfers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is not settled yet comes first."""
    return sorted(transfers, key=lambda transfer: transfer["state"] in SETTLED)
