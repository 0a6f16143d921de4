"""Proofs, signatures and stamped copies that come once their act has left: told from another version of the act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from versement.domain.documents import CollectedFile, Field, Kind, Role, SourceDocument
from versement.domain.identity import IdActe

PROOFS = (Role.STAMPED, Role.SIGNATURE, Role.PROOF)
MUST_AGREE = (Field.ID_ACTE, Field.DATE, Field.NATURE)
"""What two documents of one act may not say otherwise."""
MARK = "#tardif-"
"""Between the act's key and what each file that comes late is: its place in PROOFS, and the start of its digest."""
SHOWN = 12
"""Hexadecimal characters of a digest that stand in a key."""


def late_files(document: SourceDocument, held: SourceDocument) -> Sequence[CollectedFile]:
    """What a document adds to the act that is held; nothing unless it is unmistakably that act, and nothing else.

    Either the act's own file is there with the same bytes, or there is nothing but stamped copies and what goes with
    them, under the act's own IDActe. No annex and no message differs: that would be another version.
    """
    if document.kind is not Kind.ACT or not _agree(document, held):
        return ()
    have = {(file.role, file.fixity.digest) for file in held.files if file.fixity is not None}
    new = [file for file in document.files if file.fixity is None or (file.role, file.fixity.digest) not in have]
    if any(file.fixity is None or file.role not in PROOFS for file in new):
        return ()
    own = {file.role for file in document.files}
    if Role.ACT in own:
        return new
    stands_alone = IdActe.parse(document.record_key) is not None and Role.SIGNATURE not in own
    return new if stands_alone and any(file.role is Role.ACT for file in held.files) else ()


def late_key(act: str, files: Sequence[CollectedFile]) -> str:
    """The key of what comes late for an act: the same files, the same key."""
    return act + MARK + "-".join(sorted({_mark(file) for file in files}))


def is_late(record_key: str) -> bool:
    return MARK in record_key


def late_items(document: SourceDocument) -> Iterator[tuple[str, CollectedFile]]:
    """By the end of its unit's key, each file that a late document brings; the others are held with its act."""
    marks = document.record_key.partition(MARK)[2].split("-")
    for file in document.files:
        if file.role in PROOFS and file.fixity is not None and _mark(file) in marks:
            yield file.fixity.digest.value[:SHOWN], file


def _mark(file: CollectedFile) -> str:
    """What the file is, and its bytes."""
    return f"{PROOFS.index(file.role)}{file.fixity.digest.value[:SHOWN] if file.fixity is not None else ''}"


def _agree(document: SourceDocument, held: SourceDocument) -> bool:
    pairs = ((document.metadata.text(name), held.metadata.text(name)) for name in MUST_AGREE)
    return all(said == known or not said or not known for said, known in pairs)
