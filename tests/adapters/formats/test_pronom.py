"""Formats by content, told by Siegfried in a child process."""

from __future__ import annotations

import subprocess
import sys
import zlib

import pytest

from tests.adapters.formats.pdf_samples import PLAIN, pdf
from versement.adapters.formats import identify as identify_module
from versement.adapters.formats.identify import Identifier, _identification, identify
from versement.domain.errors import SettingsError

PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
    for kind, data in (
        (b"IHDR", bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    )
)


def write(path, data):
    path.write_bytes(data)
    return path


def test_format_is_what_the_bytes_say(tmp_path):
    """PDF, image and XML are known without any extension, with their version of the signatures."""
    files = {
        "1": pdf(tmp_path / "1", [("x", PLAIN)]),
        "2": write(tmp_path / "2", PNG),
        "3": write(tmp_path / "3", b'<?xml version="1.0"?><a/>'),
    }
    found = identify(list(files.values()))
    assert found[files["1"]].mime == "application/pdf"
    assert found[files["2"]].mime == "image/png"
    assert found[files["3"]].puid == "fmt/101"
    assert all("DROID_SignatureFile" in one.signatures for one in found.values())


def test_name_never_decides(tmp_path):
    """A program named .pdf is a program; a text named .csv is no more than what its bytes show."""
    program, png = write(tmp_path / "a.pdf", b"MZ" + bytes(300)), write(tmp_path / "b.pdf", PNG)
    other = write(tmp_path / "c.csv", bytes(range(256)))
    found = identify([program, png, other])
    assert (found[program].puid, found[program].warning) == ("x-fmt/409", "")
    assert found[png].mime == "image/png"
    assert (found[other].puid, found[other].mime, found[other].name) == ("", "", "")


def test_empty_and_unknown_files_are_simply_unidentified(tmp_path):
    """A file of 0 byte, or of noise, has no format; its neighbours have theirs."""
    empty, noise, good = write(tmp_path / "a.pdf", b""), write(tmp_path / "b", b"\xfe\x01"), write(tmp_path / "c", PNG)
    found = identify([empty, noise, good, empty])
    assert (found[empty].puid, found[noise].puid, found[good].mime) == ("", "", "image/png")
    assert list(found) == [empty, noise, good]
    assert identify([]) == {}


def test_identifying_never_brings_the_go_runtime_here(tmp_path):
    """The process that asks never imports pygfried, which would hang every fork after it."""
    script = (
        "import sys; from pathlib import Path; from versement.adapters.formats.formats import FileFormats\n"
        f"with FileFormats() as f: print(f.identify([Path({str(write(tmp_path / 'a', PNG))!r})]))\n"
        "sys.exit('pygfried' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "image/png" in done.stdout


TOOL = """
import json, sys, time
for line in sys.stdin:
    paths = json.loads(line)
    if any("hostile" in path for path in paths): {effect}
    match = {{"id": "fmt/11", "mime": "image/png", "format": "PNG", "basis": "byte match at 0", "warning": ""}}
    files = [{{"filename": path, "errors": "", "matches": [match]}} for path in paths]
    print(json.dumps({{"identifiers": [{{"details": "test"}}], "files": files}}), flush=True)
"""


@pytest.mark.parametrize("effect", ["sys.exit(2)", "time.sleep(60)", "print('[') or sys.exit(0)"])
def test_file_that_takes_the_tool_down_costs_only_itself(tmp_path, monkeypatch, effect):
    """When the tool crashes, hangs or raves on one file, every other file is still identified."""
    monkeypatch.setattr(identify_module, "command", lambda _: [sys.executable, "-c", TOOL.format(effect=effect)])
    monkeypatch.setattr(identify_module, "START_SECONDS", 3.0)
    files = [write(tmp_path / name, b"x") for name in ("a", "b", "hostile", "c")]
    found = identify(files)
    assert [found[file].puid for file in files] == ["fmt/11", "fmt/11", "", "fmt/11"]


def test_tool_that_does_not_start_stops_the_run(tmp_path, monkeypatch):
    """A missing library is a settings error in French, not a hundred unidentified files."""
    monkeypatch.setattr(identify_module, "command", lambda _: [sys.executable, "-c", "import no_such_module"])
    with pytest.raises(SettingsError, match="Siegfried"):
        identify([write(tmp_path / "a", b"x")])


def test_one_child_serves_all_the_files_until_it_is_lost(tmp_path):
    """The tool starts once for many files; when it is killed, the next files get another one; close leaves none."""
    with Identifier() as identifier:
        assert identifier.identify([write(tmp_path / "a", PNG)])[tmp_path / "a"].mime == "image/png"
        first = identifier._child
        identifier.identify([write(tmp_path / "b", PNG)])
        assert identifier._child is first
        first.kill()
        first.wait()
        assert identifier.identify([write(tmp_path / "c", PNG)])[tmp_path / "c"].mime == "image/png"
        second = identifier._child
        assert second is not first
    assert second.poll() is not None


def test_content_that_fits_several_formats_names_them_all():
    """A file that is two things at once is not silently taken for the first; what only a name suggests is no format."""
    matches = [
        {"id": puid, "mime": "", "format": puid, "basis": basis, "warning": ""}
        for puid, basis in (("fmt/1", "byte match at 0"), ("fmt/2", "byte match at 9"), ("fmt/3", "extension match x"))
    ]
    found = _identification({"errors": "", "matches": matches}, "test")
    assert (found.puid, found.others) == ("fmt/1", ("fmt/2",))
