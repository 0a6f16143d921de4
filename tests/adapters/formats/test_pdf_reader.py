"""Hostile and damaged PDFs cost one refusal each, never the run."""

from __future__ import annotations

import os
import random
import subprocess
import time

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from tests.adapters.formats.pdf_samples import BODY, PLAIN, bomb, drawn, endless, pdf
from tests.processor import worked
from versement.adapters.child import command, environment
from versement.adapters.formats import pdf as pdf_module
from versement.adapters.formats.pdf import PdfReader
from versement.domain.errors import SettingsError, UnreadableFile


@pytest.fixture
def reader():
    with PdfReader(seconds=20, memory=1 << 30) as opened:
        yield opened


@pytest.fixture
def good(tmp_path):
    return pdf(tmp_path / "good.pdf", [("Bonjour", PLAIN), (BODY, PLAIN)])


def test_empty_file_is_said_empty(reader, tmp_path):
    """A file of 0 byte is told as such."""
    path = tmp_path / "a.pdf"
    path.touch()
    with pytest.raises(UnreadableFile, match="est vide"):
        reader.read(path)


@pytest.mark.parametrize("data", [b"MZ\x90\x00" * 100, b"\x89PNG\r\n\x1a\n" + bytes(100), b"x"])
def test_file_of_another_kind_is_said_no_pdf(reader, tmp_path, data):
    """A program or an image under a PDF's name is told as no PDF."""
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="n’est pas un PDF"):
        reader.read(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated_file_is_said_truncated(reader, tmp_path, good, kept):
    """A PDF whose end is missing is told as truncated, though its first pages might still be shown."""
    data = good.read_bytes()
    path = tmp_path / "a.pdf"
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(UnreadableFile, match="tronqué"):
        reader.read(path)


def test_pdf_whose_inside_is_lost_is_said_damaged(reader, tmp_path):
    """A PDF with a beginning and an end and nothing that can be read between is told as damaged."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n" + bytes(3000) + b"\n%%EOF\n")
    with pytest.raises(UnreadableFile, match="est abîmé"):
        reader.read(path)


def test_password_is_asked_to_be_removed(reader, tmp_path):
    """A PDF that a password closes is refused with what to do; one that is only restricted is read."""
    closed = drawn(tmp_path / "a.pdf", [[(60, 700, 11, "x")]], encrypt=StandardEncryption("secret", "owner"))
    with pytest.raises(UnreadableFile, match="mot de passe"):
        reader.read(closed)
    restricted = drawn(tmp_path / "b.pdf", [[(60, 700, 11, "lisible")]], encrypt=StandardEncryption("", "owner"))
    assert "lisible" in reader.read(restricted).pages[0]


def test_endless_page_is_stopped_and_the_next_file_is_read(tmp_path, good):
    """A page that takes too long is given up in time, and the following files are read."""
    with PdfReader(seconds=1, memory=1 << 30) as reader:
        assert "Bonjour" in reader.read(good).pages[0]
        started = time.monotonic()
        with pytest.raises(UnreadableFile, match=r"temps permis \(1 s\)"):
            reader.read(endless(tmp_path / "a.pdf"))
        assert time.monotonic() - started < 10
        assert "Bonjour" in reader.read(good).pages[0]


def test_unpacking_bomb_is_held_within_limits(tmp_path, good):
    """A few kilobytes that unpack beyond the memory allowed are refused; the next file is read."""
    with PdfReader(seconds=20, memory=256 << 20) as reader:
        with pytest.raises(UnreadableFile, match="mémoire"):
            reader.read(bomb(tmp_path / "a.pdf"))
        assert "Bonjour" in reader.read(good).pages[0]


def test_blanks_after_the_end_of_a_pdf_are_no_damage(reader, tmp_path, good):
    """A whole PDF that a tool padded with zeros is read."""
    path = tmp_path / "a.pdf"
    path.write_bytes(good.read_bytes() + bytes(8000))
    assert "Bonjour" in reader.read(path).pages[0]


def test_file_is_read_again_when_another_had_used_the_child_up(reader, good):
    """A child that died under an earlier file does not make this one unreadable."""
    reader.read(good)
    reader._child.kill()
    assert "Bonjour" in reader.read(good).pages[0]


def test_one_child_reads_many_files(reader, good):
    """Reading two hundred files starts one process and takes seconds."""
    reader.read(good)
    first = reader._child.pid
    started = time.process_time() + worked(first)
    for _ in range(200):
        reader.read(good)
    assert reader._child.pid == first
    assert time.process_time() + worked(first) - started < 20


def test_reader_that_cannot_start_is_not_the_files_fault(tmp_path, good, monkeypatch):
    """A missing library stops the run with a settings error; no document is blamed."""
    monkeypatch.setattr(pdf_module, "command", lambda *_: command("no_such_tool"))
    with PdfReader(seconds=5, memory=1 << 30) as reader, pytest.raises(SettingsError, match="ne démarre pas"):
        reader.read(good)


def test_closing_ends_the_child(good):
    """After close no process is left."""
    reader = PdfReader(seconds=5, memory=1 << 30)
    reader.read(good)
    child = reader._child
    reader.close()
    assert child.poll() is not None


def test_child_ends_with_its_parent(good):
    """A child whose parent is gone ends by itself."""
    child = subprocess.Popen(
        command("formats.pdf_tool", "5", str(1 << 30)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    child.stdout.close()


def test_child_knows_no_secret(monkeypatch):
    """The process that reads hostile files gets none of the environment's connections and keys."""
    monkeypatch.setenv("AIRFLOW_CONN_VITAM", "secret")
    assert "secret" not in environment().values()
    assert set(environment()) <= {*os.environ, "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8"}


def test_damaged_pdfs_never_crash(reader, tmp_path, good):
    """Bytes changed anywhere give a text or a French refusal, for a hundred seeded damages."""
    chance = random.Random(20260312)  # noqa: S311 - seeded damage, not a secret
    whole = good.read_bytes()
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path = tmp_path / "a.pdf"
        path.write_bytes(damaged)
        try:
            outcome = reader.read(path).pages
        except UnreadableFile as error:
            outcome = error.message
        assert outcome
