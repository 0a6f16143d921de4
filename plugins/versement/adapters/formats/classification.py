"""The two national levels of the classification of acts, for when no préfecture's own is there."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from versement.domain.classification import Classification

NATIONAL_VERSION = "2018-11-28"
"""`DateClassification` of the file that the shipped table was drawn from."""


@cache
def national_classification() -> Classification:
    """See `Formats.classification`."""
    lines = files(__package__).joinpath("classification_nationale.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=";")
    labels = {row["code"]: row["libelle"] for row in rows}
    return Classification(NATIONAL_VERSION, MappingProxyType(labels), national=True)
