"""The page that is signed for a connector: what is collected, how it is arranged and described, under which rules.

Equal profiles give equal bytes. The page needs nothing from elsewhere and can be printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from versement.domain.documents import PRECEDENCE, Field, ValueSource
from versement.pages.templating import templates
from versement.profiles.families import records_of
from versement.profiles.management import AccessRule, AppraisalRule, ManagementRule, event_in_words
from versement.profiles.models import Profile
from versement.profiles.records import FIELDS, Branch, Family, FieldOrigin, UnitShape
from versement.profiles.sign_off import OF_OPERATION, OF_THE_WAY, version_digest, why_unsigned

FAMILIES = {
    "actes": "actes (délibérations, arrêtés, décisions, contrats, budgets)",
    "marches": "marchés publics",
    "paie": "bulletins de paie",
    "agents": "dossiers d’agents",
    "documents": "autres documents",
}
NATURES = {
    "DE": "délibérations",
    "AR": "actes réglementaires",
    "AI": "actes individuels",
    "CC": "contrats et conventions",
    "BF": "documents budgétaires",
    "AU": "autres actes",
}
UNITS = {"Day": ("jour", "jours"), "Month": ("mois", "mois"), "Year": ("an", "ans")}
WORDS = {
    "actes": "messages ACTES, index SCDL, dépôts des outils",
    "files": "un document par fichier",
    "folders": "un document par dossier",
    "index": "un document par ligne d’index",
    "required": "obligatoire",
    "optional": "lu s’il est là",
    "none": "aucun",
    "sftp": "serveur SFTP",
    "folder": "dossier",
    "set_aside_act": "l’acte d’une autre collectivité est mis de côté",
    "set_aside_all": "tout le dépôt est mis de côté",
}
CHOICES = ("type", "layout", "index", "notices", "mixed_drop")
"""Fields whose value is one of a few words, shown in French."""
KINDS = {"essai": "essai : ce qui y est accepté n’a pas de valeur d’archive", "production": "en service"}

_ACT_SOURCES = tuple(
    source
    for source in PRECEDENCE
    if source in (ValueSource.ACKNOWLEDGEMENT, ValueSource.MESSAGE, ValueSource.INDEX, ValueSource.STAMP)
)
_ACT_FIELDS = (
    *(Field.ID_ACTE, Field.SIREN, Field.NUMBER, Field.DATE, Field.TITLE, Field.NATURE, Field.MATTER),
    *(Field.MATTER_NAME, Field.SENT, Field.RECEIVED, Field.PUBLISHED, Field.CANCELLED),
)
_ACT_TREE = (
    ("Séance du {date de l’acte}", "File", "une par jour de séance : ses pièces, et tout acte qu’un outil y rattache"),
    ("{objet}", "File", "un acte : règles de gestion, dates, numéro, matière"),
    ("Acte ; annexes ; messages ACTES ; ARActe ; ARAnnulation", "Item", "une unité par fichier"),
)
_ALWAYS_ASIDE = (
    "un document dont l’identité, ou un champ obligatoire, n’est pas connue",
    "un document que le tableau des règles ne couvre pas : son accès serait indéterminé",
    "un document dont la règle prévoit une élimination que les Archives départementales n’ont pas validée",
    "un document d’une autre collectivité (SIREN)",
    "un fichier absent, vide, illisible, changé pendant sa lecture, ou qui n’est pas du format de son extension",
    "un document dont deux sources se contredisent, ou dont un autre contenu porte déjà l’identité",
)

_CONNECTION = (
    "le serveur, le compte et ses secrets. La signature ne la couvre pas : l’opérateur, qui la tient dans Airflow, en "
    "répond"
)

_templates = templates()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: a table, or a list when it has no headings."""

    title: str
    note: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def sheet(profile: Profile) -> str:
    """The page as HTML, in French."""
    digest = version_digest(profile)
    return _templates.get_template("sheet.html").render(
        connector=profile.connector.label,
        organisation=profile.organisation.label,
        dag_id=profile.dag_id,
        sections=tuple(_sections(profile)),
        digest=" ".join(digest[place : place + 8] for place in range(0, len(digest), 8)),
        visa=profile.visa,
        unsigned=why_unsigned(profile),
    )


def _sections(profile: Profile) -> Iterator[Section]:
    connector, organisation, target = profile.connector, profile.organisation, profile.target
    agencies = ", ".join(f"{title.lower()} {text}" for title, text in _facts(organisation.agencies))
    yield Section(
        "Pour qui, et où",
        "",
        (),
        (
            ("Collectivité", f"{organisation.label}, SIREN {', '.join(organisation.sirens)}"),
            ("Archives départementales", organisation.archives_departementales.label),
            ("Plateforme", f"{target.label} ({KINDS[target.kind]})"),
            ("Coffre", f"{connector.tenant}, n° {profile.tenant.number}"),
            ("Services", agencies),
            *(
                (title, text)
                for title, text in _facts(connector, "archival_agreement", "archival_profile", "seda_version", "series")
            ),
            *(_facts(connector, "acquisition_information", "legal_status")),
        ),
    )
    yield Section(
        "Ce qui est collecté",
        connector.description,
        (),
        (
            ("Famille", FAMILIES[connector.family]),
            *((f"Source – {title.lower()}", text) for title, text in _facts(connector.source, but=OF_THE_WAY)),
            *((f"Dépôt – {title.lower()}", text) for title, text in _facts(connector.drop)),
            ("Jamais versés, comptés à part", ", ".join(connector.waste)),
            ("Formats admis", ", ".join(sorted(connector.formats))),
            *_facts(connector, "mixed_drop"),
            *((f"Fichier que la fiche nomme – {name}", _content(digest)) for name, digest in profile.files.items()),
        ),
    )
    yield Section(
        "L’arbre d’archives",
        "De haut en bas. Une unité n’est versée qu’une fois, même si ses pièces arrivent plus tard.",
        ("Unité", "Niveau", "Ce qu’elle est"),
        tuple(_tree(profile)),
    )
    yield Section(
        "Les champs, et d’où ils viennent",
        "La première source qui donne une valeur l’emporte. Rien n’est deviné.",
        ("Champ", "Lu dans", "Obligatoire"),
        tuple(_fields(profile)),
    )
    yield Section(
        "Les règles de gestion",
        "La première ligne qui couvre un document s’applique. Un départ inconnu reste à compléter, jamais deviné.",
        ("Documents", "Durée d’utilité administrative et sort final", "Accès"),
        tuple(_rule(rule) for rule in organisation.management_rules if rule.family == connector.family),
    )
    yield Section(
        "Ce qui est mis de côté",
        "Chacun de ces documents attend une personne, avec son motif ; les autres sont versés.",
        (),
        tuple(("", text) for text in _ALWAYS_ASIDE),
    )
    yield Section(
        "Ce qui peut changer sans nouvelle signature",
        "",
        (),
        (*_facts(connector, *sorted(OF_OPERATION)), ("Connexion Airflow", _CONNECTION)),
    )


def _content(digest: str) -> str:
    return f"contenu signé avec la fiche, empreinte {digest[:16]}…" if digest else "absent ou illisible"


def _tree(profile: Profile) -> Iterator[tuple[str, str, str]]:
    if profile.connector.family == "actes":
        for branch in records_of(profile.connector).tree:
            natures = ", ".join(NATURES[nature] for nature in branch.natures)
            yield _title(branch), branch.level, f"{_what(branch)} ; à la place de la séance, pour : {natures}"
        for depth, (title, level, what) in enumerate(_ACT_TREE):
            yield f"{'› ' * depth}{title}", level, what
        return
    records = records_of(profile.connector)
    shapes: list[Branch | UnitShape] = [*records.tree, records.unit]
    for depth, shape in enumerate(shapes):
        yield f"{'› ' * depth}{_title(shape)}", shape.level, _what(shape)


def _title(shape: Branch | UnitShape) -> str:
    """The title's own words, and the names of the fields in it."""
    title = shape.title
    for code, name in FIELDS.items():
        title = title.replace(f"{{{code}}}", f"{{{name.value}}}")
    return title


def _what(shape: Branch | UnitShape) -> str:
    said = [f"une par {_named(shape.key)}"] if isinstance(shape, Branch) else ["un document"]
    if isinstance(shape, Branch) and shape.optional:
        said.append("facultative")
    if shape.document_type:
        said.append(f"type « {shape.document_type} »")
    if shape.keywords:
        said.append(f"mots-clés : {_named(shape.keywords)}")
    if shape.agency_identifier:
        said.append(f"identifiant du producteur : {_named([shape.agency_identifier])}")
    return " ; ".join(said)


def _named(codes: Sequence[str]) -> str:
    return ", ".join(FIELDS[code].value for code in codes)


def _fields(profile: Profile) -> Iterator[tuple[str, str, str]]:
    if profile.connector.family == "actes":
        mandatory = (Field.SIREN, Field.DATE, Field.TITLE)
        for name in _ACT_FIELDS:
            yield name.value, ", puis ".join(_ACT_SOURCES), "oui" if name in mandatory else ""
        return
    records = records_of(profile.connector)
    for code, origin in sorted(records.metadata.items(), key=lambda item: list(FIELDS).index(item[0])):
        needed = "identité" if code in records.identity else "oui" if code in records.required else ""
        yield FIELDS[code].value, _origin(origin), needed


def _origin(origin: FieldOrigin) -> str:
    said = [", puis ".join(origin.read)] if origin.read else []
    if origin.transform:
        said.append(f"transformé par {', '.join(origin.transform)}")
    if origin.codes:
        said.append(
            "table : " + ", ".join(f"« {read} » devient « {kept} »" for read, kept in sorted(origin.codes.items()))
        )
    if origin.value:
        said.append(f"sinon « {origin.value} »" if origin.read else f"toujours « {origin.value} »")
    return " ; ".join(said)


def _rule(rule: ManagementRule) -> tuple[str, str, str]:
    if rule.family == "actes":
        covered = ", ".join(NATURES[nature] for nature in rule.natures)
        covered += f" ; matières {', '.join(rule.matters)}" if rule.matters else ""
    else:
        covered = " ; ".join(
            f"{FIELDS[code].value} : {', '.join(values)}" for code, values in sorted(rule.when.items())
        )
    fate, access = _appraisal(rule.appraisal, rule.family), _term(rule.access, rule.family)
    return f"{rule.name} – {covered or 'tous'}", fate, access


def _appraisal(rule: AppraisalRule | None, family: Family) -> str:
    if rule is None:
        return "aucun sort final n’est déclaré"
    fate = "conserver" if rule.final_action == "Keep" else "éliminer"
    visa = "validée par les Archives départementales" if rule.validated else "non validée"
    return f"{_term(rule, family)} Sort final : {fate}, règle {visa}."


def _term(rule: AppraisalRule | AccessRule, family: Family) -> str:
    duration = f"{rule.duration} {UNITS[rule.unit][rule.duration > 1]}" if rule.duration else "immédiat"
    start = event_in_words(rule.start, family).partition(" ")[2]
    return f"{rule.rule} : {duration}, départ : {start}. {rule.text}, {rule.article}."


def _facts(model: BaseModel, *names: str, but: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Title and value of a model's fields, of these only when some are named."""
    for name, declared in type(model).model_fields.items():
        if (name in names or not names) and name not in but:
            text = _text(getattr(model, name))
            text = WORDS.get(text, text) if name in CHOICES else text
            if text:
                yield declared.title or name, text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, BaseModel):
        return " ; ".join(f"{title.lower()} : {text}" for title, text in _facts(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} : {_text(item)}" for key, item in sorted(value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(filter(None, map(_text, value)))
    return str(value.value if isinstance(value, Enum) else value)
