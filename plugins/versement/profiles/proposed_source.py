"""The source of a proposed profile: what each protocol needs to know, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from versement.profiles.forms import TO_FILL

STYLES = ("none", "page", "offset", "cursor", "next", "link")
_WITH_PARAMETER = frozenset({"page", "offset", "cursor"})
_WITH_PLACE = frozenset({"cursor", "next"})


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing that a protocol needs to know.

    Attributes:
        name: dotted, under `source`.
        question: French.
        optional: a profile does without it.
    """

    name: str
    question: str
    optional: bool = False


_CONNECTION = Blank("connection", "quelle connexion Airflow ? L’opérateur la crée : <type>_<organisation>.")
BLANKS: Mapping[str, tuple[Blank, ...]] = {
    "sftp": (_CONNECTION, Blank("folder", "quel dossier du serveur SFTP ?")),
    "folder": (Blank("path", "quel dossier du serveur d’exécution, ou du partage qui y est monté ?"),),
    "s3": (
        _CONNECTION,
        Blank("bucket", "quel compartiment (bucket) ?"),
        Blank("prefix", "début des clés du dépôt, comme deliberations/ ? Vide : tout le compartiment.", optional=True),
    ),
    "http": (
        _CONNECTION,
        Blank("path", "quel chemin de la liste sur le serveur, comme /api/actes ?"),
        Blank(
            "items", "où est la liste dans la réponse, comme data.resultats ? Vide : la réponse même.", optional=True
        ),
        Blank("id", "quel champ d’un élément est son identifiant ?"),
        Blank("modified", "quel champ d’un élément est sa date de modification ?"),
        Blank("paging.style", f"comment la liste se lit-elle page après page ? {', '.join(STYLES)}."),
        Blank("paging.parameter", "quel paramètre de l’adresse donne la page, le rang ou le jeton ?"),
        Blank("paging.at", "où la réponse donne-t-elle le jeton ou l’adresse de la suite ?"),
        Blank(
            "files.items", "où un élément dit-il ses fichiers, comme documents ? Vide : il n’en a pas.", optional=True
        ),
        Blank(
            "files.link", "quel champ d’un fichier est son adresse ? Vide : le fichier est son adresse.", optional=True
        ),
    ),
    "pastell": (
        _CONNECTION,
        Blank("entity", "quelle entité (id_e) ? Un nombre, que montre Pastell."),
        Blank("flow", "quel type de documents (flux), comme ls-actes ?"),
        Blank("state", "quel dernier état, comme termine ? Vide : tous.", optional=True),
    ),
}
"""By protocol, in the order of the questions."""
PLACES: Mapping[str, str] = {"sftp": "folder", "folder": "path", "s3": "bucket", "http": "path", "pastell": "flow"}
"""By protocol, the field that says where the drop is."""
DESCRIPTIONS: Mapping[str, str] = {"http": "item.json", "pastell": "metadata.json"}
"""By protocol, the file that describes each folder that it makes."""


def blanks_of(protocol: str, said: Mapping[str, str]) -> Iterator[Blank]:
    """What is to be known, given what is: a way of paging needs a parameter, or a place, or neither."""
    for blank in BLANKS[protocol]:
        style = said.get("paging.style", "")
        needless = (
            (blank.name == "paging.parameter" and style not in _WITH_PARAMETER)
            or (blank.name == "paging.at" and style not in _WITH_PLACE)
            or (blank.name == "files.link" and not said.get("files.items"))
        )
        if not needless:
            yield blank


def written(protocol: str, said: Mapping[str, str]) -> Iterator[str]:
    """Lines of the source; what is not known is a question above its line."""
    yield "source:"
    yield f"  type: {protocol}"
    grouped: dict[str, dict[str, str]] = {}
    for blank in blanks_of(protocol, said):
        value = said.get(blank.name, "")
        if not value and not blank.optional:
            yield f"  # QUESTION ({blank.name}) : {blank.question}"
        group, _, name = blank.name.rpartition(".")
        if group:
            if value or not blank.optional:
                grouped.setdefault(group, {})[name] = value or _unknown(blank.name)
        elif value or not blank.optional:
            yield f"  {name}: {quoted(value or _unknown(blank.name, protocol))}"
    if "paging" in grouped:
        yield f"  paging: {_inline(grouped['paging'])}"
    if "files" in grouped:
        yield f"  files: [{_inline(grouped['files'])}]"


def quoted(text: str) -> str:
    """JSON is YAML, and quotes whatever a text may hold."""
    return json.dumps(text, ensure_ascii=False)


def _unknown(name: str, protocol: str = "") -> str:
    """What stands where only a person knows, in a form that the check lets pass where it can."""
    if name == "paging.style":
        return "none"
    return f"/{TO_FILL}" if (protocol, name) == ("http", "path") else TO_FILL


def _inline(fields: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{name}: {quoted(value)}' for name, value in fields.items())}}}"
