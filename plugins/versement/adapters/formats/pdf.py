"""Reading of PDFs and office files in a child process, started once and again whenever a file takes it down."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from versement.adapters.child import command, environment
from versement.adapters.formats import whole
from versement.adapters.formats.stamp import Line, PdfText
from versement.domain.errors import SettingsError, UnreadableFile
from versement.domain.health import Health

KEPT = 4
"""Last answers that are kept."""
MARK, HEAD = b"%PDF-", 1024
"""How a PDF begins, and the first bytes among which that stands."""
READY = b"ready\n"
"""First line that the child writes."""

MESSAGES = {
    "empty": "Ce fichier PDF est vide (0 octet) : redéposez le fichier d’origine.",
    "other": "Ce fichier n’est pas un PDF : son contenu ne commence pas par « %PDF ». "
    "Redéposez-le sous son vrai format.",
    "truncated": "Ce fichier PDF est tronqué : sa fin manque. Redéposez le fichier entier.",
    "password": "Ce fichier PDF est protégé par un mot de passe : il ne peut être ni lu ni conservé ainsi. "
    "Redéposez-le sans protection.",
    "corrupt": "Ce fichier PDF est abîmé : ses pages ne peuvent pas être lues. Redéposez le fichier d’origine.",
    "pages": "Ce fichier PDF n’a aucune page : redéposez le fichier d’origine.",
    "slow": "La lecture de ce fichier PDF dépasse le temps permis ({seconds:g} s) : il est abîmé ou anormal. "
    "Faites-le produire à nouveau.",
    "crash": "La lecture de ce fichier PDF a fait échouer le lecteur (mémoire épuisée ou contenu abîmé). "
    "Faites-le produire à nouveau.",
}
_TROUBLES = {
    "other": "FILE_UNREADABLE",
    "truncated": "FILE_TRUNCATED",
    "password": "FILE_ENCRYPTED",
    "corrupt": "FILE_UNREADABLE",
    "pages": "FILE_WITHOUT_PAGES",
    "slow": "FILE_TOO_HEAVY",
    "crash": "FILE_TOO_HEAVY",
}
"""What each failure is called as a finding."""
_KINDS = {
    b"%PDF": "pdf",
    b"PK\x03\x04": "office",
    b"\xd0\xcf\x11\xe0": "office",
    **dict.fromkeys(whole.STARTS, "whole"),
}
"""Which reader looks into a file, by its first bytes."""


def begins_late(path: Path) -> bool:
    """Whether a file may be a PDF behind other bytes, which readers of PDF skip."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return MARK in head and head[:4] not in _KINDS


class PdfReader:
    """Reads the text of PDFs and the health of documents, each within limits. Close it when done.

    Attributes:
        seconds: time that one file may take.
        memory: address space of the child, in bytes.
    """

    def __init__(self, *, seconds: float, memory: int) -> None:
        self.seconds = seconds
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._kept: dict[object, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path) -> PdfText:
        """Text of a PDF.

        Raises:
            UnreadableFile: not a PDF, incomplete, protected, or too much for the limits.
            SettingsError: the reader cannot be started.
        """
        answer = self._answer("pdf", path)
        if "error" in answer:
            raise UnreadableFile(
                MESSAGES[answer["error"]].format(seconds=self.seconds), detail=str(answer.get("detail", ""))
            )
        lines = tuple(tuple(Line(*line) for line in page) for page in answer["lines"])
        return PdfText(tuple(answer["pages"]), lines)

    def text(self, path: Path, kind: str) -> str:
        """Text of another document, by its kind (`written.READERS`).

        Raises:
            UnreadableFile: abnormal, or too much for the limits.
            SettingsError: the reader cannot be started.
        """
        answer = self._answer(kind, path)
        if "error" in answer:
            raise UnreadableFile(
                "Le texte de ce fichier ne peut pas être lu : il est abîmé, protégé ou démesuré. Enregistrez-le à "
                "nouveau.",
                detail=f"{answer['error']} {answer.get('detail', '')}",
            )
        return str(answer["text"])

    def health(self, path: Path, *, pdf: bool = False) -> Health:
        """See `Formats.health`; `pdf`: whether it is known to be one, although it does not begin as one."""
        with path.open("rb") as stream:
            kind = "pdf" if pdf else _KINDS.get(stream.read(4))
        if kind is None:
            return Health()
        answer = self._answer(kind, path)
        if "health" in answer:
            said = answer["health"]
            return Health(**{**said, "troubles": tuple(said["troubles"])})
        trouble = _TROUBLES.get(answer["error"])
        return Health((trouble,) if trouble else ())

    def _answer(self, kind: str, path: Path) -> dict[str, Any]:
        """What the child says; the last answers are kept, since a file's text is asked for after its health."""
        with self._lock:
            status = path.stat()
            asked = (kind, path, status.st_ino, status.st_mtime_ns, status.st_size)
            if asked in self._kept:
                return self._kept[asked]
            fresh = self._child is None
            answer = self._asked(kind, path)
            if answer.get("error") == "crash" and not fresh:
                answer = self._asked(kind, path)  # the files before it may have used the child up
            self._kept[asked] = answer
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
            return answer

    def close(self) -> None:
        self._kept.clear()
        if self._child is not None:
            self._child.kill()
            self._forget(self._child)

    def _asked(self, kind: str, path: Path) -> dict[str, Any]:
        child = self._child = self._child or self._started()
        if child.stdin is None or child.stdout is None:  # for the type checker: both are pipes
            return {"error": "crash"}
        try:
            child.stdin.write(json.dumps([kind, str(path)]).encode() + b"\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if answer.endswith(b"\n"):
            return dict(json.loads(answer))
        status = self._forget(child)
        return {"error": "slow" if status == -signal.SIGALRM else "crash", "detail": f"child ended with {status}"}

    def _started(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            command("formats.pdf_tool", str(self.seconds), str(self.memory)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        if child.stdout is None or child.stdout.readline() != READY:
            status = self._forget(child)
            raise SettingsError(
                "Le lecteur de PDF ne démarre pas : vérifiez l’installation de pypdfium2 et la mémoire permise.",
                detail=f"pdf_tool ended with {status} before it was ready",
            )
        return child

    def _forget(self, child: subprocess.Popen[bytes]) -> int:
        """Let a child end and drop it; its exit status."""
        self._child = None
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        return child.wait()
