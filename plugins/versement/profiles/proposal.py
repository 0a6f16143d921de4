"""A proposed profile: what was said or recognised stands in it, what was not is a question in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from versement.domain.columns import Guess, guess, page_columns
from versement.profiles.drops import Drop
from versement.profiles.forms import TO_FILL
from versement.profiles.proposed_source import BLANKS, DESCRIPTIONS, PLACES, quoted, written
from versement.profiles.records import Family

FAMILIES: tuple[str, ...] = get_args(Family)
LAYOUTS = frozenset(model.model_fields["layout"].annotation.__args__[0] for model in get_args(get_args(Drop)[0]))
"""Layouts that the chain knows."""
_DATES = frozenset({"date", "start", "end", "notified", "signed", "birth"})
_TRANSFORMS = {
    **dict.fromkeys(_DATES, "date"),
    "period": "month",
    "year": "year",
    "siren": "siren",
    "title": "collapse",
}


_RULES = """\
#
# QUESTION (règles et accès) : le tableau de l’organisation (_organisation.yaml, management_rules) n’a pas encore
# de ligne pour la famille « {family} ». Tout document serait mis de côté : son accès est indéterminé.
# Ni durée, ni sort final, ni accès ne se devinent : demandez-les aux Archives départementales, avec texte et article.
# Le modèle d’une ligne :
#  - name: <nom>
#    family: {family}
#    {covered}
#    appraisal: {{rule: <règle>, duration: <nombre>, unit: Year, start: <événement>, final_action: <Keep ou Destroy>,
#      validated: false, text: <texte>, article: <article>}}
#    access: {{rule: <règle>, duration: <nombre>, unit: Year, start: <événement>, text: <texte>, article: <article>}}"""


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody said, or what was recognised; empty is not known.

    Attributes:
        why: French sentences, what the layout was recognised by.
        source: protocol; empty is sftp.
        place: folder, path, bucket or flow of the source: where the drop is.
        details: other fields of the source, by dotted name.
        tenants: coffres that the organisation declares.
        likely: the family that a sample looks like: a question all the same.
        header: the index names its columns.
        notices: the drop has DECP notices.
        layouts: layouts that the chain reads.
        ruled: the organisation's table has a row for this family.
    """

    family: str = ""
    label: str = ""
    tenant: str = ""
    source: str = ""
    connection: str = ""
    place: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    agreement: str = ""
    series: str = ""
    layout: str = ""
    why: tuple[str, ...] = ()
    archives: bool = False
    index: str = ""
    columns: tuple[str, ...] = ()
    file_column: str = ""
    metadata: str = ""
    depth: int = 0
    likely: str = ""
    header: bool = True
    notices: bool = False
    ruled: bool = False
    tenants: tuple[str, ...] = ()
    layouts: frozenset[str] = LAYOUTS

    @property
    def protocol(self) -> str:
        return self.source if self.source in BLANKS else "sftp"

    def of_source(self) -> Mapping[str, str]:
        """Fields of the source that are known, by dotted name."""
        told = {"connection": self.connection, PLACES[self.protocol]: self.place, **self.details}
        return {name: value for name, value in told.items() if value}

    def probable_family(self) -> str:
        """What was said, else what the sample looks like."""
        return self.family or self.likely or ("actes" if self.layout == "actes" else "documents")


def proposed(known: Known) -> str:
    """The profile as YAML with French comments; it passes the check, whatever is left open but a number."""
    if known.protocol in DESCRIPTIONS and not known.layout:
        name = DESCRIPTIONS[known.protocol]
        why = f"la source {known.protocol} fait de chaque élément un dossier, que décrit {name}"
        known = replace(known, layout="folders", metadata=name, why=(*known.why, why))
    return "\n".join(_lines(known)) + "\n"


def _lines(known: Known) -> Iterator[str]:
    yield "# Fiche proposée par « python -m versement profile new ». Répondez à chaque QUESTION, puis :"
    yield "#   python -m versement profile check <cette fiche>"
    yield "version: 2"
    yield from _asked("label", known.label, "quel nom montrer pour ce connecteur ?")
    yield 'description: ""'
    yield "# QUESTION (description) : d’où viennent les documents, qui les dépose, et quand ?"
    yield from _family(known)
    yield from _asked("tenant", known.tenant, f"quel coffre ? Déclarés : {', '.join(known.tenants) or 'aucun'}.")
    yield from written(known.protocol, known.of_source())
    yield from _drop(known)
    yield from _metadata(known)
    yield from _asked("archival_agreement", known.agreement, "quel contrat d’entrée ? L’équipe d’archivage le donne.")
    yield from _asked("series", known.series, "à quelle série du plan de classement rattacher ces documents ?")
    yield from _rules(known)


def _asked(name: str, value: str, question: str) -> Iterator[str]:
    if not value:
        yield f"# QUESTION ({name}) : {question}"
    yield f"{name}: {quoted(value or TO_FILL)}"


def _family(known: Known) -> Iterator[str]:
    family = known.probable_family()
    if not known.family and family != "actes":
        yield f"# QUESTION (family) : quels documents ? {', '.join(FAMILIES)}. Les règles et l’accès en dépendent."
    yield f"family: {family}"


def _drop(known: Known) -> Iterator[str]:
    for sentence in known.why:
        yield f"# Reconnu : {_one_line(sentence)}."
    layout = _layout(known)
    if not known.layout and layout != "actes":
        yield "# QUESTION (drop) : un document par fichier (files), ou par dossier (folders) ?"
    elif known.layout == "index" != layout:
        index = _one_line(known.index)
        yield f"# QUESTION (drop) : cette version ne lit pas l’index « {index} » ; comment faire sans lui ?"
    yield "drop:"
    yield f"  layout: {layout}"
    if layout == "actes":
        yield "  index: optional"
    if layout == "index":
        yield from _index(known)
    if layout == "folders":
        yield f"  patterns: [{{path: {quoted('*/' * known.depth + '{identifier}/')}}}]"
        yield f"  metadata: {quoted(known.metadata)}"
    if layout == "files":
        yield from _market_files(known)
    if not known.archives and layout != "actes":
        yield "  archives: []"


def _market_files(known: Known) -> Iterator[str]:
    if known.notices:
        yield "  notices: decp"
    if known.archives and known.probable_family() == "marches":
        yield "  depth: 2"


def _index(known: Known) -> Iterator[str]:
    yield f"  index: {quoted(known.index)}"
    if not known.header:
        yield "  header: false  # ses colonnes sont c1, c2, c3…"
    yield f"  file: [{quoted(f'index.{known.file_column}')}]"
    yield from _pages(known)


def _pages(known: Known) -> Iterator[str]:
    first, last = page_columns(column for column in known.columns if _dotted(column))
    if first:
        end = f", last: {quoted(f'index.{last}')}" if last else ""
        yield f"  pages: {{first: {quoted(f'index.{first}')}{end}}}"


def _layout(known: Known) -> str:
    acts = known.family == "actes" if known.family else known.layout == "actes"
    if acts or known.layout == "actes":
        return "actes" if acts else "files"
    if known.layout == "folders" and not known.metadata:
        return "files"
    if known.layout == "index" and not (_dotted(known.file_column) and known.index.isprintable()):
        return "files"
    return known.layout if known.layout in known.layouts and known.layout else "files"


def _metadata(known: Known) -> Iterator[str]:
    """Columns whose names are known fields; the others are questions."""
    if not known.columns or _layout(known) == "actes":
        return
    told = {known.file_column, *page_columns(known.columns)}
    found: Guess = guess(column for column in known.columns if column not in told)
    usable = {code: column for code, column in found.fields.items() if _dotted(column)}
    if _layout(known) == "index" and usable:
        yield "# D’après le nom des colonnes : vérifiez chaque ligne."
        yield "metadata:"
        for code, column in sorted(usable.items()):
            transform = f", transform: [{_TRANSFORMS[code]}]" if code in _TRANSFORMS else ""
            yield f"  {code}: {{read: [{quoted(f'index.{column}')}]{transform}}}"
    for code, columns in sorted(found.doubtful.items()):
        yield f"# QUESTION (metadata.{code}) : laquelle de ces colonnes ? {_listed(columns)}"
    left = [*found.unused, *(column for column in found.fields.values() if not _dotted(column))]
    if left:
        yield f"# QUESTION (metadata) : ces colonnes ne servent à rien pour l’instant : {_listed(left)}"


def _dotted(column: str) -> bool:
    return "." not in column and len(column) <= 100 and column.isprintable()


def _listed(columns: Mapping[str, str] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"« {_one_line(column)} »" for column in columns)


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text)[:200]


def _rules(known: Known) -> Iterator[str]:
    if not known.ruled:
        family = known.probable_family()
        covered = "natures: [DE]" if family == "actes" else "when: {}"
        yield _RULES.format(family=family, covered=covered)
