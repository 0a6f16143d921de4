"""A profile's source for the command line, which has no Airflow connection: credentials come from variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from versement.adapters.sources.folder import FolderSource
from versement.adapters.sources.sftp import SftpSettings, SftpSource
from versement.domain.errors import SettingsError
from versement.ports.source import Source
from versement.profiles import models

_PREFIX = "VERSEMENT_SFTP_"
_MANDATORY = ("HOST", "LOGIN", "HOST_KEY")


def source_from_environment(
    declared: models.SftpSource | models.FolderSource, environment: Mapping[str, str] = os.environ
) -> Source:
    """The source that a profile declares.

    For SFTP, `VERSEMENT_SFTP_HOST`, `_PORT`, `_LOGIN`, `_PASSWORD`, `_PRIVATE_KEY`, `_PASSPHRASE` and `_HOST_KEY`
    say how to reach it.

    Raises:
        SettingsError: a variable is missing or cannot be read.
    """
    if isinstance(declared, models.FolderSource):
        return FolderSource(Path(declared.path))
    missing = [f"{_PREFIX}{name}" for name in _MANDATORY if not environment.get(f"{_PREFIX}{name}")]
    if missing:
        raise SettingsError(
            f"Source SFTP : attendu les variables {', '.join(missing)}, trouvé aucune valeur. Donnez-les, ou "
            "essayez la fiche sur un dossier local.",
            detail=f"missing {', '.join(missing)}",
        )
    port = environment.get(f"{_PREFIX}PORT", "22")
    if not port.isdecimal():
        raise SettingsError(
            f"Source SFTP : attendu un numéro de port dans {_PREFIX}PORT, trouvé « {port} ». Corrigez-la.",
            detail="port is not a number",
        )
    return SftpSource(
        SftpSettings(
            host=environment[f"{_PREFIX}HOST"],
            port=int(port),
            login=environment[f"{_PREFIX}LOGIN"],
            password=environment.get(f"{_PREFIX}PASSWORD", ""),
            private_key=environment.get(f"{_PREFIX}PRIVATE_KEY", ""),
            passphrase=environment.get(f"{_PREFIX}PASSPHRASE", ""),
            host_key=environment[f"{_PREFIX}HOST_KEY"],
            folder=declared.folder,
        )
    )
