"""Prove a coffre's journal, here or from exported files; write it out; seal what is new of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from versement.cli.output import say, write_whole
from versement.cli.whereabouts import coffre_named, coffres
from versement.domain.errors import SettingsError
from versement.domain.journal import LONGEST_LINE, Anchor, Fault, Segment, Verifier, verified_export
from versement.steps import journal

UNANCHORED = (
    "  Sans --head, une fin coupée ou un journal entièrement réécrit ne se voient pas : donnez la tête qu’un bilan "
    "a notée."
)


def verify(arguments: argparse.Namespace) -> int:
    """Say whether journals are whole, and which lines are not; 1 when one is not."""
    anchors = [Anchor.parse(text) for text in arguments.head]
    if arguments.export:
        return _verify_files(arguments.export, anchors)
    chosen = coffres(arguments.coffre)
    if anchors and len(chosen) > 1:
        raise SettingsError(f"Une tête est celle d’un seul coffre : nommez-le, parmi {', '.join(chosen)}.")
    wrong = 0
    for key, chain in chosen.items():
        verifier = journal.verify(chain.registry, chain.tenant, anchors)
        _tell(f"Coffre {key}", verifier, anchored=bool(anchors))
        wrong += bool(verifier.faults)
    return 1 if wrong else 0


def export(arguments: argparse.Namespace) -> int:
    """Write a whole journal into a file."""
    chain = coffre_named(arguments.coffre)
    segment, lines = journal.export(chain.registry, chain.tenant)
    digest = write_whole(arguments.out, lines)
    say(f"Journal du coffre {segment.tenant} écrit : {segment.last} lignes, tête {segment.last}:{segment.head}.")
    say(f"  Empreinte du fichier : {digest}")
    return 0


def seal(arguments: argparse.Namespace) -> int:
    """Write what is new of a journal as a drop of its own, and say so in the journal."""
    chain = coffre_named(arguments.coffre)
    segment, lines = journal.seal(chain.registry, chain.tenant)
    folder = arguments.out / journal.name_of(segment)
    digest = write_whole(folder / f"{journal.name_of(segment)}.jsonl", lines)
    described = journal.describe(chain.registry, chain.tenant, chain.profile.organisation.label, segment, digest)
    write_whole(folder / "description.json", [described.bytes()])
    chain.registry.seal(chain.tenant, segment, digest)
    say(f"{described.title} : scellées dans {folder.name}.")
    say(f"  Tête {segment.last}:{segment.head} ; empreinte du fichier : {digest}")
    return 0


def _verify_files(paths: Sequence[Path], anchors: Sequence[Anchor]) -> int:
    """Files of one journal, in order: each must follow the one before."""
    wrong, previous = 0, None
    for path in paths:
        segment, verifier = _verified(path, anchors, continued=path is not paths[-1])
        if previous is None:
            _check_covered(segment.first, anchors)
        elif (segment.tenant, segment.first - 1, segment.before) != previous:
            message = (
                f"Ligne {segment.first} : ce fichier ne suit pas le précédent, qui finit à la ligne {previous[1]}."
            )
            verifier.faults.insert(0, Fault(segment.first, message))
        previous = (segment.tenant, segment.last, segment.head)
        _tell(f"« {path.name} », coffre {segment.tenant}", verifier, anchored=bool(anchors))
        wrong += bool(verifier.faults)
    return 1 if wrong else 0


def _verified(path: Path, anchors: Sequence[Anchor], *, continued: bool) -> tuple[Segment, Verifier]:
    try:
        with path.open("rb") as file:
            return verified_export(_lines(file), anchors, continued=continued)
    except OSError as error:
        raise SettingsError(f"« {path} » : le fichier ne se lit pas ({error.strerror}).") from error


def _check_covered(first: int, anchors: Sequence[Anchor]) -> None:
    for anchor in anchors:
        if anchor.number < first - 1:
            raise SettingsError(
                f"La tête {anchor.number} est antérieure à la ligne {first}, où commencent ces fichiers : elle ne peut "
                "pas leur être comparée. Donnez aussi les fichiers qui précèdent."
            )


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of bounded length: a longer one comes in pieces, none of which is a line of a journal."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line


def _tell(what: str, verifier: Verifier, *, anchored: bool) -> None:
    head = f"{verifier.count} lignes" + (f", tête {verifier.last}" if verifier.count else "")
    say(f"{what} : {'journal ALTÉRÉ' if verifier.faults else 'journal intact'}, {head}.")
    for fault in verifier.faults:
        say(f"  {fault.message}")
    if verifier.more_faults:
        say(f"  Et {verifier.more_faults} autres.")
    if not anchored:
        say(UNANCHORED)
