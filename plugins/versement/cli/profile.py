"""Profiles from the command line: check, show, and try on real files without anything being kept anywhere."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from versement.adapters.clock import SystemClock
from versement.adapters.conformity import BoundedProfileCheck
from versement.adapters.expectations import GreatExpectations
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource, source_from_environment
from versement.adapters.staging import DiskStaging
from versement.cli.output import say, takes_all, unwritable
from versement.cli.sign import say_whether_signed
from versement.cli.tables import balance_heading, balance_rows, table, waiting_lines
from versement.cli.vitam import archive_of
from versement.cli.whereabouts import NO_PROFILE
from versement.domain.errors import Defect, ProfileError, SettingsError
from versement.domain.transfers import Transfer
from versement.ports.archive import Archive
from versement.ports.source import Source
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile
from versement.seda.departures import compiled
from versement.seda.validation import schema_folder
from versement.seda.xml import read_xml
from versement.settings import Settings
from versement.steps.archival_profile import archival_profile_of
from versement.steps.blank_test import blank_test
from versement.steps.chain import Chain
from versement.steps.collect import Window, collect
from versement.steps.deduplicate import deduplicate
from versement.steps.package import package, sip_stream
from versement.steps.qualify import qualify

_ANSWERS = {
    "OK": "La plateforme accepterait ce SIP",
    "WARNING": "La plateforme accepterait ce SIP, avec des remarques",
    "KO": "La plateforme refuserait ce SIP",
    "FATAL": "La plateforme est tombée en panne sur ce SIP ; prévenez l’exploitant de Vitam",
}


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
            say_whether_signed(profile)
            _warn_of_schemas(profile)
    return 1 if wrong else 0


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


def attempt(arguments: argparse.Namespace) -> int:
    """Collect, qualify and build the SIP in a scratch folder; nothing is remembered.

    Nothing is sent either, unless for a blank test, of which the archive keeps nothing.
    """
    profile = load_profile(arguments.path.resolve())
    schema_folder(profile.connector.seda_version)  # said before everything is collected, not after
    archive = archive_of(profile) if arguments.blank_test else None
    if arguments.drop and not arguments.drop.is_dir():
        raise SettingsError(f"Dossier « {arguments.drop} » introuvable : donnez à --drop celui de vos fichiers.")
    if arguments.out is not None:
        _make_folder(arguments.out)
    source = FolderSource(arguments.drop) if arguments.drop else source_from_environment(profile.connector.source)
    with tempfile.TemporaryDirectory(prefix="versement-") as scratch:
        clock = SystemClock()
        registry = SqlRegistry(f"sqlite:///{scratch}/registry.db", clock)
        staging = DiskStaging(Path(scratch) / "staging")
        chain = Chain(profile, registry, staging, clock, BoundedProfileCheck())
        try:
            transfers = _attempt(chain, source, profile, arguments.out)
            if archive is not None:
                return _blank_tests(chain, archive, transfers)
        finally:
            source.close()
    say("Rien n’a été envoyé.")
    return 0


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def _attempt(chain: Chain, source: Source, profile: Profile, out: Path | None) -> Sequence[Transfer]:
    formats = FileFormats()
    try:
        record = collect(chain, source, formats, run_id="essai", window=Window())
        qualify(chain, formats, GreatExpectations(), collection_id=record.id)
    finally:
        formats.close()
    deduplicate(chain)
    transfers = package(chain, collection_id=record.id)
    balance = chain.registry.balance(chain.tenant, chain.connector)
    say(table([balance_heading(), *balance_rows(profile.dag_id, balance)]))
    if not record.listing_paths:
        say("Le dépôt est vide : aucun fichier n’y a été trouvé.")
    for finding in record.findings:
        say(f"  [dépôt] {finding.message} ({finding.code})")
    for line in waiting_lines(chain.registry.waiting(chain.tenant, chain.connector)):
        say(line)
    for transfer in transfers:
        units, files = _counted(transfer.unit_count, "unité"), _counted(len(transfer.entries), "fichier")
        holds = f"{units}, {files}, {transfer.size} octets"
        say(f"SIP {transfer.id} : {holds}")
        if out is not None:
            _leave(chain, transfer, out)
    return transfers


def _leave(chain: Chain, transfer: Transfer, out: Path) -> None:
    try:
        with (out / f"{transfer.id}.zip").open("wb") as file:
            file.writelines(sip_stream(chain, transfer.manifest, transfer.entries))
        manifest = chain.staging.path(chain.tenant, transfer.manifest.digest)
        shutil.copyfile(manifest, out / f"{transfer.id}-manifest.xml")
    except OSError as error:
        raise unwritable(out, error) from error


def _blank_tests(chain: Chain, archive: Archive, transfers: Sequence[Transfer]) -> int:
    refused = 0
    for transfer in transfers:
        say(f"Essai à blanc du SIP {transfer.id} sur « {chain.profile.target.label} »…")
        done = blank_test(chain, archive, transfer, time.sleep)
        refused += not done.accepted
        say(f"{_ANSWERS.get(done.status, _ANSWERS['KO'])} (opération {done.operation_id}).")
        for judged in done.found:
            where = f"« {judged.path} » : " if judged.path else ""
            say(f"  [{judged.actor}] {where}{judged.text} ({judged.code})")
    say("Rien n’a été versé : d’un essai à blanc, la plateforme ne garde que la réponse.")
    return 1 if refused else 0
