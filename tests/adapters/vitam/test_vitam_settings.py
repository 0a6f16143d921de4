"""What a connection to a Vitam may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from versement.adapters.vitam.settings import Timeouts, VitamSettings, fingerprint
from versement.domain.errors import SettingsError

HTTPS = "https://vitam.exemple.fr"


ANY_FILE = Path(__file__)


def settings(url: str = HTTPS, contract: str = "Contrat", kind: str = "essai", **more) -> VitamSettings:
    certificate = {"client_certificate": (ANY_FILE, ANY_FILE)}
    return VitamSettings(url, url, url, contract, kind, **(certificate | more))


def test_plain_http_refused() -> None:
    """A deposit never travels in the clear, a sandbox aside."""
    with pytest.raises(SettingsError, match="chiffré"):
        settings("http://vitam.exemple.fr")
    assert settings("http://127.0.0.1:8080", sandbox=True).sandbox


def test_unverified_tls_refused() -> None:
    """The server's certificate is always checked, a sandbox aside."""
    with pytest.raises(SettingsError, match="certificat du serveur"):
        settings(verify=False)
    assert settings(verify=False, sandbox=True).verify is False


def test_production_is_no_sandbox() -> None:
    """A production target cannot be given a sandbox's liberties."""
    with pytest.raises(SettingsError, match="production"):
        settings(kind="production", sandbox=True)
    assert settings(kind="production").kind == "production"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "vitam",
        "ftp://vitam",
        "https://",
        "https://v:x",
        "https://v:0",
        "https://[",
        f"{HTTPS}?a=b",
        "https://u:p@v",
    ],
)
def test_bad_address(url: str) -> None:
    """An address that cannot be used, or that carries a password, is refused in French and without being repeated."""
    with pytest.raises(SettingsError, match="adresse") as caught:
        settings(url, sandbox=True)
    assert "u:p" not in caught.value.message


@pytest.mark.parametrize("contract", ["", "Contrat d’accès", "a..b", "é", 'a"b', "a\n"])
def test_bad_contract(contract: str) -> None:
    """A contract's identifier that Vitam would refuse in a header is refused at once."""
    with pytest.raises(SettingsError, match="contrat d’accès"):
        settings(contract=contract)


def test_certificate_files(tmp_path) -> None:
    """Certificate and key files that are not there are said to be missing, by name and not by place."""
    key = tmp_path / "client.key"
    key.write_text("x")
    with pytest.raises(SettingsError, match=r"client\.pem") as caught:
        settings(client_certificate=(tmp_path / "client.pem", key))
    assert str(tmp_path) not in caught.value.message
    with pytest.raises(SettingsError, match=r"autorite\.pem"):
        settings(verify=tmp_path / "autorite.pem")


def test_timeouts_are_positive() -> None:
    """No wait is without limit."""
    with pytest.raises(SettingsError, match="délai"):
        settings(timeouts=Timeouts(read=0))


def test_client_certificate_is_wanted() -> None:
    """Vitam knows its clients by their certificate: without one nothing is tried, a sandbox aside."""
    with pytest.raises(SettingsError, match="client_certificate"):
        settings(client_certificate=None)
    assert settings(client_certificate=None, sandbox=True).client_certificate is None


@pytest.mark.parametrize("pin", ["", "a b", "https://vitam", "é.fr", "-x", "00" * 31 + "é"])
def test_bad_pin(pin: str) -> None:
    """What is neither a server's name nor a fingerprint is refused at once."""
    with pytest.raises(SettingsError, match="server_pins"):
        settings(server_pins=("vitam.exemple.fr", pin))


def test_pins() -> None:
    """Names, addresses and fingerprints in the usual forms are taken."""
    digits = "0123456789abcdef" * 4
    colons = ":".join(digits[i : i + 2] for i in range(0, 64, 2)).upper()
    assert settings(server_pins=("vitam.exemple.fr", "10.0.0.1", "::1", digits)).server_pins
    assert fingerprint(digits) == fingerprint(f"sha256:{digits}") == fingerprint(colons) == digits
    assert fingerprint("SHA256:" + colons) == digits
    assert fingerprint("vitam.exemple.fr") == ""
