"""Ports at run time: from this machine's settings and Airflow's connections to what the steps are given."""

from __future__ import annotations

from pathlib import Path

from versement.adapters.sources.folder import FolderSource
from versement.adapters.sources.sftp import SftpSettings, SftpSource
from versement.adapters.staging import DiskStaging
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.slots import Slots
from versement.domain.errors import Defect
from versement.orchestration.connections import Declared, check_extras, declared, text, vitam_settings
from versement.orchestration.handle import Handle
from versement.ports.archive import Archive
from versement.ports.source import Source
from versement.profiles.models import FolderSource as FolderDeclaration
from versement.profiles.models import Profile
from versement.settings import Settings
from versement.steps.chain import Chain

SFTP_EXTRAS = frozenset({"host_key", "private_key", "private_key_passphrase"})


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
    """The archive that a profile's target names, sent to by as many at a time as the target says.

    Their places are kept in staging, which all machines share.
    """
    target = profile.target
    places = Slots(Settings.from_environment().staging / ".envois" / target.name, target.deposit_slots)
    return VitamArchive(vitam_settings(declared(target.connection), target.kind), slot=places)


def sftp_settings(connection: Declared, folder: str) -> SftpSettings:
    """Settings of the drop that an SFTP connection leads to; what is missing is said by the adapter.

    Raises:
        SettingsError: the connection says something unknown.
    """
    check_extras(connection, SFTP_EXTRAS)
    return SftpSettings(
        host=connection.host,
        port=connection.port or 22,
        login=connection.login,
        password=connection.password,
        private_key=text(connection, "private_key"),
        passphrase=text(connection, "private_key_passphrase"),
        host_key=text(connection, "host_key"),
        folder=folder,
    )
