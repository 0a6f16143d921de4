"""The archival profile of a connector of records: the tree that its own profile declares, as RELAX NG."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from versement.profiles.families import Records, records_of
from versement.profiles.models import Profile
from versement.profiles.records import Branch, UnitShape
from versement.seda.archival_profile import UNITS, attached, day, fixed, identifier, rule, text, token
from versement.seda.manifest import UNTITLED
from versement.seda.relaxng import (
    Pattern,
    any_number,
    at_least_one,
    choice,
    data,
    define,
    element,
    group,
    optional,
    reference,
)
from versement.steps.starts import parts_of


def units_of(profile: Profile) -> list[Pattern]:
    """Named patterns of every unit, the one named `UNITS` being the content of DescriptiveMetadata."""
    records, prefix = records_of(profile.connector), re.escape(profile.connector.family)
    tree = records.tree
    roots = [*_below(tree, -1), *(_held_name(place) for place in range(len(tree)))]
    return [
        define(UNITS, "À la racine : des unités nouvelles, ou déjà versées.", at_least_one(_one_of(roots))),
        *(pattern for place in range(len(tree)) for pattern in _branch(tree, place, prefix)),
        define("document", "Un document : règles, description, fichiers.", _record(profile, records, prefix)),
        define("piece", "Un fichier d’un document qui en a plusieurs.", _piece(prefix)),
    ]


def _one_of(names: Sequence[str]) -> Pattern:
    return choice(*map(reference, names))


def _name(place: int) -> str:
    return f"branche-{place + 1}"


def _held_name(place: int) -> str:
    return f"{_name(place)}-versee"


def _below(tree: Sequence[Branch], place: int) -> list[str]:
    """What may stand just below a branch: the next ones as long as those before may lack, then documents."""
    names = []
    for next_place in range(place + 1, len(tree)):
        names.append(_name(next_place))
        if not tree[next_place].optional:
            return names
    return [*names, "document"]


def _branch(tree: Sequence[Branch], place: int, prefix: str) -> Iterator[Pattern]:
    branch = tree[place]
    children = at_least_one(_one_of(_below(tree, place)))
    key = rf"{prefix}/.+"
    told = f"Branche « {branch.title} »."
    yield define(_name(place), told, _unit(element("Content", *described(branch, key), *_span()), children))
    held = element("Content", fixed("DescriptionLevel", branch.level), text("Title"), _id(key), _language())
    yield define(_held_name(place), f"{told} Déjà versée.", _unit(element("Management", attached(key)), held, children))


def _record(profile: Profile, records: Records, prefix: str) -> Pattern:
    content = element("Content", *described(records.unit, f"{prefix}:.+"), *_dated())
    files = choice(_file(), at_least_one(reference("piece")))
    return _unit(element("Management", _rules(profile)), content, files)


def _rules(profile: Profile) -> Pattern:
    """Of one of the rows of the organisation's table that cover the family and may be sent."""
    family = profile.connector.family
    rows = [row for row in profile.organisation.management_rules if row.family == family and row.sendable]
    made = dict.fromkeys(tuple(parts_of(row)) for row in rows)
    # No start is always known where a partner says which fields are mandatory.
    return choice(
        *(group(*(rule(*names, dated=False, final_action=action) for *names, _, action in row)) for row in made)
    )


def _piece(prefix: str) -> Pattern:
    content = element(
        "Content", fixed("DescriptionLevel", "Item"), text("Title"), _id(f"{prefix}:.+#.+"), _language(), *_span()
    )
    return _unit(content, _file())


def described(shape: Branch | UnitShape, key: str) -> Iterator[Pattern]:
    """What describes a unit of this shape, its dates aside; `key` is a pattern."""
    levels = (shape.level,) if isinstance(shape, Branch) else tuple(dict.fromkeys((shape.level, "File")))
    yield fixed("DescriptionLevel", *levels)
    yield text("Title", but=UNTITLED)
    yield _id(key)
    if shape.agency_identifier:
        yield optional(text("OriginatingAgencyArchiveUnitIdentifier"))
    if shape.description:
        yield optional(text("Description"))
    if shape.document_type:
        yield fixed("DocumentType", shape.document_type)
    yield _language()
    yield any_number(element("Keyword", text("KeywordContent")))


def _dated() -> tuple[Pattern, ...]:
    return (optional(day("TransactedDate")), *_span())


def _span() -> tuple[Pattern, ...]:
    return (optional(day("StartDate")), optional(day("EndDate")))


def _id(pattern: str) -> Pattern:
    return token("OriginatingSystemId", pattern)


def _language() -> Pattern:
    return optional(token("Language", "[a-z]{3}"))


def _file() -> Pattern:
    return element("DataObjectReference", element("DataObjectGroupReferenceId", data("NCName")))


def _unit(*content: Pattern) -> Pattern:
    return element("ArchiveUnit", identifier(), *content)
