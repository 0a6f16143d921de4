"""Pieces of séances that their names and folders tell: idelibre's zip, séance files, and loose pieces with a date."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from versement.domain.documents import Field, Metadata, Readings, Value, ValueSource
from versement.domain.grouping.days import day_in, without_day
from versement.domain.grouping.drop import Dossier, Drop, Piece
from versement.domain.grouping.names import base, folder_of
from versement.domain.paths import plain

_IDELIBRE = re.compile(r"(?:DOC-(?P<document>\d{2,})|(?P<project>\d{2,})(?:_(?P<annex>\d{2,}))?)__.+", re.IGNORECASE)
_CONVOCATION = re.compile(r"00__convocation.*", re.IGNORECASE)
_KINDS = {
    "convocation": r"convocations?",
    "ordre du jour": r"ordre[ _-]+du[ _-]+jour|odj",
    "procès-verbal": r"proces[ _-]+verbal|pv|compte[ _-]+rendu|cr",
    "liste des délibérations": r"liste[ _-]+des[ _-]+deliberations",
}
_PIECE = re.compile(
    r"(?:[\d_. -]*[_ -])?(?:"
    + "|".join(f"(?P<k{rank}>{words})" for rank, words in enumerate(_KINDS.values()))
    + r")(?![a-z])"
)
_BODY = re.compile(
    r"(?<![a-z])(?P<body>(?:conseil|commission|comite|bureau[ _-]+(?:communautaire|municipal|syndical))(?![a-z]).*)"
)
_BODY_NEXT = re.compile(r"[\W\d_]*(?:(?:de la|du|de)[ _-]+)?" + _BODY.pattern)


def add_seances(drop: Drop) -> None:
    """Every free file that is a piece of a séance."""
    free = [path for path in drop.free() if path not in drop.companions]
    folders: dict[str, list[str]] = {}
    for path in free:
        folders.setdefault(folder_of(path), []).append(path)
    for dossier in _dossiers(drop, free):
        _add_dossier(drop, dossier, folders)
    for path in drop.free():
        folder = folder_of(path)
        piece, day = piece_of(base(path)), day_in(_stem(base(path)), base(folder), folder)
        if piece and day and path not in drop.companions:
            drop.pieces[path] = Piece(_readings(day, _body_of(path), piece))
    _number(drop)


def piece_of(name: str) -> str:
    """What piece of a séance a file's name begins by saying it is; empty when it says nothing of the kind."""
    match = _PIECE.match(plain(name))
    if match is None:
        return ""
    return next(kind for rank, kind in enumerate(_KINDS) if match[f"k{rank}"])


def _body_of(path: str) -> str:
    """The body that a piece's name, else the nearest of its folders, says sat; empty for a council, or when none does.

    In a name it stands right after the kind of piece: further on, it may be what was spoken of.
    """
    name = plain(_stem(base(path)))
    kind = _PIECE.match(name)
    said = [_BODY_NEXT.match(name, kind.end())] if kind else []
    said += [_BODY.search(plain(part)) for part in reversed(folder_of(path).split("/"))]
    found = next((match["body"] for match in said if match), "")
    return "" if found.startswith("conseil") else re.sub(r"[\W_]+", " ", without_day(found)).strip()


def _dossiers(drop: Drop, free: Sequence[str]) -> Iterator[Dossier]:
    """Folders of one séance: those of idelibre, and those that a description names."""
    yield from drop.dossiers
    for path in free:
        if _CONVOCATION.fullmatch(base(path)):
            folder = folder_of(path)
            yield Dossier(folder, _readings(*_told_by(folder)))


def _told_by(folder: str) -> tuple[str, str]:
    """Day and body that a folder's name tells, or the name of the folder above it."""
    names = [_stem(part) if part.lower().endswith(".zip") else part for part in reversed(folder.split("/"))]
    day = day_in(*names)
    name = next((name for name in names if day_in(name)), "")
    return day, re.sub(r"[-_ ]+", " ", without_day(name)).strip() or _body_of(f"{folder}/")


def _add_dossier(drop: Drop, dossier: Dossier, folders: Mapping[str, Sequence[str]]) -> None:
    within = [paths for folder, paths in folders.items() if f"{folder}/".startswith(f"{dossier.folder}/")]
    under = [path for paths in within for path in paths if path not in drop.pieces]
    told = dossier.readings
    if not Metadata.settled(told).text(Field.DATE):
        told = (*told, *_readings(*_told_by(dossier.folder)))
    for path in under:
        piece = _in_dossier(path.removeprefix(f"{dossier.folder}/"))
        drop.pieces[path] = Piece((*told, _reading(Field.PIECE, piece)))


def _in_dossier(path: str) -> str:
    """What piece a file of a séance's folder is; one that nothing names has a number made of its path.

    A rank would be another's once a file comes late; the path itself may name a person.
    """
    name = base(path)
    match = _IDELIBRE.fullmatch(name)
    known = piece_of(name)
    if known or match is None:
        return known or f"document {_number_of(path):010}"
    if match["document"]:
        return f"document {match['document']}"
    return f"annexe {match['project']}-{match['annex']}" if match["annex"] else f"projet {match['project']}"


def _number_of(path: str) -> int:
    written = unicodedata.normalize("NFC", path).encode("utf-8", "surrogatepass")
    return int(hashlib.sha256(written).hexdigest()[:8], 16)


def _number(drop: Drop) -> None:
    """Tell apart pieces of one kind in one séance: the second is numbered 2."""
    seen: dict[tuple[str, ...], int] = {}
    for path in sorted(drop.pieces):
        piece = drop.pieces[path]
        metadata = Metadata.settled(piece.readings)
        said = tuple(metadata.text(name) for name in (Field.SIREN, Field.DATE, Field.ASSEMBLY, Field.PIECE))
        seen[said] = seen.get(said, 0) + 1
        if seen[said] > 1:
            numbered = Value(f"{metadata.text(Field.PIECE)} {seen[said]}", metadata.values[Field.PIECE].source)
            piece.readings = tuple(one for one in piece.readings if one[0] is not Field.PIECE)
            piece.readings += ((Field.PIECE, numbered),)


def _readings(day: str, body: str, piece: str = "") -> Readings:
    said = ((Field.DATE, day), (Field.ASSEMBLY, body), (Field.PIECE, piece))
    return tuple(_reading(name, text) for name, text in said if text)


def _reading(name: Field, text: str) -> tuple[Field, Value]:
    return name, Value(text, ValueSource.PATH)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
