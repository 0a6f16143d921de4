"""YAML that guesses nothing: every scalar stays the text that was written, and every value knows its line.

Anchors, aliases, tags, several documents in one file and keys given twice are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import yaml

from versement.profiles.pasted import decoded, mended, traces

MAX_BYTES = 1 << 20
_MAX_DEPTH = 20
_TWO_COLONS = "mapping values are not allowed"
"""What libyaml says of a value that holds a colon and a blank."""

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file; `message` is French: expected, found, what to do.

    Attributes:
        line: from 1; 0 when the fault concerns the whole file.
        path: keys and list positions that lead to it.
    """

    line: int
    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's content: dicts, lists and texts, with the line of every value, and what was refused."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


class _Refused(Exception):
    """Reading cannot go on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@lru_cache(maxsize=1024)
def parse(content: bytes) -> Tree:
    """Read one file; callers must not change what is returned."""
    reader = _Reader()
    try:
        data = reader.read(content)
    except _Refused as refused:
        return Tree(faults=(*reader.faults, *([] if reader.explains(refused) else [refused.fault])))
    return Tree(data, reader.lines, tuple(reader.faults))


class _Unreadable(_Refused):
    """It is no YAML."""


class _Reader:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._events: Iterator[yaml.Event] = iter(())

    def read(self, content: bytes) -> dict[str, Any]:
        text = mended(_decoded(content))
        self.faults = [Fault(line, (), message) for line, message in traces(text)]
        self._events = _events(text)
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            raise _Refused(Fault(0, (), "attendu une fiche, trouvé un fichier vide. Remplissez-le."))
        root = next(self._events)
        data = self._value(root, ())
        if not isinstance(data, dict):
            raise _Refused(_fault(root, (), "des champs « nom: valeur »", "autre chose", "Revoyez le fichier."))
        next(self._events)
        second = next(self._events)
        if not isinstance(second, yaml.StreamEndEvent):
            raise _Refused(_fault(second, (), "une seule fiche", "une seconde (---)", "Retirez-la."))
        return data

    def explains(self, refused: _Refused) -> bool:
        """Whether what an office tool left on a line says already why that line is no YAML.

        A character that YAML does not admit is told without its line, and a line may be missed on the one below.
        """
        places = {0, *(line + more for line in (fault.line for fault in self.faults) for more in (0, 1))}
        return bool(self.faults) and isinstance(refused, _Unreadable) and refused.fault.line in places

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._plain(event, path)
        self.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if len(path) >= _MAX_DEPTH:
            raise _Refused(_fault(event, path, "une fiche à plat", "trop de niveaux", "Revoyez l’indentation."))
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(item, (*path, place)) for place, item in enumerate(self._until_end())]
        return self._fields(path)

    def _until_end(self) -> Iterator[yaml.Event]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _fields(self, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for key in self._until_end():
            self._plain(key, path)
            if not isinstance(key, yaml.ScalarEvent):
                raise _Refused(_fault(key, path, "un nom de champ", "autre chose", "Revoyez l’indentation."))
            name, line = key.value, _line(key)
            value_path = (*path, name)
            if name in fields:
                first = self.lines[value_path]
                self.faults.append(
                    Fault(
                        line,
                        value_path,
                        f"attendu ce champ une seule fois, trouvé une seconde fois (première : ligne {first}). "
                        "Gardez la bonne valeur.",
                    )
                )
                self._value(next(self._events), (*value_path, "(double)"))
                continue
            self.lines[value_path] = line
            fields[name] = self._value(next(self._events), value_path)
        return fields

    def _plain(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused(_fault(event, path, "une valeur", "une ancre ou un renvoi (& ou *)", "Répétez la valeur."))
        if getattr(event, "tag", None) is not None:
            raise _Refused(_fault(event, path, "une valeur", "un type imposé (!)", "Retirez-le."))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _fault(event: yaml.Event, path: Path, expected: str, found: str, *advice: str) -> Fault:
    return Fault(_line(event), path, f"attendu {expected}, trouvé {found}. {' '.join(advice)}")


def _decoded(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _Refused(Fault(0, (), "attendu un fichier de 1 Mio au plus, trouvé un plus gros. Réduisez-le."))
    try:
        return decoded(content)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Refused(
            Fault(line, (), "attendu un texte en UTF-8, trouvé un autre encodage. Enregistrez-le en UTF-8.")
        ) from error


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        next(events)
        yield from events
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise _Unreadable(_two_colons(line) if _TWO_COLONS in str(error.problem) else _unreadable(line)) from error
    except yaml.YAMLError as error:
        raise _Unreadable(_unreadable(0)) from error


def _two_colons(line: int) -> Fault:
    return Fault(
        line,
        (),
        "attendu un seul « : » suivi d’une espace par ligne, trouvé un second, ou un retrait de trop. Si la valeur en "
        'contient un (« Séance : budget »), mettez-la entre guillemets droits : "Séance : budget" ; sinon, revoyez le '
        "retrait de la ligne.",
    )


def _unreadable(line: int) -> Fault:
    return Fault(
        line,
        (),
        "attendu du YAML, trouvé une ligne illisible. Vérifiez l’indentation (espaces, pas de tabulation), les "
        "deux-points et les guillemets ; une valeur qui commence par un caractère spécial se met entre guillemets.",
    )
