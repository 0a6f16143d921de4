"""Contrôle d'exhaustivité: what the numbering, the acknowledgements and the minutes say is missing from a connector."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from versement.domain.documents import Finding, Severity
from versement.domain.identity import normalised_number
from versement.domain.numbering import gaps, numbered

SHOWN = 40
"""Numbers, or runs of numbers, named in one finding; the rest is counted."""
SPARSE = 3
"""A series with more than this many missing numbers for each act is shared with other documents."""


@dataclass(frozen=True, slots=True)
class KnownAct:
    """What the control looks at of one act.

    Attributes:
        key: its record key, or any name of its own when it has none.
        day: AAAA-MM-JJ.
        acknowledged: the préfecture received it, or what it received was cancelled.
        seance: key of the séance that took it; empty for an act of no assembly, or when it is not known.
    """

    key: str
    siren: str
    day: str
    number: str
    acknowledged: bool
    seance: str = ""

    @property
    def year(self) -> int:
        return int(self.day[:4])

    @property
    def shown(self) -> str:
        """Its number where it is one; any other text may be a shifted column, and personal."""
        return self.number if re.fullmatch(r"(?=.*\d)[A-Z0-9_]{1,20}", normalised_number(self.number)) else "?"


Series = tuple[str, int, str]
T = TypeVar("T")


def incomplete(acts: Sequence[KnownAct], seances: Mapping[str, Collection[str]]) -> tuple[Finding, ...]:
    """Findings for the archivist, all remarks, by SIREN and year.

    Args:
        acts: each record once.
        seances: by key of each séance of which some piece is known, what pieces those are.
    """
    dated = sorted((act for act in acts if act.siren and act.day), key=lambda act: (act.siren, act.day, act.key))
    series = _series(dated)
    return (
        *_gaps(series),
        *_repeats(series),
        *_unacknowledged(dated),
        *_without_minutes(dated, seances),
    )


def _series(acts: Iterable[KnownAct]) -> Mapping[Series, Mapping[int, list[KnownAct]]]:
    series: dict[Series, dict[int, list[KnownAct]]] = {}
    for act in acts:
        place = numbered(act.number, act.year)
        if place is not None:
            ranks = series.setdefault((act.siren, act.year, place.series), {})
            ranks.setdefault(place.rank, []).append(act)
    return dict(sorted(series.items()))


def _gaps(series: Mapping[Series, Mapping[int, list[KnownAct]]]) -> Iterator[Finding]:
    for (siren, year, shape), ranks in series.items():
        runs = gaps(ranks)
        if not runs:
            continue
        missing = sum(high - low + 1 for low, high in runs)
        known = sum(map(len, ranks.values()))
        first, last = ranks[min(ranks)][0].shown, ranks[max(ranks)][0].shown
        which = [f"{low}" if low == high else f"{low} à {high}" for low, high in runs]
        listed = (
            "cette suite sert sans doute à d’autres documents que ces actes"
            if missing > SPARSE * known
            else _listed(which)
        )
        yield _finding(
            "NUMBERS_MISSING",
            f"SIREN {siren}, {year}, suite « {shape} » de {first} à {last} ({_acts(known)}) : "
            f"{_count(missing, 'numéro manque', 'numéros manquent')} ({listed}). "
            "Demandez ces actes à la collectivité, ou notez qu’elle n’a pas pris ces numéros.",
        )


def _repeats(series: Mapping[Series, Mapping[int, list[KnownAct]]]) -> Iterator[Finding]:
    for (siren, year, shape), ranks in series.items():
        several = [acts for _, acts in sorted(ranks.items()) if len(acts) > 1]
        if several:
            which = [f"{acts[0].shown} ({len(acts)} actes)" for acts in several]
            yield _finding(
                "NUMBERS_REPEATED",
                f"SIREN {siren}, {year}, suite « {shape} » : "
                f"{_count(len(several), 'numéro est porté', 'numéros sont portés')} par plusieurs actes "
                f"({_listed(which)}). Vérifiez auprès de la collectivité lesquels sont justes.",
            )


def _unacknowledged(acts: Iterable[KnownAct]) -> Iterator[Finding]:
    for (siren, year), without in _by_year((act.siren, act.year, act) for act in acts if not act.acknowledged):
        yield _finding(
            "ACKNOWLEDGEMENTS_MISSING",
            f"SIREN {siren}, {year} : {_acts(len(without))} sans accusé de réception de la préfecture "
            f"({_listed([act.shown for act in without])}). Faites déposer leurs ARActe.",
        )


def _without_minutes(acts: Iterable[KnownAct], seances: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    keys = {act.seance for act in acts if act.seance} | seances.keys()
    without = sorted(key for key in keys if not any(map(_is_minutes, seances.get(key, ()))))
    for (siren, year), missing in _by_year((_part(key, 0), int(_part(key, 2)[:4]), key) for key in without):
        days = [" ".join(filter(None, (_part(key, 2), _part(key, 3)))) for key in missing]
        yield _finding(
            "MINUTES_MISSING",
            f"SIREN {siren}, {year} : {_count(len(missing), 'séance', 'séances')} sans procès-verbal "
            f"({_listed(days)}). Faites-les déposer.",
        )


def _is_minutes(piece: str) -> bool:
    return piece.startswith("procès-verbal")


def _part(key: str, rank: int) -> str:
    """Of a séance key: SIREN, the word `seance`, day, and the body when one is named."""
    return (key.split("/") + [""] * 4)[rank]


def _by_year(items: Iterable[tuple[str, int, T]]) -> Iterator[tuple[tuple[str, int], list[T]]]:
    groups: dict[tuple[str, int], list[T]] = {}
    for siren, year, item in items:
        groups.setdefault((siren, year), []).append(item)
    yield from sorted(groups.items(), key=lambda group: group[0])


def _listed(which: Sequence[str]) -> str:
    more = len(which) - SHOWN
    return ", ".join(which[:SHOWN]) + (f" … et {more} autres" if more > 0 else "")


def _acts(count: int) -> str:
    return _count(count, "acte", "actes")


def _count(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _finding(code: str, message: str) -> Finding:
    return Finding(code, Severity.REMARK, message)
