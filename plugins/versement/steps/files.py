"""Look into every collected file once per content: format, viruses, health; what is kept of it as evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from versement.domain.documents import CollectedFile, Kind, Readings, Role, SourceDocument
from versement.domain.errors import SettingsError
from versement.domain.files import FileFacts
from versement.domain.fixity import Digest, Fixity
from versement.domain.health import Health
from versement.domain.scans import CLEAN, Scanned, Verdict
from versement.ports.antivirus import Antivirus, Scans
from versement.ports.formats import FormatIdentification, Formats
from versement.steps.chain import Chain, log

BATCH = 500
"""Files identified at a time, and scanned between two notes of what is clean."""
OPENED_AT_ONCE = 2
"""Files opened at a time, each by a process of its own."""
PDF, PDF_START = "application/pdf", b"%PDF-"
UNREADABLE = frozenset({"FILE_UNREADABLE", "FILE_TRUNCATED", "FILE_ENCRYPTED", "FILE_TOO_HEAVY", "FILE_WITHOUT_PAGES"})
"""Troubles of a file whose text cannot be had."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The antivirus, and what it found clean before."""

    antivirus: Antivirus
    scans: Scans


@dataclass(frozen=True, slots=True)
class Looked:
    """What all contents of a collection are.

    Attributes:
        signatures: version of the antivirus's; empty when the profile asks for none.
    """

    formats: Mapping[Digest, FormatIdentification]
    facts: Mapping[Digest, FileFacts]
    signatures: str = ""


def look(
    chain: Chain, formats: Formats, documents: Sequence[SourceDocument], guard: Guard | None
) -> tuple[Looked, list[SourceDocument]]:
    """Look into the files of these documents; each document with its files' formats and what its act's text says.

    What a virus was found in is not opened.

    Raises:
        AntivirusUnavailable: the profile requires an antivirus that does not judge now.
        SettingsError: it requires one, and this machine has none.
    """
    contents = contents_of(documents)
    verdicts, signatures = verdicts_of(chain, contents.values(), guard)
    known: dict[Digest, FormatIdentification] = {}
    for some in _batches(list(contents)):
        paths = {chain.staging.path(chain.tenant, digest): digest for digest in some}
        known |= {paths[path]: found for path, found in formats.identify(list(paths)).items()}
    opening = _Opening(chain, formats, verdicts, known)
    with ThreadPoolExecutor(OPENED_AT_ONCE) as pool:
        read = list(pool.map(opening.read, documents))
    facts = {
        digest: FileFacts(health=health, others=known[digest].others, verdict=verdicts.get(digest))
        for digest, health in opening.healths.items()
    }
    return Looked(known, facts, signatures), [_identified(document, known) for document in read]


@dataclass(frozen=True, slots=True)
class _Opening:
    """Opens files, each content once, by several threads."""

    chain: Chain
    formats: Formats
    verdicts: Mapping[Digest, Verdict]
    known: Mapping[Digest, FormatIdentification]
    healths: dict[Digest, Health] = field(default_factory=dict)

    def read(self, document: SourceDocument) -> SourceDocument:
        """The document with what its act's text says."""
        for file in document.files:
            if file.fixity is not None and file.fixity.digest not in self.healths:
                self.healths[file.fixity.digest] = self._health(file.fixity.digest)
        if document.kind is not Kind.ACT:
            return document
        written = [file.fixity for file in document.files if file.fixity and file.role in (Role.ACT, Role.STAMPED)]
        stamped = [reading for fixity in written for reading in self._stamp(fixity)]
        return replace(document, readings=(*document.readings, *stamped))

    def _health(self, digest: Digest) -> Health:
        if self._infected(digest):
            return Health()
        return self.formats.health(self.chain.staging.path(self.chain.tenant, digest))

    def _stamp(self, fixity: Fixity) -> Readings:
        """Nothing of what is no PDF, or bears a virus, or is in a state that its health tells."""
        digest = fixity.digest
        if self._infected(digest) or UNREADABLE.intersection(self.healths[digest].troubles):
            return ()
        if not self._is_pdf(digest):
            return ()
        return self.formats.stamp(self.chain.staging.path(self.chain.tenant, digest))

    def _is_pdf(self, digest: Digest) -> bool:
        """By its first bytes, or by its format: a PDF may begin with a few others."""
        if PDF in self.known[digest].mime:
            return True
        with self.chain.staging.open(self.chain.tenant, digest) as content:
            return bool(content.read(len(PDF_START)) == PDF_START)

    def _infected(self, digest: Digest) -> bool:
        return digest in self.verdicts and self.verdicts[digest].scanned is Scanned.INFECTED


def _identified(document: SourceDocument, known: Mapping[Digest, FormatIdentification]) -> SourceDocument:
    return replace(document, files=tuple(_with_format(file, known) for file in document.files))


def _with_format(file: CollectedFile, known: Mapping[Digest, FormatIdentification]) -> CollectedFile:
    if file.fixity is None:
        return file
    found = known[file.fixity.digest]
    return replace(file, puid=found.puid, mime=found.mime, format_name=found.name)


def evidence_of(chain: Chain, looked: Looked) -> dict[str, Any]:
    """What is kept of it: tools and versions, counts, and one line per content. No name of a file."""
    healths = [found.health for found in looked.facts.values()]
    verdicts = Counter(found.verdict.scanned.name.lower() for found in looked.facts.values() if found.verdict)
    return {
        "files": len(looked.facts),
        "pronom": sorted({found.signatures for found in looked.formats.values() if found.signatures}),
        "antivirus": {"use": chain.profile.connector.antivirus, "signatures": looked.signatures, **verdicts},
        "pages": sum(health.pages for health in healths),
        "text_pages": sum(health.text_pages for health in healths),
        "pdfa": dict(Counter(health.pdfa for health in healths if health.pdfa)),
        "troubles": dict(Counter(code for health in healths for code in health.troubles)),
        "contents": {str(digest): _line(looked, digest) for digest in looked.facts},
    }


def with_files(evidence: bytes, files: Mapping[str, Any]) -> bytes:
    """The evidence of the metadata table, with that of the files."""
    told = {**json.loads(evidence), "files": files}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _line(looked: Looked, digest: Digest) -> list[Any]:
    health = looked.facts[digest].health
    return [looked.formats[digest].puid, health.pages, health.text_pages, health.pdfa, list(health.troubles)]


def contents_of(documents: Iterable[SourceDocument]) -> dict[Digest, Fixity]:
    """Each content of these documents once."""
    return {file.fixity.digest: file.fixity for document in documents for file in document.files if file.fixity}


def verdicts_of(chain: Chain, contents: Collection[Fixity], guard: Guard | None) -> tuple[dict[Digest, Verdict], str]:
    """By content, with the version of the signatures; nothing when the profile asks for no antivirus.

    Raises:
        AntivirusUnavailable, SettingsError: see `look`.
    """
    if chain.profile.connector.antivirus == "off":
        log.info("Antivirus : aucun, comme le dit la fiche. Les fichiers ne sont pas analysés.")
        return {}, ""
    if guard is None:
        raise SettingsError(
            "La fiche exige un antivirus et aucun n’est déclaré sur cette machine : donnez son adresse par "
            "VERSEMENT_CLAMD (chemin du socket de clamd, ou « hôte:port »), puis relancez. Aucun document n’a été jugé."
        )
    signatures = guard.antivirus.signatures()
    known = guard.scans.clean(chain.tenant, signatures, [fixity.digest for fixity in contents])
    verdicts = dict.fromkeys(known, CLEAN)
    for some in _batches([fixity for fixity in contents if fixity.digest not in known]):
        found = {fixity.digest: _scanned(chain, guard, fixity) for fixity in some}
        clean = [digest for digest, verdict in found.items() if verdict == CLEAN]
        guard.scans.remember(chain.tenant, signatures, clean)
        verdicts |= found
    log.info("Antivirus : %d fichiers, dont %d déjà analysés (%s).", len(contents), len(known), signatures)
    return verdicts, signatures


def _scanned(chain: Chain, guard: Guard, fixity: Fixity) -> Verdict:
    with chain.staging.open(chain.tenant, fixity.digest) as content:
        return guard.antivirus.scan(content, fixity.size)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
