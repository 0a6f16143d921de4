"""`profile try`: a profile on real files, in a scratch folder. Nothing is remembered, nothing sent but blank tests."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from versement.adapters.clock import SystemClock
from versement.adapters.conformity import BoundedProfileCheck
from versement.adapters.expectations import GreatExpectations
from versement.adapters.formats.formats import FileFormats
from versement.adapters.registry import SqlRegistry
from versement.adapters.sources import FolderSource, source_from_environment
from versement.adapters.staging import DiskStaging
from versement.cli.output import say, takes_all, unwritable
from versement.cli.tables import balance_heading, balance_rows, table, waiting_lines
from versement.cli.vitam import archive_of
from versement.domain.errors import SettingsError
from versement.domain.transfers import Transfer
from versement.ports.archive import Archive
from versement.ports.records import CollectionRecord
from versement.ports.source import Source
from versement.profiles.load import load_profile
from versement.seda.validation import schema_folder
from versement.settings import Settings
from versement.steps.blank_test import BlankTest, blank_test
from versement.steps.chain import Chain
from versement.steps.package import sip_stream
from versement.steps.trial import Tried, attempt, trial_of, without_antivirus

_ANSWERS = {
    "OK": "La plateforme accepterait ce SIP",
    "WARNING": "La plateforme accepterait ce SIP, avec des remarques",
    "KO": "La plateforme refuserait ce SIP",
    "FATAL": "La plateforme est tombée en panne sur ce SIP ; prévenez l’exploitant de Vitam",
}
_NO_ANTIVIRUS = (
    "Pas d’antivirus sur cette machine (VERSEMENT_CLAMD) : cet essai n’analyse pas les fichiers. Les exécutions, "
    "elles, l’exigent.\n"
)


def try_(arguments: argparse.Namespace) -> int:
    """Collect, qualify and build the SIP in a scratch folder, and tell what of each document would be archived.

    Nothing is sent, unless for a blank test, of which the archive keeps nothing.
    """
    profile = load_profile(arguments.path.resolve())
    schema_folder(profile.connector.seda_version)  # said before everything is collected, not after
    archive = archive_of(profile) if arguments.blank_test else None
    if arguments.drop and not arguments.drop.is_dir():
        raise SettingsError(f"Dossier « {arguments.drop} » introuvable : donnez à --drop celui de vos fichiers.")
    if arguments.out is not None:
        _make_folder(arguments.out)
    source = FolderSource(arguments.drop) if arguments.drop else source_from_environment(profile.connector.source)
    with tempfile.TemporaryDirectory(prefix="versement-", ignore_cleanup_errors=True) as scratch:
        clock = SystemClock()
        registry = SqlRegistry(f"sqlite:///{(Path(scratch) / 'registry.db').as_posix()}", clock)
        staging = DiskStaging(Path(scratch) / "staging")
        chain = Chain(profile, registry, staging, clock, BoundedProfileCheck())
        try:
            return _tried(chain, source, archive, arguments)
        finally:
            source.close()
            registry.close()


def _tried(chain: Chain, source: Source, archive: Archive | None, arguments: argparse.Namespace) -> int:
    formats = FileFormats()
    try:
        guard = Settings.from_environment().guard()
        looking = chain
        if guard is None and chain.profile.connector.antivirus != "off":
            sys.stderr.write(_NO_ANTIVIRUS)
            looking = without_antivirus(chain)
        record, transfers = attempt(looking, source, formats, GreatExpectations(), guard=guard)
    finally:
        formats.close()
    for transfer in transfers:
        if arguments.out is not None:
            _leave(chain, transfer, arguments.out)
    if not arguments.json:
        _tell(chain, record, transfers)
    tests = [
        (transfer, _blank_test(chain, archive, transfer, quiet=arguments.json)) for transfer in transfers if archive
    ]
    if arguments.json:
        told = trial_of(chain, record, transfers).to_json()
        told["blank_tests"] = {transfer.id: test.status for transfer, test in tests}
        say(json.dumps(told, ensure_ascii=not takes_all(), indent=1))
    elif archive is None:
        say("Rien n’a été envoyé.")
    else:
        say("Rien n’a été versé : d’un essai à blanc, la plateforme ne garde que la réponse.")
    return 0 if all(test.accepted for _, test in tests) else 1


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def _tell(chain: Chain, record: CollectionRecord, transfers: Sequence[Transfer]) -> None:
    trial = trial_of(chain, record, transfers)
    for document in trial.documents:
        for line in _lines(document):
            say(line)
    if trial.left_out:
        say(f"… et {_counted(trial.left_out, 'autre document')}, que les comptes comprennent.")
    balance = chain.registry.balance(chain.tenant, chain.connector)
    say(table([balance_heading(), *balance_rows(chain.profile.dag_id, balance)]))
    if not record.listing_paths:
        say("Le dépôt est vide : aucun fichier n’y a été trouvé.")
    for finding in trial.drop_findings:
        say(f"  [dépôt] {finding}")
    for line in waiting_lines(chain.registry.waiting(chain.tenant, chain.connector)):
        say(line)
    for transfer in transfers:
        units, files = _counted(transfer.unit_count, "unité"), _counted(len(transfer.entries), "fichier")
        say(f"SIP {transfer.id} : {units}, {files}, {transfer.size} octets")


def _lines(document: Tried) -> Iterator[str]:
    """One document: where it would be, what is known of it and whence, its rules, its pièces, what is wrong."""
    yield f"Document « {document.reference} » – {document.state}"
    yield f"  Rangement : {' › '.join(document.path) or 'aucun, ce document ne serait pas versé'}"
    for field in document.fields:
        origin = f", {field.origin}" if field.origin else ""
        yield f"  {field.name} : {field.text} (lu dans : {field.source}{origin})"
    for rule in document.rules:
        start = f"départ {rule.start}" if rule.start else "départ à compléter"
        yield f"  Règle – {rule.category} : {rule.rule}, {start}{f', sort final : {rule.fate}' if rule.fate else ''}"
    for file in document.files:
        yield f"  Pièce : {file}"
    for finding in document.findings:
        yield f"  Constat : {finding}"


def _leave(chain: Chain, transfer: Transfer, out: Path) -> None:
    try:
        with (out / f"{transfer.id}.zip").open("wb") as file:
            file.writelines(sip_stream(chain, transfer.manifest, transfer.entries))
        manifest = chain.staging.path(chain.tenant, transfer.manifest.digest)
        shutil.copyfile(manifest, out / f"{transfer.id}-manifest.xml")
    except OSError as error:
        raise unwritable(out, error) from error


def _blank_test(chain: Chain, archive: Archive, transfer: Transfer, *, quiet: bool) -> BlankTest:
    if not quiet:
        say(f"Essai à blanc du SIP {transfer.id} sur « {chain.profile.target.label} »…")
    done = blank_test(chain, archive, transfer, time.sleep)
    if not quiet:
        say(f"{_ANSWERS.get(done.status, _ANSWERS['KO'])} (opération {done.operation_id}).")
        for judged in done.found:
            where = f"« {judged.path} » : " if judged.path else ""
            say(f"  [{judged.actor}] {where}{judged.text} ({judged.code})")
    return done
