"""Rows from values of the domain, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Row

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    CollectedFile,
    Field,
    FileReference,
    Finding,
    Kind,
    Readings,
    Role,
    Severity,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.fixity import Digest, Fixity


def compact(value: object) -> str:
    """JSON, always the same for the same value."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def from_readings(readings: Readings) -> str:
    return compact([[name.value, value.text, value.source.value, *_origin(value)] for name, value in readings])


def _origin(value: Value) -> Iterable[str]:
    return (value.origin,) if value.origin else ()


def to_readings(text: str) -> Readings:
    return tuple(
        (Field(name), Value(said, ValueSource(source), *origin)) for name, said, source, *origin in json.loads(text)
    )


def from_announced(document: AnnouncedDocument) -> str:
    files = [
        [item.path, item.role.value, _listed(item.reference) if item.reference else None, item.missing]
        for item in document.files
    ]
    return compact(
        {
            "reference": document.reference,
            "kind": document.kind.value,
            "files": files,
            "readings": from_readings(document.readings),
            "row": document.row,
            "attests": document.attests,
        }
    )


def _listed(reference: FileReference) -> list[str | int]:
    return [reference.path, reference.size, reference.modified]


def to_announced(text: str) -> AnnouncedDocument:
    said = json.loads(text)
    return AnnouncedDocument(
        reference=said["reference"],
        kind=Kind(said["kind"]),
        files=tuple(
            AnnouncedFile(path, Role(role), FileReference(*listed) if listed else None, missing)
            for path, role, listed, missing in said["files"]
        ),
        readings=to_readings(said["readings"]),
        row=said["row"],
        attests=tuple(said["attests"]),
    )


def announced_columns(announced: AnnouncedDocument) -> dict[str, Any]:
    """What a document's row says once it is announced, or announced anew."""
    return {
        "readings": from_readings(announced.readings),
        "attests": compact(announced.attests),
        "index_row": announced.row,
        "announced": from_announced(announced),
    }


def announced_paths(announced: AnnouncedDocument) -> set[str]:
    """Paths of the listing that the document takes; each counts once for this document."""
    return {item.path for item in announced.files if item.reference is not None}


def announced_file_rows(document_id: str, announced: AnnouncedDocument) -> Iterable[dict[str, Any]]:
    files = (
        CollectedFile(item.path, item.role, None, item.reference.moment if item.reference else None)
        for item in announced.files
    )
    return file_rows(document_id, files, announced_paths(announced))


def file_rows(document_id: str, files: Iterable[CollectedFile], announced: set[str]) -> Iterable[dict[str, Any]]:
    left = set(announced)
    for position, item in enumerate(files):
        yield {
            "document": document_id,
            "position": position,
            "path": item.path,
            "role": item.role.value,
            "announced": item.path in left,
            "modified": item.modified,
            "digest": str(item.fixity.digest) if item.fixity else None,
            "crc32": item.fixity.crc32 if item.fixity else None,
            "size": item.fixity.size if item.fixity else None,
            "puid": item.puid,
            "mime": item.mime,
            "format_name": item.format_name,
        }
        left.discard(item.path)


def to_file(row: Row[Any]) -> CollectedFile:
    return CollectedFile(
        path=row.path,
        role=Role(row.role),
        fixity=Fixity(Digest.parse(row.digest), row.crc32, row.size) if row.digest is not None else None,
        modified=row.modified,
        puid=row.puid,
        mime=row.mime,
        format_name=row.format_name,
    )


def to_document(row: Row[Any], files: Sequence[CollectedFile]) -> SourceDocument:
    return SourceDocument(
        id=row.id,
        connector=row.connector,
        collection=row.collection,
        reference=row.reference,
        kind=Kind(row.kind),
        files=tuple(files),
        readings=to_readings(row.readings),
        record_key=row.record_key,
        row=row.index_row,
        attests=tuple(json.loads(row.attests)),
    )


def finding_rows(owner: Mapping[str, Any], findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Rows of a finding table; `owner` names the column and the id of what they are about."""
    return [
        {
            **owner,
            "position": position,
            "code": finding.code,
            "severity": finding.severity.value,
            "message": finding.message,
            "path": finding.path,
        }
        for position, finding in enumerate(findings)
    ]


def to_finding(row: Row[Any]) -> Finding:
    return Finding(row.code, Severity(row.severity), row.message, row.path)


def to_digest(text: str | None) -> Digest | None:
    return Digest.parse(text) if text else None
