"""Rubriques of an agent's file: a table that the organisation may replace by its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from versement.domain.personal import folded
from versement.profiles.forms import Between, Name, Text, Truth, Whole, refusal
from versement.profiles.strict import Strict

SHIPPED = Path(__file__).parent / "dossier_agent.yaml"
FILE = "_dossier_agent.yaml"
"""The organisation's own table, beside `_organisation.yaml`."""
_RANK = re.compile(r"^\d{1,2} ")


class Rubrique(Strict):
    """One rubrique.

    Attributes:
        code: stable, for identifiers.
        names: how folders and columns write it, besides its code and title; case, accents and a number before it do
            not matter.
        current_years: how long the service keeps it at hand; None while nobody has verified it.
        fate: then kept in intermediate archiving with the file, or destroyed.
    """

    code: Name
    title: Text
    names: tuple[Text, ...] = ()
    current_years: Annotated[Whole, Between(0, 100)] | None = None
    fate: Literal["intermediate", "destruction"]

    def written(self) -> Iterator[str]:
        """Every way to write it, folded."""
        return map(folded, (self.code, self.title, *self.names))


class Nomenclature(Strict):
    """The rubriques of agents' files.

    Attributes:
        text: what they come from.
        verified: the wording was checked against that text.
    """

    text: Text
    verified: Truth = False
    rubriques: Annotated[tuple[Rubrique, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        seen: dict[str, str] = {}
        for rubrique in self.rubriques:
            for written in set(rubrique.written()):
                if written in seen:
                    raise refusal(
                        "des rubriques que leur code, leur titre ou leurs noms distinguent",
                        f"« {written} » pour « {seen[written]} » et « {rubrique.code} »",
                    )
                seen[written] = rubrique.code
        return self

    def rubrique(self, written: str) -> Rubrique | None:
        """The rubrique that a folder's name or a cell says, `04 - Diplômes`; None when it says none of the table."""
        wanted = _RANK.sub("", folded(written))
        return next((rubrique for rubrique in self.rubriques if wanted in rubrique.written()), None)
