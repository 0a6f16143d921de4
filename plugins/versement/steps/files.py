"""Look into every collected file once per content: format, viruses, health; what is kept of it as evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from versement.domain.documents import CollectedFile, SourceDocument
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

    formats: Mapping[Digest, FormatIdentification] = field(default_factory=dict)
    facts: Mapping[Digest, FileFacts] = field(default_factory=dict)
    signatures: str = ""

    def identified(self, document: SourceDocument) -> SourceDocument:
        """The document, each of its files with its format."""
        return replace(document, files=tuple(self._with_format(file) for file in document.files))

    def _with_format(self, file: CollectedFile) -> CollectedFile:
        if file.fixity is None:
            return file
        found = self.formats.get(file.fixity.digest, FormatIdentification())
        return replace(file, puid=found.puid, mime=found.mime, format_name=found.name)

    def health(self, digest: Digest) -> Health:
        return self.facts.get(digest, FileFacts()).health

    def readable(self, digest: Digest) -> bool:
        """Whether its text may be asked for: it bears no virus, and could be read before."""
        found = self.facts.get(digest, FileFacts())
        infected = found.verdict is not None and found.verdict.scanned is Scanned.INFECTED
        return not infected and not _UNREADABLE.intersection(found.health.troubles)


_UNREADABLE = frozenset({"FILE_UNREADABLE", "FILE_TRUNCATED", "FILE_ENCRYPTED", "FILE_TOO_HEAVY"})


def look(chain: Chain, formats: Formats, documents: Sequence[SourceDocument], guard: Guard | None) -> Looked:
    """Look into the files of these documents; what a virus was found in is not opened.

    Raises:
        AntivirusUnavailable: the profile requires an antivirus that does not judge now.
        SettingsError: it requires one, and this machine has none.
    """
    contents = {file.fixity.digest: file.fixity for document in documents for file in document.files if file.fixity}
    verdicts, signatures = _verdicts(chain, list(contents.values()), guard)
    known: dict[Digest, FormatIdentification] = {}
    for some in _batches(list(contents)):
        paths = {chain.staging.path(chain.tenant, digest): digest for digest in some}
        known |= {paths[path]: found for path, found in formats.identify(list(paths)).items()}
    facts = {
        digest: FileFacts(
            health=_health(chain, formats, digest, verdicts.get(digest)),
            others=known[digest].others,
            verdict=verdicts.get(digest),
        )
        for digest in contents
    }
    return Looked(known, facts, signatures)


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
    health = looked.health(digest)
    return [looked.formats[digest].puid, health.pages, health.text_pages, health.pdfa, list(health.troubles)]


def _health(chain: Chain, formats: Formats, digest: Digest, verdict: Verdict | None) -> Health:
    if verdict and verdict.scanned is Scanned.INFECTED:
        return Health()
    return formats.health(chain.staging.path(chain.tenant, digest))


def _verdicts(chain: Chain, contents: Sequence[Fixity], guard: Guard | None) -> tuple[dict[Digest, Verdict], str]:
    """By content, with the version of the signatures; nothing when the profile asks for no antivirus."""
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
