"""What the chain may show of personnel records: never a name, a NIR, an account or someone's health.

What is found is masked as soon as it is announced, so that no later step, page, log or journal knows it; the mark that
takes its place says what was there. Only the way to the source's file keeps its real path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from versement.domain.documents import (
    AnnouncedDocument,
    FileReference,
    Finding,
    Readings,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.documents import Field as Name
from versement.domain.grouping import Grouping
from versement.domain.grouping.names import folder_of
from versement.domain.mapping import ROOTS
from versement.domain.paths import PathPattern
from versement.domain.people import HIDDEN, People, holds_names, names_in
from versement.domain.personal import FORBIDDEN, PersonalKind, found_in, masked, masks_in, whole_mask
from versement.domain.qualification import blocking, remark
from versement.profiles.drops import ActesDrop
from versement.profiles.families import PERSONAL
from versement.profiles.models import Profile


def shielded(profile: Profile, grouping: Grouping, persons: Mapping[str, Sequence[str]] | None = None) -> Grouping:
    """A grouping that shows nothing personal, when the family is a personal one; the same grouping otherwise.

    Args:
        profile: its family, and patterns whose parts may be names of people (`{nom}`).
        grouping: as a layout made it, with real paths.
        persons: names of the person that a document is about, by its reference. They show in no path of the drop.
    """
    if profile.connector.family not in PERSONAL:
        return grouping
    drop = profile.connector.drop
    patterns = () if isinstance(drop, ActesDrop) else tuple(PathPattern(rule.path) for rule in drop.patterns)
    named = (names for path in _paths(grouping) for names in _named(patterns, path))
    people = People((*(persons or {}).values(), *dict.fromkeys(named)))
    shield = _Shield(patterns, profile.connector.health_terms, people)
    documents = tuple(
        shield.document(document, (persons or {}).get(document.reference, ())) for document in grouping.documents
    )
    return Grouping(
        tuple(sorted(documents, key=lambda document: document.reference)),
        tuple(shield.residue(file) for file in grouping.waste),
        grouping.indexes,
        tuple(shield.finding(finding) for finding in grouping.findings),
    )


def _paths(grouping: Grouping) -> Iterator[str]:
    """Every path that may show."""
    yield from (file.path for document in grouping.documents for file in document.files)
    yield from (file.path for file in grouping.waste)
    yield from (finding.path for finding in grouping.findings if finding.path)


def _named(patterns: Sequence[PathPattern], path: str) -> Iterator[tuple[str, ...]]:
    for pattern in patterns:
        if (named := pattern.match(path)) is not None:
            yield names_in(named)
            return


def _named_above(patterns: Sequence[PathPattern], folder: str) -> Iterator[str]:
    """Names that a folder may bear, as those above what is read do: it may be empty, or hold residue alone."""
    above = (pattern.match_above(folder) for pattern in patterns)
    return (name for named in above if named for name in names_in(named))


def personal_findings(document: SourceDocument) -> Iterator[Finding]:
    """What a record of a personal family carries where it must not: in a value to be archived, in a name or path."""
    for path in dict.fromkeys((document.reference, *(file.path for file in document.files))):
        for kind in masks_in(path):
            yield blocking(
                "PERSONAL_DATA_IN_NAME",
                f"« {path} » : le nom du fichier ou d’un dossier porte ce qui ne doit pas y être : {kind}. Renommez-le "
                "à la source, avec le matricule par exemple, puis redéposez.",
                path,
            )
    settled = {name for name, value in document.readings if value.source is ValueSource.DECISION}
    for name, value in document.readings:
        if name in settled and value.source is not ValueSource.DECISION:
            continue  # a person gave another value, which is the one that is archived
        for kind in masks_in(value.text):
            yield blocking(
                "PERSONAL_DATA_IN_METADATA",
                f"« {document.reference} » : le champ « {name} » ({value.origin or value.source}) porte ce qui ne doit "
                f"pas y être : {kind}. La valeur n’est ni gardée ni montrée. Corrigez la source, ou la fiche si elle "
                "lit la mauvaise colonne, puis redéposez.",
            )
        if any(kind not in FORBIDDEN for kind in found_in(value.text)):
            yield remark(
                "CONTACT_IN_METADATA",
                f"« {document.reference} » : le champ « {name} » ({value.origin or value.source}) porte une adresse "
                "électronique ou un téléphone. Vérifiez qu’il a sa place dans la description du document.",
            )


def named(profile: Profile, other: SourceDocument) -> str:
    """How a remark names another document: one of a personal family by its id only, outside of its own connector."""
    personal = other.record_key.partition(":")[0] in PERSONAL
    if personal and other.connector != profile.connector_name:
        return f"un document du connecteur « {other.connector} » (n° {other.id})"
    return f"« {other.reference} »"


def runs_to_hold(profile: Profile, documents: Iterable[SourceDocument]) -> frozenset[str]:
    """Periods of the payroll runs that carry such data anywhere: nothing of them leaves."""
    if profile.connector.family != "paie":
        return frozenset()
    return frozenset(
        document.metadata.text(Name.PERIOD)
        for document in documents
        if any(finding.code.startswith("PERSONAL_") for finding in personal_findings(document))
    )


def held_run(document: SourceDocument, runs: frozenset[str]) -> tuple[Finding, ...]:
    """The reason of each document of a payroll run that is held; a run without period is every run."""
    if not runs or (document.metadata.text(Name.PERIOD) not in runs and "" not in runs):
        return ()
    return (
        blocking(
            "PERSONAL_DATA_IN_RUN",
            f"« {document.reference} » : la paie de cette période porte, sur au moins un document, un NIR, un compte "
            "bancaire ou une donnée de santé là où il n’en faut pas. Rien n’en est versé : voyez les constats "
            "PERSONAL_DATA_IN_METADATA et PERSONAL_DATA_IN_NAME, corrigez et redéposez.",
        ),
    )


@dataclass(slots=True)
class _Shield:
    """Shown paths of one listing: the same for the same path, never the same for two."""

    patterns: Sequence[PathPattern]
    health_terms: Sequence[str]
    people: People
    _shown: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def document(self, document: AnnouncedDocument, names: Sequence[str]) -> AnnouncedDocument:
        shown = self.path(document.reference, names)
        return replace(
            document,
            reference=shown,
            told_apart_by="" if shown == document.reference else _digest(document.reference),
            files=tuple(replace(file, path=self.path(file.path, names)) for file in document.files),
            readings=self._readings(document.readings),
        )

    def path(self, path: str, names: Sequence[str] = ()) -> str:
        known = (path, tuple(names))
        if known not in self._shown:
            own_names = tuple(_named(self.patterns, path)) or (tuple(_named_above(self.patterns, folder_of(path))),)
            own = People((names, *own_names), least=2)
            shown = "/".join(self._part(part, own) for part in path.split("/"))
            self._shown[known] = self._last[path] = path if shown == path else self._alone(shown)
        return self._shown[known]

    def residue(self, file: FileReference) -> FileReference:
        """A waste file, or an empty folder, under a path that shows nothing, the same at each collection."""
        shown = self.path(file.path)
        if shown == file.path:
            return file
        end = "/" if shown.endswith("/") else ""  # of an empty folder
        return replace(file, path=f"{shown.removesuffix('/')} ({_digest(file.path)[:8]}){end}")

    def finding(self, finding: Finding) -> Finding:
        """The finding with the shown path for the real one."""
        if not finding.path:
            return replace(finding, message=masked(finding.message))
        above = tuple(_named_above(self.patterns, finding.path))  # it may be about a folder
        shown = self._last.get(finding.path) or self.path(finding.path, above)
        return replace(finding, message=masked(finding.message.replace(finding.path, shown)), path=shown)

    def _part(self, part: str, own: People) -> str:
        shown = masked(part)
        hidden = self.people.hidden(shown, own)
        shown = hidden if HIDDEN in hidden else shown
        if self._tells_of_health(shown):
            dot, extension = ("", "") if "." not in shown else (".", shown.rpartition(".")[2])
            shown = f"{whole_mask(PersonalKind.HEALTH)}{dot}{extension}"
        return shown

    def _readings(self, readings: Readings) -> Readings:
        """The values that may be archived: those of columns of names may not."""
        return tuple(
            (name, replace(value, text=self._value(name, value))) for name, value in readings if _allowed(value)
        )

    def _value(self, name: Name, value: Value) -> str:
        if name is Name.IDENTIFIER and value.source is ValueSource.PATH:
            # A path tells records apart; what it says is told by the path itself.
            return _digest(value.text)
        shown = masked(value.text)
        if name in WORDS and value.source is ValueSource.PATH:
            shown = self.people.hidden(shown)
        return whole_mask(PersonalKind.HEALTH) if self._tells_of_health(shown) else shown

    def _tells_of_health(self, text: str) -> bool:
        return PersonalKind.HEALTH in found_in(text, health_terms=self.health_terms)

    def _alone(self, shown: str) -> str:
        again, free = 1, shown
        while free in self._taken:
            again += 1
            free = f"{shown} ({again})"
        self._taken.add(free)
        return free


WORDS = (Name.TITLE, Name.DESCRIPTION, Name.PIECE)
"""Fields that no key of a unit is made of: a name that a path gives them can be hidden."""


def _allowed(value: Value) -> bool:
    root, _, column = value.origin.partition(".")
    return root not in ROOTS or "{" in column or value.origin == "path.name" or not holds_names(column)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]
