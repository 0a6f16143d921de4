"""Where a Vitam is and how it is spoken to: plain values, checked once. Who fills them in is not known here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from versement.domain.errors import SettingsError

HEADER_VALUE = re.compile(r"((?!\.\.)[a-zA-Z0-9()\-=*.?;,+/:&_ ])*")
"""What Vitam lets through in the value of any header; anything else is answered by 412."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: for a connection, TLS included.
        send: for the archive to take the next block.
        read: for the next bytes of an answer.
        answer: for an answer in all (streamed objects aside).
    """

    connect: float = 10.0
    send: float = 60.0
    read: float = 60.0
    answer: float = 300.0


@dataclass(frozen=True, slots=True)
class VitamSettings:
    """One Vitam and the way in.

    Attributes:
        ingest_url, access_url, admin_url: what stands before `/ingest-external/v1` and its sisters; one and the
            same where a single proxy serves all three.
        access_contract: `X-Access-Contract-Id` of every search.
        kind: what is accepted on an `essai` target has no archival value.
        verify: True for the public authorities, or the path of a CA bundle; False in a sandbox only.
        client_certificate: paths of the certificate and of its key.
        sandbox: allows plain `http://` and unverified TLS, never on a `production` target.
    """

    ingest_url: str
    access_url: str
    admin_url: str
    access_contract: str
    kind: Literal["essai", "production"]
    timeouts: Timeouts = field(default_factory=Timeouts)
    verify: bool | Path = True
    client_certificate: tuple[Path, Path] | None = None
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
        self._check_tls()
        self._check_contract()
        self._check_timeouts()

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
        files = [*(self.client_certificate or ()), *([self.verify] if isinstance(self.verify, Path) else [])]
        for path in files:
            if not path.exists():
                raise SettingsError(
                    f"Plateforme cible : le fichier de certificat ou de clé « {path.name} » est introuvable. "
                    "Vérifiez son emplacement et les droits de lecture."
                )

    def _check_contract(self) -> None:
        if not self.access_contract or not HEADER_VALUE.fullmatch(self.access_contract):
            raise SettingsError(
                "Plateforme cible : l’identifiant du contrat d’accès est vide ou contient un caractère que Vitam "
                "refuse (accent, guillemet, apostrophe…). Corrigez la connexion."
            )

    def _check_timeouts(self) -> None:
        limits = self.timeouts
        if min(limits.connect, limits.send, limits.read, limits.answer) <= 0:
            raise SettingsError(
                "Plateforme cible : chaque délai d’attente doit être un nombre de secondes supérieur à zéro."
            )
