"""All readers behind the port, on one drop."""

from __future__ import annotations

import pytest

from tests.adapters.formats.pdf_samples import PLAIN, pdf
from versement.adapters.formats.actes import NAMESPACE
from versement.adapters.formats.formats import FileFormats
from versement.domain.documents import Field, FileReference, Kind, Metadata
from versement.domain.errors import UnreadableFile
from versement.domain.grouping import group
from versement.domain.identity import act_key, record_key

ID = "095-219509908-20260312-2026_014-DE"


@pytest.fixture
def formats():
    with FileFormats() as opened:
        yield opened


def test_a_drop_is_read_and_grouped_into_records(formats, tmp_path):
    """Index, ARActe and stamp of one act give one act and its acknowledgement, under one key."""
    pdf(tmp_path / "acte.pdf", [("Objet : Vœu", PLAIN), (f"ID : {ID}", PLAIN)])
    (tmp_path / "ar.xml").write_text(
        f'<ARActe xmlns="{NAMESPACE}" IDActe="{ID}" DateReception="2026-03-16"><ActeRecu>'
        "<Document><NomFichier>acte.pdf</NomFichier></Document></ActeRecu></ARActe>"
    )
    (tmp_path / "index.csv").write_text(
        "COLL_SIRET;DELIB_ID;DELIB_DATE;DELIB_OBJET;DELIB_URL\n"
        "21950990800014;2026-014;2026-03-12;Vœu;https://x.fr/acte.pdf\n",
        encoding="cp1252",
    )
    paths = sorted(tmp_path.iterdir())
    indexes = {p.name: formats.index(p).rows for p in paths if formats.is_index(p, p.name)}
    messages = {p.name: formats.message(p) for p in paths if p.suffix == ".xml"}
    found = group([FileReference(p.name, p.stat().st_size, 0) for p in paths], indexes, messages, ())
    act, receipt = found.documents
    readings = (*act.readings, *formats.stamp(tmp_path / "acte.pdf"))
    key = record_key(Kind.ACT, Metadata.settled(readings))
    assert key == ID
    assert act.row is True
    assert act_key(record_key(receipt.kind, Metadata.settled(receipt.readings))) == key
    assert {value.text for name, value in readings if name is Field.TITLE} == {"Vœu"}
    assert formats.identify(paths)[tmp_path / "acte.pdf"].mime == "application/pdf"


def test_reading_goes_on_after_close_and_after_a_refusal(formats, tmp_path):
    """A refused file, or a close between two files, does not end the reader's work."""
    good = pdf(tmp_path / "a.pdf", [(f"ID : {ID}", PLAIN)])
    (tmp_path / "b.pdf").touch()
    with pytest.raises(UnreadableFile):
        formats.stamp(tmp_path / "b.pdf")
    formats.close()
    assert Metadata.settled(formats.stamp(good)).text(Field.ID_ACTE) == ID
