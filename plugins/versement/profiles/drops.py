"""How the files of a source make documents: the layouts of a drop, as a connector profile declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from versement.domain.paths import PathPattern, PatternFault
from versement.profiles.forms import Between, Form, OptionalText, Text, Whole, refusal
from versement.profiles.records import FieldCode
from versement.profiles.strict import Strict


def _pattern(text: str) -> str:
    try:
        PathPattern(text)
    except PatternFault as error:
        raise refusal(str(error)) from error
    return text


NameText = Annotated[
    str, Form(r"[^/\x00-\x1f\x7f]{1,100}", "un motif de nom de fichier (* et ? permis), comme *.zip ou index*.csv")
]


class _Drop(Strict):
    archives: tuple[NameText, ...] = Field(
        ("*.zip",),
        title="Archives ouvertes",
        description="Noms des fichiers zip ou tar traités comme des dossiers (* et ? permis). Liste vide : aucun.",
    )
    depth: Annotated[Whole, Between(1, 3)] = Field(
        1, title="Profondeur", description="Archives ouvertes l’une dans l’autre, au plus."
    )


class ActesDrop(_Drop):
    """Actes : messages ACTES, index SCDL, dépôts des outils (Pastell, Mégalis, web-delib, idelibre), tampons."""

    layout: Literal["actes"] = Field(title="Forme", description="actes")
    index: Literal["required", "optional", "none"] = Field(
        "optional",
        title="Index SCDL",
        description="required : tout acte doit y figurer ; optional : lu s’il est là ; none : aucun.",
    )


class PathRule(Strict):
    """Un motif de chemin, et ce qu’il dit des fichiers qui lui répondent."""

    path: Annotated[Text, AfterValidator(_pattern)] = Field(
        title="Chemin",
        description="Motif du chemin dans le dépôt : {nom} prend une partie d’un niveau et la nomme (path.nom), * "
        "prend n’importe quoi dans un niveau, ** plusieurs niveaux. Sans égard à la casse ni aux accents.",
    )
    values: Mapping[FieldCode, Text] = Field(
        {}, title="Valeurs", description="Champs que ce chemin suffit à établir, et leur valeur."
    )


class _PathDrop(_Drop):
    patterns: tuple[PathRule, ...] = Field(
        (),
        title="Chemins",
        description="Le premier motif qui répond l’emporte. Un fichier auquel aucun ne répond reste un document, "
        "sans ces valeurs.",
    )


class FilesDrop(_PathDrop):
    """Un document par fichier, avec les signatures et jetons qui l’accompagnent."""

    layout: Literal["files"] = Field(title="Forme", description="files")
    companions: tuple[NameText, ...] = Field(
        ("*.p7s", "*.p7m", "*.pkcs7", "*.tsr", "*.tst", "* - Signature *.xml"),
        title="Accompagnants",
        description="Noms des signatures, jetons et rapports qui suivent le fichier dont ils portent le nom.",
    )
    notices: Literal["none", "decp"] = Field(
        "none",
        title="Données essentielles",
        description="decp : les fichiers DECP du dépôt décrivent les marchés (notice.), joints par numéro de marché.",
    )


class FoldersDrop(_PathDrop):
    """Un document par dossier, avec tous ses fichiers et le fichier de métadonnées s’il y en a un."""

    layout: Literal["folders"] = Field(title="Forme", description="folders")
    metadata: OptionalText = Field(
        "",
        title="Fichier de métadonnées",
        description="Nom du fichier du dossier qui décrit le document (.json, .xml, .yaml ou .txt) ; vide : aucun.",
    )
    main: tuple[NameText, ...] = Field(
        ("*",),
        title="Pièce principale",
        description="Motifs du nom de la pièce principale, du meilleur au moins bon ; les autres sont des annexes.",
    )

    @model_validator(mode="after")
    def _folders_are_named(self) -> Self:
        if not self.patterns:
            raise refusal("au moins un chemin (patterns) qui dise quels dossiers sont des documents", "aucun")
        return self


Drop = Annotated[ActesDrop | FilesDrop | FoldersDrop, Field(discriminator="layout")]
