"""Who is who: ids of documents as announced, and versions of records by their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from versement.domain.documents import AnnouncedDocument, SourceDocument


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def document_id(connector: str, document: AnnouncedDocument) -> str:
    """Id of a document as announced: the same drop gives the same id, any change of a file gives another.

    What index and messages say of it is not part of it: a corrected index row is the same document.
    """
    files = sorted(
        f"{file.reference.path}\x1e{file.reference.size}\x1e{file.reference.modified}"
        for file in document.files
        if file.reference is not None
    )
    return _digest([connector, document.told_apart_by or document.reference, document.kind.value, *files])[:32]


def version_digest(document: SourceDocument) -> str:
    """Digest of a record's bytes: roles and digests of all its files, whatever their names or order."""
    return _digest(
        sorted(f"{file.role.value}\x1e{file.fixity.digest}" for file in document.files if file.fixity is not None)
    )
