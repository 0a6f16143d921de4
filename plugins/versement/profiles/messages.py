"""Says in French what is wrong in a profile: what was expected, what was found, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from versement.profiles.forms import EXPECTED, TO_FILL
from versement.profiles.text import Fault, Path, Tree

_FIELDS = "un ensemble de champs, en retrait sous ce nom"
_LIST = "une liste (« [a, b] », ou une ligne « - a » par valeur)"
_SHAPES = {
    "string_type": "un texte",
    "int_type": "un nombre entier",
    "float_type": "un nombre de secondes",
    "bool_type": "true ou false",
    "dict_type": _FIELDS,
    "mapping_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "too_short": "au moins un élément",
}


def faults(model: type[BaseModel], tree: Tree, error: ValidationError) -> Iterator[Fault]:
    """One fault for each error of validation, at its line; none for what only follows from another."""
    details = error.errors(include_url=False)
    for detail in details:
        path = _path(detail["loc"])
        if detail["type"] == "too_short" and any(path == _path(one["loc"])[:-1] for one in details):
            continue  # the list is short of the item that is refused, not of one to add
        yield Fault(line_of(tree, path), path, _told(detail, path, model))


def line_of(tree: Tree, path: Path) -> int:
    """Line of a value, or of the nearest value around it."""
    while path and path not in tree.lines:
        path = path[:-1]
    return tree.lines.get(path, 0)


def show(fault: Fault, file: str) -> str:
    """As one line: « fichier, ligne N, chemin.du.champ : attendu …, trouvé …. Que faire. » (French)."""
    dotted = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in fault.path)
    line = f"ligne {fault.line}" if fault.line else ""
    return f"{', '.join(part for part in (file, line, _cut(dotted.lstrip('.'))) if part)} : {fault.message}"


def choice(expected: str, found: object, known: Iterable[str]) -> str:
    """Message for a value that is not one of the known ones, with the nearest of them."""
    names = list(known)
    near = difflib.get_close_matches(found, names, n=1) if isinstance(found, str) else []
    advice = f"Vouliez-vous dire « {near[0]} » ?" if near else "Choisissez-en une, ou retirez la ligne."
    return f"attendu {expected}, trouvé {_shown(found)}. Valeurs connues : {', '.join(names)}. {advice}"


def _path(location: tuple[int | str, ...]) -> Path:
    """The place in the file: pydantic adds which kind of source or drop it took, and marks for dictionary keys."""
    path = tuple(part for part in location if part != "[key]")
    return (*path[:1], *path[2:]) if path[:1] in {("source",), ("drop",)} else path


def _told(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    around = _model_at(model, detail["loc"][:-1])
    match kind:
        case "missing":
            return f"attendu ce champ, trouvé rien. Ajoutez une ligne « {path[-1]}: … »{_described(around, path)}."
        case "extra_forbidden":
            return choice("un champ connu", str(path[-1]), around.model_fields)
        case "literal_error" | "union_tag_invalid":
            admitted = str(context.get("expected", context.get("expected_tags")))
            known = re.findall(r"'([^']*)'", admitted) or [admitted]  # a number has no quotes
            tag = str(context.get("discriminator", "")).strip("'")
            found = value.get(tag, "") if isinstance(value, Mapping) else value
            return choice("une valeur connue", found, known)
        case "union_tag_not_found":
            tag = str(context.get("discriminator", "")).strip("'")
            kinds = ", ".join(_kinds(model, path))
            return f"attendu un champ « {tag} », trouvé rien. Ajoutez « {tag}: … » : {kinds}."
    if kind == EXPECTED:
        found = context["found"] or _shown(value)
        advice = "Répondez à la question que la fiche pose" if value == TO_FILL else "Corrigez la valeur"
        return f"attendu {context['expected']}, trouvé {found}. {advice}."
    return f"attendu {_SHAPES.get(kind, 'une autre valeur')}, trouvé {_shown(value)}. Corrigez la valeur."


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "un ensemble de champs" if value else "aucun champ"
    if isinstance(value, list | tuple):
        return "une liste" if value else "une liste vide"
    return f"« {_cut(str(value))} »" if value else "rien"


def _cut(text: str) -> str:
    visible = "".join(character if character.isprintable() else "�" for character in text)
    return visible if len(visible) <= 80 else f"{visible[:80]}…"


def _described(model: type[BaseModel], path: Path) -> str:
    field = model.model_fields.get(str(path[-1]))
    return f" ({field.title})" if field and field.title else ""


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that governs a place, as pydantic names it: of several, the one whose kind it gives next."""
    found = model
    for place, part in enumerate(location):
        field = found.model_fields.get(part) if isinstance(part, str) else None
        inner = list(_models(field.annotation)) if field else []
        told = {*location[place + 1 : place + 2]}
        found = next((one for one in inner if told.intersection(_kinds_of(one))), inner[0] if inner else found)
    return found


def _kinds(model: type[BaseModel], path: Path) -> Iterator[str]:
    """What tells apart the models that a place admits."""
    field = _model_at(model, path[:-1]).model_fields[str(path[-1])]
    return (kind for one in _models(field.annotation) for kind in _kinds_of(one))


def _kinds_of(model: type[BaseModel]) -> tuple[str, ...]:
    kind = model.model_fields.get("type") or model.model_fields.get("layout")
    return tuple(str(one) for one in get_args(kind.annotation)) if kind else ()


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if get_origin(annotation) is not None or get_args(annotation):
        for argument in get_args(annotation):
            yield from _models(argument)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
