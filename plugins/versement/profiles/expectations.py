"""What a partner expects of its documents' metadata, in a closed vocabulary, on top of what all must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from versement.domain.documents import Kind
from versement.ports.expectations import ColumnRule, Test
from versement.profiles.forms import Between, Form, Name, OptionalDay, OptionalText, Text, Whole, refusal
from versement.profiles.records import FIELDS
from versement.profiles.regular import is_bounded
from versement.profiles.strict import Strict

FORMAT = "format"
"""Column of the PUID of a document's main file."""
Column = Annotated[
    str,
    Form(
        "|".join(sorted((*FIELDS, FORMAT))),
        f"un champ connu ({', '.join(sorted((*FIELDS, FORMAT)))})",
        {*FIELDS, FORMAT}.__contains__,
    ),
]
Expected = Literal[
    "not_null",
    "matches",
    "not_matches",
    "in_set",
    "not_in_set",
    "length_between",
    "date_between",
    "not_before",
    "unique",
    "one_of_formats",
]
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "matches": ("pattern",),
    "not_matches": ("pattern",),
    "in_set": ("values",),
    "not_in_set": ("values",),
    "length_between": ("least", "most"),
    "date_between": ("first", "last"),
    "not_before": ("other",),
    "one_of_formats": ("values",),
}
_ARGUMENTS = ("pattern", "values", "least", "most", "first", "last", "other")
_TESTS: Mapping[str, Test] = {"one_of_formats": "in_set"}

Length = Annotated[Whole, Between(0, 100_000)]


Pattern = Annotated[
    str,
    Form(
        r"[^\x00-\x1f\x7f]{0,200}",
        "une expression régulière simple, sans répétition ni choix dans une répétition",
        is_bounded,
    ),
]


class Expectation(Strict):
    """Une attente sur les métadonnées de chaque document : une valeur absente n’est reprochée que par not_null."""

    name: Name = Field(title="Nom", description="Nom de l’attente, repris dans les constats.")
    column: Column = Field(
        title="Donnée",
        description="Champ connu, comme number, date ou title ; ou format : le PUID du fichier principal.",
    )
    expect: Expected = Field(
        title="Attente",
        description="not_null : une valeur ; matches, not_matches : répond ou non à pattern, en entier ; in_set, "
        "not_in_set : est ou non dans values ; length_between : de least à most caractères ; date_between : de first à "
        "last ; not_before : pas avant la date other ; unique : jamais deux fois dans la collecte ; one_of_formats : "
        "PUID dans values.",
    )
    pattern: Pattern = Field(
        "",
        title="Motif",
        description="Expression régulière que la valeur entière doit suivre ; (?i:…) ignore la casse.",
    )
    values: tuple[Text, ...] = Field((), title="Valeurs", description="Valeurs admises, ou refusées.")
    least: Length | None = Field(None, title="Au moins", description="Nombre de caractères.")
    most: Length | None = Field(None, title="Au plus", description="Nombre de caractères.")
    first: OptionalDay = Field("", title="Du", description="Première date admise.")
    last: OptionalDay = Field("", title="Au", description="Dernière date admise.")
    other: Column | None = Field(None, title="Autre donnée", description="Date avant laquelle celle-ci ne peut être.")
    policy: Literal["set_aside", "remark"] = Field(
        "set_aside", title="Suite", description="Ce qui arrive au document qui n’y répond pas."
    )
    message: OptionalText = Field("", title="Message", description="Ce qu’il faut faire, dit à qui doit corriger.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = _NEEDS.get(self.expect, ())
        given = tuple(name for name in _ARGUMENTS if getattr(self, name) not in ("", (), None))
        if given != tuple(name for name in _ARGUMENTS if name in needed):
            raise refusal(
                f"pour {self.expect} : {' et '.join(needed) or 'aucun argument'}", ", ".join(given) or "aucun argument"
            )
        if self.last < self.first or (self.most or 0) < (self.least or 0):
            raise refusal("la plus petite borne, puis la plus grande", "l’inverse : aucun document n’y répondrait")
        if (self.expect == "one_of_formats") != (self.column == "format"):
            raise refusal("la donnée « format » avec one_of_formats, et elle seule", f"« {self.column} »")
        return self

    def rule(self, kind: Kind) -> ColumnRule:
        """As the judge of the table is given it."""
        return ColumnRule(
            code="EXPECTATION_FAILED",
            column=self.column,
            message=f"attente « {self.name} » de la fiche : {_label(self.column)} {self._wanted()}. "
            f"{self.message or 'Faites corriger la source, ou l’attente dans la fiche.'}",
            test=_TESTS.get(self.expect, self.expect),  # type: ignore[arg-type]  # the others have the same name
            arguments=self._arguments(),
            kind=kind.value,
            blocks=self.policy == "set_aside",
        )

    def _arguments(self) -> tuple[str, ...]:
        given = [getattr(self, name) for name in _NEEDS.get(self.expect, ())]
        return tuple(given[0]) if given and isinstance(given[0], tuple) else tuple(map(str, given))

    def _wanted(self) -> str:
        other = _label(self.other or self.column)
        return {
            "not_null": "manque",
            "matches": "n’a pas la forme attendue",
            "not_matches": "a une forme refusée",
            "in_set": "n’est pas l’une des valeurs admises",
            "not_in_set": "est une valeur refusée",
            "length_between": f"devait avoir de {self.least} à {self.most} caractères",
            "date_between": f"devait être du {self.first} au {self.last}",
            "not_before": f"est avant {other}",
            "unique": "est aussi celui d’un autre document de la collecte",
            "one_of_formats": f"devait être l’un de : {', '.join(self.values)}",
        }[self.expect]


def _label(column: str) -> str:
    return f"« {FIELDS.get(column, 'format du fichier principal')} »"


def told_apart(expectations: tuple[Expectation, ...]) -> tuple[Expectation, ...]:
    """The expectations, whose names must differ."""
    names = [expectation.name for expectation in expectations]
    for name in names:
        if names.count(name) > 1:
            raise refusal("un nom différent pour chaque attente", f"deux attentes nommées « {name} »")
    return expectations


EXPECTATIONS: Any = Field(
    (),
    title="Attentes",
    description="Ce que les métadonnées de chaque document doivent respecter, en plus de ce qui est exigé de tous.",
)
