"""Format identification in its child process, when that process is ended from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.vitam import siegfried

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


def test_a_child_ended_by_a_signal_is_asked_again(tmp_path, monkeypatch):
    """A signal to the format tool says nothing of the files: they are identified all the same."""
    (tmp_path / "acte.pdf").write_bytes(PDF)
    monkeypatch.setattr(siegfried.sys, "executable", _mortal(tmp_path, 2))
    found = siegfried.identify([tmp_path / "acte.pdf"])
    assert found[tmp_path / "acte.pdf"].puid == "fmt/18"


def test_a_child_that_never_survives_is_a_technical_failure(tmp_path, monkeypatch):
    """Ended each time, the tool gives no answer: the step fails, no file is said to have a format."""
    (tmp_path / "acte.pdf").write_bytes(PDF)
    monkeypatch.setattr(siegfried.sys, "executable", _mortal(tmp_path, 99))
    with pytest.raises(subprocess.CalledProcessError):
        siegfried.identify([tmp_path / "acte.pdf"])
