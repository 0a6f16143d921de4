"""Bordereaux d'élimination: propose, show, keep the signed one, write the visa, purge staging."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from versement.adapters import bordereau as files
from versement.cli.output import say, write_whole
from versement.cli.whereabouts import chains, coffre_named
from versement.domain.elimination import Bordereau, Given, Visa, in_go
from versement.domain.errors import SettingsError
from versement.domain.fixity import CHUNK, Digest
from versement.steps import elimination

VISAS = {"accorde": Visa.GRANTED, "refuse": Visa.REFUSED, "echantillon": Visa.SAMPLE}
_PDF = b"%PDF-"


def propose(arguments: argparse.Namespace) -> int:
    """Write a new bordereau: PDF to sign, CSV, annex."""
    own = coffre_named(arguments.coffre)
    of_coffre = [chain for chain in chains() if chain.tenant == own.tenant]
    day = arguments.date or own.clock.now().date()
    made = elimination.propose(of_coffre, day=day, again=arguments.again)
    annex = files.annex(made)
    for name, content in (
        (f"{made.id}-annexe.csv", annex),
        (f"{made.id}.csv", files.table(made)),
        (f"{made.id}.pdf", files.pdf(made, Digest.of(annex))),
    ):
        write_whole(arguments.out / name, [content])
    _tell(made)
    say(f"Écrit dans « {arguments.out} » : le PDF à signer, le tableau et son annexe. Rien n’a été supprimé.")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """One bordereau, or all of the coffre."""
    chain = coffre_named(arguments.coffre)
    if arguments.bordereau:
        _tell(chain.registry.bordereau(chain.tenant, arguments.bordereau))
        return 0
    known = chain.registry.bordereaux(chain.tenant)
    for found in known:
        say(f"{found.id} : {found.state}, {len(found.lines)} lignes, {found.files} fichiers, {in_go(found.size)}")
    if not known:
        say(f"Coffre {chain.tenant.key} : aucun bordereau.")
    return 0


def sign(arguments: argparse.Namespace) -> int:
    """Keep the signed PDF."""
    chain = coffre_named(arguments.coffre)
    digest = elimination.sign(chain, arguments.bordereau, _pdf(arguments.pdf))
    say(f"Bordereau {arguments.bordereau} signé : empreinte {digest}, inscrite au journal.")
    return 0


def visa(arguments: argparse.Namespace) -> int:
    """Write what the Archives départementales said of a line."""
    chain = coffre_named(arguments.coffre)
    said = VISAS[arguments.visa]
    given = Given(said, arguments.by, arguments.reason, frozenset(arguments.keep), arguments.replace)
    found = elimination.visa(chain, arguments.bordereau, arguments.ligne, given)
    say(f"Bordereau {found.id}, ligne {arguments.ligne} : visa {said}.")
    awaited = sum(line.visa is Visa.AWAITED for line in found.lines)
    say(f"  Lignes sans visa : {awaited}." if awaited else f"  Bordereau {found.state}.")
    return 0


def purge(arguments: argparse.Namespace) -> int:
    """Empty staging of what the visa let go."""
    chain = coffre_named(arguments.coffre)
    objects, size = elimination.purge(chain, arguments.bordereau)
    say(
        f"Bordereau {arguments.bordereau} : {objects} fichiers retirés de l’espace de préparation ({in_go(size)}), "
        "inscrit au journal. Rien n’a été supprimé à la source ni dans le coffre : faites-le là où ils sont."
    )
    return 0


def day(text: str) -> date:
    """A date as an argument, `AAAA-MM-JJ`."""
    return date.fromisoformat(text)


def _pdf(path: Path) -> Iterator[bytes]:
    """The bytes of a PDF.

    Raises:
        SettingsError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_PDF)) != _PDF:
                raise SettingsError(f"« {path} » n’est pas un PDF : donnez le bordereau signé, numérisé en PDF.")
            file.seek(0)
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SettingsError(f"« {path} » : le fichier ne se lit pas ({error.strerror}).") from error


def _tell(found: Bordereau) -> None:
    say(f"Bordereau {found.id} : {found.state}, au {found.day:%d/%m/%Y}, coffre {found.tenant}")
    for line in found.lines:
        first, last = line.days or (None, None)
        days = f", du {first:%d/%m/%Y} au {last:%d/%m/%Y}" if first and last else ""
        say(f"  {line.number}. {line.category} ({line.ground}) : {line.files} fichiers, {in_go(line.size)}{days}")
        say(f"     {line.observations}")
        by = f" ({line.author}, le {line.decided:%d/%m/%Y})" if line.decided else ""
        say(f"     Visa {line.visa}{by}" + (f" – {line.reason}" if line.reason else ""))
    for held in found.held:
        say(
            f"  Gel « {held.name} », depuis le {held.since:%d/%m/%Y} : {held.documents} documents non proposés, "
            f"{in_go(held.size)} – {held.reason}"
        )
    say(f"  Total : {found.files} fichiers, {in_go(found.size)}.")
    if found.signed is not None:
        say(f"  PDF signé : {found.signed}")
