"""One limit to the nesting of a manifest, the same for all that write, read or judge one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.seda.builders import transfer, written
from tests.seda.check.checking import zipped
from versement.domain.errors import NotExpressible, UnreadableFile
from versement.seda.check import Verdict, check_sip
from versement.seda.model import ArchiveUnit
from versement.seda.reader import read_manifest
from versement.seda.validation import validate
from versement.seda.xml import MAX_DEPTH

AROUND = 5
"""Elements around a unit's title, units aside."""
SAID = "imbrique plus de 256 éléments"
LONG = "dépasse 10 Mo"


def nested(units: int) -> ArchiveUnit:
    unit = ArchiveUnit("u0", "Item", "Pièce")
    for n in range(1, units):
        unit = ArchiveUnit(f"u{n}", "OtherLevel", "Dossier", children=(unit,))
    return unit


DEEPEST = written(transfer(nested(MAX_DEPTH - AROUND)))[0]
DEEPER = DEEPEST.replace(b"<Title>Pi\xc3\xa8ce</Title>", b"<Title><a>Pi\xc3\xa8ce</a></Title>")


def checked(folder: Path, manifest: bytes):
    path = folder / "sip.zip"
    path.write_bytes(zipped({"manifest.xml": manifest}))
    return check_sip(path)


def test_the_deepest_manifest_that_is_written_is_read_everywhere(tmp_path: Path):
    """What the writer writes, the reader, the validation and the check read, however deep the tree."""
    assert len(list(read_manifest(io.BytesIO(DEEPEST)).transfer.units)) == 1
    assert validate(DEEPEST) == ()
    assert checked(tmp_path, DEEPEST).verdict is Verdict.WARNING
    with pytest.raises(NotExpressible, match="256 éléments imbriqués au plus"):
        written(transfer(nested(MAX_DEPTH - AROUND + 1)))


def test_a_deeper_manifest_is_said_to_be_too_deep_by_all(tmp_path: Path):
    """One level more: the reader, the validation and the check say that it is too deep, not that it is no XML."""
    assert DEEPER != DEEPEST
    with pytest.raises(UnreadableFile, match=SAID):
        read_manifest(io.BytesIO(DEEPER))
    assert [SAID in violation.message for violation in validate(DEEPER)] == [True]
    report = checked(tmp_path, DEEPER)
    assert report.verdict is Verdict.UNDETERMINED
    assert SAID in report.unread


def test_a_text_that_libxml2_does_not_read_is_not_called_malformed(tmp_path: Path):
    """A text of more than 10 million characters is named for its length by the reader, the validation and the check."""
    long = DEEPEST.replace(b"Dossier", b"x" * 10_000_001, 1)
    with pytest.raises(UnreadableFile, match=LONG):
        read_manifest(io.BytesIO(long))
    assert [LONG in violation.message for violation in validate(long)] == [True]
    assert [LONG in message for message in checked(tmp_path, long).official.messages] == [True]
