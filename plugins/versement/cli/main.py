"""Commands and their arguments; each command's work is in its own module."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from versement.cli import (
    decide,
    elimination,
    journal,
    new,
    operation,
    profile,
    recover,
    report,
    sheet,
    sign,
    sip,
    starts,
    trial,
    whereabouts,
)
from versement.cli.arguments import FrenchParser
from versement.cli.output import degrade
from versement.domain.errors import VersementError
from versement.domain.transfers import Ask
from versement.profiles.proposal import FAMILIES
from versement.profiles.proposed_source import BLANKS
from versement.profiles.records import FIELDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when a person must change something, 2 on wrong arguments.

    130 when it was interrupted, 141 when whoever reads what it prints had enough (`| head`), as a shell has it.
    `sip check` has statuses of its own, see `versement.cli.sip`.
    """
    degrade()
    arguments = _parser().parse_args(argv)
    try:
        status = int(arguments.command(arguments))
        sys.stdout.flush()
    except VersementError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrompu.\n")
        return 130
    except BrokenPipeError:
        # What is left in the buffer must not fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


def _parser() -> FrenchParser:
    parser = FrenchParser(
        prog="python -m versement",
        description="Versements vers Vitam : fiches de connecteurs, SIP, situation des documents, décisions.",
    )
    commands = parser.add_subparsers(title="commandes", required=True, metavar="COMMANDE")
    _add_profile(commands)
    _add_sip(commands)
    status = commands.add_parser("status", help="où en est chaque connecteur : les comptes, ce qui attend et qui")
    status.add_argument("connector", nargs="?", metavar="CONNECTEUR", help="organisation.connecteur ; tous par défaut")
    status.set_defaults(command=whereabouts.status)
    page = commands.add_parser("report", help="écrire le bilan d’une exécution, en une page HTML à garder")
    page.add_argument("connector", metavar="CONNECTEUR", help="organisation.connecteur")
    page.add_argument("--run", default="", metavar="EXÉCUTION", help="son identifiant (par défaut : la dernière)")
    page.add_argument("--json", action="store_true", help="le JSON dont la page est faite")
    page.add_argument("--out", type=Path, required=True, metavar="FICHIER", help="où l’écrire")
    page.set_defaults(command=report.report)
    document = commands.add_parser("document", help="où est ce document, et la preuve")
    document.add_argument(
        "reference", metavar="DOCUMENT", help="IDActe, référence à la source, chemin d’une pièce ou identifiant"
    )
    document.set_defaults(command=whereabouts.document)
    later = commands.add_parser(
        "starts", help="les unités dont un archiviste doit corriger le départ d’un délai dans Vitam"
    )
    later.add_argument("connector", nargs="?", metavar="CONNECTEUR", help="organisation.connecteur ; tous par défaut")
    later.add_argument("--json", action="store_true", help="en JSON")
    later.set_defaults(command=starts.starts)
    mend = commands.add_parser(
        "recover", help="chercher dans la plateforme ce que sont devenues les tentatives sans réponse ; n’envoie rien"
    )
    mend.add_argument("connector", nargs="?", metavar="CONNECTEUR", help="organisation.connecteur ; tous par défaut")
    mend.set_defaults(command=recover.recover)
    _add_operation(commands)
    _add_journal(commands)
    _add_elimination(commands)
    release = commands.add_parser(
        "release",
        help="rendre à la chaîne un versement arrêté ou incertain, une fois vérifié que la plateforme ne l’a pas, "
        "ou un document refusé, une fois corrigé ce qui l’a fait refuser",
    )
    release.add_argument(
        "transfer",
        metavar="VERSEMENT",
        help="identifiant du versement (MessageIdentifier), ou IDActe ou référence du document",
    )
    release.set_defaults(command=whereabouts.release)
    _add_decisions(commands)
    return parser


def _add_decisions(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    one = commands.add_parser(
        "decide", help="décider d’un document mis de côté ; la décision est gardée et journalisée"
    )
    one.add_argument("document", metavar="DOCUMENT", help="identifiant, référence à la source ou IDActe")
    one.add_argument("choice", metavar="DÉCISION", choices=decide.CHOICES, help=", ".join(decide.CHOICES))
    one.add_argument("--author", required=True, metavar="NOM", help="qui décide")
    one.add_argument("--reason", required=True, metavar="MOTIF", help="pourquoi")
    one.add_argument("--code", metavar="CODE", help="le constat, si le document en a plusieurs")
    one.add_argument("--field", metavar="CHAMP", choices=FIELDS, help="champ à corriger (corriger), par son code")
    one.add_argument("--value", metavar="VALEUR", help="sa valeur juste (corriger)")
    one.set_defaults(command=decide.decide)
    listed = commands.add_parser("decisions", help="les décisions enregistrées : qui, quand, quoi, pourquoi")
    listed.add_argument("connector", nargs="?", metavar="CONNECTEUR", help="organisation.connecteur ; tous par défaut")
    listed.set_defaults(command=decide.decisions)


def _add_profile(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    group = commands.add_parser("profile", help="fiches de connecteurs").add_subparsers(
        title="commandes", required=True, metavar="COMMANDE"
    )
    check = group.add_parser("check", help="contrôler des fiches ; toutes par défaut")
    check.add_argument("paths", nargs="*", type=Path, metavar="FICHE")
    check.set_defaults(command=profile.check)
    show = group.add_parser("show", help="montrer une fiche, valeurs par défaut comprises")
    show.add_argument("path", type=Path, metavar="FICHE")
    show.set_defaults(command=profile.show)
    rng = group.add_parser("rng", help="écrire le profil d’archivage (RELAX NG) à importer dans Vitam")
    rng.add_argument("path", type=Path, metavar="FICHE")
    rng.add_argument("--out", type=Path, metavar="FICHIER", help="où l’écrire (par défaut : à l’écran)")
    rng.set_defaults(command=profile.rng)
    _add_new(group)
    doc = group.add_parser("doc", help="écrire la page à signer (HTML) : ce qui est versé et sous quelles règles")
    doc.add_argument("path", type=Path, metavar="FICHE")
    doc.add_argument("--out", type=Path, metavar="FICHIER", help="où l’écrire (par défaut : à l’écran)")
    doc.set_defaults(command=sheet.doc)
    signing = group.add_parser("sign", help="écrire qui a signé la page d’une fiche ; ses documents seront versés")
    signing.add_argument("path", type=Path, metavar="FICHE")
    signing.add_argument("--name", metavar="NOM", help="nom et qualité de qui a signé")
    signing.add_argument("--date", metavar="AAAA-MM-JJ", help="jour de la signature (par défaut : aujourd’hui)")
    signing.add_argument("--digest", metavar="EMPREINTE", help="empreinte que porte la page signée, ou son début")
    signing.add_argument("--withdraw", action="store_true", help="retirer le visa : plus rien ne part sous cette fiche")
    signing.set_defaults(command=sign.sign)
    try_ = group.add_parser(
        "try", help="dire ce qui serait versé de chaque document, et bâtir le SIP, sans rien envoyer"
    )
    try_.add_argument("path", type=Path, metavar="FICHE")
    try_.add_argument("--drop", type=Path, metavar="DOSSIER", help="dépôt local, au lieu de la source de la fiche")
    try_.add_argument("--out", type=Path, metavar="DOSSIER", help="où laisser les SIP (par défaut : nulle part)")
    try_.add_argument(
        "--blank-test",
        action="store_true",
        help="soumettre aussi les SIP à la plateforme, en essai à blanc (réglages : variables VERSEMENT_VITAM_…)",
    )
    try_.add_argument("--json", action="store_true", help="tout le résultat, en JSON")
    try_.set_defaults(command=trial.try_)


def _add_new(group: argparse._SubParsersAction[FrenchParser]) -> None:
    command = group.add_parser("new", help="proposer une fiche, d’après un dépôt d’exemple ou vos réponses")
    command.add_argument("--drop", type=Path, metavar="DOSSIER", help="dépôt d’exemple, à reconnaître")
    command.add_argument("--out", type=Path, metavar="FICHE", help="où l’écrire (par défaut : à l’écran)")
    command.add_argument("--family", choices=FAMILIES, help="nature des documents")
    command.add_argument("--source", choices=tuple(BLANKS), help="protocole (par défaut : sftp)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="CHAMP=VALEUR",
        help="autre champ de la source, comme bucket=depots ou paging.style=page ; à répéter",
    )
    command.add_argument("--no-questions", action="store_true", help="ne rien demander : laisser les questions écrites")
    for name, told in (
        ("label", "nom du connecteur"),
        ("tenant", "coffre"),
        ("connection", "connexion Airflow"),
        ("place", "dossier, chemin, compartiment ou flux de la source"),
        ("agreement", "contrat d’entrée"),
        ("series", "série du plan de classement"),
    ):
        command.add_argument(f"--{name}", metavar="TEXTE", help=told)
    command.set_defaults(command=new.new)


def _add_operation(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    group = commands.add_parser("operation", help="opérations de la plateforme").add_subparsers(
        title="commandes", required=True, metavar="COMMANDE"
    )
    show = group.add_parser("show", help="ce que la plateforme dit de l’opération d’un versement")
    show.set_defaults(command=operation.show)
    resume = group.add_parser("resume", help="reprendre une opération suspendue (FATAL ou PAUSE)")
    resume.set_defaults(command=operation.act, what=Ask.RESUME)
    cancel = group.add_parser("cancel", help="annuler une opération suspendue : rien n’en entrera")
    cancel.set_defaults(command=operation.act, what=Ask.CANCEL)
    adopt = group.add_parser("adopt", help="dire laquelle suivre, quand plusieurs opérations portent un même envoi")
    adopt.set_defaults(command=operation.adopt)
    adopt.add_argument("reference", metavar="VERSEMENT", help="identifiant du versement (MessageIdentifier)")
    adopt.add_argument("operation", metavar="OPÉRATION", help="identifiant de l’opération à garder")
    for command in (show, resume, cancel):
        command.add_argument(
            "reference", metavar="VERSEMENT", help="identifiant du versement (MessageIdentifier) ou de l’opération"
        )


def _add_journal(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    group = commands.add_parser("journal", help="journal de chaque coffre : preuve, export, scellement").add_subparsers(
        title="commandes", required=True, metavar="COMMANDE"
    )
    coffre = "coffre, comme organisation.nom@plateforme"
    verify = group.add_parser("verify", help="prouver qu’un journal est intact, ou dire quelles lignes ne le sont pas")
    verify.add_argument("coffre", nargs="?", metavar="COFFRE", help=f"{coffre} ; tous par défaut")
    verify.add_argument(
        "--head",
        action="append",
        default=[],
        metavar="NOMBRE:EMPREINTE",
        help="tête notée ailleurs (bilan, scellement) : le journal doit la contenir ; peut être répétée",
    )
    verify.add_argument(
        "--export", nargs="+", type=Path, default=[], metavar="FICHIER", help="fichiers exportés, dans l’ordre"
    )
    verify.set_defaults(command=journal.verify)
    export = group.add_parser("export", help="écrire tout le journal d’un coffre dans un fichier")
    export.add_argument("coffre", metavar="COFFRE", help=coffre)
    export.add_argument("--out", type=Path, required=True, metavar="FICHIER", help="où l’écrire")
    export.set_defaults(command=journal.export)
    seal = group.add_parser("seal", help="sceller ce qui ne l’est pas encore, en un dossier prêt à verser")
    seal.add_argument("coffre", metavar="COFFRE", help=coffre)
    seal.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="dossier où le laisser")
    seal.set_defaults(command=journal.seal)


def _add_elimination(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    parser = commands.add_parser("elimination", help="bordereaux d’élimination ; rien n’est supprimé à la source")
    group = parser.add_subparsers(title="commandes", required=True, metavar="COMMANDE")
    propose = group.add_parser("propose", help="proposer les doubles et les archives échues, en un bordereau à signer")
    propose.set_defaults(command=elimination.propose)
    show = group.add_parser("show", help="montrer les bordereaux d’un coffre, ou l’un d’eux")
    show.set_defaults(command=elimination.show)
    sign = group.add_parser("sign", help="garder le bordereau signé, et son empreinte au journal")
    sign.set_defaults(command=elimination.sign)
    visa = group.add_parser("visa", help="inscrire le visa des Archives départementales sur une ligne")
    visa.set_defaults(command=elimination.visa)
    purge = group.add_parser("purge", help="retirer de l’espace de préparation ce que le visa laisse éliminer")
    purge.set_defaults(command=elimination.purge)
    for command in (propose, show, sign, visa, purge):
        command.add_argument("coffre", metavar="COFFRE", help="coffre, comme organisation.nom@plateforme")
    propose.add_argument("--out", type=Path, required=True, metavar="DOSSIER", help="où écrire PDF, tableau et annexe")
    propose.add_argument(
        "--date", type=elimination.day, metavar="AAAA-MM-JJ", help="date du bordereau ; ce jour par défaut"
    )
    propose.add_argument("--again", action="store_true", help="reprendre aussi ce qu’un visa a refusé ou gardé")
    show.add_argument("bordereau", nargs="?", metavar="BORDEREAU", help="identifiant ; tous par défaut")
    for command in (sign, visa, purge):
        command.add_argument("bordereau", metavar="BORDEREAU", help="identifiant du bordereau")
    sign.add_argument("pdf", type=Path, metavar="FICHIER", help="le bordereau signé, en PDF")
    visa.add_argument("ligne", type=int, metavar="LIGNE", help="numéro de la ligne")
    visa.add_argument("visa", choices=tuple(elimination.VISAS), metavar="VISA", help=" ; ".join(elimination.VISAS))
    visa.add_argument("--by", required=True, metavar="NOM", help="qui a donné le visa")
    visa.add_argument("--reason", required=True, metavar="MOTIF", help="référence du visa, ou motif")
    visa.add_argument(
        "--replace", action="store_true", help="remplacer le visa déjà inscrit, tant qu’une ligne attend le sien"
    )
    visa.add_argument("--keep", nargs="+", default=[], metavar="DOCUMENT", help="documents de l’échantillon conservé")


def _add_sip(commands: argparse._SubParsersAction[FrenchParser]) -> None:
    group = commands.add_parser("sip", help="paquets SEDA (SIP)").add_subparsers(
        title="commandes", required=True, metavar="COMMANDE"
    )
    check = group.add_parser(
        "check",
        help="dire de tout SIP si Vitam l’accepterait, d’après le SIP seul",
        description="Le premier mot est le verdict. Code de sortie : 0 OK, 3 WARNING, 4 KO, 5 SIP non jugé.",
    )
    check.add_argument("path", type=Path, metavar="FICHIER")
    check.add_argument("--json", action="store_true", help="tout le résultat, en JSON")
    check.add_argument(
        "--formats", action="store_true", help="identifier aussi le format des fichiers (PRONOM) ; bien plus long"
    )
    check.set_defaults(command=sip.check)
