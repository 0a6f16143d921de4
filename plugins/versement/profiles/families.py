"""What each family of records is when a profile says nothing: fields, identity, tree. A profile may replace any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from versement.profiles.models import Connector
from versement.profiles.records import Branch, Family, FieldCode, FieldOrigin, UnitShape

PERSONAL: frozenset[Family] = frozenset({"paie", "agents"})
"""Families whose paths and file names may carry names: neither ever reaches a SIP."""


@dataclass(frozen=True, slots=True)
class Records:
    """Fields, identity, mandatory fields and tree of the records of a connector."""

    metadata: Mapping[FieldCode, FieldOrigin]
    identity: tuple[FieldCode, ...]
    required: tuple[FieldCode, ...]
    tree: tuple[Branch, ...]
    unit: UnitShape


def records_of(connector: Connector) -> Records:
    """What the family says, with what the profile says over it."""
    default = FAMILIES[connector.family]
    return Records(
        metadata={**default.metadata, **connector.metadata},
        identity=connector.identity or default.identity,
        required=tuple(
            dict.fromkeys((*(connector.identity or default.identity), *default.required, *connector.required))
        ),
        tree=default.tree if connector.tree is None else connector.tree,
        unit=connector.unit or default.unit,
    )


def _from(*paths: str, transform: tuple[str, ...] = ()) -> FieldOrigin:
    return FieldOrigin(read=paths, transform=transform)


_SIREN = _from("organisation.siren", transform=("siren",))
_WITHIN = _from("path.within")

_ACTES = Records(
    metadata={},
    identity=(),
    required=(),
    tree=(  # séances hold the others
        Branch(natures=("AR",), key=("year",), title="Arrêtés et actes réglementaires de l’année {year}"),
        Branch(natures=("AI",), key=("year",), title="Arrêtés et actes individuels de l’année {year}"),
        Branch(natures=("CC",), key=("year",), title="Contrats, conventions et avenants de l’année {year}"),
        Branch(natures=("AU",), key=("year",), title="Autres actes de l’année {year}"),
    ),
    unit=UnitShape(title="{title}"),
)

_MARCHES = Records(
    metadata={
        "siren": _SIREN,
        "market": _from("path.market", "metadata.numero_marche", "metadata.numero_consultation"),
        "market_title": _from("notice.objet", "metadata.libelle", transform=("collapse",)),
        "framework": _from("notice.framework", "path.framework", "metadata.framework"),
        "notified": _from("notice.notified", "metadata.date_notification", transform=("date",)),
        "signed": _from("notice.signed", "metadata.date_signature", transform=("date",)),
        "cpv": _from("notice.cpv", "metadata.code_cpv"),
        "holders": _from("notice.holders", "metadata.attributaire"),
        "amount": _from("notice.amount"),
        "procedure": _from("notice.procedure", "metadata.type_consultation"),
        "phase": _from("path.phase"),
        "outcome": _from("path.outcome"),
        "lot": _from("path.lot"),
        "tenderer": _from("path.tenderer", "metadata.soumissionnaire"),
        "piece": _from("path.piece", "metadata.type_piece_marche"),
        "date": _from("metadata.date_document", "path.date", "path.modified", transform=("date",)),
        "identifier": _WITHIN,
        "title": _from("path.stem", transform=("collapse",)),
    },
    identity=("siren", "market", "identifier"),
    required=("title", "phase"),
    tree=(
        # Not in the order of the next one: a framework is a market too, whose own unit stands under this one.
        Branch(level="File", key=("framework", "siren"), title="Accord-cadre {framework}", optional=True),
        Branch(
            level="File",
            key=("siren", "market"),
            title="Marché {market} – {market_title}",
            agency_identifier="market",
            keywords=("cpv", "procedure"),
        ),
        Branch(key=("siren", "market", "phase"), title="{phase}"),
        Branch(key=("siren", "market", "phase", "outcome"), title="{outcome}", optional=True),
        Branch(key=("siren", "market", "phase", "outcome", "tenderer"), title="{tenderer}", optional=True),
    ),
    unit=UnitShape(title="{title}", document_type="Pièce de marché public"),
)

_PAIE = Records(
    metadata={
        "siren": _SIREN,
        "agent": _from("index.matricule", "index.Matricule", "path.agent", "metadata.matricule_agent"),
        "period": _from(
            "index.periode", "index.Periode", "path.period", "metadata.date_document", transform=("month",)
        ),
        "date": _from("index.date", "path.date", "metadata.date_document", transform=("date",)),
        "piece": FieldOrigin(value="bulletin"),
    },
    identity=("siren", "agent", "period", "piece"),
    required=(),
    tree=(
        Branch(level="RecordGrp", key=("siren", "year"), title="Bulletins de paie {year}"),
        Branch(key=("siren", "period"), title="Paie de {period}"),
    ),
    unit=UnitShape(
        title="Bulletin de paie – matricule {agent} – {period}",
        document_type="Bulletin de paie",
        agency_identifier="agent",
    ),
)

_AGENTS = Records(
    metadata={
        "siren": _SIREN,
        "agent": _from("index.matricule", "path.agent", "metadata.matricule_agent"),
        "birth": _from("index.date_naissance", "metadata.date_naissance_agent", transform=("date",)),
        "section": _from("index.rubrique", "path.section", "metadata.rubrique"),
        "piece": _from("index.type", "path.piece", "metadata.type_document"),
        "date": _from("index.date", "metadata.date_document", "path.date", "path.modified", transform=("date",)),
        "identifier": _WITHIN,
    },
    identity=("siren", "agent", "identifier"),
    required=("section", "date"),
    tree=(
        Branch(level="File", key=("siren", "agent"), title="Dossier individuel – matricule {agent}"),
        Branch(key=("siren", "agent", "section"), title="{section}"),
    ),
    unit=UnitShape(title="{section} – {piece} – {date}", document_type="Pièce de dossier individuel"),
)

_DOCUMENTS = Records(
    metadata={
        "siren": _SIREN,
        "identifier": _from("index.identifiant", "metadata.identifiant", "metadata.id", "path.within"),
        "title": _from("index.titre", "metadata.titre", "metadata.title", "path.stem", transform=("collapse",)),
        "date": _from("index.date", "metadata.date", "path.date", "path.modified", transform=("date",)),
    },
    identity=("siren", "identifier"),
    required=("title", "date"),
    tree=(Branch(level="RecordGrp", key=("siren", "year"), title="{year}"),),
    unit=UnitShape(title="{title}"),
)

FAMILIES: Mapping[Family, Records] = MappingProxyType(
    {"actes": _ACTES, "marches": _MARCHES, "paie": _PAIE, "agents": _AGENTS, "documents": _DOCUMENTS}
)
