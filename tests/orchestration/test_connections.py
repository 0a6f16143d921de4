"""Airflow's connections as settings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.steps.world import profile_of
from versement.adapters.sources.access import s3_settings, sftp_settings, web_settings
from versement.adapters.vitam.slots import Slots
from versement.domain.errors import ArchiveUnavailable, SettingsError
from versement.orchestration.connections import declared, declared_async, vitam_settings
from versement.orchestration.wiring import access_of, archive_of
from versement.profiles.sources import S3Source
from versement.testing.archive_contract import BytesBody

SECRET = "ne-doit-pas-se-voir"
MINIMUM = {"access_contract": "A", "client_certificate": __file__, "client_key": __file__}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Declares a connection as production does, in the environment."""

    def make(**fields: Any) -> str:
        monkeypatch.setenv("AIRFLOW_CONN_CIBLE", json.dumps(fields))
        return "cible"

    return make


def test_a_target_is_reached_as_its_connection_says(connect: Any, tmp_path: Path) -> None:
    """Address, contract, authority and client certificate of a Vitam all come from its connection."""
    files = {name: tmp_path / name for name in ("ca.pem", "client.pem", "client.key")}
    for file in files.values():
        file.touch()
    name = connect(
        conn_type="http",
        host="vitam.example",
        port=8443,
        password=SECRET,
        extra={
            "access_contract": "AC-1",
            "ca": str(files["ca.pem"]),
            "client_certificate": str(files["client.pem"]),
            "client_key": str(files["client.key"]),
            "server_pins": "vitam.interne, 10.0.0.1",
        },
    )
    settings = vitam_settings(declared(name), "production")
    assert settings.ingest_url == settings.access_url == settings.admin_url == "https://vitam.example:8443"
    assert (settings.access_contract, settings.verify) == ("AC-1", files["ca.pem"])
    assert settings.client_certificate == (files["client.pem"], files["client.key"])
    assert settings.server_pins == ("vitam.interne", "10.0.0.1")
    assert settings.key_passphrase == SECRET
    assert SECRET not in repr(settings)


def test_services_may_stand_at_different_addresses(connect: Any) -> None:
    """A Vitam whose entries, searches and administration have their own addresses is reached at each of them."""
    extra = {name: f"https://{name[:6]}.example" for name in ("ingest_url", "access_url", "admin_url")}
    settings = vitam_settings(declared(connect(conn_type="http", extra={**MINIMUM, **extra})), "essai")
    assert (settings.ingest_url, settings.admin_url) == ("https://ingest.example", "https://admin_.example")


def test_triggers_read_the_same_connection(connect: Any) -> None:
    """While a task waits, the archive is asked at the very address that the task uses."""
    name = connect(conn_type="http", host="h", extra=MINIMUM)
    assert vitam_settings(asyncio.run(declared_async(name)), "essai") == vitam_settings(declared(name), "essai")


def test_a_platform_is_sent_to_by_as_many_as_its_target_says(
    connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The places of a target are the same for every task, whichever its tenant: when all are held, a deposit waits."""
    monkeypatch.setenv("VERSEMENT_STAGING", str(tmp_path))
    name = connect(conn_type="http", host="127.0.0.1", port=9, extra={"access_contract": "A", "sandbox": True})
    profile = profile_of()
    target = profile.target.model_copy(update={"connection": name, "deposit_slots": 1})
    archive = archive_of(profile.model_copy(update={"target": target}))
    with (
        Slots(tmp_path / ".envois" / target.name, 1)(),
        pytest.raises(ArchiveUnavailable, match="deposit_slots"),
    ):
        archive.deposit(profile.tenant, "tentative-1", BytesBody(b"x"))
    with pytest.raises(ArchiveUnavailable, match="ne répond pas"):
        archive.deposit(profile.tenant, "tentative-1", BytesBody(b"x"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"host": "h", "extra": {"access_contract": "A", "acess_contract": SECRET}}, "acess_contract"),
        ({"extra": {"access_contract": "A"}}, "l’hôte est vide"),
        ({"host": "h", "extra": {"access_contract": "A", "client_key": "/k"}}, "vont ensemble"),
        ({"host": "h", "extra": {"access_contract": "A"}}, "client_certificate"),
        ({"host": "h", "extra": {**MINIMUM, "server_pins": "a b"}}, "server_pins"),
        ({"host": "h", "extra": {**MINIMUM, "verify": False}}, "« verify » inconnu"),
        ({"host": "h", "extra": {"access_contract": 3}}, "doit être un texte"),
        ({"host": "h", "extra": {"access_contract": "A", "sandbox": "oui"}}, "true ou false"),
        ({"host": "h", "schema": "http", "extra": {"access_contract": "A"}}, "n’est pas chiffré"),
        ({"host": "h", "extra": {}}, "contrat d’accès"),
    ],
)
def test_a_wrong_target_connection_is_explained(connect: Any, fields: dict[str, Any], said: str) -> None:
    """Whatever is missing, unknown or unsafe in a connection stops the task with what to correct, never a secret."""
    name = connect(conn_type="http", **fields)
    with pytest.raises(SettingsError, match=said) as caught:
        vitam_settings(declared(name), "essai")
    assert SECRET not in caught.value.message
    assert "Corrigez la connexion" in caught.value.message


def test_an_unknown_connection_is_named(connect: Any) -> None:
    """A connection that nobody created is named, with where to create it, in a task as in a trigger."""
    said = r"« absente ».*Admin > Connexions"
    with pytest.raises(SettingsError, match=said):
        declared("absente")
    with pytest.raises(SettingsError, match=said):
        asyncio.run(declared_async("absente"))


def test_a_drop_is_reached_as_its_connection_says(connect: Any) -> None:
    """Login, key and the server's own key come from the SFTP connection; the folder comes from the profile."""
    name = connect(
        conn_type="sftp",
        host="depot.example",
        port=2222,
        login="tdt",
        password=SECRET,
        extra={"host_key": "ssh-ed25519 AAAA", "private_key": "-----BEGIN"},
    )
    settings = sftp_settings(access_of(declared(name), "sftp"), "/actes")
    assert (settings.server, settings.login, settings.folder) == ("depot.example:2222", "tdt", "/actes")
    assert (settings.host_key, settings.password, settings.private_key) == ("ssh-ed25519 AAAA", SECRET, "-----BEGIN")


def test_a_drop_whose_host_would_not_be_checked_is_refused(connect: Any) -> None:
    """`no_host_key_check`, which Airflow's own SFTP knows, is refused: the server's key is always checked."""
    name = connect(conn_type="sftp", host="h", login="l", extra={"no_host_key_check": "true"})
    with pytest.raises(SettingsError, match="no_host_key_check"):
        sftp_settings(access_of(declared(name), "sftp"), "/")


def test_a_connection_never_shows_its_secrets(connect: Any) -> None:
    """A connection that gets into a log by mistake shows no password and no key."""
    name = connect(conn_type="sftp", host="h", password=SECRET, extra={"private_key": SECRET})
    assert SECRET not in repr(declared(name))
    assert SECRET not in repr(sftp_settings(access_of(declared(name), "sftp"), "/"))


def test_every_type_of_source_is_reached_as_its_connection_says(connect: Any) -> None:
    """S3 and HTTP connections give address, keys and token; what they do not know is refused by name."""
    name = connect(conn_type="aws", login="clé", password=SECRET, extra={"endpoint_url": "https://s3.example"})
    access = access_of(declared(name), "s3")
    settings = s3_settings(access, S3Source(type="s3", connection=name, bucket="depot"))
    assert (settings.endpoint, settings.access_key, settings.secret_key) == ("https://s3.example", "clé", SECRET)
    assert SECRET not in repr(settings) + repr(access)
    name = connect(conn_type="http", host="pastell.example", schema="https", extra={"token": SECRET})
    for kind in ("http", "pastell"):
        web = web_settings(access_of(declared(name), kind))
        assert (web.url, web.token) == ("https://pastell.example", SECRET)
        assert SECRET not in repr(web)
    with pytest.raises(SettingsError, match="endpoint"):
        access_of(declared(connect(conn_type="http", host="h", extra={"endpoint": "x"})), "http")
