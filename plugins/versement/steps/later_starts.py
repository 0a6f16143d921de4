"""Units in the archive whose delays run from too early a day: a more recent piece of their file has entered since.

No deposit changes a rule of a unit that Vitam holds, and nothing here asks it to: a person does it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from versement.domain.documents import Finding, SourceDocument
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.qualification import remark
from versement.domain.transfers import Transfer
from versement.profiles.models import Profile
from versement.profiles.rules import rule_for
from versement.seda.model import ArchiveUnit
from versement.seda.reader import ManifestReader
from versement.steps.chain import Chain
from versement.steps.records import latest_dates, top_key
from versement.steps.starts import parts_of, start_of

FROM_THE_LATEST = "latest_date"


@dataclass(frozen=True, slots=True)
class LaterStart:
    """One rule of one unit, and the day that it should run from.

    Attributes:
        key: the unit's `OriginatingSystemId`, made of no title and no name.
        system_id: the unit in Vitam; empty when its reply gave none.
        category: `AccessRule` or `AppraisalRule`.
        rule: its identifier, as the manifest that brought the unit says it.
        since: StartDate that Vitam was given; None when it was given none, or the manifest is not kept any more.
        to: date of the most recent document of the file that the archive holds.
    """

    key: str
    system_id: str
    category: str
    rule: str
    since: date | None
    to: date


def runs_from_the_latest(profile: Profile) -> bool:
    """Whether a rule of the connector's family runs from the most recent document of a file; no act has a file."""
    rows = (row for row in profile.organisation.management_rules if row.family == profile.connector.family != "actes")
    return any(start == FROM_THE_LATEST for row in rows for _, _, start, _ in parts_of(row))


def later_starts(chain: Chain) -> tuple[LaterStart, ...]:
    """Every rule to put later, by unit; what a person has changed in Vitam meanwhile is not known here."""
    if not runs_from_the_latest(chain.profile):
        return ()
    held = {document.id: document for document in _documents(chain)}
    latest = latest_dates(chain.profile, held.values())
    accepted = (TransferState.ACCEPTED, TransferState.ACCEPTED_WITH_REMARKS)
    found = [
        start
        for transfer in chain.registry.transfers(chain.tenant, chain.connector, *accepted)
        for start in _of(chain, transfer, [held[key] for key in transfer.members if key in held], latest)
    ]
    return tuple(sorted(found, key=lambda start: (start.key, start.category)))


def told(starts: Sequence[LaterStart], connector: str) -> tuple[Finding, ...]:
    """One remark for all of them; none when there is none."""
    if not starts:
        return ()
    units = len({start.key for start in starts})
    several = "unités d’archives déjà versées ont" if units > 1 else "unité d’archives déjà versée a"
    return (
        remark(
            "RULE_STARTS_TOO_EARLY",
            f"{units} {several} un délai qui part trop tôt : une pièce plus récente du même "
            "dossier est entrée depuis. Un versement n’y change rien : un archiviste doit corriger StartDate dans "
            f"Vitam. La liste : python -m versement starts {connector}.",
        ),
    )


def _documents(chain: Chain) -> Sequence[SourceDocument]:
    return chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)


def _of(
    chain: Chain, transfer: Transfer, members: Sequence[SourceDocument], latest: Mapping[str, date]
) -> Iterator[LaterStart]:
    """Of one transfer. Its manifest is read only when a file that it brought a piece of has a more recent one since."""
    own, tops = latest_dates(chain.profile, members), {top_key(chain.profile, one.metadata) for one in members}
    grown = {top for top in tops if own.get(top, date.min) < latest.get(top, date.min)}
    wanted = {
        document.record_key: starts
        for document in members
        if top_key(chain.profile, document.metadata) in grown
        and (starts := dict(_wanted(chain.profile, document, latest)))
    }
    for key, category, rule, since in _given(chain, transfer, wanted) if wanted else ():
        to = wanted[key][category]
        if since is None or since < to:
            unit = chain.registry.held_key(chain.tenant, key)
            yield LaterStart(key, unit.system_id if unit else "", category, rule, since, to)


def _wanted(profile: Profile, document: SourceDocument, latest: Mapping[str, date]) -> Iterator[tuple[str, date]]:
    """By category of rule that runs from the most recent document, the day that it should run from."""
    row = rule_for(profile.organisation, profile.connector.family, document.metadata)
    for category, _, start, _ in parts_of(row) if row else ():
        day = start_of(start, document.metadata, latest[top_key(profile, document.metadata)])
        if start == FROM_THE_LATEST and day is not None:
            yield category, day


def _given(
    chain: Chain, transfer: Transfer, wanted: Mapping[str, Mapping[str, date]]
) -> Iterator[tuple[str, str, str, date | None]]:
    """Unit's key, category, rule and StartDate, as the transfer's manifest gave them."""
    if not chain.staging.has(chain.tenant, transfer.manifest.digest):
        yield from ((key, category, "", None) for key, starts in wanted.items() for category in starts)
        return
    keys = {unit.xml_id: unit.key for unit in transfer.units if unit.key in wanted}
    with chain.staging.open(chain.tenant, transfer.manifest.digest) as manifest:
        for unit in _all(ManifestReader(manifest).roots()):
            for rule in unit.rules if unit.key in keys else ():
                key, since = keys[unit.key], rule.start_date
                if rule.category in wanted[key]:
                    yield key, rule.category, rule.rule, since if isinstance(since, date) else None


def _all(units: Iterable[ArchiveUnit]) -> Iterator[ArchiveUnit]:
    for unit in units:
        yield unit
        yield from _all(unit.children)
