"""Airflow connections, read strictly: whatever is not known in one is refused, never ignored."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from versement.adapters.vitam.settings import URLS, VitamSettings, settings_of
from versement.domain.errors import SettingsError

VITAM_TEXTS = frozenset({"access_contract", "ca", "client_certificate", "client_key", "server_pins", *URLS})
VITAM_EXTRAS = VITAM_TEXTS | {"sandbox"}


@dataclass(frozen=True, slots=True, repr=False)
class Declared:
    """What a connection says. Not shown anywhere: it holds secrets."""

    name: str
    host: str
    port: int | None
    schema: str
    login: str
    password: str
    extra: Mapping[str, Any]


def declared(name: str) -> Declared:
    """The connection of this name, asked of Airflow.

    Raises:
        SettingsError: Airflow knows none.
    """
    try:
        return _declared(name, BaseHook.get_connection(name))
    except AirflowNotFoundException as error:
        raise _unknown(name) from error


async def declared_async(name: str) -> Declared:
    """`declared` for triggers, whose event loop may not be held up."""
    try:
        return _declared(name, await BaseHook.aget_connection(name))
    except AirflowNotFoundException as error:
        raise _unknown(name) from error


def vitam_settings(connection: Declared, kind: Literal["essai", "production"]) -> VitamSettings:
    """Settings of the target that an HTTP connection declares; its password is the client key's passphrase.

    Raises:
        SettingsError: the connection is incomplete, or says something unknown.
    """
    check_extras(connection, VITAM_EXTRAS)
    said = {name: text(connection, name) for name in sorted(VITAM_TEXTS)}
    base = address(connection) if not all(said[name] for name in URLS) else ""
    return settings_of(said, base, kind, passphrase=connection.password, sandbox=_truth(connection, "sandbox"))


def _declared(name: str, connection: Any) -> Declared:
    return Declared(
        name=name,
        host=connection.host or "",
        port=connection.port,
        schema=connection.schema or "",
        login=connection.login or "",
        password=connection.password or "",
        extra=_extra(name, connection.extra),
    )


def _extra(name: str, text: str | None) -> Mapping[str, Any]:
    # Airflow's own reading of the extra masks secrets through a call that triggers may not make.
    try:
        extra = json.loads(text or "{}")
    except ValueError as error:
        raise _wrong(name, "le champ « Extra » doit être un objet JSON") from error
    if not isinstance(extra, dict):
        raise _wrong(name, "le champ « Extra » doit être un objet JSON")
    return extra


def _unknown(name: str) -> SettingsError:
    return SettingsError(
        f"Connexion Airflow « {name} » : elle est nommée dans la fiche de connecteur ou dans _targets.yaml, et "
        "Airflow ne la connaît pas. Créez-la (Admin > Connexions), ou corrigez son nom.",
        detail="unknown connection",
    )


def _wrong(name: str, what: str) -> SettingsError:
    return SettingsError(f"Connexion Airflow « {name} » : {what}. Corrigez la connexion.")


def check_extras(connection: Declared, known: Collection[str]) -> None:
    unknown = sorted(connection.extra.keys() - known)
    if unknown:
        raise _wrong(
            connection.name,
            f"champ supplémentaire « {unknown[0][:40]} » inconnu ; sont admis : {', '.join(sorted(known))}",
        )


def address(connection: Declared) -> str:
    if "://" in connection.host:
        return connection.host
    if not connection.host:
        raise _wrong(connection.name, "l’hôte est vide, l’adresse du serveur est attendue")
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.schema or 'https'}://{connection.host}{port}"


def text(connection: Declared, name: str) -> str:
    value = connection.extra.get(name, "")
    if not isinstance(value, str):
        raise _wrong(connection.name, f"le champ supplémentaire « {name} » doit être un texte")
    return value


def _truth(connection: Declared, name: str) -> bool:
    value = connection.extra.get(name, False)
    if value not in (True, False, "true", "false"):
        raise _wrong(connection.name, f"le champ supplémentaire « {name} » doit être true ou false")
    return value in (True, "true")
