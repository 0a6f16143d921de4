"""Where a Vitam is and how it is spoken to: plain values, checked once. Who fills them in is not known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from versement.domain.errors import SettingsError

URLS = ("ingest_url", "access_url", "admin_url")
_HOST = re.compile(r"[A-Za-z0-9:]([A-Za-z0-9.:\-]*[A-Za-z0-9])?")
_FINGERPRINT = re.compile(r"(?:sha-?256:)?([0-9a-f]{64})")

HEADER_VALUE = re.compile(r"((?!\.\.)[a-zA-Z0-9()\-=*.?;,+/:&_ ])*")
"""What Vitam lets through in the value of any header; anything else is answered by 412."""


def fingerprint(pin: str) -> str:
    """SHA-256 of a certificate (DER) in lower-case hexadecimal, or empty when the pin is a name.

    OpenSSL's form is read too: capitals, colons between the bytes.
    """
    plain = pin.lower()
    match = _FINGERPRINT.fullmatch(plain) or _FINGERPRINT.fullmatch(plain.removeprefix("sha256:").replace(":", ""))
    return match[1] if match else ""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: for a connection, TLS included.
        send: for the archive to take the next block.
        read: for the next bytes of an answer.
        answer: for an answer in all (streamed objects aside).
        copy: for an answer to begin, when the archive first copies a SIP that is on its server already.
    """

    connect: float = 10.0
    send: float = 60.0
    read: float = 60.0
    answer: float = 300.0
    copy: float = 3600.0


@dataclass(frozen=True, slots=True)
class VitamSettings:
    """One Vitam and the way in.

    Attributes:
        ingest_url, access_url, admin_url: what stands before `/ingest-external/v1` and its sisters; one and the
            same where a single proxy serves all three.
        access_contract: `X-Access-Contract-Id` of every search.
        kind: what is accepted on an `essai` target has no archival value.
        verify: True for the public authorities, or the path of a CA bundle; False in a sandbox only.
        client_certificate: paths of the certificate and of its key, PEM.
        key_passphrase: of that key.
        server_pins: names or SHA-256 fingerprints, one of which the server's certificate must have, the authority's
            word aside; none: the name that stands in the address.
        sandbox: allows plain `http://`, unverified TLS and no client certificate, never on a `production` target.
    """

    ingest_url: str
    access_url: str
    admin_url: str
    access_contract: str
    kind: Literal["essai", "production"]
    timeouts: Timeouts = field(default_factory=Timeouts)
    verify: bool | Path = True
    client_certificate: tuple[Path, Path] | None = None
    key_passphrase: str = field(default="", repr=False)
    server_pins: tuple[str, ...] = ()
    sandbox: bool = False

    def __post_init__(self) -> None:
        if self.sandbox and self.kind == "production":
            raise SettingsError(
                "Plateforme cible : le mode bac à sable est réservé aux plateformes d’essai, et celle-ci est "
                "déclarée « production ». Retirez l’un des deux réglages."
            )
        for name, url in (
            ("entrées", self.ingest_url),
            ("accès", self.access_url),
            ("administration", self.admin_url),
        ):
            self._check_url(name, url)
        self._check_contract()
        self._check_timeouts()
        self._check_tls()
        self._check_pins()

    @property
    def encrypted(self) -> bool:
        return any(url.startswith("https://") for url in (self.ingest_url, self.access_url, self.admin_url))

    def _check_url(self, name: str, url: str) -> None:
        where = f"Plateforme cible, adresse du service « {name} »"
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or parts.username or parts.password:
            raise SettingsError(
                f"{where} : une adresse « https://serveur[:port] » sans identifiant ni paramètre est attendue. "
                "Corrigez la connexion."
            )
        if parts.scheme == "http" and not self.sandbox:
            raise SettingsError(
                f"{where} : « http:// » n’est pas chiffré, « https:// » est attendu (seul un bac à sable "
                "s’en dispense). Corrigez la connexion."
            )

    def _check_tls(self) -> None:
        if self.verify is False and not self.sandbox:
            raise SettingsError(
                "Plateforme cible : la vérification du certificat du serveur est désactivée, ce qui n’est admis "
                "que pour un bac à sable. Indiquez l’autorité de certification de la plateforme."
            )
        if self.client_certificate is None and not self.sandbox:
            raise SettingsError(
                "Plateforme cible : aucun certificat client, or c’est par lui que Vitam reconnaît qui verse. Indiquez "
                "« client_certificate » et « client_key » (seul un bac à sable s’en dispense). Corrigez la connexion."
            )
        files = [*(self.client_certificate or ()), *([self.verify] if isinstance(self.verify, Path) else [])]
        for path in files:
            if not path.exists():
                raise SettingsError(
                    f"Plateforme cible : le fichier de certificat ou de clé « {path.name} » est introuvable. "
                    "Vérifiez son emplacement et les droits de lecture."
                )

    def _check_pins(self) -> None:
        for pin in self.server_pins:
            if not fingerprint(pin) and not _HOST.fullmatch(pin):
                raise SettingsError(
                    "Plateforme cible, certificats admis du serveur (« server_pins ») : attendu des noms de serveur ou "
                    "des empreintes SHA-256 (64 chiffres hexadécimaux), séparés par des virgules ; trouvé autre "
                    "chose. Corrigez la connexion."
                )

    def _check_contract(self) -> None:
        if not self.access_contract or not HEADER_VALUE.fullmatch(self.access_contract):
            raise SettingsError(
                "Plateforme cible : l’identifiant du contrat d’accès est vide ou contient un caractère que Vitam "
                "refuse (accent, guillemet, apostrophe…). Corrigez la connexion."
            )

    def _check_timeouts(self) -> None:
        limits = self.timeouts
        if min(limits.connect, limits.send, limits.read, limits.answer, limits.copy) <= 0:
            raise SettingsError(
                "Plateforme cible : chaque délai d’attente doit être un nombre de secondes supérieur à zéro."
            )


def settings_of(
    said: Mapping[str, str], base: str, kind: Literal["essai", "production"], *, passphrase: str, sandbox: bool
) -> VitamSettings:
    """Settings from texts, as a connection or variables give them.

    Args:
        said: `access_contract`, `ca`, `client_certificate`, `client_key`, `server_pins` (separated by commas), and
            `ingest_url`, `access_url`, `admin_url` where they differ from `base`; whatever is absent or empty is not
            said.
        base: address of the services that have none of their own.
        kind: of the target.
        passphrase: of the client's key.
        sandbox: whether it is one.

    Raises:
        SettingsError: something is missing or wrong.
    """
    ingest, access, admin = (said.get(name) or base for name in URLS)
    certificate, key = said.get("client_certificate", ""), said.get("client_key", "")
    if bool(certificate) != bool(key):
        raise SettingsError(
            "Plateforme cible : « client_certificate » et « client_key » vont ensemble, l’un des deux manque. "
            "Corrigez la connexion."
        )
    return VitamSettings(
        ingest_url=ingest,
        access_url=access,
        admin_url=admin,
        access_contract=said.get("access_contract", ""),
        kind=kind,
        verify=Path(said["ca"]) if said.get("ca") else True,
        client_certificate=(Path(certificate), Path(key)) if certificate else None,
        key_passphrase=passphrase,
        server_pins=tuple(pin.strip() for pin in said.get("server_pins", "").split(",") if pin.strip()),
        sandbox=sandbox,
    )
