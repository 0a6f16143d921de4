"""A profile's source for the command line, which has no Airflow connection: credentials come from variables."""

from __future__ import annotations

import os
from collections.abc import Mapping

from versement.adapters.sources.access import EXTRAS, Access, open_source
from versement.domain.errors import SettingsError
from versement.ports.source import Source
from versement.profiles.sources import FolderSource, SourceDeclaration

_MANDATORY = {
    "sftp": ("HOST", "LOGIN", "HOST_KEY"),
    "s3": ("LOGIN", "PASSWORD"),
    "http": ("URL",),
    "pastell": ("URL",),
}
_NAMES = {"private_key_passphrase": "PASSPHRASE"}


def source_from_environment(declared: SourceDeclaration, environment: Mapping[str, str] = os.environ) -> Source:
    """The source that a profile declares.

    Variables say how to reach it: `VERSEMENT_SFTP_…`, `VERSEMENT_S3_…`, `VERSEMENT_HTTP_…` or `VERSEMENT_PASTELL_…`,
    followed by HOST and PORT (SFTP) or URL (HTTP, Pastell), LOGIN, PASSWORD, and in capitals what a connection may
    say beside them (`access.EXTRAS`; SFTP's passphrase is PASSPHRASE).

    Raises:
        SettingsError: a variable is missing or cannot be read.
    """
    if isinstance(declared, FolderSource):
        return open_source(declared, Access())
    prefix = f"VERSEMENT_{declared.type.upper()}_"
    missing = [f"{prefix}{name}" for name in _MANDATORY[declared.type] if not environment.get(f"{prefix}{name}")]
    if missing:
        raise SettingsError(
            f"Source {declared.type.upper()} : attendu les variables {', '.join(missing)}, trouvé aucune valeur. "
            "Donnez-les, ou essayez la fiche sur un dossier local.",
            detail=f"missing {', '.join(missing)}",
        )
    port = environment.get(f"{prefix}PORT") or "0"
    if not port.isdecimal():
        raise SettingsError(
            f"Source {declared.type.upper()} : attendu un numéro de port dans {prefix}PORT, trouvé « {port} ». "
            "Corrigez-la.",
            detail="port is not a number",
        )
    said = {name: environment.get(f"{prefix}{_NAMES.get(name, name.upper())}", "") for name in EXTRAS[declared.type]}
    access = Access(
        host=environment.get(f"{prefix}HOST", ""),
        port=int(port) or None,
        url=environment.get(f"{prefix}URL", ""),
        login=environment.get(f"{prefix}LOGIN", ""),
        password=environment.get(f"{prefix}PASSWORD", ""),
        extra=said,
    )
    return open_source(declared, access)
