"""What a source holds, as it tells at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from versement.domain.documents import FileReference, Finding


@dataclass(frozen=True, slots=True)
class Listing(Sequence[FileReference]):
    """Files of a drop, sorted by path, and what of the drop is none of them.

    Attributes:
        files: those that can be read.
        left: one finding for each entry that is not among the files: what cannot be read (links, sockets), what has
            not arrived whole and waits for the next collection.
        whole: the files are all that the drop holds, not those of some time only.
        empty: folders that hold nothing at any depth, the highest of each branch, each with a `/` at its end; none
            where a source has no folders.
    """

    files: tuple[FileReference, ...]
    left: tuple[Finding, ...] = ()
    whole: bool = True
    empty: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        files: Iterable[FileReference],
        left: Iterable[Finding] = (),
        *,
        whole: bool = True,
        empty: Iterable[str] = (),
    ) -> Listing:
        """Sort all."""
        told = sorted(left, key=lambda finding: (finding.path, finding.code, finding.message))
        return cls(tuple(sorted(files)), tuple(told), whole, tuple(sorted(empty)))

    @overload
    def __getitem__(self, place: int) -> FileReference: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[FileReference]: ...
    def __getitem__(self, place: int | slice) -> FileReference | Sequence[FileReference]:
        return self.files[place]

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[FileReference]:
        return iter(self.files)
