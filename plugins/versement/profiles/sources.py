"""Where a connector's documents come from, by protocol. Field titles and descriptions are the French reference."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from versement.profiles.forms import (
    Between,
    Bucket,
    DottedPath,
    Identifier,
    OptionalDottedPath,
    OptionalFileName,
    OptionalParameter,
    OptionalText,
    OptionalUrlPath,
    ReceiptFolder,
    Seconds,
    Suffix,
    Text,
    UrlPath,
    Whole,
    refusal,
)
from versement.profiles.strict import Strict


class Arrivals(Strict):
    """À quoi se reconnaît un fichier arrivé tout entier. Ce qui n’est pas prêt attend la collecte suivante."""

    settle: Annotated[Seconds, Between(0, 600)] = Field(
        2.0,
        title="Stabilité",
        description="Secondes entre deux listes du dépôt : un fichier dont la taille ou la date y diffère attend. "
        "Aucune horloge n’est comparée. 0 : une seule liste.",
    )
    end_marker: OptionalFileName = Field(
        "",
        title="Fichier de fin",
        description="Nom du fichier qui dit un dossier complet, comme fichier_termine.txt : sans lui, le dossier "
        "attend. Vide : aucun n’est attendu.",
    )
    temporary: tuple[Suffix, ...] = Field(
        (),
        title="Suffixes temporaires",
        description="Suffixes des fichiers en cours de transfert, comme .part : ils attendent, sans être comptés comme "
        "déchets. Vide : les déchets de la fiche (waste) en décident.",
    )


class FileReceipt(Strict):
    """Accusé déposé à la source quand un document entier est accepté par une plateforme de production."""

    folder: ReceiptFolder = Field(
        title="Dossier des accusés",
        description="Dossier, dans le dépôt, où les accusés sont écrits (accuse-<document>.json). Il n’est jamais "
        "collecté.",
    )
    format: Literal["json", "txt"] = Field("json", title="Format", description="json ou txt.")


class ActionReceipt(Strict):
    """Action de Pastell demandée quand un document entier est accepté par une plateforme de production."""

    action: Identifier = Field(title="Action", description="Nom de l’action, déclarée dans le flux du studio Pastell.")


class SftpSource(Strict):
    """Dépôt sur un serveur SFTP."""

    type: Literal["sftp"] = Field(title="Type", description="sftp")
    connection: Identifier = Field(title="Connexion", description="Identifiant de la connexion Airflow de type SFTP.")
    folder: Text = Field(title="Dossier", description="Dossier du dépôt sur le serveur.")
    arrivals: Arrivals = Field(
        Arrivals(), title="Arrivées", description="À quoi se reconnaît un fichier arrivé tout entier."
    )
    receipt: FileReceipt | None = Field(
        None, title="Accusé", description="Absent : rien n’est jamais écrit à la source."
    )


class FolderSource(Strict):
    """Dépôt dans un dossier du serveur d’exécution, ou un partage qui y est monté."""

    type: Literal["folder"] = Field(title="Type", description="folder")
    path: Text = Field(title="Chemin", description="Chemin du dossier.")
    arrivals: Arrivals = Field(
        Arrivals(), title="Arrivées", description="À quoi se reconnaît un fichier arrivé tout entier."
    )
    receipt: FileReceipt | None = Field(
        None, title="Accusé", description="Absent : rien n’est jamais écrit à la source."
    )


class S3Source(Strict):
    """Dépôt dans un compartiment (bucket) S3."""

    type: Literal["s3"] = Field(title="Type", description="s3")
    connection: Identifier = Field(title="Connexion", description="Identifiant de la connexion Airflow de type AWS.")
    bucket: Bucket = Field(title="Compartiment", description="Nom du compartiment (bucket).")
    prefix: OptionalText = Field(
        "", title="Préfixe", description="Début des clés du dépôt, comme deliberations/ ; vide : tout le compartiment."
    )
    arrivals: Arrivals = Field(
        Arrivals(settle=0.0), title="Arrivées", description="À quoi se reconnaît un fichier arrivé tout entier."
    )
    receipt: FileReceipt | None = Field(
        None, title="Accusé", description="Absent : rien n’est jamais écrit à la source."
    )


class Paging(Strict):
    """Comment l’application découpe ses listes en pages."""

    style: Literal["none", "page", "offset", "cursor", "next", "link"] = Field(
        title="Manière",
        description="none : tout en une réponse ; page : numéro de page ; offset : rang du premier élément ; cursor : "
        "jeton donné par la réponse ; next : adresse suivante dans la réponse ; link : en-tête HTTP Link.",
    )
    parameter: OptionalParameter = Field(
        "", title="Paramètre", description="Paramètre de l’adresse : page, offset, cursor… Vide pour next, link, none."
    )
    size_parameter: OptionalParameter = Field(
        "", title="Paramètre de taille", description="Paramètre qui demande une taille de page ; vide : aucun."
    )
    size: Annotated[Whole, Between(1, 10_000)] = Field(
        100, title="Taille", description="Éléments par page, demandés si un paramètre de taille est donné."
    )
    first: Annotated[Whole, Between(0, 1)] = Field(
        1, title="Première page", description="Numéro de la première page : 0 ou 1 (style page)."
    )
    at: OptionalDottedPath = Field(
        "",
        title="Suite",
        description="Chemin pointé, dans la réponse, du jeton (cursor) ou de l’adresse suivante (next).",
    )

    @model_validator(mode="after")
    def _whole(self) -> Paging:
        if self.style in ("page", "offset", "cursor") and not self.parameter:
            raise refusal(f"un paramètre (parameter) pour le style {self.style}", "aucun")
        if self.style in ("cursor", "next") and not self.at:
            raise refusal(f"un chemin (at) pour le style {self.style}", "aucun")
        return self


class HttpFiles(Strict):
    """Où un élément dit ses fichiers."""

    items: DottedPath = Field(
        title="Fichiers", description="Chemin pointé, dans l’élément, du fichier ou de la liste des fichiers."
    )
    link: OptionalDottedPath = Field(
        "",
        title="Lien",
        description="Chemin pointé, dans le fichier, de son adresse ; vide : le fichier est son adresse.",
    )
    name: OptionalDottedPath = Field(
        "", title="Nom", description="Chemin pointé, dans le fichier, de son nom ; vide : la fin de son adresse."
    )


class HttpSource(Strict):
    """API HTTP/REST qui liste des éléments par pages ; chacun devient un dossier avec item.json et ses fichiers."""

    type: Literal["http"] = Field(title="Type", description="http")
    connection: Identifier = Field(title="Connexion", description="Identifiant de la connexion Airflow de type HTTP.")
    path: UrlPath = Field(title="Liste", description="Chemin de la liste sur le serveur, comme /api/actes?type=arrete.")
    paging: Paging = Field(title="Pages", description="Comment la liste se lit page après page.")
    items: OptionalDottedPath = Field(
        "", title="Éléments", description="Chemin pointé de la liste dans la réponse ; vide : la réponse elle-même."
    )
    id: DottedPath = Field(title="Identifiant", description="Chemin pointé de l’identifiant dans l’élément.")
    modified: DottedPath = Field(
        title="Modification",
        description="Chemin pointé de la date de modification dans l’élément (ISO 8601, ou secondes depuis 1970).",
    )
    detail: OptionalUrlPath = Field(
        "",
        title="Détail",
        description="Chemin d’un élément, comme /api/actes/{id} : il est relu avant et après chaque fichier, pour voir "
        "ce qui change pendant la collecte. Vide : un changement n’est vu qu’à la collecte suivante.",
    )
    files: tuple[HttpFiles, ...] = Field(
        (), title="Fichiers", description="Où chaque élément dit ses fichiers ; vide : il n’en a pas."
    )


class PastellSource(Strict):
    """Pastell, par son API v2 ; chaque document devient un dossier avec metadata.json et ses fichiers."""

    type: Literal["pastell"] = Field(title="Type", description="pastell")
    connection: Identifier = Field(title="Connexion", description="Identifiant de la connexion Airflow de type HTTP.")
    entity: Annotated[Whole, Between(1, 99_999_999)] = Field(
        title="Entité", description="Identifiant (id_e) de l’entité."
    )
    flow: Identifier = Field(title="Flux", description="Type des documents (type), comme ls-actes.")
    state: OptionalText = Field(
        "", title="État", description="Dernier état des documents à prendre (lastetat), comme termine ; vide : tous."
    )
    overlap: Annotated[Whole, Between(0, 3650)] = Field(
        7,
        title="Recouvrement",
        description="Jours repris avant la collecte complète précédente (last_state_begin) : un document peut être vu "
        "deux fois, jamais oublié.",
    )
    receipt: ActionReceipt | None = Field(
        None, title="Accusé", description="Absent : rien n’est jamais fait dans Pastell."
    )


SourceDeclaration = Annotated[
    SftpSource | FolderSource | S3Source | HttpSource | PastellSource, Field(discriminator="type")
]
"""Any source, told apart by its type."""
