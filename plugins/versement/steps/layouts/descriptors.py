"""What a drop's own files say of the others, read at its announcement: tools' descriptions and the classification."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from versement.domain.classification import Classification, latest
from versement.domain.documents import FileReference, Finding
from versement.domain.drop import Descriptor
from versement.domain.errors import FileChanged, FileVanished, UnreadableFile
from versement.domain.qualification import remark
from versement.ports.formats import Formats
from versement.steps.reading import Reader

EXTENSIONS = (".xml", ".json", ".yaml", ".yml", ".txt")
"""Of the files that may describe others."""
MAX_BYTES = 4 << 20
"""What is larger describes nothing: a description takes some kilobytes."""


def read_descriptors(
    reader: Reader, formats: Formats, listing: Sequence[FileReference], read_already: Collection[str]
) -> tuple[Mapping[str, Descriptor], list[Finding]]:
    """By path, what each file of the listing says of others.

    `read_already` are the paths of those that are something else: indexes, messages about an act.
    """
    found: dict[str, Descriptor] = {}
    findings: list[Finding] = []
    for reference in listing:
        if reference.path in read_already or reference.size > MAX_BYTES or not _may_describe(reference):
            continue
        try:
            descriptor = formats.descriptor(reader.path(reference), reference.name)
        except (FileChanged, FileVanished):
            continue  # collected later as a file of its own, which says what happened to it
        except UnreadableFile as error:
            findings.append(remark("MESSAGE_UNREADABLE", f"« {reference.path} » : {error.message}", reference.path))
            continue
        if descriptor is not None:
            found[reference.path] = descriptor
    return found, findings


def _may_describe(reference: FileReference) -> bool:
    return reference.name.lower().endswith(EXTENSIONS)


def classification_of(
    descriptors: Iterable[Descriptor], named: str, formats: Formats
) -> tuple[Classification, tuple[Finding, ...]]:
    """The most recent classification of the drop or of the file that the organisation names, else the national one."""
    known = [descriptor for descriptor in descriptors if isinstance(descriptor, Classification)]
    findings: tuple[Finding, ...] = ()
    if named:
        try:
            known.append(formats.classification(Path(named)))
        except (UnreadableFile, OSError):
            findings = (
                remark(
                    "CLASSIFICATION_UNREADABLE",
                    "La classification que nomme la fiche de l’organisation (classification) est absente ou "
                    "illisible : attendu un fichier RetourClassification de la préfecture. Corrigez le chemin.",
                ),
            )
    return latest(known, formats.classification(None)), findings
