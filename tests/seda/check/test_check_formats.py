"""Formats of the files of a SIP, as an identifier tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.seda.check.checking import Binary, Sip, Unit, codes, zipped
from versement.domain.errors import SettingsError
from versement.ports.formats import FormatIdentification
from versement.seda.check import Report, Verdict, check_sip
from versement.seda.check import formats as module

CODE = "OG_OBJECTS_FORMAT_CHECK"


class Siegfried:
    """Says of a file what its first line says; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[bytes]] = []

    def __call__(self, paths: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        contents = [path.read_bytes() for path in paths]
        self.asked.append(contents)
        assert all(not path.suffix for path in paths)
        return {
            path: FormatIdentification(puid=content.decode().partition("\n")[0])
            for path, content in zip(paths, contents, strict=True)
        }


def checked(folder: Path, *objects: Binary, identify=None) -> Report:
    units = [Unit(f"U{each.group}", group=each.group) for each in {each.group: each for each in objects}.values()]
    sip = Sip(units=units, objects=list(objects))
    sip.raw = sip.manifest().replace(b"<FormatIdentification><FormatId></FormatId></FormatIdentification>", b"")
    (folder / "sip").write_bytes(sip.zipped())
    return check_sip(folder / "sip", identify or Siegfried())


@pytest.mark.parametrize(
    ("announced", "content", "verdict", "said"),
    [
        ("fmt/95", b"fmt/95\n", Verdict.OK, ""),
        ("", b"fmt/95\n", Verdict.OK, ""),
        ("fmt/18", b"fmt/95\n", Verdict.WARNING, "identifié comme fmt/95 : Vitam le remplace"),
        ("fmt/18", b"\n", Verdict.KO, "n’est pas identifié (PRONOM) : Vitam le refuse, sauf si le contrat"),
    ],
)
def test_formats_are_judged_as_vitam_does(tmp_path: Path, announced: str, content: bytes, verdict: Verdict, said: str):
    """The announced format or none is OK, another one a WARNING; a file of no known format refuses the SIP."""
    found = Binary(content=content, puid=announced)
    report = checked(tmp_path, found)
    assert report.verdict is verdict
    assert codes(report) == ([f"{CODE}.{verdict}"] if said else [])
    assert said in "".join(event.message for event in report.events)
    assert not any("non identifiés" in line for line in report.unchecked)


def test_what_a_check_that_stopped_before_the_files_did_not_look_at_is_said(tmp_path: Path):
    """A manifest that is refused: digests, sizes and formats were not looked at, even when formats were asked for."""
    siegfried = Siegfried()
    (tmp_path / "sip").write_bytes(zipped({"manifest.xml": b"<faux/>"}))
    report = check_sip(tmp_path / "sip", siegfried)
    assert (report.verdict, siegfried.asked) == (Verdict.KO, [])
    assert any(line.startswith("empreintes et tailles") for line in report.unchecked)
    assert any("formats des fichiers" in line and "non identifiés" in line for line in report.unchecked)


def test_without_an_identifier_formats_are_said_to_be_unchecked(tmp_path: Path):
    """Formats that are not asked for change no verdict, and the report says that they were not looked at."""
    (tmp_path / "sip").write_bytes(Sip(objects=[Binary(content=b"\n")]).zipped())
    report = check_sip(tmp_path / "sip")
    assert report.verdict is Verdict.OK
    assert any("formats des fichiers" in line and "--formats" in line for line in report.unchecked)


def test_a_group_refused_for_its_digest_is_not_judged_on_its_formats(tmp_path: Path):
    """As in Vitam, an object group whose digest is wrong goes no further; the others do."""
    report = checked(
        tmp_path, Binary("O1", "G1", b"\n", digest="0" * 128), Binary("O2", "G2", b"a\n", puid="b"), Binary("O3", "G3")
    )
    assert [(event.code, event.element) for event in report.events][:2] == [
        ("CHECK_DIGEST.KO", "BinaryDataObject « O1 »"),
        (f"{CODE}.WARNING", "BinaryDataObject « O2 »"),
    ]


def test_files_are_identified_by_batches_and_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """However many files there are, few are copied aside at a time, each is identified, and the last ones too."""
    monkeypatch.setattr(module, "MAX_FILES", 3)
    siegfried = Siegfried()
    objects = [Binary(f"O{n}", f"G{n}", f"fmt/{n}\n".encode(), puid=f"fmt/{n}") for n in range(8)]
    assert checked(tmp_path, *objects, identify=siegfried).verdict is Verdict.OK
    assert [len(batch) for batch in siegfried.asked] == [3, 3, 2]


def test_a_file_too_large_is_not_identified_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file that would fill the disk is not copied aside; the report counts it among what is not checked."""
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    siegfried = Siegfried()
    report = checked(tmp_path, Binary(content=b"\n" * 101), identify=siegfried)
    assert (report.verdict, siegfried.asked) == (Verdict.OK, [])
    assert any("non identifiés : 1" in line for line in report.unchecked)


def test_a_tool_that_does_not_start_is_said(tmp_path: Path):
    """Without Siegfried the rest is judged, and the report says why formats are not."""

    def broken(_: Sequence[Path]) -> Mapping[Path, FormatIdentification]:
        raise SettingsError("L’outil ne démarre pas.")

    report = checked(tmp_path, Binary(), identify=broken)
    assert report.verdict is Verdict.OK
    assert any("L’outil ne démarre pas." in line for line in report.unchecked)
