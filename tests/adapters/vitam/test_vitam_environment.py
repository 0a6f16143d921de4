"""What variables say of a Vitam, for the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from versement.adapters.vitam.environment import vitam_from_environment
from versement.domain.errors import SettingsError

SECRET = "ne-doit-pas-se-voir"
WHOLE = {
    "VERSEMENT_VITAM_TARGET": "reelle",
    "VERSEMENT_VITAM_URL": "https://vitam.exemple.fr:8443",
    "VERSEMENT_VITAM_ACCESS_CONTRACT": "AC-1",
    "VERSEMENT_VITAM_CA": __file__,
    "VERSEMENT_VITAM_CLIENT_CERTIFICATE": __file__,
    "VERSEMENT_VITAM_CLIENT_KEY": __file__,
    "VERSEMENT_VITAM_KEY_PASSPHRASE": SECRET,
    "VERSEMENT_VITAM_SERVER_PINS": "vitam.exemple.fr",
    "HOME": "/",
}


def test_whole() -> None:
    """Address, contract, certificates, passphrase and pins all come from the variables."""
    settings = vitam_from_environment("reelle", "production", WHOLE)
    assert settings.ingest_url == settings.access_url == settings.admin_url == "https://vitam.exemple.fr:8443"
    assert (settings.access_contract, settings.kind, settings.sandbox) == ("AC-1", "production", False)
    assert (settings.verify, settings.client_certificate) == (Path(__file__), (Path(__file__), Path(__file__)))
    assert (settings.server_pins, settings.key_passphrase) == (("vitam.exemple.fr",), SECRET)
    assert SECRET not in repr(settings)


def test_three_addresses() -> None:
    """Each service may have its own address."""
    addresses = {f"VERSEMENT_VITAM_{name}_URL": f"https://{name.lower()}.fr" for name in ("INGEST", "ACCESS", "ADMIN")}
    said = {name: value for name, value in (WHOLE | addresses).items() if name != "VERSEMENT_VITAM_URL"}
    assert vitam_from_environment("reelle", "essai", said).admin_url == "https://admin.fr"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"VERSEMENT_VITAM_URL": ""}, "VERSEMENT_VITAM_URL"),
        ({"VERSEMENT_VITAM_TARGET": ""}, "VERSEMENT_VITAM_TARGET"),
        ({"VERSEMENT_VITAM_TARGET": "autre"}, "mènent à « autre ».*s’agit ici de « reelle »"),
        ({"VERSEMENT_VITAM_ACCESS_CONTRACT": ""}, "contrat d’accès"),
        ({"VERSEMENT_VITAM_CLIENT_KEY": ""}, "vont ensemble"),
        ({"VERSEMENT_VITAM_CLIENT_KEY": "", "VERSEMENT_VITAM_CLIENT_CERTIFICATE": ""}, "certificat client"),
        ({"VERSEMENT_VITAM_CA": "/nulle/part.pem"}, "part.pem"),
        ({"VERSEMENT_VITAM_SANDBOX": "oui"}, "VERSEMENT_VITAM_SANDBOX"),
        ({"VERSEMENT_VITAM_SANDBOX": "true"}, "bac à sable"),
        ({"VERSEMENT_VITAM_URL": "http://vitam"}, "chiffré"),
    ],
)
def test_wrong(changes: dict[str, str], said: str) -> None:
    """What is missing or unsafe is named, and no secret is shown."""
    with pytest.raises(SettingsError, match=said) as caught:
        vitam_from_environment("reelle", "production", WHOLE | changes)
    assert SECRET not in caught.value.message + caught.value.detail
