"""The organisation's table of management rules: which row governs a record."""

from __future__ import annotations

from versement.domain.documents import Field, Metadata
from versement.domain.identity import NATURES, siren_of
from versement.profiles.management import ManagementRule
from versement.profiles.models import Organisation
from versement.profiles.records import FIELDS, Family


def rule_for(organisation: Organisation, family: Family, metadata: Metadata) -> ManagementRule | None:
    """First row of the table that covers a record, or None: its access is then undetermined.

    An act is covered by its nature (`DE`, or ACTES' code `1`) and its matter (`8.2.5`, unknown when empty); any other
    record by the values of the fields that the row names.
    """
    covers = _covers_act if family == "actes" else _covers_record
    rows = (row for row in organisation.management_rules if row.family == family)
    return next((row for row in rows if covers(row, metadata)), None)


def _covers_act(rule: ManagementRule, metadata: Metadata) -> bool:
    nature, matter = metadata.text(Field.NATURE), metadata.text(Field.MATTER)
    if rule.sirens and siren_of(metadata) not in rule.sirens:
        return False
    return NATURES.get(nature, nature) in rule.natures and (
        not rule.matters or any(matter == prefix or matter.startswith(f"{prefix}.") for prefix in rule.matters)
    )


def _covers_record(rule: ManagementRule, metadata: Metadata) -> bool:
    return all(metadata.text(FIELDS[name]) in values for name, values in rule.when.items())
