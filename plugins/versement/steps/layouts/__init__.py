"""From a listing to the documents that it announces, as the profile's layout of drop says."""

from __future__ import annotations

from collections.abc import Sequence

from versement.domain.documents import FileReference
from versement.domain.grouping import Grouping
from versement.ports.formats import Formats
from versement.profiles.drops import ActesDrop, FilesDrop, FoldersDrop, IndexDrop
from versement.steps.layouts.acts import acts_of
from versement.steps.layouts.files import files_of
from versement.steps.layouts.folders import folders_of
from versement.steps.layouts.index import index_of
from versement.steps.privacy import shielded
from versement.steps.reading import Reader


def grouping_of(reader: Reader, formats: Formats, listing: Sequence[FileReference]) -> Grouping:
    """Every path of the listing is in the grouping's waste, in its indexes, or in a document."""
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
