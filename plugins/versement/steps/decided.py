"""Decisions that are known of a connector's documents, applied while these are judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from versement.domain.cases import Choice
from versement.domain.decisions import Decision, applied, corrected, is_new_version
from versement.domain.documents import Finding, SourceDocument
from versement.domain.duplicates import version_digest
from versement.steps.chain import Chain

VERSION_MARK = "_V"
"""Between a record's key and the digest of a new version of it."""
_OF_A_VERSION = re.compile(rf"{VERSION_MARK}[0-9A-F]{{12}}$")


class Decided:
    """Known decisions, read once for a whole step: those on the connector's documents, new versions of the coffre."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._known: dict[str, list[Decision]] = {}
        self._versions: set[str] = set()
        for decision in chain.registry.decisions(chain.tenant):
            if decision.connector == chain.connector:
                self._known.setdefault(decision.reference, []).append(decision)
            if decision.choice is Choice.NEW_VERSION:
                record = chain.registry.document(chain.tenant, decision.document)
                key = record.document.record_key if record else ""
                self._versions.update({key} if _OF_A_VERSION.search(key) else ())

    def _about(self, document: SourceDocument) -> tuple[Sequence[Decision], str]:
        """Decisions about a document, and its version; none is looked for where nobody decided anything."""
        known = self._known.get(document.reference, [])
        return known, self._chain.registry.version(self._chain.tenant, document.id) if known else ""

    def corrected(self, document: SourceDocument) -> SourceDocument:
        """The document with the values that persons gave it."""
        return corrected(document, *self._about(document))

    def keyed(self, document: SourceDocument) -> SourceDocument:
        """The document under a key of its own when it is a new version of a record that another one holds.

        The same bytes, dropped again elsewhere, are that version: nobody is asked twice.
        """
        if not document.record_key or not (self._versions or self._is_decided(document)):
            return document
        key = f"{document.record_key}{VERSION_MARK}{version_digest(document)[:12].upper()}"
        known = key in self._versions or self._is_decided(document)
        return replace(document, record_key=key) if known else document

    def is_new_version(self, document: SourceDocument) -> bool:
        return document.record_key in self._versions or self._is_decided(document)

    def _is_decided(self, document: SourceDocument) -> bool:
        return is_new_version(*self._about(document))

    def applied(self, document: SourceDocument, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings once decisions are taken into account."""
        return applied(findings, *self._about(document))
