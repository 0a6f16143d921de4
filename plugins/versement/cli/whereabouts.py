"""Where things are: counts per connector, one document's story, and an operator's release of a transfer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from versement.cli.output import say
from versement.cli.tables import balance_heading, balance_rows, table, waiting_lines
from versement.cli.vitam import archive_of
from versement.domain.documents import Field
from versement.domain.errors import ProfileError, SettingsError, TenantDiffers
from versement.domain.lifecycle import DocumentState
from versement.domain.transfers import Transfer
from versement.ports.records import Story
from versement.profiles.load import load_profile, profile_paths
from versement.settings import Settings
from versement.steps.chain import Chain
from versement.steps.release import release as release_transfer

NO_PROFILE = "Les dossiers de fiches (VERSEMENT_PROFILES) ne contiennent aucune fiche de connecteur : vérifiez-les."
OTHER_REGISTRY = "Vérifiez aussi que le registre est le bon : VERSEMENT_REGISTRY_URL."


def chains() -> Iterator[Chain]:
    """The chain of every connector whose profile the chain can work with; of the others, what is wrong is told."""
    settings = Settings.from_environment()
    for path in profile_paths(settings.profiles):
        try:
            chain = settings.chain(load_profile(path))
            chain.registry.journal_head(chain.tenant)  # whether the registry knows this coffre as it is declared
        except (ProfileError, TenantDiffers) as error:
            sys.stderr.write(f"{error.message}\n")
            continue
        yield chain


def chains_of(connector: str | None) -> list[Chain]:
    """The chain of a connector, named as its DAG, or of all.

    Raises:
        SettingsError: there is no such connector.
    """
    chosen = [chain for chain in chains() if connector in (None, chain.profile.dag_id)]
    if not chosen and connector is None:
        raise SettingsError(NO_PROFILE)
    if not chosen:
        raise SettingsError(f"Aucune fiche de connecteur « {connector} » : voyez `python -m versement profile check`.")
    return chosen


def coffres(key: str | None) -> dict[str, Chain]:
    """A chain for each coffre of this machine's profiles, or for the one that is named.

    Raises:
        SettingsError: no profile has it.
    """
    known = {chain.tenant.key: chain for chain in chains()}
    if not known:
        raise SettingsError(NO_PROFILE)
    if key is not None and key not in known:
        raise SettingsError(f"Aucun coffre « {key} » dans les fiches : il y a {', '.join(known)}.")
    return known if key is None else {key: known[key]}


def coffre_named(key: str) -> Chain:
    """A chain of this coffre; same errors as `coffres`."""
    return coffres(key)[key]


def transfer_named(reference: str, among: Iterable[Chain]) -> tuple[Chain, Transfer] | None:
    """The transfer of this id, or that became this operation, with the chain of its own connector.

    Raises:
        SettingsError: its connector has no profile here that the chain can work with.
    """
    connector = ""
    for chain in among:
        registry, tenant = chain.registry, chain.tenant
        transfer = registry.transfer(tenant, reference) or registry.transfer_of(tenant, reference)
        if transfer is not None and transfer.connector == chain.connector:
            return chain, transfer
        connector = transfer.connector if transfer is not None else connector
    if connector:
        raise SettingsError(
            f"« {reference} » est un versement du connecteur « {connector} », dont la fiche manque ici ou n’est pas "
            "admise. Rien n’a été fait : remettez cette fiche, puis relancez la commande "
            "(python -m versement profile check)."
        )
    return None


def status(arguments: argparse.Namespace) -> int:
    """Counts of every connector since the beginning, and what waits."""
    chosen = chains_of(arguments.connector)
    balances = [(chain.profile.dag_id, chain.registry.balance(chain.tenant, chain.connector)) for chain in chosen]
    rows = [balance_heading()]
    for name, balance in balances:
        rows += balance_rows(name, balance)
    say(table(rows))
    if not any(balance.documents.announced or balance.files.announced for _, balance in balances):
        sys.stderr.write(
            "Ce registre ne connaît encore aucun document. Si vous en attendiez, vérifiez qu’il est le bon : "
            "VERSEMENT_REGISTRY_URL.\n"
        )
    for chain in chosen:
        _say_waiting(chain)
    return 0


def _say_waiting(chain: Chain) -> None:
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    if waiting:
        say(f"\n{chain.profile.organisation.label} : ce qui attend, et qui")
    for line in waiting_lines(waiting):
        say(line)


def document(arguments: argparse.Namespace) -> int:
    """Everything known of one document, in every coffre of this machine's profiles."""
    found = 0
    for chain in {chain.tenant.key: chain for chain in chains()}.values():
        for story in chain.registry.find(chain.tenant, arguments.reference):
            found += 1
            _tell(chain, story)
    if not found and not _tell_waste(arguments.reference):
        sys.stderr.write(
            f"« {arguments.reference} » : aucun document connu sous ce nom. Donnez l’IDActe, le chemin exact d’une "
            f"pièce dans le dépôt, ou la référence donnée par le bilan. {OTHER_REGISTRY}\n"
        )
        return 1
    return 0


def _tell_waste(path: str) -> bool:
    """Whether a file of this name was announced as residue; says so."""
    connectors = [
        chain
        for chain in chains()
        if path in {file.path for file in chain.registry.waste(chain.tenant, chain.connector)}
    ]
    for chain in connectors:
        say(f"{path} – {chain.profile.organisation.label}")
        say(f"  Déchet selon la fiche {chain.profile.dag_id} : compté, jamais versé, jamais supprimé du dépôt.")
    return bool(connectors)


def _tell(chain: Chain, story: Story) -> None:
    target = chain.profile.target
    say(f"{story.document.record_key or story.document.reference} – {chain.profile.organisation.label}")
    say(f"  État : {story.state}")
    if story.reason and story.reason not in {finding.message for finding in story.findings}:
        say(f"  {story.reason}")
    if target.kind == "essai":
        say(f"  Plateforme « {target.label} » : essai, sans valeur d’archive.")
    say(f"  Collecte : {story.collection.id}, le {story.collection.started:%d/%m/%Y à %H:%M} UTC")
    if story.original:
        say(f"  Doublon de : {story.original}")
    _tell_content(story)
    for transfer in story.transfers:
        say(f"  Versement {transfer.id} : {transfer.state}, opération {transfer.operation_id or '–'}")
    for unit, unit_id, object_id in story.units:
        if unit_id:
            say(f"  Unité {unit.key} : {unit_id}{f', objet {object_id}' if object_id else ''}")
    for entry in story.journal:
        at = f"{entry.at:%Y-%m-%dT%H:%M:%SZ}"
        say(f"  Journal n° {entry.number}, {at}, {entry.event} {entry.data} [{entry.chain[:12]}]")


def _tell_content(story: Story) -> None:
    for name in Field:
        value = story.document.metadata.values.get(name)
        if value is not None and name is not Field.TITLE:
            say(f"  {name} : {value.text} (lu dans : {value.source})")
    for file in story.document.files:
        said = f"{file.fixity.size} octets, {file.fixity.digest}" if file.fixity else "absent du dépôt"
        say(f"  Pièce « {file.path} » ({file.role}) : {said}")
    for finding in story.findings:
        say(f"  Constat {finding.code} ({finding.severity}) : {finding.message}")


def release(arguments: argparse.Namespace) -> int:
    """Give a stopped or uncertain transfer, or a refused document, back to the chain."""
    known = list(chains())
    if found := transfer_named(arguments.transfer, known):
        chain, transfer = found
        release_transfer(chain, archive_of(chain.profile), transfer)
        say(f"Versement {transfer.id} rendu à la chaîne : la prochaine exécution le reprendra.")
        return 0
    return _release_documents(arguments.transfer, known)


def _release_documents(reference: str, among: Iterable[Chain]) -> int:
    """Give refused documents of one coffre back; a reference that several coffres know is nobody's until it is said."""
    refused = [
        (chain, story)
        for chain in {chain.tenant.key: chain for chain in among}.values()
        for story in chain.registry.find(chain.tenant, reference)
        if story.state is DocumentState.REFUSED
    ]
    labels = dict.fromkeys(f"{chain.profile.organisation.label} ({chain.tenant.key})" for chain, _ in refused)
    if len(labels) > 1:
        sys.stderr.write(
            f"« {reference} » : des documents refusés de plusieurs coffres portent ce nom : {', '.join(labels)}. Rien "
            "n’est rendu : donnez l’IDActe du vôtre (python -m versement document).\n"
        )
        return 1
    for chain, story in refused:
        chain.registry.reinstate(chain.tenant, story.document.id)
        given_back = f"Document « {story.document.reference} » ({chain.profile.organisation.label}) rendu à la chaîne"
        say(f"{given_back} : la prochaine exécution le reprendra.")
    if not refused:
        sys.stderr.write(f"« {reference} » : ni versement connu, ni document refusé. {OTHER_REGISTRY}\n")
    return 0 if refused else 1
