"""The organisation's table of management rules: which row governs an act."""

from __future__ import annotations

from versement.profiles.models import ManagementRule, Organisation

_ABBREVIATIONS = {"1": "DE", "2": "AR", "3": "AI", "4": "CC", "5": "BF", "6": "AU"}


def rule_for(organisation: Organisation, nature: str, matter: str) -> ManagementRule | None:
    """First row of the table that covers an act, or None: its access is then undetermined.

    Args:
        organisation: whose table it is.
        nature: abbreviated (`DE`) or as the ACTES code (`1`).
        matter: ACTES code such as `8.2.5`, empty when unknown.
    """
    kind = _ABBREVIATIONS.get(nature, nature)
    return next((rule for rule in organisation.management_rules if _covers(rule, kind, matter)), None)


def _covers(rule: ManagementRule, nature: str, matter: str) -> bool:
    return nature in rule.natures and (
        not rule.matters or any(matter == prefix or matter.startswith(f"{prefix}.") for prefix in rule.matters)
    )
