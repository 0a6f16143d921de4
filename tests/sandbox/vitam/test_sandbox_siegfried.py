"""Format identification in its child process, when that process is ended from outside."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.vitam.siegfried import Siegfried

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _mortal(folder: Path, deaths: int) -> str:
    """A Python that a signal ends as many times, then the real one."""
    script = folder / "python"
    script.write_text(
        f'#!/bin/sh\necho x >> "{folder}/starts"\n[ "$(wc -l < "{folder}/starts")" -le {deaths} ] && kill -9 $$\n'
        f'exec "{sys.executable}" "$@"\n'
    )
    script.chmod(0o700)
    return str(script)


@pytest.fixture
def acte(tmp_path: Path) -> Path:
    """A PDF file."""
    path = tmp_path / "acte.pdf"
    path.write_bytes(PDF)
    return path


def test_a_child_ended_by_a_signal_is_asked_again(tmp_path: Path, acte: Path):
    """A signal to the format tool says nothing of the files: they are identified all the same."""
    with contextlib.closing(Siegfried(_mortal(tmp_path, 2))) as tool:
        assert tool.identify([acte])[acte].puid == "fmt/18"


def test_a_child_that_never_survives_is_a_technical_failure(tmp_path: Path, acte: Path):
    """Ended each time, the tool gives no answer: the step fails, no file is said to have a format."""
    with contextlib.closing(Siegfried(_mortal(tmp_path, 99))) as tool, pytest.raises(subprocess.CalledProcessError):
        tool.identify([acte])


def test_one_child_answers_one_question_after_another(tmp_path: Path, acte: Path):
    """The tool is started once for many questions, and each answer is that of its own question."""
    text = tmp_path / "notes\nde séance.txt"
    text.write_text("Le conseil municipal approuve.\n")
    with contextlib.closing(Siegfried(_mortal(tmp_path, 0))) as tool:
        found = [tool.identify(paths) for paths in ([acte], [text, acte], [], [text])]
    assert [[one.puid for one in answer.values()] for answer in found] == [
        ["fmt/18"],
        ["x-fmt/111", "fmt/18"],
        [],
        ["x-fmt/111"],
    ]
    assert (tmp_path / "starts").read_text() == "x\n"
