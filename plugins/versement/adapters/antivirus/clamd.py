"""ClamAV's daemon, asked by INSTREAM within one session: files are sent, so it needs no right on any disk of ours."""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Self

from versement.domain.errors import AntivirusUnavailable, SettingsError, SignaturesStale
from versement.domain.scans import CLEAN, Scanned, Verdict
from versement.ports.clock import Clock

DAYS = 7
"""Age beyond which signatures judge nothing, when no other is given."""
AHEAD = timedelta(days=1)
"""How far the date of signatures, told in clamd's own time zone, may be ahead of ours."""
MAX_BYTES = 100 << 20
"""clamd's own default MaxFileSize."""
CHUNK = 1 << 18
BYTES_PER_SECOND = 1 << 20
"""Far below what clamd takes in a second."""
END = b"\0"
TOO_LARGE = "INSTREAM size limit exceeded"
_VERSION = re.compile(r"ClamAV [^/]+/(?P<number>\d+)/(?P<date>\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})")
_LIMITS = "Heuristics.Limits.Exceeded"
"""Family of the names that clamd gives, with AlertExceedsMax, to what it gave up; not a virus."""
_ENCRYPTED = "Heuristics.Encrypted"
"""Likewise, with AlertEncrypted, to what no one can look into."""


@dataclass(frozen=True, slots=True)
class ClamdSettings:
    """Where clamd is, and what is asked of it.

    Attributes:
        address: path of its Unix socket, or `host:port`.
        days: age above which its signatures are too old.
        max_bytes: its MaxFileSize, which it does not tell and above which it says « OK » without looking.
        seconds: time that it may take to answer; more than its MaxScanTime.
    """

    address: str
    days: int = DAYS
    max_bytes: int = MAX_BYTES
    seconds: float = 150.0


class Clamd:
    """One clamd, through one session that is opened when needed. Close it when done."""

    def __init__(self, settings: ClamdSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._session: _Connection | None = None

    def signatures(self) -> str:
        with self._said(), _Connection(self._settings) as connection:
            connection.send(b"zVERSION\0")
            version = _printable(connection.answer())
        found = _VERSION.match(version)
        if found is None:
            raise self._stale("l’antivirus ne dit pas la date de ses signatures", version)
        made = datetime.strptime(found["date"], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        if made - self._clock.now() > AHEAD:
            raise self._stale(f"les signatures de l’antivirus sont datées du {made:%d/%m/%Y}, dans l’avenir", version)
        if self._clock.now() - made > timedelta(days=self._settings.days):
            raise self._stale(f"les signatures de l’antivirus datent du {made:%d/%m/%Y}", version)
        return version

    def scan(self, content: BinaryIO, size: int) -> Verdict:
        if size > self._settings.max_bytes:
            return _not_scanned(f"plus gros que ce que l’antivirus examine, {self._settings.max_bytes / 1e6:g} Mo")
        start = content.tell()
        with self._said():
            for _ in range(2):  # a session that had ended, or a clamd that was restarted, says nothing of this file
                content.seek(start)
                try:
                    return self._scanned(content, size)
                except ConnectionError:
                    continue
                except TimeoutError:
                    return self._given_up()
            return self._cut()

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _scanned(self, content: BinaryIO, size: int) -> Verdict:
        if self._session is None:
            self._session = _Connection(self._settings)
            self._session.send(b"zIDSESSION\0")
        try:
            answer = self._session.judged(content, size)
        except OSError:
            self.close()
            raise
        if answer.endswith(" ERROR"):
            self.close()  # clamd ends the session with it
        return _verdict(answer)

    def _cut(self) -> Verdict:
        """A file on which clamd cuts twice without a word; when it still answers to others, this one is not judged."""
        with _Connection(self._settings) as connection:
            connection.send(b"zPING\0")
            if connection.answer() != "PONG":
                raise ConnectionError
        return _not_scanned("l’antivirus interrompt son envoi")

    def _given_up(self) -> Verdict:
        """A file that takes too long; when another is judged meanwhile, it is not judged and holds nobody up."""
        self._scanned(io.BytesIO(b"x"), 1)
        return _not_scanned("l’antivirus n’en vient pas à bout dans le temps permis")

    def _stale(self, what: str, version: str) -> SignaturesStale:
        return SignaturesStale(
            f"Antivirus (clamd) : {what} ; au plus {self._settings.days} jours sont admis. Aucun document n’a été "
            "jugé. Faites mettre à jour ses signatures (freshclam) ; la tâche reprendra d’elle-même.",
            detail=f"clamd version: {version}",
        )

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What keeps clamd from answering, in words."""
        try:
            yield
        except AntivirusUnavailable:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise AntivirusUnavailable(
                "Antivirus (clamd) : il ne répond pas, ou pas à temps. Aucun document n’a été jugé et aucun ne "
                "passe sans lui. Vérifiez qu’il tourne à l’adresse donnée par VERSEMENT_CLAMD ; la tâche reprendra "
                "d’elle-même.",
                detail=f"clamd: {error!r}",
            ) from error


class _Connection:
    """One connection, each exchange within the time allowed."""

    def __init__(self, settings: ClamdSettings) -> None:
        self._seconds = settings.seconds
        self._until = time.monotonic() + settings.seconds
        self._left = b""
        self._socket = _opened(settings.address, min(settings.seconds, 10.0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._until = time.monotonic() + self._seconds
        self._sent(data)

    def judged(self, content: BinaryIO, size: int) -> str:
        """Answer to one file, without the number that a session puts before it."""
        self._until = time.monotonic() + self._seconds + size / BYTES_PER_SECOND
        try:
            self._sent(b"zINSTREAM\0")
            while chunk := content.read(CHUNK):
                self._sent(len(chunk).to_bytes(4, "big") + chunk)
            self._sent(bytes(4))
        except ConnectionError:
            self._until = time.monotonic() + 1.0  # it may have said why before it cut
        return self.answer().partition(": ")[2]

    def answer(self) -> str:
        while END not in self._left:
            self._socket.settimeout(self._remaining())
            received = self._socket.recv(4096)
            if not received:
                raise ConnectionResetError("closed without an answer")
            self._left += received
        said, _, self._left = self._left.partition(END)
        return said.decode("utf-8", "replace")

    def _sent(self, data: bytes) -> None:
        self._socket.settimeout(self._remaining())
        self._socket.sendall(data)

    def _remaining(self) -> float:
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("no answer in the time allowed")
        return remaining


def _opened(address: str, seconds: float) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise SettingsError(
            "VERSEMENT_CLAMD : attendu le chemin du socket de clamd (/run/clamav/clamd.ctl) ou « hôte:port ». "
            "Corrigez ce réglage."
        )
    return socket.create_connection((host.strip("[]"), int(port)), seconds)


def _verdict(answer: str) -> Verdict:
    said = _printable(answer.removeprefix("stream: "))
    if said == "OK":
        return CLEAN
    if said.endswith(" FOUND"):
        name = said.removesuffix(" FOUND")
        if name.startswith(_LIMITS):
            return _not_scanned("au-delà des limites de l’antivirus")
        if name.startswith(_ENCRYPTED):
            return _not_scanned("chiffré : l’antivirus ne peut pas regarder dedans")
        return Verdict(Scanned.INFECTED, name)
    if TOO_LARGE in answer or answer.startswith("size limit exceeded"):
        return _not_scanned("plus gros que ce que l’antivirus accepte (StreamMaxLength)")
    raise AntivirusUnavailable(
        "Antivirus (clamd) : il répond par une erreur. Aucun document n’a été jugé. Lisez son journal (mémoire, place "
        "du dossier temporaire) ; la tâche reprendra d’elle-même.",
        detail=f"clamd: {said}",
    )


def _not_scanned(why: str) -> Verdict:
    return Verdict(Scanned.NOT_SCANNED, why)


def _printable(text: str) -> str:
    return "".join(character for character in text.strip() if character.isprintable())[:200]
