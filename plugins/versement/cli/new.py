"""`profile new`: a proposed profile, from what is said, asked on the terminal, or recognised in a sample drop."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from versement.adapters.formats.formats import FileFormats
from versement.cli.output import say, unwritable
from versement.domain.errors import ProfileError, SettingsError
from versement.profiles.forms import TO_FILL
from versement.profiles.load import ORGANISATION, load_organisation, load_profile
from versement.profiles.models import Organisation
from versement.profiles.proposal import FAMILIES, Known, proposed
from versement.steps.recognise import recognise

_QUESTIONS = (
    ("family", f"Quels documents ({', '.join(FAMILIES)}) ?"),
    ("label", "Nom du connecteur, montré aux personnes ?"),
    ("tenant", "Coffre ?"),
    ("connection", "Connexion Airflow (que crée l’opérateur) ?"),
    ("place", "Dossier de la source ?"),
    ("agreement", "Contrat d’entrée (donné par l’équipe d’archivage) ?"),
    ("series", "Série du plan de classement ?"),
)


def new(arguments: argparse.Namespace) -> int:
    """Write the proposal, unless something is there already; what is not known stays a question in it."""
    out: Path | None = arguments.out
    if out is not None and out.exists():
        raise SettingsError(f"« {out} » existe déjà : rien n’est écrit par-dessus. Donnez un autre nom à --out.")
    known = _recognised(arguments.drop, _said(arguments))
    if out is not None:
        known = _of_the_organisation(out.resolve().parent / ORGANISATION, known)
    if sys.stdin is not None and sys.stdin.isatty() and not arguments.no_questions:
        known = _answered(known)
    text = proposed(known)
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(out, error) from error
    say(f"Fiche proposée : {out}. Questions qui restent : {text.count('# QUESTION')}.")
    return _checked(out)


def _said(arguments: argparse.Namespace) -> Known:
    names = ("family", "label", "tenant", "source", "connection", "place", "agreement", "series")
    said: dict[str, Any] = {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
    return Known(**said)


def _recognised(folder: Path | None, known: Known) -> Known:
    if folder is None:
        return known
    if not folder.is_dir():
        raise SettingsError(f"Dossier « {folder} » introuvable : donnez à --drop celui de vos fichiers.")
    formats = FileFormats()
    try:
        sample = recognise(folder, formats)
    finally:
        formats.close()
    files = f"{sample.files} fichier{'s' if sample.files > 1 else ''}"
    say_to_person(f"Le dépôt a {files} : {' ; '.join(sample.why)}.")
    names = ("layout", "why", "archives", "index", "columns", "file_column", "metadata", "depth", "header", "notices")
    return replace(known, likely=sample.family, **{name: getattr(sample, name) for name in names})


def say_to_person(text: str) -> None:
    """On standard error: standard output may be the proposal itself."""
    sys.stderr.write(f"{text}\n")


def _of_the_organisation(path: Path, known: Known) -> Known:
    """Its only coffre is the coffre; a family without a rule is a question."""
    if not path.is_file():
        say_to_person(f"Pas encore de {path.parent.name}/{ORGANISATION} : la fiche ne sera contrôlée qu’avec lui.")
        return known
    organisation: Organisation = load_organisation(path)
    tenants = tuple(organisation.tenants)
    family = known.probable_family()
    return replace(
        known,
        tenant=known.tenant or (tenants[0] if len(tenants) == 1 else ""),
        tenants=tenants,
        ruled=any(rule.family == family for rule in organisation.management_rules),
    )


def _answered(known: Known) -> Known:
    say("Répondez, ou laissez vide : la question restera dans la fiche.")
    for name, question in _QUESTIONS:
        if name == "family" and known.layout == "actes":
            continue
        if not getattr(known, name):
            answer = input(f"{question} ").strip()
            told: dict[str, Any] = {name: answer if name != "family" or answer in FAMILIES else ""}
            known = replace(known, **told)
    return known


def _checked(out: Path) -> int:
    """What is wrong where it stands, if anything: files that it needs beside it; a question left open is no fault."""
    if not (out.resolve().parent / ORGANISATION).is_file():
        return 0
    try:
        profile = load_profile(out.resolve())
    except ProfileError as error:
        sys.stderr.write(f"{error.message}\n")
        return 0 if all(TO_FILL in line for line in error.message.splitlines()) else 1
    say(f"{profile.dag_id} : fiche correcte. Suite : répondre aux questions, puis python -m versement profile try.")
    return 0
