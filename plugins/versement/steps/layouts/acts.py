"""Layout `actes`: ACTES messages, SCDL indexes and names make acts and what attests them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from versement.domain.classification import classified
from versement.domain.documents import FileReference, Finding
from versement.domain.drop import ActesMessage, IndexRow
from versement.domain.errors import FileChanged, FileVanished, UnreadableFile
from versement.domain.grouping import Grouping, group, parted
from versement.domain.qualification import blocking, remark
from versement.ports.formats import Formats
from versement.profiles.drops import ActesDrop
from versement.steps.layouts.answers import answered
from versement.steps.layouts.descriptors import classification_of, read_descriptors
from versement.steps.reading import Reader


def acts_of(reader: Reader, formats: Formats, drop: ActesDrop, listing: Sequence[FileReference]) -> Grouping:
    """The acts that a listing announces."""
    patterns = reader.chain.profile.connector.waste
    _, read = parted(listing, patterns)
    indexes, index_findings = ({}, []) if drop.index == "none" else _read_indexes(reader, formats, read)
    messages, message_findings = _read_messages(reader, formats, read)
    known = {*indexes, *messages, *(finding.path for finding in message_findings)}
    described, described_findings = read_descriptors(reader, formats, read, known)
    described, messages, answer_findings = answered(described, messages)
    grouping = group(listing, indexes, messages, patterns, described)
    named = reader.chain.profile.organisation.classification
    classification, classification_findings = classification_of(described.values(), named, formats)
    documents, matter_findings = classified(grouping.documents, classification)
    told = (*index_findings, *message_findings, *described_findings, *answer_findings, *grouping.findings)
    return replace(grouping, documents=documents, findings=(*told, *classification_findings, *matter_findings))


def _read_indexes(
    reader: Reader, formats: Formats, listing: Sequence[FileReference]
) -> tuple[Mapping[str, Sequence[IndexRow]], list[Finding]]:
    rows: dict[str, Sequence[IndexRow]] = {}
    findings: list[Finding] = []
    for reference in listing:
        if reference.folder or not reference.name.lower().endswith(".csv"):
            continue
        path = reader.index_path(reference)
        try:
            if formats.is_index(path, reference.name):
                reading = formats.index(path)
                rows[reference.path] = reading.rows
                findings += [_of_the_index(finding, reference) for finding in reading.findings]
        except UnreadableFile as error:
            findings.append(blocking("INDEX_UNREADABLE", f"« {reference.path} » : {error.message}", reference.path))
    return rows, findings


def _of_the_index(finding: Finding, reference: FileReference) -> Finding:
    return replace(finding, path=reference.path, message=f"« {reference.path} », {finding.message}")


def _read_messages(
    reader: Reader, formats: Formats, listing: Sequence[FileReference]
) -> tuple[Mapping[str, ActesMessage], list[Finding]]:
    messages: dict[str, ActesMessage] = {}
    findings: list[Finding] = []
    for reference in listing:
        if not reference.name.lower().endswith(".xml"):
            continue
        try:
            message = formats.message(reader.path(reference))
        except (FileChanged, FileVanished):
            continue  # collected later as a file of its own, which says what happened to it
        except UnreadableFile as error:
            findings.append(remark("MESSAGE_UNREADABLE", f"« {reference.path} » : {error.message}", reference.path))
            continue
        if message is not None:
            messages[reference.path] = message
    return messages, findings
