"""What values of metadata are called where people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from versement.domain.dates import MONTHS, in_words
from versement.domain.documents import Field
from versement.domain.mapping import DATES
from versement.domain.market_tree import PIECES

LABELS: Mapping[Field, Mapping[str, str]] = MappingProxyType(
    {
        Field.PHASE: MappingProxyType(
            {
                "1": "1. Préparation",
                "2": "2. Consultation",
                "3": "3. Candidatures et offres",
                "4": "4. Attribution",
                "5": "5. Marché signé et notification",
                "6": "6. Exécution",
            }
        ),
        Field.PIECE: PIECES,
        Field.OUTCOME: MappingProxyType({"retained": "Offre retenue", "rejected": "Offres non retenues"}),
    }
)


def label(name: Field, text: str) -> str:
    """The value as people read it: days and months in words; itself when it has no other name."""
    if name in DATES and text:
        return in_words(date.fromisoformat(text))
    if name is Field.PERIOD and "-" in text:
        year, _, month = text.partition("-")
        return f"{MONTHS[int(month) - 1]} {year}"
    return LABELS.get(name, {}).get(text, text)
