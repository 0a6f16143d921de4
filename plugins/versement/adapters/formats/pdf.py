"""Reading of PDF text in a child process that is started once and again whenever a file takes it down."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from versement.adapters.child import command, environment
from versement.adapters.formats.stamp import Line, PdfText
from versement.domain.errors import SettingsError, UnreadableFile

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
    "slow": "La lecture de ce fichier PDF dépasse le temps permis ({seconds:g} s) : il est abîmé ou anormal. "
    "Faites-le produire à nouveau.",
    "crash": "La lecture de ce fichier PDF a fait échouer le lecteur (mémoire épuisée ou contenu abîmé). "
    "Faites-le produire à nouveau.",
}


class PdfReader:
    """Reads the text of PDFs, each within limits. Close it when done.

    Attributes:
        seconds: time that one file may take.
        memory: address space of the child, in bytes.
    """

    def __init__(self, *, seconds: float, memory: int) -> None:
        self.seconds = seconds
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

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
        with self._lock:
            fresh = self._child is None
            answer = self._asked(path)
            if answer.get("error") == "crash" and not fresh:
                answer = self._asked(path)  # the files before it may have used the child up
        if "error" in answer:
            raise UnreadableFile(
                MESSAGES[answer["error"]].format(seconds=self.seconds), detail=str(answer.get("detail", ""))
            )
        lines = tuple(tuple(Line(*line) for line in page) for page in answer["lines"])
        return PdfText(tuple(answer["pages"]), lines)

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._forget(self._child)

    def _asked(self, path: Path) -> dict[str, Any]:
        child = self._child = self._child or self._started()
        if child.stdin is None or child.stdout is None:  # for the type checker: both are pipes
            return {"error": "crash"}
        try:
            child.stdin.write(json.dumps(str(path)).encode() + b"\n")
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
