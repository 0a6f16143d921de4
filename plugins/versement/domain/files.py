"""Rules on what the files of a document hold: their health, viruses, formats that their content contradicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from versement.domain.documents import CollectedFile, Finding, SourceDocument
from versement.domain.fixity import Digest
from versement.domain.health import Health
from versement.domain.policies import Policy, ruled
from versement.domain.qualification import blocking
from versement.domain.scans import Scanned, Verdict


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of one content.

    Attributes:
        others: PUIDs that it fits besides the one retained.
        verdict: of the antivirus; None when the profile asks for none.
    """

    health: Health = field(default_factory=Health)
    others: tuple[str, ...] = ()
    verdict: Verdict | None = None


LEAST_BYTES: Mapping[str, int] = {
    "application/pdf": 60,
    "image/png": 57,
    "image/jpeg": 100,
    "image/tiff": 26,
    "application/msword": 1536,
    "application/vnd.ms-excel": 1536,
    "application/zip": 22,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": 400,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": 400,
    "application/vnd.oasis.opendocument.text": 200,
    "application/vnd.oasis.opendocument.spreadsheet": 200,
}
"""By MIME type, bytes below which nothing whole can have this format."""

TROUBLES: Mapping[str, str] = {
    "FILE_UNREADABLE": "son contenu est abîmé et ne peut pas être lu. Redéposez le fichier d’origine.",
    "FILE_TRUNCATED": "il est tronqué : sa fin manque. Redéposez le fichier entier.",
    "FILE_ENCRYPTED": "il est chiffré ou protégé par un mot de passe : il ne peut être ni lu ni conservé ainsi. "
    "Redéposez-le sans protection.",
    "FILE_TOO_HEAVY": "le lire dépasse le temps ou la mémoire permis : il est abîmé ou anormal. Faites-le produire à "
    "nouveau.",
    "FILE_WITHOUT_PAGES": "ce PDF n’a aucune page. Redéposez le fichier d’origine.",
    "FILE_RESTRICTED": "ce PDF s’ouvre sans mot de passe mais est chiffré, ce qui en restreint l’usage : "
    "redéposez-le sans protection si vous le pouvez.",
    "FILE_PDFA_DOUBTFUL": "ce PDF se dit PDF/A, mais contient ce que cette norme interdit (chiffrement, script, "
    "formulaire dynamique ou pièce jointe). Faites-le convertir à nouveau.",
    "FILE_IMAGE_ONLY": "ce PDF n’est fait que d’images : son texte ne peut être ni lu ni cherché. Déposez la version "
    "d’origine si elle existe.",
}
"""What is said of each trouble, after the file's name."""


def judge_files(
    document: SourceDocument, facts: Mapping[Digest, FileFacts], policies: Mapping[str, Policy]
) -> tuple[Finding, ...]:
    """Every finding on the content of a document's files; a virus comes first."""
    known = [(file, facts.get(file.fixity.digest, FileFacts())) for file in document.files if file.fixity]
    infected = [finding for file, found in known for finding in _infected(file, found)]
    others = [finding for file, found in known for finding in _judged(file, found, policies)]
    return tuple(dict.fromkeys((*infected, *others)))


def _infected(file: CollectedFile, facts: FileFacts) -> Iterator[Finding]:
    if facts.verdict and facts.verdict.scanned is Scanned.INFECTED:
        yield blocking(
            "INFECTED",
            f"« {file.path} » : l’antivirus y trouve « {facts.verdict.about} ». Rien n’en est versé. Ne l’ouvrez pas ; "
            "prévenez la collectivité et son responsable de la sécurité, puis faites redéposer un fichier sain.",
            file.path,
        )


def _judged(file: CollectedFile, facts: FileFacts, policies: Mapping[str, Policy]) -> Iterator[Finding]:
    if facts.verdict and facts.verdict.scanned is Scanned.NOT_SCANNED:
        yield from ruled(
            "NOT_SCANNED",
            policies,
            f"« {file.path} » n’a pas été analysé par l’antivirus ({facts.verdict.about}). Faites-le vérifier à part, "
            "ou relevez la limite avec l’opérateur.",
            file.path,
        )
    for code in facts.health.troubles:
        yield from ruled(code, policies, f"« {file.path} » : {TROUBLES[code]}", file.path)
    yield from _size(file, policies)
    if facts.others:
        yield from ruled(
            "FORMAT_AMBIGUOUS",
            policies,
            f"« {file.path} » : son contenu est à la fois {file.puid} et {', '.join(facts.others)} ; le premier est "
            "retenu. Vérifiez-le en l’ouvrant.",
            file.path,
        )


def _size(file: CollectedFile, policies: Mapping[str, Policy]) -> Iterator[Finding]:
    least = max((LEAST_BYTES.get(mime.strip(), 0) for mime in file.mime.split(",")), default=0)
    if file.fixity and 0 < file.fixity.size < least:
        yield from ruled(
            "FILE_SIZE_IMPOSSIBLE",
            policies,
            f"« {file.path} » : {file.fixity.size} octets ne peuvent pas faire un fichier entier de ce format "
            f"({file.format_name or file.puid}, au moins {least}). Redéposez le fichier d’origine.",
            file.path,
        )
