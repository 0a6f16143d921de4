"""Follows a manifest element by element: grammar, identifiers, references. Keeps no element once it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from versement.seda.check.automaton import ANY, START
from versement.seda.check.bounds import MAX_ENTRIES, Keeper
from versement.seda.check.grammar import ElementType, grammar
from versement.seda.check.values import SIMPLE, collapsed, is_ncname
from versement.seda.check.verdict import SHOWN, named
from versement.seda.versions import ROOT
from versement.seda.xml import MAX_DEPTH

XML = "{http://www.w3.org/XML/1998/namespace}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_IGNORED = (XML, f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")
_EXPECTED_SHOWN = 8
LONGEST = 64 << 10
"""Characters kept of a value; what is longer is refused for its length before its form matters."""


class TooDeep(Exception):
    """Elements are nested deeper than `MAX_DEPTH`."""


class Reader(Protocol):
    """Who is told of what a manifest holds; names are local, `path` holds those of the open elements."""

    def opened(self, path: list[str], attributes: Mapping[str, str]) -> None: ...

    def closed(self, path: list[str], text: str, size: int) -> None:
        """An element ends: its own text (its beginning when it is long) and the length of all of it, in UTF-8 bytes."""
        ...


@dataclass(slots=True)
class _Open:
    """An open element; `kind` is None where anything goes, `state` -1 once a child was out of place."""

    kind: ElementType | None
    identifier: str
    state: int = START


class Follower:
    """Judges elements as they come.

    Attributes:
        violations: French, by order; the first `SHOWN` of them. Each names its element and what was expected.
        extensions: by name, elements let through by an extension point.
    """

    def __init__(self, version: str, reader: Reader) -> None:
        self.violations: list[str] = []
        self.extensions: dict[str, int] = {}
        self._types = grammar(version)
        self._namespace = f"{{fr:gouv:culture:archivesdefrance:seda:v{version}}}"
        self._reader = reader
        self._open: list[_Open] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._known: set[str] = set()
        self._wanted: dict[str, str] = {}
        self._keeper = Keeper(2 * MAX_ENTRIES)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element.

        Raises:
            TooDeep: there are too many above it.
        """
        if len(self._open) >= MAX_DEPTH:
            raise TooDeep
        own = tag.startswith(self._namespace)
        name = tag[len(self._namespace) :] if own else tag.rpartition("}")[2]
        if self._text:
            self._loose_text()
        identifier = attributes.get("id", "")
        kind = self._kind_of(name, identifier, own=own)
        self._path.append(name)
        self._open.append(_Open(kind, identifier))
        if kind is not None and not kind.free and (attributes or kind.required):
            self._judge_attributes(kind, name, attributes)
        self._reader.opened(self._path, attributes)

    def data(self, text: str) -> None:
        if self._length < LONGEST:
            self._text.append(text)
        self._length += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))

    def end(self) -> None:
        """Close the innermost element."""
        element = self._open[-1]
        text = "".join(self._text) if self._text else ""
        if element.kind is not None and not element.kind.free:
            self._judge_end(element, element.kind, text)
        self._reader.closed(self._path, text, self._length)
        if text:
            self._forget_text()
        self._open.pop()
        self._path.pop()

    def finish(self) -> None:
        """The manifest is read: tell what was referred to and never declared."""
        for reference, element in self._wanted.items():
            if reference not in self._known:
                self._violation(f"L’élément {element} désigne un identifiant qui n’existe pas dans le bordereau.")

    def _kind_of(self, name: str, identifier: str, *, own: bool) -> ElementType | None:
        if not self._open:
            return self._types[ROOT]
        parent = self._open[-1]
        if parent.kind is None or parent.kind.free or parent.state < 0:
            return None
        model = parent.kind.model
        if model is None:
            self._violation(f"L’élément {self._named(-1)} ne peut pas contenir d’élément ; trouvé : « {name} ».")
            parent.state = -1
            return None
        steps = model.steps[parent.state]
        if own and name in steps:
            parent.state, kind = steps[name]
            return self._types[kind]
        if ANY in steps and not (own and name in model.names):
            parent.state = steps[ANY][0]
            self._count_extension(name)
            return None
        self._violation(
            f"L’élément {named(name, identifier)} n’est pas permis à cet endroit de l’élément {self._named(-1)}"
            f"{_expected(model.expected(parent.state))}."
        )
        parent.state = -1
        return None

    def _count_extension(self, name: str) -> None:
        if name in self.extensions or len(self.extensions) < SHOWN:
            self.extensions[name] = self.extensions.get(name, 0) + 1

    def _judge_attributes(self, kind: ElementType, name: str, attributes: Mapping[str, str]) -> None:
        for attribute, value in attributes.items():
            known = kind.attributes.get(attribute)
            if known is not None:
                self._judge_attribute(name, attribute, value, known.kind)
            elif not attribute.startswith(_IGNORED):
                self._violation(f"L’élément {self._named(-1)} ne peut pas avoir d’attribut « {attribute[:60]} ».")
            elif attribute == f"{XML}id":
                self._judge_attribute(name, attribute, value, "ID")
        for attribute in kind.required:
            if attribute not in attributes:
                self._violation(f"L’élément {self._named(-1)} n’a pas l’attribut « {attribute} », obligatoire.")

    def _judge_attribute(self, name: str, attribute: str, value: str, kind: str) -> None:
        value = collapsed(value)
        if kind in ("ID", "IDREF"):
            self._judge_identifier(kind, value)
        elif not SIMPLE[kind](value):
            self._violation(f"L’attribut « {attribute} » de l’élément « {name} » a une valeur qui n’est pas permise.")

    def _judge_end(self, element: _Open, kind: ElementType, text: str) -> None:
        if kind.model is not None:
            if text:
                self._loose_text()
            if element.state >= 0 and not kind.model.ends[element.state]:
                missing = _expected(kind.model.expected(element.state))
                self._violation(f"L’élément {self._named(-1)} est incomplet{missing}.")
        elif kind.kind != "string" and element.state >= 0 and self._length < LONGEST:
            self._judge_value(kind, collapsed(text))

    def _judge_value(self, kind: ElementType, value: str) -> None:
        if kind.kind in ("ID", "IDREF"):
            self._judge_identifier(kind.kind, value)
        elif kind.accepts is not None and not kind.accepts(value):
            wanted = _WANTED.get(kind.kind, "")
            self._violation(f"L’élément {self._place()} a une valeur que le SEDA ne permet pas{wanted}.")

    def _judge_identifier(self, kind: str, value: str) -> None:
        if not is_ncname(value):
            self._violation(f"L’élément {self._named(-1)} porte un identifiant qui n’est pas un nom XML valide.")
        elif kind == "IDREF":
            if value not in self._known and value not in self._wanted:
                self._keeper.item()
                self._wanted[self._keeper.kept(value)] = self._place()
        elif value in self._known:
            self._violation(f"L’élément {self._named(-1)} porte un identifiant déjà utilisé dans le bordereau.")
        else:
            self._keeper.item()
            self._known.add(self._keeper.kept(value))
            self._wanted.pop(value, None)

    def _loose_text(self) -> None:
        parent = self._open[-1] if self._open else None
        complex_ = parent is not None and parent.kind is not None and parent.kind.model is not None
        if complex_ and parent is not None and parent.state >= 0 and not "".join(self._text).isspace():
            self._violation(f"L’élément {self._named(-1)} contient du texte entre ses éléments.")
            parent.state = -1
        self._forget_text()

    def _forget_text(self) -> None:
        self._text.clear()
        self._length = 0

    def _named(self, place: int) -> str:
        return named(self._path[place] if self._path else "", self._open[place].identifier)

    def _place(self) -> str:
        """The innermost element, and the nearest one above it that has an identifier."""
        above = next((i for i in range(len(self._open) - 1, -1, -1) if self._open[i].identifier), None)
        here = self._named(-1)
        return here if above in (None, len(self._open) - 1) else f"{here} (dans {self._named(above or 0)})"

    def _violation(self, message: str) -> None:
        if len(self.violations) < SHOWN:
            self.violations.append(message)


def _expected(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_EXPECTED_SHOWN])
    return f" ; attendu : {shown}{'…' if len(names) > _EXPECTED_SHOWN else ''}" if names else ""


_WANTED = {
    "nonEmpty": " : elle est vide",
    "date": " : une date avec son jour (aaaa-mm-jj) est attendue",
    "dateTime": " : une date avec son heure (aaaa-mm-jjThh:mm:ss) est attendue",
    "anyDate": " : une date (aaaa-mm-jj) est attendue",
    "size": " : un nombre entier, au moins 1, est attendu",
    "boolean": " : true ou false est attendu",
    "binary": " : une empreinte en hexadécimal est attendue",
    "level": " : un niveau de description du SEDA est attendu (RecordGrp, File, Item…)",
    "appraisalAction": " : Keep ou Destroy est attendu",
    "storageAction": " : RestrictAccess, Transfer ou Copy est attendu",
}
