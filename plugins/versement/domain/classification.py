"""The nomenclature of matières by which acts are classified: the préfecture's own, else its two national levels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from versement.domain.documents import AnnouncedDocument, Field, Finding, Metadata, Severity, Value, ValueSource

CODE = re.compile(r"[1-9]\d?(?:\.\d{1,2}){0,4}")
"""A code as documents carry it."""
_WRITTEN = re.compile(r"\s*(?P<code>\d{1,2}(?:(?:\s*\.\s*|[-/_,])\d{1,2}){0,4})(?!\d)[\s.:–-]*(?P<name>.*)", re.DOTALL)


def matter_of(text: str) -> tuple[str, str]:
    """Code and label of a matière as tools write it: `7.1`, `4-1 Personnel`, `08.02`, `2. Urbanisme`.

    What begins with no code stands as its own code: nobody can say that it is not one whose acts name persons.
    """
    said = " ".join(text.split())
    match = _WRITTEN.match(said)
    if match is None:
        return said, ""
    code = ".".join(str(int(level)) for level in re.findall(r"\d+", match["code"]))
    return (code, match["name"]) if CODE.fullmatch(code) else (said, "")


@dataclass(frozen=True, slots=True)
class Classification:
    """Labels of matières.

    Attributes:
        version: `DateClassification` (AAAA-MM-JJ) of the préfecture's `RetourClassification`.
        labels: by code, such as `7.1` or `7.1.2`.
        national: these are the two national levels, not a préfecture's own classification.
    """

    version: str
    labels: Mapping[str, str]
    national: bool = False

    def known(self, code: str) -> str:
        """The code as far as this classification can say something of it: itself, or its two national levels."""
        return ".".join(code.split(".")[:2]) if self.national else code

    def label(self, code: str) -> str:
        """Label of a code; empty when it has none here."""
        return self.labels.get(self.known(code), "")


def latest(classifications: Iterable[Classification], otherwise: Classification) -> Classification:
    """The préfecture's most recent version; `otherwise` where there is none."""
    return max(classifications, key=lambda found: found.version, default=otherwise)


def classified(
    documents: Iterable[AnnouncedDocument], classification: Classification
) -> tuple[tuple[AnnouncedDocument, ...], tuple[Finding, ...]]:
    """Documents with the label of their matière, and a remark for each code that the classification lacks.

    A label that the drop itself gives stands, unless the préfecture's own classification says another.
    """
    labelled: list[AnnouncedDocument] = []
    unknown: dict[str, list[str]] = {}
    for document in documents:
        metadata = Metadata.settled(document.readings)
        code = metadata.text(Field.MATTER)
        label = classification.label(code) if code else ""
        if code and not label:
            unknown.setdefault(code, []).append(document.reference)
        if label and not (classification.national and metadata.text(Field.MATTER_NAME)):
            reading = (Field.MATTER_NAME, Value(label, ValueSource.CLASSIFICATION))
            document = replace(document, readings=(*document.readings, reading))  # noqa: PLW2901 - the same, labelled
        labelled.append(document)
    return tuple(labelled), tuple(_unknown(code, unknown[code], classification) for code in sorted(unknown))


def _unknown(code: str, references: Sequence[str], classification: Classification) -> Finding:
    which = "des deux niveaux nationaux" if classification.national else "de la préfecture"
    return Finding(
        "MATTER_UNKNOWN",
        Severity.REMARK,
        f"La matière « {code} » ({len(references)} documents, le premier : « {references[0]} ») n’est pas dans la "
        f"classification {which} ({classification.version}). Déposez la classification en vigueur "
        "(RetourClassification), ou faites corriger la matière.",
        references[0],
    )
