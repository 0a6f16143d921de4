"""Profiles from the command line: check, show, and try on real files without anything being kept anywhere."""

from __future__ import annotations

import argparse
import json
import sys

from versement.cli.output import say, takes_all, unwritable
from versement.cli.sign import say_whether_signed
from versement.cli.whereabouts import NO_PROFILE
from versement.domain.errors import Defect, ProfileError, SettingsError
from versement.profiles.forms import TO_FILL
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile
from versement.seda.departures import compiled
from versement.seda.validation import schema_folder
from versement.seda.xml import read_xml
from versement.settings import Settings
from versement.steps.archival_profile import archival_profile_of


def check(arguments: argparse.Namespace) -> int:
    """Load each profile and make its archival profile; say what is wrong with those that do not load."""
    paths = arguments.paths or profile_paths(Settings.from_environment().profiles)
    if not paths:
        raise SettingsError(NO_PROFILE)
    wrong = 0
    for path in paths:
        try:
            profile = load_profile(path.resolve())
            compiled(read_xml(archival_profile_of(profile)))
        except (ProfileError, Defect) as error:
            wrong += 1
            sys.stderr.write(f"{error.message}\n")
        else:
            say(f"{profile.dag_id} : fiche correcte ({profile.connector.label}, {profile.organisation.label}).")
            _say_what_is_left_open(profile)
            say_whether_signed(profile)
            _warn_of_schemas(profile)
    return 1 if wrong else 0


def _say_what_is_left_open(profile: Profile) -> None:
    """Names of the fields that `profile new` left for a person to fill."""
    fields = profile.connector.model_dump(mode="json")
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    texts |= {f"source.{name}": str(value) for name, value in fields["source"].items()}
    left = [name for name, text in texts.items() if TO_FILL in text]
    if left:
        say(f"  À compléter : {', '.join(left)}.")


def _warn_of_schemas(profile: Profile) -> None:
    """The profile is right, but nothing would leave: this machine cannot validate its manifests."""
    try:
        schema_folder(profile.connector.seda_version)
    except SettingsError as error:
        sys.stderr.write(f"{profile.dag_id} : attention, rien ne partirait d’ici. {error.message}\n")


def show(arguments: argparse.Namespace) -> int:
    """The profile as the chain reads it, every default included."""
    profile = load_profile(arguments.path.resolve())
    say(json.dumps(profile.model_dump(mode="json"), ensure_ascii=not takes_all(), indent=2))
    return 0


def rng(arguments: argparse.Namespace) -> int:
    """The connector's archival profile as RELAX NG, for Vitam: to a file, else to standard output."""
    profile = load_profile(arguments.path.resolve())
    grammar = archival_profile_of(profile)
    if arguments.out is None:
        sys.stdout.write(grammar.decode())
        return 0
    try:
        arguments.out.write_bytes(grammar)
    except OSError as error:
        raise unwritable(arguments.out, error) from error
    named = profile.connector.archival_profile or "aucun ; ajoutez archival_profile à la fiche pour qu’il le nomme"
    say(f"Profil d’archivage écrit : {arguments.out}. Identifiant que nomme le bordereau : {named}.")
    return 0
