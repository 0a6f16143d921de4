"""How the files of a source make documents: the layouts of a drop, as a connector profile declares them."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from versement.domain import companions
from versement.domain.paths import PathPattern, PatternFault
from versement.profiles.forms import Between, Form, OptionalText, Text, Truth, Whole, refusal
from versement.profiles.records import DottedPath, FieldCode
from versement.profiles.strict import Strict


def _pattern(text: str) -> str:
    try:
        PathPattern(text)
    except PatternFault as error:
        raise refusal(str(error)) from error
    return text


def _encoding(text: str) -> str:
    if text != "auto":
        try:
            codecs.lookup(text)
        except LookupError as error:
            raise refusal("auto, ou le nom d’un encodage, comme utf-8, latin-1, cp1252 ou utf-16") from error
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

    archives: tuple[NameText, ...] = Field(
        ("*.zip", "*EACT--*.tar.gz", "*TACT--*.tar.gz"),
        title="Archives ouvertes",
        description="Noms des fichiers zip ou tar traités comme des dossiers (* et ? permis). Liste vide : aucun.",
    )
    layout: Literal["actes"] = Field(title="Forme", description="actes")
    index: Literal["required", "optional", "none"] = Field(
        "optional",
        title="Index SCDL",
        description="required : tout acte doit y figurer ; optional : lu s’il est là ; none : aucun.",
    )
    acknowledgement: Literal["required", "expected", "optional"] = Field(
        "optional",
        title="Accusé de réception",
        description="D’un acte dont rien ne dit que la préfecture l’a reçu : required le met de côté ; expected en "
        "fait une remarque ; optional ne le dit qu’au contrôle d’exhaustivité.",
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
        companions.DEFAULT,
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
        description="Nom du fichier du dossier qui décrit le document (.json, .xml, .yaml, ou .txt : clé=valeur ou "
        "YAML) ; vide : aucun.",
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


class PagesDrop(Strict):
    """Pages d’un PDF qui réunit plusieurs documents."""

    first: DottedPath = Field(title="Première page", description="Colonne de la première page, comptée à partir de 1.")
    last: DottedPath | None = Field(
        None, title="Dernière page", description="Colonne de la dernière page ; absente : une page par document."
    )
    proof: DottedPath | None = Field(
        None,
        title="Preuve",
        description="Colonne dont la valeur, comme le matricule, doit se lire sur les pages découpées ; sinon le "
        "document est mis de côté. Absente : aucun contrôle.",
    )


class IndexDrop(_PathDrop):
    """Un document par ligne d’un index CSV, XML ou JSON."""

    layout: Literal["index"] = Field(title="Forme", description="index")
    index: NameText = Field("*.csv", title="Index", description="Motif du nom de l’index (* et ? permis).")
    encoding: Annotated[Text, AfterValidator(_encoding)] = Field(
        "auto", title="Encodage", description="auto, ou le nom d’un encodage : utf-8, latin-1, cp1252, utf-16."
    )
    separator: Literal["auto", ";", ",", "|", "\t"] = Field(
        "auto",
        title="Séparateur",
        description="Séparateur des cellules d’un CSV ; auto : trouvé parmi ; , | et tabulation.",
    )
    header: Truth = Field(
        True,
        title="En-tête",
        description="false : le CSV n’a pas de ligne d’en-tête, ses colonnes sont c1, c2, c3…",
    )
    rows: OptionalText = Field(
        "",
        title="Lignes",
        description="En XML, chemin pointé de l’élément répété, racine comprise (bulletins.bulletin) ; en JSON, de la "
        "liste. Vide : les enfants de la racine, ou un fichier qui est une liste.",
    )
    file: Annotated[tuple[DottedPath, ...], Field(min_length=1)] = Field(
        title="Fichiers",
        description="Colonnes qui nomment les fichiers d’une ligne : le document principal, puis ses annexes.",
    )
    pages: PagesDrop | None = Field(
        None, title="Pages", description="Pages du fichier, quand un seul PDF réunit les documents de plusieurs lignes."
    )


Drop = Annotated[ActesDrop | FilesDrop | FoldersDrop | IndexDrop, Field(discriminator="layout")]
