"""Profiles with other rules than the shipped ones."""

from __future__ import annotations

from versement.profiles.management import ManagementRule


def with_rules(profile, *rules: ManagementRule):
    organisation = profile.organisation.model_copy(update={"management_rules": rules})
    return profile.model_copy(update={"organisation": organisation})


def rule(profile, *, start="act_date", matters=(), action="Keep", validated=False) -> ManagementRule:
    shipped = profile.organisation.management_rules[0]
    appraisal = shipped.appraisal.model_copy(update={"final_action": action, "validated": validated, "start": start})
    return shipped.model_copy(update={"matters": matters, "appraisal": appraisal})
