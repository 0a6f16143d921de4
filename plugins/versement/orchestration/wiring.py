"""Ports at run time: from this machine's settings and Airflow's connections to what the steps are given."""

from __future__ import annotations

from datetime import date

from versement.adapters.sources.access import EXTRAS, Access, open_receipts, open_source
from versement.adapters.staging import DiskStaging
from versement.adapters.vitam.client import VitamArchive
from versement.adapters.vitam.slots import Slots
from versement.domain.errors import Defect
from versement.orchestration.connections import Declared, address, check_extras, declared, text, vitam_settings
from versement.orchestration.handle import Handle
from versement.ports.archive import Archive
from versement.ports.source import Receipts, Source
from versement.profiles.models import Profile
from versement.profiles.sources import FolderSource, HttpSource
from versement.settings import Settings
from versement.steps.chain import Chain


def chain_of(handle: Handle) -> Chain:
    """The chain of a run, under the profile that was frozen when it began, less a sign-off that was withdrawn since.

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
    return settings.chain(settings.as_signed_now(profile))


def source_of(profile: Profile, since: date | None = None) -> Source:
    """The source that a profile names, with the connection's credentials; to be closed.

    `since` is the day from which a source that lists by time is read; None: all of it.
    """
    source = profile.connector.source
    access = Access() if isinstance(source, FolderSource) else access_of(declared(source.connection), source.type)
    return open_source(source, access, since=since)


def receipts_of(profile: Profile) -> Receipts | None:
    """How the source is told of what was archived; None when the profile asks for nothing. To be closed."""
    source = profile.connector.source
    if profile.target.kind != "production" or isinstance(source, HttpSource) or source.receipt is None:
        return None
    access = Access() if isinstance(source, FolderSource) else access_of(declared(source.connection), source.type)
    return open_receipts(source, access)


def archive_of(profile: Profile) -> Archive:
    """The archive that a profile's target names, sent to by as many at a time as the target says.

    Their places are kept in staging, which all machines share.
    """
    target = profile.target
    places = Slots(Settings.from_environment().staging / ".envois" / target.name, target.deposit_slots)
    return VitamArchive(vitam_settings(declared(target.connection), target.kind), slot=places)


def access_of(connection: Declared, kind: str) -> Access:
    """What a connection says of a source of this type; what is missing is said by the adapter.

    Raises:
        SettingsError: the connection says something unknown.
    """
    check_extras(connection, EXTRAS[kind])
    return Access(
        host=connection.host,
        port=connection.port,
        url=address(connection) if kind in ("http", "pastell") else "",
        login=connection.login,
        password=connection.password,
        extra={name: text(connection, name) for name in EXTRAS[kind]},
    )
