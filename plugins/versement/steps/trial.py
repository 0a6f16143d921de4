"""What a trial tells: for each document what would be archived, where each value came from, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from versement.domain.balance import Balance
from versement.domain.documents import CollectedFile, Field, SourceDocument
from versement.domain.lifecycle import DocumentState, TransferState
from versement.domain.transfers import Transfer
from versement.ports.expectations import Expectations
from versement.ports.formats import Formats
from versement.ports.records import CollectionRecord, Story
from versement.ports.source import Source
from versement.profiles.families import PERSONAL
from versement.profiles.sign_off import version_digest, why_unsigned
from versement.seda.model import ArchiveUnit, Rule
from versement.seda.reader import ManifestReader
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.files import Guard
from versement.steps.individual import names_persons
from versement.steps.package import package
from versement.steps.qualify import qualify

SHOWN = 500
"""Documents told one by one; how many more there are is said."""
HIDDEN = "•••"
SHORTEST = 3
"""Characters of a value that is taken out of sentences: a shorter one tells nobody, and stands everywhere."""
CLEAR = frozenset({"SIREN", "PERIOD", "YEAR", "SECTION", "PIECE", "ENTITY", "DATE"})
"""Fields that are shown all the same: they tell a person from no other."""

_CATEGORIES = {"AppraisalRule": "Durée d’utilité administrative", "AccessRule": "Accès"}
_FATES = {"Keep": "conserver", "Destroy": "éliminer", "": ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field: its value, and where it was read (a source and, when it tells, a dotted path)."""

    name: str
    text: str
    source: str
    origin: str


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One management rule as the bordereau gives it; `start` is empty when the event is not known yet."""

    category: str
    rule: str
    start: str
    fate: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One document.

    Attributes:
        path: titles of the units that lead to it, its own last; empty when it would not be archived.
        findings: what is missing or remarked, as French sentences with their code.
        sip: id of the transfer that it would leave with.
    """

    reference: str
    state: str
    path: tuple[str, ...]
    fields: tuple[Shown, ...]
    rules: tuple[ShownRule, ...]
    files: tuple[str, ...]
    findings: tuple[str, ...]
    sip: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A whole trial.

    Attributes:
        counts: of documents, by line of the invariant's table; they add up.
        left_out: documents that are counted and not told one by one.
        sips: id, units, files and bytes of each.
    """

    connector: str
    organisation: str
    digest: str
    unsigned: str
    counts: Mapping[str, int]
    adds_up: bool
    documents: tuple[Tried, ...]
    left_out: int
    drop_findings: tuple[str, ...]
    waste: tuple[str, ...]
    sips: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def attempt(
    chain: Chain,
    source: Source,
    formats: Formats,
    expectations: Expectations,
    window: Window | None = None,
    guard: Guard | None = None,
) -> tuple[CollectionRecord, Sequence[Transfer]]:
    """Collect, qualify and pack, in a registry and a staging of its own; nothing is sent. May be taken up again."""
    record = collect(chain, source, formats, run_id="essai", window=window or Window())
    qualify(chain, formats, expectations, collection_id=record.id, guard=guard)
    deduplicate(chain)
    package(chain, collection_id=record.id)
    return record, chain.registry.transfers(chain.tenant, chain.connector, TransferState.READY)


def without_antivirus(chain: Chain) -> Chain:
    """The same chain, for a machine that has none: nobody keeps what it tries, and the runs that send have theirs."""
    unguarded = chain.profile.connector.model_copy(update={"antivirus": "off"})
    return replace(chain, profile=chain.profile.model_copy(update={"connector": unguarded}))


def trial_of(chain: Chain, record: CollectionRecord, transfers: Sequence[Transfer], *, limit: int = SHOWN) -> Trial:
    """Tell what a collection came to, in a registry that holds nothing else."""
    profile, registry = chain.profile, chain.registry
    balance: Balance = registry.balance(chain.tenant, chain.connector)
    known = registry.documents(chain.tenant, chain.connector, *DocumentState)
    places = _Places(chain, transfers)
    hide = _Mask(chain, known, *(finding.path for finding in record.findings))
    told = tuple(_tried(chain, hide, places, document, rank) for rank, document in enumerate(known[:limit], start=1))
    return Trial(
        connector=profile.connector.label,
        organisation=profile.organisation.label,
        digest=version_digest(profile),
        unsigned=why_unsigned(profile),
        counts={name: count for name, count in asdict(balance.documents).items() if isinstance(count, int)},
        adds_up=balance.adds_up,
        documents=told,
        left_out=max(0, len(known) - limit),
        drop_findings=tuple(hide.said(f"{f.message} ({f.code})") for f in record.findings),
        waste=tuple(hide.path(file.path) for file in registry.waste(chain.tenant, chain.connector)),
        sips=tuple({"id": t.id, "units": t.unit_count, "files": len(t.entries), "bytes": t.size} for t in transfers),
    )


class _Places:
    """Where the transfers put each document, read from their bordereaux: what is told is what would be sent."""

    def __init__(self, chain: Chain, transfers: Sequence[Transfer]) -> None:
        self._units: dict[str, tuple[tuple[str, ...], tuple[Rule, ...]]] = {}
        self._of: dict[str, tuple[str, str]] = {}
        for transfer in transfers:
            with chain.staging.open(chain.tenant, transfer.manifest.digest) as file:
                for root in ManifestReader(file).roots():
                    self._walk(root, ())
            for unit in transfer.units:
                if unit.document_id:
                    self._of.setdefault(unit.document_id, (unit.key, transfer.id))

    def _walk(self, unit: ArchiveUnit, above: tuple[str, ...]) -> None:
        path = (*above, unit.title)
        self._units[unit.originating_system_id] = (path, unit.rules)
        for child in unit.children:
            self._walk(child, path)

    def of(self, document: SourceDocument) -> tuple[tuple[str, ...], tuple[Rule, ...], str]:
        """Titles from the top, rules, and id of the transfer; empty when it is in none."""
        key, transfer = self._of.get(document.id, ("", ""))
        path, rules = self._units.get(key, ((), ()))
        return path, rules, transfer


class _Mask:
    """Takes out what is about persons: in the families that are about them, and the objet of an individual act.

    A sentence about one document may name another: words of all of them are taken out.
    """

    def __init__(self, chain: Chain, documents: Sequence[SourceDocument], *more: str) -> None:
        profile = chain.profile
        self._on = profile.connector.family in PERSONAL
        acts = documents if profile.connector.family == "actes" else ()
        self._untitled = {act.id for act in acts if names_persons(profile.organisation, act)}
        private = {*more, *(word for document in documents for word in _private(document))} if self._on else set()
        private |= {
            part for word in private for part in (word.rpartition("/")[2], word.rpartition("/")[2].partition(".")[0])
        }
        words = sorted((word for word in private if len(word) >= SHORTEST), key=lambda word: (-len(word), word))
        self._words = re.compile("|".join(map(re.escape, words))) if words else None

    def value(self, document: SourceDocument, name: Field, text: str) -> str:
        untitled = name is Field.TITLE and document.id in self._untitled
        hidden = untitled or (self._on and name.name not in CLEAR)
        return HIDDEN if hidden else text

    def path(self, text: str) -> str:
        """A path's extension only."""
        return f"{HIDDEN}.{text.rpartition('.')[2]}" if self._on and "." in text else HIDDEN if self._on else text

    def said(self, text: str) -> str:
        """A sentence without these words, the longest taken out first."""
        return self._words.sub(HIDDEN, text) if self._words else text


def _private(document: SourceDocument) -> Iterator[str]:
    """Its names and paths, and its values but those that are shown."""
    yield document.reference
    yield from (file.path for file in document.files)
    yield from (value.text for name, value in document.metadata.values.items() if name.name not in CLEAR)


def _tried(chain: Chain, hide: _Mask, places: _Places, document: SourceDocument, rank: int) -> Tried:
    (story,) = (one for one in chain.registry.find(chain.tenant, document.id) if one.document.id == document.id)
    path, rules, sip = places.of(document)
    reference = hide.said(document.reference)
    return Tried(
        reference=reference if reference != HIDDEN else f"document n° {rank}",
        state=story.state.value,
        path=tuple(hide.said(title) for title in path),
        fields=tuple(_fields(hide, document)),
        rules=tuple(_rule(rule) for rule in rules),
        files=tuple(_file(hide, file) for file in document.files),
        findings=tuple(hide.said(said) for said in _findings(story)),
        sip=sip,
    )


def _fields(hide: _Mask, document: SourceDocument) -> Iterator[Shown]:
    values = document.metadata.values
    for name in Field:
        if name in values:
            value = values[name]
            yield Shown(name.value, hide.value(document, name, value.text), value.source.value, value.origin)


def _rule(rule: Rule) -> ShownRule:
    start = rule.start_date
    return ShownRule(
        _CATEGORIES.get(rule.category, rule.category),
        rule.rule,
        start.isoformat() if isinstance(start, date) else str(start or ""),
        _FATES.get(rule.final_action, rule.final_action),
    )


def _file(hide: _Mask, file: CollectedFile) -> str:
    said = f"{file.fixity.size} octets" if file.fixity else "absent du dépôt"
    return f"{hide.path(file.path)} ({file.role}, {file.format_name or 'format non identifié'}, {said})"


def _findings(story: Story) -> Iterator[str]:
    """Each once: what blocks, what is remarked, and what the document waits for."""
    said = [f"{finding.message} ({finding.code})" for finding in story.findings]
    if story.reason and not any(story.reason in sentence for sentence in said):
        said.append(story.reason)
    if story.original:
        said.append("Doublon d’un autre document du dépôt : il n’est archivé qu’une fois.")
    yield from dict.fromkeys(said)
