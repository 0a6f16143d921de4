"""What comes late for an act or a séance that is on its way or in the archive, known as such before it is judged."""

from __future__ import annotations

import re
from dataclasses import replace

from versement.domain.documents import Kind, SourceDocument
from versement.domain.duplicates import version_digest
from versement.domain.identity import other_key, slug
from versement.domain.late import PROOFS, late_files, late_key
from versement.domain.lifecycle import DocumentState
from versement.ports.records import Record
from versement.steps.chain import Chain

LEFT = (DocumentState.QUALIFIED, DocumentState.PACKAGED, DocumentState.ACCEPTED)
_DESCRIPTION = f"#{slug('description du dépôt')}"
_NUMBERS = re.compile(r"(?:-\d+)+$")


def keyed_late(chain: Chain, document: SourceDocument) -> SourceDocument:
    """The document under a key of its own when all that it adds to its act are proofs, signatures or stamped copies.

    It is then attached to the act, as an acknowledgement is. Anything else that differs stays a conflict.
    """
    if document.kind is not Kind.ACT or not any(file.role in PROOFS for file in document.files):
        return document
    record = _held(chain, document)
    if record is None or record.document.id == document.id or record.state not in LEFT:
        return document
    files = late_files(document, record.document)
    return replace(document, record_key=late_key(record.document.record_key, files)) if files else document


def keyed_as_held(chain: Chain, document: SourceDocument) -> SourceDocument:
    """A piece of a séance under the key by which its bytes are held, when only their numbers differ.

    Another piece of the same kind that comes late moves the numbers of those that are dropped again with it. A tool's
    description of its export is another one each time, of the same séance: it contradicts none.
    """
    if document.kind is not Kind.SEANCE or not document.record_key:
        return document
    version, bare = version_digest(document), _NUMBERS.sub("", document.record_key)
    holders = chain.registry.holders(chain.tenant, [version]).get(version, ())
    records = [chain.registry.document(chain.tenant, holder) for holder in holders]
    keys = [record.document.record_key for record in records if record is not None]
    alike = [key for key in keys if _NUMBERS.sub("", key) == bare]
    if not alike and document.record_key.endswith(_DESCRIPTION) and _has_left(chain, document):
        alike = [f"{document.record_key}-{int(version[:8], 16):010}"]
    return document if not alike or document.record_key in alike else replace(document, record_key=alike[0])


def _has_left(chain: Chain, document: SourceDocument) -> bool:
    """Whether another content of its record is on its way or in the archive."""
    record = chain.registry.record(chain.tenant, document.record_key)
    return record is not None and record.document.id != document.id and record.state in LEFT


def _held(chain: Chain, document: SourceDocument) -> Record | None:
    """The act with the same key, else the one that is known by SIREN, date and number alone."""
    key, other = document.record_key, other_key(document.metadata)
    record = chain.registry.record(chain.tenant, *filter(None, (key, other))) if key else None
    if record is None:
        return None
    same = record.document.record_key in (key, other) or other_key(record.document.metadata) == key
    return record if same else None
