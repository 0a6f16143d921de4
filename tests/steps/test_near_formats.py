"""Near duplicates are found whatever format a text was saved in."""

from __future__ import annotations

import io
import json
import zipfile

from tests.steps.test_duplicates import LONG, remarks
from tests.steps.test_records import a_profile, put
from versement.profiles.drops import FilesDrop

TEXT = LONG * 6 + "Délibère sur le règlement intérieur de la cantine scolaire."
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(text):
    """What a word processor saves, and nothing more than it must."""
    made = io.BytesIO()
    types = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types '
        'xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" '
        f'ContentType="{MAIN}"/></Types>'
    )
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{W}">{body}</w:document>')
    return made.getvalue()


def test_a_text_saved_in_another_format_is_proposed_and_sent(empty_drop):
    """A note in Word, as a page and as text names the first of them; another text, and a short one, name nothing."""
    formats = {
        "txt": ("text/plain",),
        "html": ("text/html",),
        "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    }
    drop = FilesDrop.model_validate_json(json.dumps({"layout": "files"}))
    empty_drop.profile = a_profile("documents", drop, formats=formats, antivirus="off")
    put(empty_drop, "a.docx", docx(TEXT))
    page = f"<!DOCTYPE html><html><head><title>t</title></head><body><p>{TEXT}</p></body></html>"
    put(empty_drop, "b.html", page.encode())
    put(empty_drop, "c.txt", TEXT.encode("cp1252"))
    put(empty_drop, "d.txt", " ".join(f"Alinéa {n} du marché n° {n * n}." for n in range(200)).encode())
    put(empty_drop, "e.txt", b"Trop court.")
    empty_drop.run()
    assert not empty_drop.codes()
    found = {reference for reference, codes in remarks(empty_drop).items() if "NEAR_DUPLICATE" in codes}
    assert found == {"b.html", "c.txt"}
    assert empty_drop.balance().documents.accepted == 5
