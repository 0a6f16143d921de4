"""What the path of a record, and the sources beside it, say of its fields."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from versement.domain.documents import Field, FileReference, Finding, Readings, Value, ValueSource
from versement.domain.mapping import Origin, fit_for, mapped
from versement.domain.market_tree import OFFERS, is_market, lot_of, outcome_of, patterns, piece_of
from versement.domain.paths import PathPattern
from versement.domain.qualification import remark
from versement.profiles.drops import FilesDrop, FoldersDrop, IndexDrop
from versement.profiles.families import records_of
from versement.profiles.models import Profile
from versement.profiles.records import FIELDS


@dataclass(slots=True)
class Describing:
    """A profile's patterns and mapping, made ready once for a whole listing."""

    profile: Profile
    drop: FilesDrop | FoldersDrop | IndexDrop
    _patterns: list[tuple[PathPattern, Readings]] = field(init=False)
    _origins: Mapping[Any, Origin] = field(init=False)

    def __post_init__(self) -> None:
        self._patterns = [
            (
                PathPattern(pattern),
                tuple(
                    (FIELDS[name], Value(fit_for(FIELDS[name], text), ValueSource.PATH, pattern))
                    for name, text in values.items()
                ),
            )
            for pattern, values in self._rules()
        ]
        self._origins = origins_of(self.profile)

    @property
    def _usual(self) -> bool:
        """Whether the patterns are those of any consultation: a profile of markets has none of its own."""
        return not self.drop.patterns and self.profile.connector.family == "marches"

    def _rules(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        return patterns() if self._usual else [(rule.path, rule.values) for rule in self.drop.patterns]

    def fits(self, path: str) -> bool:
        """Whether a pattern takes this path."""
        return any(pattern.match(path) is not None for pattern, _ in self._patterns)

    def readings(
        self, path: str, file: FileReference, beside: Mapping[str, Any] | None = None
    ) -> tuple[Readings, tuple[Finding, ...]]:
        """Readings of a record, and a remark for each value of no use.

        Args:
            path: of the file or folder that the record is.
            file: its main file.
            beside: what other sources say of it, by root (`metadata`, `notice`, `index`).
        """
        named, said = self._named(path)
        if self._usual:
            named, said = _sure(path, named, said)
        parts = _parts(path, file, self.drop.archives)
        tree = {
            "path": {**parts, **self._of_a_market(path, parts["within"], named), **named},
            "organisation": _organisation(self.profile),
            **(beside or {}),
        }
        readings, unusable = mapped(self._origins, tree)
        given = {name for name, _ in said}
        return (
            (*said, *(reading for reading in readings if reading[0] not in given)),
            tuple(_unusable(path, str(name), origin) for name, origin in unusable),
        )

    def _of_a_market(self, path: str, within: str, named: Mapping[str, str]) -> Mapping[str, str]:
        """What names alone say of a market's file, when no pattern does; its path below its market's own folder.

        A market dropped as an archive and then as a folder, or the other way, holds the same records.
        """
        if self.profile.connector.family != "marches":
            return {}
        market = named.get("market", "")
        own = within.removeprefix(f"{market}/") if market and within == path else within
        return {"piece": piece_of(path.rpartition("/")[2]), "lot": lot_of(path), "within": own}

    def _named(self, path: str) -> tuple[Mapping[str, str], Readings]:
        for pattern, said in self._patterns:
            named = pattern.match(path)
            if named is not None:
                return named, said
        return {}, ()


def _sure(path: str, named: Mapping[str, str], said: Readings) -> tuple[Mapping[str, str], Readings]:
    """What the usual patterns say of a path, less what its words do not bear out."""
    sure = {name: text for name, text in named.items() if name != "market" or is_market(text)}
    phase = tuple(reading for reading in said if reading[0] is Field.PHASE)
    fate = outcome_of(path) if [value.text for _, value in phase] == [OFFERS["phase"]] else ""
    return sure, (*phase, *((Field.OUTCOME, replace(value, text=fate)) for _, value in phase if fate))


def origins_of(profile: Profile) -> Mapping[Any, Origin]:
    """Where each field comes from, by field."""
    return {
        FIELDS[name]: Origin(origin.read, origin.transform, origin.codes, origin.value)
        for name, origin in records_of(profile.connector).metadata.items()
    }


def _parts(path: str, file: FileReference, archives: tuple[str, ...]) -> Mapping[str, str]:
    folder, _, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    return {
        "path": path,
        "name": name,
        "folder": folder,
        "stem": stem if dot else name,
        "extension": extension if dot else "",
        "within": _within(path, archives),
        "modified": file.moment.date().isoformat() if file.moment else "",
    }


def _within(path: str, archives: tuple[str, ...]) -> str:
    """The path below the archive of the drop that holds it: dropped again under another name, it holds the same."""
    parts = path.split("/")
    for place in range(len(parts) - 1):
        if any(fnmatch.fnmatchcase(parts[place].casefold(), pattern.casefold()) for pattern in archives):
            return "/".join(parts[place + 1 :])
    return path


def _organisation(profile: Profile) -> Mapping[str, str]:
    """The organisation's own SIREN counts only when it has one: of several, the profile says which."""
    organisation = profile.organisation
    return {
        "siren": organisation.sirens[0] if len(organisation.sirens) == 1 else "",
        "label": organisation.label,
    }


def _unusable(path: str, name: str, origin: str) -> Finding:
    return remark(
        "VALUE_UNUSABLE",
        f"« {path} » : « {origin} » porte une valeur dont la fiche ne peut pas faire « {name} ». Corrigez la source, "
        "ou la transformation demandée par la fiche.",
        path,
    )
