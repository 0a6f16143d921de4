"""Whose connections and folders are whose, where a partner may name them: by their names, declared nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from versement.domain.errors import ProfileError
from versement.profiles.load import ORGANISATION, raw_connector
from versement.profiles.models import Profile


def owner_of(connection: str, organisations: Collection[str]) -> str:
    """The organisation that a connection belongs to; empty when it is nobody's.

    It is named `<kind>_<organisation>`, or `<kind>_<organisation>_<more>`, dashes written `_`; of two organisations
    that the name could mean, the one with the longer name.
    """
    named = connection.lower()
    owners = [
        name for name in organisations if re.fullmatch(rf"[a-z0-9]+_{re.escape(name.replace('-', '_'))}(_.+)?", named)
    ]
    return max(owners, key=len, default="")


def connections_of(folder: Path) -> list[str]:
    """The organisation's own connections that its profiles name, sorted: what a form may propose."""
    neighbours = neighbours_of(folder)
    named = {str(raw_connector(path).get("source", {}).get("connection", "")) for path in folder.glob("[!_.]*.yaml")}
    return sorted(name for name in named if name and owner_of(name, neighbours) == folder.name)


def neighbours_of(folder: Path) -> list[str]:
    """Names of every organisation beside this one, itself included."""
    return sorted(path.parent.name for path in folder.parent.glob(f"*/{ORGANISATION}"))


def check_source(profile: Profile, folder: Path, roots: Sequence[Path]) -> None:
    """Refuse a source that is not the organisation's.

    Args:
        profile: whose source it is.
        folder: of the organisation's profiles.
        roots: folders (VERSEMENT_TRIAL_FOLDERS) below which each organisation has its own, named after it.

    Raises:
        ProfileError: the connection bears another name, or the folder is elsewhere.
    """
    source, own = profile.connector.source, folder.name
    connection = getattr(source, "connection", "")
    if connection and owner_of(connection, neighbours_of(folder)) != own:
        raise ProfileError(
            f"source.connection : attendu une connexion de cette organisation, nommée <type>_{own.replace('-', '_')} "
            f"(suivi, au besoin, de _ et d’un mot), trouvé « {connection} ». Demandez à l’opérateur le nom de la vôtre."
        )
    if source.type == "folder" and not _within(source.path, [root / own for root in roots]):
        raise ProfileError(
            "source.path : attendu un dossier d’essai de cette organisation, trouvé un autre dossier du serveur. "
            "Demandez à l’opérateur où déposer vos fichiers d’essai (VERSEMENT_TRIAL_FOLDERS), ou essayez la fiche sur "
            "une connexion."
        )


def _within(path: str, folders: Sequence[Path]) -> bool:
    """Links are followed first: what counts is where the files are."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)
