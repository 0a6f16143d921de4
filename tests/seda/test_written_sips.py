"""Whatever is written, the pre-flight check, which knows Vitam's grammar and nothing of the writer, takes it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seda.arbitrary import Maker
from tests.seda.builders import written
from tests.seda.rich import rich
from versement.domain.fixity import Digest
from versement.seda.check import Report, check_sip
from versement.seda.model import ArchiveTransfer
from versement.seda.versions import VERSIONS

OBJECTS = (b"decision", b"original", b"copie", b"image", b"texte", b"%PDF acte", b"%PDF annexe")
"""Contents of the objects of the transfer that has everything."""


def checked(folder: Path, transfer: ArchiveTransfer, contents: dict[Digest, bytes]) -> Report:
    """What the check says of the SIP of a transfer."""
    manifest, numbering = written(transfer)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as sip:
        sip.writestr("manifest.xml", manifest)
        for name, fixity in numbering.entries.items():
            sip.writestr(name, contents[fixity.digest])
    path = folder / "sip.zip"
    path.write_bytes(made.getvalue())
    return check_sip(path)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_a_version_has_is_taken(version, tmp_path):
    """Rules, gels, inheritance, attachments, usages, signatures, identifiers: everything at once is taken."""
    report = checked(tmp_path, rich(version), {Digest.of(data): data for data in OBJECTS})
    assert (report.verdict, report.contents.version, report.events) == ("OK", version, ())


@pytest.mark.parametrize("version", VERSIONS)
@given(seed=st.integers(0, 1 << 64))
@settings(max_examples=40, deadline=None)
def test_any_transfer_that_is_written_is_taken(version, seed, tmp_path_factory):
    """No combination of what the model has makes a SIP that Vitam would refuse."""
    maker = Maker(seed, version)
    report = checked(tmp_path_factory.getbasetemp(), maker.transfer(), maker.contents)
    assert (report.verdict, report.events) == ("OK", ())
