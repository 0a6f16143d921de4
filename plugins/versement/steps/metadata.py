"""The metadata of a collection as a table, and the rules that it is judged by: ours, then the profile's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from versement.domain.documents import Field, Finding, Kind, SourceDocument
from versement.domain.policies import Policy, ruled
from versement.domain.qualification import blocking, remark
from versement.ports.expectations import ColumnRule, Expectations, TableResult
from versement.steps.chain import Chain
from versement.steps.records import CODES, mandatory

COLUMN_RULES = (
    ColumnRule(
        "IDENTITY_MISSING",
        "identity",
        "ni IDActe (ARActe, message ACTES ou tampon), ni ligne d’index complète : l’acte ne peut pas être "
        "identifié. Déposez son ARActe, ou complétez l’index.",
    ),
    ColumnRule(
        "SIREN_MISSING",
        "siren",
        "le SIREN de la collectivité n’est donné par aucune source. Déposez l’ARActe, ou complétez l’index.",
        r"\d{9}",
    ),
    ColumnRule(
        "DATE_MISSING",
        "date",
        "la date de l’acte n’est donnée par aucune source (attendue : AAAA-MM-JJ). Déposez l’ARActe, "
        "ou complétez l’index.",
        r"\d{4}-\d{2}-\d{2}",
    ),
    ColumnRule(
        "TITLE_MISSING",
        "title",
        "l’objet de l’acte n’est donné par aucune source. Déposez l’ARActe, ou complétez l’index.",
    ),
)
"""Metadata that every act must have, whoever gives it."""
JUDGED = (Kind.ACT, Kind.RECORD)
"""Kinds of documents that a profile's expectations are about."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Result of the table.

    Attributes:
        broken: by document id, the rules that it breaks, in order.
        unfit: rules of the profile that could not be applied to this table.
    """

    evidence: bytes
    broken: Mapping[str, Sequence[ColumnRule]]
    unfit: Sequence[ColumnRule]

    def findings(self, document: SourceDocument, policies: Mapping[str, Policy]) -> Iterator[Finding]:
        for rule in self.broken.get(document.id, ()):
            told = blocking if rule.blocks else remark
            yield told(rule.code, f"« {document.reference} » : {rule.message}")
        if document.kind in JUDGED:
            for rule in self.unfit:
                yield from ruled(
                    "EXPECTATION_UNFIT",
                    policies,
                    f"« {document.reference} » n’a pas été jugé sur une attente de la fiche, que ce tableau ne permet "
                    f"pas d’appliquer : {rule.message}",
                )


def judge_metadata(chain: Chain, documents: Sequence[SourceDocument], expectations: Expectations) -> Judged:
    """Judge all documents at once: the tool takes seconds to start."""
    connector = chain.profile.connector
    kind = Kind.ACT if connector.family == "actes" else Kind.RECORD
    needed = COLUMN_RULES if kind is Kind.ACT else tuple(map(_must_have, mandatory(chain.profile)))
    rules = (*needed, *(expectation.rule(kind) for expectation in connector.expectations))
    asked = {name for rule in rules[len(needed) :] for name in (rule.column, *rule.arguments)}
    result = expectations.check([_row(document, asked) for document in documents], rules)
    unfit = [one.rule for one in result.rules if not one.applied]
    return Judged(result.evidence, _broken(result), unfit)


def _must_have(name: Field) -> ColumnRule:
    return ColumnRule(
        "FIELD_MISSING",
        CODES[name],
        f"« {name} » ({CODES[name]}) n’est donné par aucune source, alors que l’identité, le rangement ou la fiche le "
        "demandent. Complétez la source, ou dites dans la fiche (metadata) où le lire.",
    )


def _row(document: SourceDocument, asked: Collection[str]) -> dict[str, str]:
    """What rules ask of a document; its objet, which may name a person, only when the profile asks of it."""
    metadata = document.metadata
    main = document.act_file or next(iter(document.files), None)
    row = {
        **{code: metadata.text(name) for name, code in CODES.items()},
        "document": document.id,
        "kind": document.kind.value,
        "identity": document.record_key,
        "format": main.puid if main else "",
    }
    if "title" not in asked and row["title"]:
        row["title"] = "(renseigné)"
    # An acknowledgement speaks of its act: what it must carry itself is its identity and its SIREN.
    return row if document.kind in JUDGED else {**row, "title": "(sans objet propre)"}


def _broken(result: TableResult) -> dict[str, list[ColumnRule]]:
    broken: dict[str, list[ColumnRule]] = {}
    for one in result.rules:
        for document_id in one.failed:
            broken.setdefault(document_id, []).append(one.rule)
    return broken
