"""Files that rows of different acts name: whose they are is told by the folders that the rows write, or by nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import takewhile

from versement.domain.documents import Field, Metadata
from versement.domain.drop import IndexRow
from versement.domain.grouping.names import Names
from versement.domain.identity import IdActe, normalised_number

Identity = tuple[str, str, str]
"""SIREN, date and number of an act, as its row says them."""


def owners(rows: Iterable[IndexRow], names: Names) -> Mapping[str, Identity | None]:
    """By path of each file that rows of several acts name: the act that it is of, None when it is not known."""
    claims: dict[str, dict[Identity, int]] = {}
    for row in rows:
        found = names.of(row.file_name, None) if row.file_name else []
        if len(found) == 1:
            said = claims.setdefault(found[0], {})
            said[identity(row)] = max(said.get(identity(row), 0), _agreement(row.place, found[0]))
    return {path: _owner(said) for path, said in claims.items() if len(said) > 1}


def identity(row: IndexRow) -> Identity:
    """Which act a row is about."""
    known = Metadata.settled(row.readings)
    act = IdActe.parse(known.text(Field.ID_ACTE))
    number = known.text(Field.NUMBER) or (act.number if act else "")
    return known.text(Field.SIREN), known.text(Field.DATE), normalised_number(number)


def _owner(said: Mapping[Identity, int]) -> Identity | None:
    best = max(said.values())
    among = [one for one, agreement in said.items() if agreement == best]
    return among[0] if best > 1 and len(among) == 1 else None


def _agreement(written: str, path: str) -> int:
    """How many parts, from the end, a place that a row writes and a path have in common: the name is one."""
    pairs = zip(reversed(_parts(written)), reversed(_parts(path)), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _parts(path: str) -> list[str]:
    return unicodedata.normalize("NFC", path).casefold().split("/")
