"""A Vitam for the command line, which has no Airflow connection: all that leads to it comes from variables."""

from __future__ import annotations

import os
from collections.abc import Mapping

from versement.adapters.vitam.settings import VitamSettings, settings_of
from versement.domain.errors import SettingsError
from versement.domain.tenant import TargetKind

_PREFIX = "VERSEMENT_VITAM_"


def named_target(environment: Mapping[str, str] = os.environ) -> str:
    """The target that the variables lead to (`VERSEMENT_VITAM_TARGET`), by its name in the file of targets.

    Raises:
        SettingsError: they do not say which.
    """
    name = environment.get(f"{_PREFIX}TARGET", "")
    if not name:
        raise SettingsError(
            f"Plateforme cible : attendu dans la variable {_PREFIX}TARGET le nom, dans _targets.yaml, de la plateforme "
            f"à laquelle mènent les autres variables {_PREFIX}…, trouvé aucune valeur. Donnez-le : rien n’a été "
            "demandé.",
            detail=f"missing {_PREFIX}TARGET",
        )
    return name


def vitam_from_environment(target: str, kind: TargetKind, environment: Mapping[str, str] = os.environ) -> VitamSettings:
    """Settings of a target.

    `VERSEMENT_VITAM_TARGET` must name it; `VERSEMENT_VITAM_URL` (or `_INGEST_URL`, `_ACCESS_URL` and `_ADMIN_URL`),
    `_ACCESS_CONTRACT`, `_CA`, `_CLIENT_CERTIFICATE`, `_CLIENT_KEY`, `_KEY_PASSPHRASE`, `_SERVER_PINS` and `_SANDBOX`
    (`true`) say how to reach it.

    Raises:
        SettingsError: a variable is missing or cannot be used, or they lead to another target.
    """
    named = named_target(environment)
    if named != target:
        raise SettingsError(
            f"Plateforme cible : les variables {_PREFIX}… mènent à « {named} », dit {_PREFIX}TARGET, et il s’agit ici "
            f"de « {target} ». Donnez celles de « {target} » : rien n’a été demandé.",
            detail="the variables lead to another target",
        )
    said = {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
    }
    del said["target"]
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
