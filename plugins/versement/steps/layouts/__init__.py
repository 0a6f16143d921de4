"""From a listing to the documents that it announces, as the profile's layout of drop says."""

from __future__ import annotations

from dataclasses import replace

from versement.domain.documents import FileReference
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

    An empty folder is a path that ends with `/`, of no size and no time, so that it is counted once.
    """
    grouping = _of_files(reader, formats, listing)
    folders = Grouping((), tuple(FileReference(path, 0, 0) for path in listing.empty), (), ())
    return replace(grouping, waste=(*grouping.waste, *shielded(reader.chain.profile, folders).waste))


def _of_files(reader: Reader, formats: Formats, listing: Listing) -> Grouping:
    drop = reader.chain.profile.connector.drop
    match drop:
        case ActesDrop():
            return acts_of(reader, formats, drop, listing)
        case FilesDrop():
            return shielded(reader.chain.profile, files_of(reader, formats, drop, listing))
        case FoldersDrop():
            return shielded(reader.chain.profile, folders_of(reader, formats, drop, listing))
        case IndexDrop():
            return index_of(reader, formats, drop, listing)
