"""From a listing to the documents that it announces, as the profile's layout of drop says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from versement.domain.documents import FileReference
from versement.domain.errors import Defect
from versement.domain.grouping import Grouping
from versement.domain.listing import Listing
from versement.ports.formats import Formats
from versement.profiles.drops import ActesDrop, FilesDrop, FoldersDrop, IndexDrop
from versement.steps.layouts.acts import acts_of
from versement.steps.layouts.files import files_of
from versement.steps.layouts.folders import folders_of
from versement.steps.layouts.index import index_of
from versement.steps.privacy import shielded
from versement.steps.reading import Reader


def grouping_of(reader: Reader, formats: Formats, listing: Listing) -> Grouping:
    """Every path of the listing is in the grouping's waste, in its indexes, or in a document; empty folders are waste.

    An empty folder is a path that ends with `/`, of no size and no time, so that it is counted once. The findings are
    those of the listing too; the grouping shows nothing personal of a personal family.

    Raises:
        Defect: a path is in none of them.
    """
    grouping, persons = _grouped(reader, formats, listing)
    _check_nothing_lost(listing, grouping)
    empty = tuple(FileReference(path, 0, 0) for path in listing.empty)
    told = replace(grouping, waste=(*grouping.waste, *empty), findings=(*listing.left, *grouping.findings))
    return shielded(reader.chain.profile, told, persons)


def _grouped(reader: Reader, formats: Formats, listing: Listing) -> tuple[Grouping, Mapping[str, Sequence[str]]]:
    """With names of people, by reference of the document that is about them."""
    drop = reader.chain.profile.connector.drop
    match drop:
        case ActesDrop():
            return acts_of(reader, formats, drop, listing), {}
        case FilesDrop():
            return files_of(reader, formats, drop, listing), {}
        case FoldersDrop():
            return folders_of(reader, formats, drop, listing), {}
        case IndexDrop():
            return index_of(reader, formats, drop, listing)


def _check_nothing_lost(listing: Listing, grouping: Grouping) -> None:
    placed = {reference.path for reference in (*grouping.waste, *grouping.indexes)}
    placed |= {file.reference.path for document in grouping.documents for file in document.files if file.reference}
    lost = {reference.path for reference in listing} - placed
    if lost:
        raise Defect(
            f"{len(lost)} fichiers du dépôt ne sont rattachés à rien : rien n’a été collecté, signalez-le aux "
            "développeurs.",
            detail=f"paths lost by grouping: {sorted(lost)[:5]}",
        )
