"""Acts that no séance took: the units above them, by nature, as the profile's tree says."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from versement.domain.documents import Field, Metadata, SourceDocument, Value, ValueSource
from versement.domain.identity import NATURES, siren_of
from versement.profiles.families import records_of
from versement.profiles.models import Profile
from versement.profiles.records import FIELDS, Branch
from versement.seda.model import ArchiveUnit
from versement.steps.records import branch_unit


def filed(profile: Profile, act: SourceDocument) -> Iterator[ArchiveUnit]:
    """Units above an act, from the top; none when it stands under its séance.

    An act that a tool describes within a séance stands there, whatever its nature.
    """
    metadata = act.metadata
    nature = NATURES.get(metadata.text(Field.NATURE), metadata.text(Field.NATURE))
    if metadata.text(Field.ASSEMBLY):
        return
    told = {Field.NATURE: nature, Field.YEAR: metadata.text(Field.DATE)[:4]}
    values = {name: Value(text, ValueSource.PROFILE) for name, text in told.items()}
    whole = Metadata(MappingProxyType({**metadata.values, **values}))
    seen: set[str] = set()
    for branch in records_of(profile.connector).tree:
        key = _key(branch, whole)
        if nature in branch.natures and key not in seen:
            seen.add(key)
            yield branch_unit(branch, key, whole)


def _key(branch: Branch, metadata: Metadata) -> str:
    parts = (metadata.text(FIELDS[code]) for code in branch.key)
    return "/".join((siren_of(metadata), "actes", "-".join(sorted(branch.natures)), *parts))
