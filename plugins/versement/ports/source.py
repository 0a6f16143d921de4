"""A place where a business application drops its records, and how it is told that they are archived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from versement.domain.documents import FileReference
from versement.domain.listing import Listing
from versement.domain.tenant import Tenant


class Source(Protocol):
    """By it, nothing is ever written, moved or deleted at a source. May raise SourceUnavailable or SettingsError."""

    def listing(self, tenant: Tenant) -> Listing:
        """Every file of the drop, sub-folders included, sorted by path, and a finding for whatever else is there.

        A size below 0 is one that the source tells only when the file is read.
        """
        ...

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        """The file's bytes, a chunk at a time.

        Raises:
            FileVanished: it is no longer there.
            FileChanged: its size or time is not (or no longer, once read) the listing's.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class ReadsAhead(Protocol):
    """A source that gains by being told what will be read."""

    def expect(self, tenant: Tenant, references: Sequence[FileReference]) -> None:
        """These files will be read next, in this order; those expected before no longer count.

        Each is read, or its trouble told, by `Source.read` as ever.
        """
        ...


def expect(source: Source, tenant: Tenant, references: Sequence[FileReference]) -> None:
    """Tell a source what will be read, if that is of use to it."""
    if isinstance(source, ReadsAhead):
        source.expect(tenant, references)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a source is told of a document that the archive accepted entirely.

    Attributes:
        document: its id in the registry.
        reference: as the source named it.
        files: SHA-512 of each of its files, by path in the drop.
        transfer: id of the transfer that carried it.
        operation: the archive's own id of that transfer.
        modified: seconds since the epoch of the latest of its files, as they were announced; of its whole folder when
            folders are told.
    """

    document: str
    reference: str
    files: Mapping[str, str]
    transfer: str
    operation: str
    modified: int = 0


class Receipts(Protocol):
    """Tells a source, when its profile asks for it. May raise SourceUnavailable or SettingsError.

    Attributes:
        by_folder: a folder of the drop is told once all its documents are accepted.
    """

    by_folder: bool

    def give(self, tenant: Tenant, receipt: Receipt) -> bool:
        """Tell of one document; the same again changes nothing.

        Returns:
            False when nothing was told, since the source holds something later than what was archived, or nothing.

        Raises:
            ReceiptRefused: the source takes none for this document.
        """
        ...

    def close(self) -> None: ...
