"""A drop whose archives are opened as folders: `dossier.zip/DCE/CCTP.pdf` is a file like any other."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from versement.domain.documents import FileReference, Finding
from versement.domain.errors import FileChanged, FileVanished, SourceUnavailable, UnreadableFile
from versement.domain.fixity import Digest
from versement.domain.listing import Listing
from versement.domain.qualification import remark
from versement.domain.tenant import Tenant
from versement.ports.formats import Archive, Member, MemberProblem
from versement.ports.source import Source, expect
from versement.ports.staging import Staging

MAX_FILES = 1_000_000
"""Files of one drop, those of its archives included."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the bytes of a listed member are."""

    reference: FileReference
    archive: Digest
    member: Member


class OpenedSource(Source):
    """Another source, each of whose archives is replaced by its members, so that a drop reads the same zipped or not.

    An archive is staged once and its members are read from staging. One that cannot be opened stays one file.
    Its listing tells of archives left closed (ARCHIVE_CLOSED) and of links left out (ARCHIVE_LINKS).
    """

    def __init__(
        self,
        source: Source,
        staging: Staging,
        open_archive: Callable[[Path], Archive],
        patterns: Sequence[str],
        *,
        depth: int = 1,
        passing: set[Digest] | None = None,
    ) -> None:
        """Patterns are of base names (`*` and `?`), whatever their case; depth counts archives within archives.

        What is staged only to be opened is added to `passing`.
        """
        self._source = source
        self._staging = staging
        self._open_archive = open_archive
        self._patterns = [pattern.lower() for pattern in patterns]
        self._depth = depth
        self._passing = passing if passing is not None else set()
        self._places: dict[str, _Place] | None = None
        self._current: tuple[Digest, Archive] | None = None

    def listing(self, tenant: Tenant) -> Listing:
        outer = self._source.listing(tenant)
        folders = {folder for reference in outer for folder in _folders(reference.path)}
        opening = _Opening(self, tenant, room=MAX_FILES - len(outer))
        for reference in outer:
            if self.is_archive(reference.name) and reference.path not in folders:
                opening.add(reference, self._staged(tenant, reference), self._depth)
            else:
                opening.listed.append(reference)
        self._places = opening.places
        return Listing.of(opening.listed, (*outer.left, *opening.findings), whole=outer.whole, empty=outer.empty)

    def read(self, tenant: Tenant, reference: FileReference) -> Iterator[bytes]:
        place = self._place(tenant, reference)
        if place is None:
            yield from self._source.read(tenant, reference)
            return
        if place.reference != reference:
            raise FileChanged(
                f"« {reference.path} » n’est plus celui qui a été annoncé : son archive a été remplacée. "
                "Il sera repris à la collecte suivante.",
                detail="member differs from its listing",
            )
        try:
            yield from self.opened(tenant, place.archive).read(place.member)
        except UnreadableFile as error:
            raise UnreadableFile(f"« {reference.path} » : {error.message}", detail=error.detail) from error

    def expect(self, tenant: Tenant, references: Sequence[FileReference]) -> None:
        expect(self._source, tenant, [one for one in references if not self._within_archive(one)])

    def close(self) -> None:
        self._forget()
        self._source.close()

    def is_archive(self, name: str) -> bool:
        """Whether a base name is that of an archive to open."""
        return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in self._patterns)

    def stage(self, tenant: Tenant, chunks: Iterator[bytes]) -> Digest:
        """Keep an archive's bytes for as long as its members are read."""
        digest = self._staging.put(tenant, chunks).digest
        self._passing.add(digest)
        return digest

    def opened(self, tenant: Tenant, digest: Digest) -> Archive:
        """The staged archive, open until another is asked for: members of one archive are read one after the other.

        Raises:
            UnreadableFile: see `Formats.archive`.
        """
        if self._current is None or self._current[0] != digest:
            self._forget()
            self._current = digest, self._open_archive(self._staging.path(tenant, digest))
        return self._current[1]

    def _place(self, tenant: Tenant, reference: FileReference) -> _Place | None:
        """Where a path is within an archive; a run that goes on where another stopped lists the drop again."""
        if not self._within_archive(reference):
            return None
        if self._places is None:
            self.listing(tenant)
        return (self._places or {}).get(reference.path)

    def _within_archive(self, reference: FileReference) -> bool:
        """Whether a path is one of an archive's member, or may be."""
        return any(map(self.is_archive, reference.path.split("/")))

    def _staged(self, tenant: Tenant, reference: FileReference) -> Digest:
        try:
            return self.stage(tenant, self._source.read(tenant, reference))
        except (FileChanged, FileVanished) as error:
            # Without its members the drop would seem to have lost them: better later than wrong.
            raise SourceUnavailable(
                f"L’archive « {reference.path} » change pendant sa lecture : la collecte reprendra quand son dépôt "
                "sera terminé.",
                detail=error.detail,
            ) from error

    def _forget(self) -> None:
        if self._current is not None:
            self._current[1].close()
            self._current = None


class _Opening:
    """What a drop lists while its archives are opened."""

    def __init__(self, source: OpenedSource, tenant: Tenant, *, room: int) -> None:
        self._source = source
        self._tenant = tenant
        self._room = room
        self.listed: list[FileReference] = []
        self.places: dict[str, _Place] = {}
        self.findings: list[Finding] = []

    def add(self, reference: FileReference, digest: Digest, depth: int) -> None:
        """List an archive's members in its place; or itself, with what it cannot be opened for."""
        try:
            members = self._source.opened(self._tenant, digest).members
            self._check_room(len(members))
            _check_holds_files(members)
        except UnreadableFile as error:
            self.findings.append(remark("ARCHIVE_CLOSED", f"« {reference.path} » : {error.message}", reference.path))
            self.listed.append(reference)
            return
        self._room -= len(members)
        self._tell_links(reference, members)
        places = [_Place(_within(reference, member), digest, member) for member in members]
        inner = [found for place in places if (found := self._add_member(place, depth))]
        for place, inner_digest in inner:  # once all are staged: the outer archive is not opened again for each
            self.add(place.reference, inner_digest, depth - 1)

    def _add_member(self, place: _Place, depth: int) -> tuple[_Place, Digest] | None:
        """List a member; one that is an archive to open is staged instead."""
        if place.member.problem is MemberProblem.LINK:
            return None
        self.places[place.reference.path] = place
        if depth > 1 and place.member.problem is None and self._source.is_archive(place.reference.name):
            try:
                chunks = self._source.opened(self._tenant, place.archive).read(place.member)
                return place, self._source.stage(self._tenant, chunks)
            except UnreadableFile:
                pass  # it is told of this file when it is collected
        self.listed.append(place.reference)
        return None

    def _check_room(self, count: int) -> None:
        if count > self._room:
            raise UnreadableFile(
                f"Cette archive n’est pas ouverte : avec elle, le dépôt dépasserait {MAX_FILES} fichiers. Séparez-le.",
                detail="too many files in all",
            )

    def _tell_links(self, reference: FileReference, members: Sequence[Member]) -> None:
        links = sum(member.problem is MemberProblem.LINK for member in members)
        if links:
            self.findings.append(
                remark(
                    "ARCHIVE_LINKS",
                    f"« {reference.path} » : {links} liens ou fichiers spéciaux n’ont pas de contenu et ne sont pas "
                    "repris. Si les fichiers qu’ils désignent manquent, redéposez-les.",
                    reference.path,
                )
            )


def _check_holds_files(members: Sequence[Member]) -> None:
    """Without a file in its place, an archive would be told of nowhere."""
    if all(member.problem is MemberProblem.LINK for member in members):
        raise UnreadableFile(
            "Cette archive ne contient aucun fichier, seulement des dossiers ou des liens, ou rien. Redéposez-la avec "
            "ses fichiers, ou retirez-la.",
            detail="archive without any file",
        )


def _within(archive: FileReference, member: Member) -> FileReference:
    modified = archive.modified if member.modified is None else member.modified
    return FileReference(f"{archive.path}/{member.name}", member.size, modified)


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path
