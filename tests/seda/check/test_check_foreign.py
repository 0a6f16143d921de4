"""SIPs as other builders make them: what Vitam takes is OK, what it refuses is KO under its code."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from tests.seda.check.checking import TEXT, Binary, Sip, Unit, check, codes, tarred, zipped
from versement.seda.check import Verdict

MANIFEST = Sip().manifest()
URI = "Content/OBJ1.txt"
FILES = {"manifest.xml": MANIFEST, URI: TEXT}
SHA512 = hashlib.sha512(TEXT).hexdigest()
PACKAGE = "CHECK_DATAOBJECTPACKAGE"
NUMBER = f"{PACKAGE}.CHECK_MANIFEST_OBJECTNUMBER"
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="a"'


def manifest(data: bytes) -> bytes:
    return zipped({"manifest.xml": data, URI: TEXT})


def raw(before: str, after: str) -> bytes:
    assert before.encode() in MANIFEST
    return manifest(MANIFEST.replace(before.encode(), after.encode()))


def encoded(name: str) -> bytes:
    return manifest(MANIFEST.decode().replace('encoding="UTF-8"', f'encoding="{name}"').encode(name))


def unit(extra: str = "", metadata: str = "") -> bytes:
    return Sip(units=[Unit(group="GRP1", extra=extra)], metadata=metadata).zipped()


def prefixed() -> bytes:
    text = MANIFEST.decode().replace("xmlns=", "xmlns:seda=")
    return manifest(re.sub("<(/?)(?=[A-Z])", r"<\1seda:", text).encode())


ACCEPTED = {
    "a byte order mark": manifest(b"\xef\xbb\xbf" + MANIFEST),
    "UTF-16": encoded("utf-16"),
    "Latin-1": encoded("iso-8859-1"),
    "Windows-1252": encoded("windows-1252"),
    "no declaration": manifest(MANIFEST.partition(b"\n")[2]),
    "lines ended as in DOS": manifest(MANIFEST.replace(b"><", b">\r\n<")),
    "a comment after the root": manifest(MANIFEST + b"<!-- fin -->"),
    "an instruction inside": raw("<Content>", "<Content><?x y?>"),
    "a comment inside a value": raw("</MessageDigest>", "<!-- vu --></MessageDigest>"),
    "CDATA": raw("Délibération</Title>", "<![CDATA[Délibération & annexe]]></Title>"),
    "prefixed elements": prefixed(),
    "folders as entries": zipped({"Content/": b"", "Content/vide/": b"", **FILES}),
    "a folder in capitals": Sip(objects=[Binary(uri="CONTENT/OBJ1.txt")]).zipped(),
    "SHA-256": Sip(objects=[Binary(algorithm="SHA-256", digest=hashlib.sha256(TEXT).hexdigest())]).zipped(),
    "white space around a size": raw("<Size>124</Size>", "<Size> 124 </Size>"),
    "an xml:id": raw('<BinaryDataObject id="OBJ1"', '<BinaryDataObject xml:id="x1" id="OBJ1"'),
    "two titles, one in a language": raw("</Title>", "</Title><Title xml:lang='fr'>b</Title>"),
    "a comment to the zip": zipped(FILES)[:-2] + b"\5\0salut",
    "no code lists": raw("<ReplyCodeListVersion>R0</ReplyCodeListVersion>", ""),
    "an event and a custodial history with their days": unit(
        "<CustodialHistory><CustodialHistoryItem when='2024-03-01'>x</CustodialHistoryItem></CustodialHistory>"
        "<Event><EventDateTime>2024-03-01T10:00:00Z</EventDateTime></Event>"
    ),
    "rules for all units": Sip(
        metadata="<AccessRule><Rule>ACC-1</Rule><StartDate>2024-10-10</StartDate></AccessRule>"
        "<ClassificationRule><ClassificationLevel>Non protégé</ClassificationLevel>"
        "<ClassificationOwner>Préfet</ClassificationOwner></ClassificationRule>"
    ),
    "an end after its start, in another time zone": unit(
        "<StartDate>2024-03-01T10:00:00+02:00</StartDate><EndDate>2024-03-01T09:00:00Z</EndDate>"
    ),
    "an end at midnight, written 24:00": unit(
        "<StartDate>2024-03-01T10:00:00Z</StartDate><EndDate>2024-03-01T24:00:00Z</EndDate>"
    ),
    "an end beyond the calendar once in UTC": unit(
        "<StartDate>2024-03-01T10:00:00Z</StartDate><EndDate>9999-12-31T23:59:59-01:00</EndDate>"
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_the_habits_of_other_builders_that_vitam_takes_are_ok(tmp_path: Path, case: str):
    """Another encoding, prefixes, folders as entries and the like: OK without event, as in Vitam."""
    report = check(tmp_path, ACCEPTED[case])
    assert (report.verdict, report.events) == (Verdict.OK, ())


REFUSED = {
    "a blank line before the declaration": (manifest(b"\n" + MANIFEST), "CHECK_SEDA.NOT_XML_FILE.KO"),
    "the name of the manifest in capitals": (
        zipped({"MANIFEST.XML": MANIFEST, URI: TEXT}),
        "MANIFEST_FILE_NAME_CHECK.KO",
    ),
    "everything in a folder": (
        zipped({f"SIP/{name}": content for name, content in FILES.items()}),
        "MANIFEST_FILE_NAME_CHECK.KO",
    ),
    "two manifests": (zipped({**FILES, "a_manifest.xml": MANIFEST}), "CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"),
    "another empty folder": (zipped({**FILES, "Autre/": b""}), "CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"),
    "what macOS leaves": (zipped({**FILES, "__MACOSX/._manifest.xml": b""}), "UPLOAD_SIP.KO"),
    "what Windows leaves": (zipped({**FILES, "Content/Thumbs.db": b""}), f"{NUMBER}.MANIFEST_INFERIOR_BDO.KO"),
    "an absolute name in a tar": (tarred({"manifest.xml": MANIFEST, f"/{URI}": TEXT}), "UPLOAD_SIP.KO"),
    "a folder of another case": (
        zipped({"manifest.xml": MANIFEST, URI.lower(): TEXT}),
        f"{NUMBER}.INVALID_URI.KO",
    ),
    "an encoded Uri": (raw("<Uri>Content/OBJ1.txt", "<Uri>Content/OBJ1%2Etxt"), f"{NUMBER}.INVALID_URI.KO"),
    "an Uri that begins by a dot": (raw("<Uri>Content", "<Uri>./Content"), f"{NUMBER}.INVALID_URI.KO"),
    "a digest in capitals": (Sip(objects=[Binary(digest=SHA512.upper())]).zipped(), "CHECK_DIGEST.KO"),
    "white space around a digest": (Sip(objects=[Binary(digest=f"\n{SHA512}\n")]).zipped(), "CHECK_DIGEST.KO"),
    "a digest in base64": (
        Sip(objects=[Binary(digest=base64.b64encode(bytes.fromhex(SHA512)).decode())]).zipped(),
        "CHECK_DIGEST.KO",
    ),
    "an algorithm as XML names it": (
        raw('"SHA-512"', '"http://www.w3.org/2001/04/xmlenc#sha512"'),
        f"{PACKAGE}.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO.KO",
    ),
    "an empty file that says its size": (
        Sip(objects=[Binary(content=b"", size=0)]).zipped(),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
    ),
    "an attribute of XLink": (raw("<Uri>", f"<Uri {XLINK}>"), "CHECK_SEDA.NOT_XSD_VALID.KO"),
    "an object of a group, cited by its own id": (
        raw(
            "<DataObjectGroupReferenceId>GRP1</DataObjectGroupReferenceId>",
            "<DataObjectReferenceId>OBJ1</DataObjectReferenceId>",
        ),
        f"{PACKAGE}.CHECK_MANIFEST.EXISTING_OG_NOT_DECLARED.KO",
    ),
    "a year of birth": (
        unit("<Writer><FullName>x</FullName><BirthDate>1980</BirthDate></Writer>"),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
    ),
}


def test_a_second_manifest_takes_the_place_of_a_renamed_first_one(tmp_path: Path):
    """Vitam renames the first manifest to manifest.xml, over which a later manifest.xml is written: it is judged."""
    report = check(tmp_path, zipped({"a_manifest.xml": b"<faux/>", **FILES}))
    assert report.verdict is Verdict.OK
    (remark,) = report.remarks
    assert remark.element == "a_manifest.xml"
    assert "écrit par-dessus" in remark.message


@pytest.mark.parametrize("case", REFUSED)
def test_the_habits_of_other_builders_that_vitam_refuses_get_its_code(tmp_path: Path, case: str):
    """Names, digests, Uri and folders as others write them: KO, under the code that Vitam would give."""
    body, code = REFUSED[case]
    assert codes(check(tmp_path, body)) == [code]
