"""A Vitam for the command line, which has no Airflow connection: all that leads to it comes from variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from versement.adapters.vitam.settings import VitamSettings, settings_of
from versement.domain.errors import SettingsError

_PREFIX = "VERSEMENT_VITAM_"


def vitam_from_environment(
    kind: Literal["essai", "production"], environment: Mapping[str, str] = os.environ
) -> VitamSettings:
    """Settings of a target.

    `VERSEMENT_VITAM_URL` (or `_INGEST_URL`, `_ACCESS_URL` and `_ADMIN_URL`), `_ACCESS_CONTRACT`, `_CA`,
    `_CLIENT_CERTIFICATE`, `_CLIENT_KEY`, `_KEY_PASSPHRASE`, `_SERVER_PINS` and `_SANDBOX` (`true`) say how to reach it.

    Raises:
        SettingsError: a variable is missing or cannot be used.
    """
    said = {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
    }
    url = said.get("url", "")
    if not url and not all(said.get(name) for name in ("ingest_url", "access_url", "admin_url")):
        raise SettingsError(
            f"Plateforme cible : attendu son adresse dans la variable {_PREFIX}URL, trouvé aucune valeur. Donnez-la, "
            f"ainsi que {_PREFIX}ACCESS_CONTRACT et les certificats.",
            detail=f"missing {_PREFIX}URL",
        )
    return settings_of(said, url, kind, passphrase=said.get("key_passphrase", ""), sandbox=_sandbox(said))


def _sandbox(said: Mapping[str, str]) -> bool:
    value = said.get("sandbox", "false").lower()
    if value not in {"true", "false"}:
        raise SettingsError(
            f"Plateforme cible : attendu true ou false dans {_PREFIX}SANDBOX, trouvé autre chose. Corrigez-la.",
            detail="sandbox is no boolean",
        )
    return value == "true"
