"""The archive of a command that speaks to one, which has no Airflow connection."""

from __future__ import annotations

from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.environment import vitam_from_environment
from versement.profiles.models import Profile
from versement.settings import Settings


def archive_of(profile: Profile) -> VitamArchive:
    """The Vitam that the environment leads to, for a profile's target.

    Raises:
        SettingsError: a variable is missing or cannot be used, or they lead to another target.
        TargetInMaintenance: the target is to be left alone now.
    """
    closed = Settings.from_environment().maintenance(profile)
    if closed is not None:
        raise closed
    return VitamArchive(vitam_from_environment(profile.target.name, profile.target.kind))
