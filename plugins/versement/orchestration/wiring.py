"""Ports at run time: from this machine's settings and Airflow's connections to what the steps are given."""

from __future__ import annotations

from pathlib import Path

from versement.adapters.sources import FolderSource, SftpSource
from versement.adapters.staging import DiskStaging
from versement.adapters.vitam.client import VitamArchive
from versement.domain.errors import Defect
from versement.orchestration.connections import declared, sftp_settings, vitam_settings
from versement.orchestration.handle import Handle
from versement.ports.archive import Archive
from versement.ports.source import Source
from versement.profiles.models import FolderSource as FolderDeclaration
from versement.profiles.models import Profile
from versement.settings import Settings
from versement.steps.chain import Chain


def chain_of(handle: Handle) -> Chain:
    """The chain of a run, under the profile that was frozen when it began.

    Raises:
        Defect: staging does not hold that profile, or it belongs to another tenant.
    """
    settings = Settings.from_environment()
    with DiskStaging(settings.staging).open(handle.tenant, handle.profile) as frozen:
        profile = Profile.thaw(frozen.read())
    if profile.tenant != handle.tenant:
        raise Defect(
            "La fiche gardée avec cette exécution est celle d’un autre coffre : signalez-le aux développeurs.",
            detail="frozen profile of another tenant",
        )
    return settings.chain(profile)


def source_of(profile: Profile) -> Source:
    """The source that a profile names, with the connection's credentials; to be closed."""
    source = profile.connector.source
    if isinstance(source, FolderDeclaration):
        return FolderSource(Path(source.path))
    return SftpSource(sftp_settings(declared(source.connection), source.folder))


def archive_of(profile: Profile) -> Archive:
    """The archive that a profile's target names."""
    target = profile.target
    return VitamArchive(vitam_settings(declared(target.connection), target.kind))
