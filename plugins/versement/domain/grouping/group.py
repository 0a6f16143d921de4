"""Which documents a drop announces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from versement.domain.classification import Classification
from versement.domain.documents import AnnouncedDocument, FileReference, Finding, Kind
from versement.domain.drop import ActesMessage, Description, Descriptor, Envelope, IndexRow
from versement.domain.grouping.companions import add_companions
from versement.domain.grouping.described import add_descriptions, add_envelopes
from versement.domain.grouping.disputed import owners
from versement.domain.grouping.drop import Drop
from versement.domain.grouping.names import Names
from versement.domain.grouping.residue import residue_among
from versement.domain.grouping.seances import add_seances

END_MARKERS = ("fichier_termine.txt",)
"""Names of the empty file by which a tool says that a folder is whole."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a drop announces. Every path of the listing is in `waste`, in `indexes`, or in a document's files.

    Attributes:
        documents: sorted by reference, which no two share.
        indexes: what only serves to read the drop: indexes, classifications, envelopes of no message.
        findings: names that point at several files, rows that point at one file (all remarks).
    """

    documents: tuple[AnnouncedDocument, ...]
    waste: tuple[FileReference, ...]
    indexes: tuple[FileReference, ...]
    findings: tuple[Finding, ...]


def group(
    listing: Iterable[FileReference],
    indexes: Mapping[str, Sequence[IndexRow]],
    messages: Mapping[str, ActesMessage],
    waste_patterns: Sequence[str],
    described: Mapping[str, Descriptor] | None = None,
) -> Grouping:
    """Group a listing into documents.

    Args:
        listing: the drop's files, in any order.
        indexes: rows of each SCDL index, by its path.
        messages: each ACTES message about an act, by its path.
        waste_patterns: see `residue_among`.
        described: what every other file that describes the drop says, by its path.
    """
    files = {reference.path: reference for reference in sorted(listing)}
    waste = residue_among(files, (*waste_patterns, *END_MARKERS))
    kept = {path for path in (*indexes, *messages, *(described or {})) if path in files and path not in waste}
    read = {path: messages[path] for path in sorted(kept & messages.keys() - indexes.keys())}
    others = kept - indexes.keys() - read.keys()
    told = {path: said for path, said in sorted((described or {}).items()) if path in others}
    of_tools = {path: said for path, said in told.items() if isinstance(said, Description)}
    served = kept & indexes.keys() | told.keys() - of_tools.keys()
    apart = waste | served | read.keys() | of_tools.keys()
    names = Names([path for path in files if path not in apart])
    drop = Drop(files, names, Names(sorted(read)), read)
    add_descriptions(drop, of_tools)
    _add_messages(drop, read)
    unbound = add_envelopes(drop, {path: said for path, said in told.items() if isinstance(said, Envelope)})
    drop.owners = owners((row for index in sorted(kept & indexes.keys()) for row in indexes[index]), names)
    for index in sorted(kept & indexes.keys()):
        drop.add_rows(index, indexes[index])
    drop.attach_by_identifier(read)
    add_companions(drop)
    add_seances(drop)
    drop.add_by_name()
    classifications = {path for path, said in told.items() if isinstance(said, Classification)}
    return Grouping(
        documents=drop.documents(has_index=bool(kept & indexes.keys())),
        waste=tuple(files[path] for path in sorted(waste)),
        indexes=tuple(files[path] for path in sorted(kept & indexes.keys() | classifications | unbound)),
        findings=tuple(dict.fromkeys(drop.findings)),
    )


def _add_messages(drop: Drop, messages: Mapping[str, ActesMessage]) -> None:
    """Acts first: what attests them looks for them."""
    for path, message in messages.items():
        if message.kind is Kind.ACT:
            drop.add_message(path, message)
    for path, message in messages.items():
        if message.kind is not Kind.ACT:
            drop.add_attestation(path, message)
