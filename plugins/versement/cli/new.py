"""`profile new`: a proposed profile, from what is said, asked on the terminal, or recognised in a sample drop."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping
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
from versement.profiles.proposed_source import BLANKS, STYLES, blanks_of
from versement.steps.recognise import recognise

_QUESTIONS = (
    ("family", f"Quels documents ({', '.join(FAMILIES)}) ?"),
    ("label", "Nom du connecteur, montré aux personnes ?"),
    ("tenant", "Coffre ?"),
    ("source", f"D’où viennent-ils ({', '.join(BLANKS)} ; vide : sftp) ?"),
    ("agreement", "Contrat d’entrée (donné par l’équipe d’archivage) ?"),
    ("series", "Série du plan de classement ?"),
)
_CHOICES: Mapping[str, Collection[str]] = {"family": FAMILIES, "source": tuple(BLANKS), "paging.style": STYLES}


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
    known = Known(**said, details=dict(_pair(text) for text in arguments.set))
    asked = {blank.name for blank in BLANKS[known.protocol]}
    if wrong := sorted(known.details.keys() - asked):
        raise SettingsError(
            f"--set {wrong[0]}=… : attendu un champ de la source {known.protocol} ({', '.join(sorted(asked))}), trouvé "
            f"« {wrong[0]} »."
        )
    return known


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise SettingsError(f"--set : attendu <champ>=<valeur>, comme bucket=depots, trouvé « {text} ».")
    return name.strip(), value.strip()


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
            known = replace(known, **{name: _answer(question, _CHOICES.get(name))})
        if name == "source":
            known = _source_answered(known)
    return known


def _source_answered(known: Known) -> Known:
    """What the protocol needs, one question after the other: an answer may make the next one needless."""
    asked: set[str] = set()
    while True:
        said = known.of_source()
        left = (
            blank for blank in blanks_of(known.protocol, said) if blank.name not in said and blank.name not in asked
        )
        blank = next(left, None)
        if blank is None:
            return known
        asked.add(blank.name)
        answer = _answer(f"{blank.question[0].upper()}{blank.question[1:]}", _CHOICES.get(blank.name))
        known = replace(known, details={**known.details, blank.name: answer})


def _answer(question: str, choices: Collection[str] | None = None) -> Any:
    """Asked once more when it is none of the choices; empty is always one."""
    while True:
        answer = input(f"{question} ").strip()
        if not choices or not answer or answer in choices:
            return answer
        say(f"Attendu {', '.join(choices)}, ou rien ; trouvé « {answer} ».")


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
