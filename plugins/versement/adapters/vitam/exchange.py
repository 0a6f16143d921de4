"""Sending and receiving, synchronously: sizes and times bounded, a body's own errors kept apart from the network's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import requests

from versement.adapters.vitam.errors import FAILURES, Call, failed, unintelligible
from versement.adapters.vitam.session import open_session
from versement.adapters.vitam.settings import VitamSettings
from versement.adapters.vitam.wire import ERROR_LIMIT, JSON_LIMIT, Answer, Request, check_headers, judged
from versement.domain.errors import Defect, OutcomeUncertain, VersementError
from versement.domain.fixity import CHUNK
from versement.ports.archive import SizedBody

SLOWEST = 16 << 10
"""Bytes a second below which a stream is given up, once the time for answers has passed."""
_NO_TEXT: tuple[type[Exception], ...] = (*FAILURES, VersementError)

SessionFactory = Callable[[VitamSettings], requests.Session]


class Exchange:
    """One Vitam's HTTP side. Not for several threads at once."""

    def __init__(self, settings: VitamSettings, sessions: SessionFactory = open_session) -> None:
        self._settings = settings
        self._sessions = sessions
        self._session = sessions(settings)

    def ask(self, request: Request, limit: int = JSON_LIMIT) -> Answer:
        """The whole answer, whatever its status.

        Raises:
            VersementError: no answer, or one that is too big or too slow.
        """
        with self._opened(self._session, request) as response:
            body = b"" if request.method in {"HEAD", "OPTIONS"} else self._body(request.call, response, limit)
            return _answer(response, body)

    def stream(self, request: Request) -> Iterator[bytes]:
        """The answer's body, a block at a time; nothing when there is no such thing."""
        with self._opened(self._session, request) as response:
            if not judged(request.call, _answer(response, self._error(request.call, response))):
                return
            started, received = time.monotonic(), 0
            while block := response.raw.read1(CHUNK, decode_content=True):
                received += len(block)
                if time.monotonic() > started + self._settings.timeouts.answer + received / SLOWEST:
                    raise unintelligible(request.call, "object too slow")
                yield block

    def send(self, request: Request, body: SizedBody, wait: float | None = None) -> Answer:
        """Send a body of known length, on a connection of its own, and return the answer.

        Args:
            request: what is asked.
            body: its body.
            wait: seconds for the answer to begin, instead of the usual ones.

        Raises:
            ArchiveUnavailable: no connection was made.
            OutcomeUncertain: anything after that, an acceptance before the last byte included.
            VersementError: whatever the body itself raised, as it was.
        """
        watched = _WatchedBody(body)
        with self._sessions(self._settings) as session:
            try:
                with self._opened(session, request, watched, wait) as response:
                    watched.check()
                    answer = _answer(response, self._error(request.call, response))
            except VersementError:
                watched.check()  # the body's own error first, when the network hid it
                raise
        if answer.status < 400 and not watched.complete:
            raise OutcomeUncertain(
                "Archive électronique, dépôt d’un versement : une réponse est arrivée avant la fin de l’envoi. "
                "Ne renvoyez rien : la chaîne recherche d’abord le versement dans le journal des opérations.",
                detail=f"HTTP {answer.status} after {watched.sent} of {len(body)} bytes",
            )
        return answer

    @contextmanager
    def _opened(
        self, session: requests.Session, request: Request, body: _WatchedBody | None = None, wait: float | None = None
    ) -> Iterator[requests.Response]:
        data = body or request.content
        raw = requests.Request(request.method, request.url, headers=dict(request.headers), data=data)
        limits = (self._settings.timeouts.connect, wait or self._settings.timeouts.read)
        check_headers(request.headers)
        try:
            prepared = session.prepare_request(raw)
            with session.send(prepared, stream=True, allow_redirects=False, timeout=limits) as response:
                yield response
        except FAILURES as failure:
            started = body is not None and body.sent > 0
            raise failed(request.call, failure, started=started) from failure

    def _error(self, call: Call, response: requests.Response) -> bytes:
        """What can be had of an error's text: its status stands, whatever becomes of the text."""
        try:
            return self._body(call, response, ERROR_LIMIT) if response.status_code >= 400 else b""
        except _NO_TEXT:
            return b""

    def _body(self, call: Call, response: requests.Response, limit: int) -> bytes:
        """At most `limit` bytes, beyond which an answer is useless; an error's text is cut much earlier."""
        failed = response.status_code >= 400
        deadline = time.monotonic() + self._settings.timeouts.answer
        received = bytearray()
        while block := response.raw.read1(ERROR_LIMIT, decode_content=True):
            received += block
            if failed and len(received) >= ERROR_LIMIT:
                return bytes(received[:ERROR_LIMIT])
            if len(received) > limit:
                raise unintelligible(call, f"answer larger than {limit} bytes")
            if time.monotonic() > deadline:
                raise unintelligible(call, "answer too slow")
        return bytes(received)


class BytesBody:
    """Bytes at hand as a body to send."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        return (self._data[start : start + CHUNK] for start in range(0, len(self._data), CHUNK))


class _WatchedBody:
    """Passes blocks on, holds the announced length to be true, and keeps the body's own error.

    The last block leaves only once the body has ended without error and with the right length.
    """

    def __init__(self, body: SizedBody) -> None:
        if not len(body):
            self._raise_length(0)
        self._body = body
        self._failure: VersementError | OSError | None = None
        self.sent = 0
        self.complete = False

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        try:
            given, held = 0, b""
            for block in self._body:
                given += len(block)
                if given > len(self):
                    self._raise_length(given)
                if held and block:
                    self.sent += len(held)
                    yield held
                held = block or held
            if given < len(self):
                self._raise_length(given)
            self.sent += len(held)
            yield held
            self.complete = True
        except (VersementError, OSError) as failure:
            self._failure = failure
            raise

    def check(self) -> None:
        """Raise the body's own error, if there was one: the network library hides some kinds."""
        if self._failure is not None:
            raise self._failure

    def _raise_length(self, sent: int) -> NoReturn:
        raise Defect(
            "Le versement est vide ou n’a pas la longueur annoncée : l’envoi est arrêté. Signalez-le aux développeurs.",
            detail=f"{sent} bytes given",
        )


def _answer(response: requests.Response, body: bytes) -> Answer:
    return Answer(response.status_code, response.headers, body)
