"""Manifests and SIPs made, or damaged, to harm: each ends in a verdict, none in a crash."""

from __future__ import annotations

import bz2
import gzip
import tarfile
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.seda.check.checking import TEXT, Sip, Unit, check, codes, tarred, zipped
from versement.seda.check import Verdict

MANIFEST = Sip().manifest()
HEAD = b"<ArchiveTransfer"


def with_manifest(manifest: bytes) -> bytes:
    return zipped({"manifest.xml": manifest, "Content/OBJ1.txt": TEXT})


def before_root(text: bytes) -> bytes:
    return MANIFEST.replace(HEAD, text + HEAD, 1)


LAUGHS = b"<!DOCTYPE a [<!ENTITY a '1'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
REFUSED = {
    "a DTD": (before_root(b"<!DOCTYPE ArchiveTransfer>"), "CHECK_SEDA.KO", "contient une DTD avant"),
    "entities that multiply": (before_root(LAUGHS), "CHECK_SEDA.KO", "contient une DTD avant"),
    "an entity from a file": (
        before_root(b"<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>").replace(b">Essai<", b">&a;<"),
        "CHECK_SEDA.KO",
        "contient une DTD avant",
    ),
    "a comment before the root": (before_root(b"<!-- x -->"), "CHECK_SEDA.KO", "contient un commentaire avant"),
    "an instruction before the root": (
        before_root(b"<?xml-stylesheet href='a'?>"),
        "CHECK_SEDA.KO",
        "contient une instruction de traitement avant",
    ),
    "another namespace": (
        MANIFEST.replace(b"fr:gouv:culture:archivesdefrance:seda:v2.2", b"urn:seda"),
        "CHECK_SEDA.KO",
        "dans l’espace de noms « urn:seda » ; attendu : ArchiveTransfer, dans l’un des espaces de noms « fr:gouv:",
    ),
    "no namespace": (
        MANIFEST.replace(b' xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2"', b""),
        "CHECK_SEDA.KO",
        "sans espace de noms ; attendu",
    ),
    "another message": (
        b'<ArchiveTransferReply xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2"/>',
        "CHECK_SEDA.KO",
        "L’élément racine est « ArchiveTransferReply »",
    ),
    "SEDA 1.0": (
        MANIFEST.replace(b"seda:v2.2", b"seda:v1.0"),
        "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION.KO",
        "2.1, 2.2, 2.3",
    ),
    "an unknown entity": (MANIFEST.replace(b"Essai", b"&eacute;"), "CHECK_SEDA.NOT_XML_FILE.KO", "(ligne 2)"),
    "another encoding than announced": (MANIFEST.replace(b"Essai", b"\xe9t\xe9"), "CHECK_SEDA.NOT_XML_FILE.KO", "XML"),
    "an element left open": (MANIFEST[:-20], "CHECK_SEDA.NOT_XML_FILE.KO", "bien formé"),
    "an empty manifest": (b"", "CHECK_SEDA.NOT_XML_FILE.KO", "bien formé"),
    "a value of 20 million characters": (
        MANIFEST.replace(b"<Title>D", b"<Title>" + b"x" * 20_000_000),
        "CHECK_UNIT_SCHEMA.INVALID_UNIT.KO",
        "Title atteint 32 766 octets",
    ),
    "a prefix that is not declared": (
        MANIFEST.replace(b"<Title>", b"<foo:bar>x</foo:bar><Title>", 1),
        "CHECK_SEDA.NOT_XML_FILE.KO",
        "préfixe d’espace de noms",
    ),
    "an attribute's prefix that is not declared": (
        MANIFEST.replace(b"<Title>", b"<Title foo:bar='x'>", 1),
        "CHECK_SEDA.NOT_XML_FILE.KO",
        "préfixe d’espace de noms",
    ),
    "a value said to be nil": (
        MANIFEST.replace(
            b"<Title>", b"<Title xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'>", 1
        ),
        "CHECK_SEDA.NOT_XSD_VALID.KO",
        "ne peut pas avoir d’attribut",
    ),
    "tags that never end": (
        MANIFEST.replace(b"<Title>D", b"<Title>" + b"&lt;b a" * 4_000),
        None,
        "",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_manifest_is_named(tmp_path: Path, case: str):
    """Entities, DTDs, network and wrong XML are refused under Vitam's code, and nothing is fetched or expanded."""
    manifest, code, said = REFUSED[case]
    report = check(tmp_path, with_manifest(manifest))
    assert codes(report) == ([code] if code else [])
    assert said in "".join(event.message for event in report.events)
    assert "root:" not in repr(report)


UNDETERMINED = {
    "too deep": (MANIFEST.replace(b"<Content>", b"<Content>" + b"<a>" * 600, 1), "imbrique plus de 256 éléments"),
    "a comment of 12 million characters": (
        MANIFEST.replace(b"<Content>", b"<Content><!--" + b"x" * 12_000_000 + b"-->"),
        "dépasse 10 Mo",
    ),
    "an attribute of 12 million characters": (
        MANIFEST.replace(b"<Content>", b"<Content a='" + b"x" * 12_000_000 + b"'>"),
        "dépasse 10 Mo",
    ),
}


def header(name: str, size: int, kind: bytes = b"0") -> bytes:
    """A tar header that claims what it likes."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


BEGINNING = header("manifest.xml", len(MANIFEST)) + padded(MANIFEST)
END = bytes(1024)
COMPRESSED = {"tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress}
CLAIMS = [
    header("content/a.txt", size, kind) for size in (1 << 40, 1 << 60, 1 << 70) for kind in (b"0", b"7", b"2", b"Z")
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_size_that_no_file_has_does_not_keep_the_check_waiting(tmp_path: Path, kind: str):
    """A few hundred bytes that announce exbibytes get their verdict at once, in every kind of tar."""
    for claim in CLAIMS:
        report = check(tmp_path, COMPRESSED[kind](BEGINNING + claim + b"abc" + END))
        assert report.verdict is not Verdict.OK


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("letter", [b"L", b"K", b"x", b"g"])
def test_thousands_of_headers_in_a_row_are_a_bound_that_is_named(tmp_path: Path, kind: str, letter: bytes):
    """Headers that each speak of the next one never exhaust the stack."""
    record = b"13 comment=x\n"
    many = (header("x", len(record), letter) + padded(record)) * 3_000
    report = check(tmp_path, COMPRESSED[kind](many + BEGINNING + END))
    assert (report.verdict, report.events) == (Verdict.UNDETERMINED, ())
    assert "en-têtes de suite" in report.unread


SPARSE = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n28 GNU.sparse.realsize=100\n"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", COMPRESSED)
def test_the_map_of_a_sparse_file_is_never_read(tmp_path: Path, kind: str):
    """A sparse file whose map fills all its content costs no memory: Vitam skips it, and the check says so."""
    content = padded(b"3000000\n" + b"0\n" * 3_000_000)
    member = header("pax", len(SPARSE), b"x") + padded(SPARSE) + header("content/a.txt", len(content)) + content
    tracemalloc.start()
    report = check(tmp_path, COMPRESSED[kind](BEGINNING + member + END))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.verdict is Verdict.KO
    assert any("fichier creux" in remark.message for remark in report.remarks)
    assert peak < 32 << 20


OLD_SPARSE = bytearray(header("content/a.txt", 512, b"S"))
OLD_SPARSE[482:483] = b"\x01"
OLD_SPARSE[148:156] = b" " * 8
OLD_SPARSE[148:156] = b"%06o\0 " % sum(OLD_SPARSE)


def test_an_old_sparse_file_is_skipped_with_all_its_headers(tmp_path: Path):
    """What follows an old-style sparse file and its chain of headers is read as what it is."""
    chain = (bytes(504) + b"\x01" + bytes(7)) * 100 + bytes(512)
    body = BEGINNING + bytes(OLD_SPARSE) + chain + bytes(512)
    after = header("Content/OBJ1.txt", len(TEXT)) + padded(TEXT)
    report = check(tmp_path, body + after + END)
    assert report.verdict is Verdict.OK
    assert any("fichier creux" in remark.message for remark in report.remarks)


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_tar_that_is_broken_in_its_middle_is_not_read_as_a_shorter_one(tmp_path: Path, kind: str):
    """A block of noise, between two members or after the last, is a broken archive, never the end of a good one."""
    member = header("Content/OBJ1.txt", len(TEXT)) + padded(TEXT)
    noise = b"\xa5" * 512
    for body in (BEGINNING + noise + member + END, BEGINNING + member + noise + END, BEGINNING + member[:300]):
        report = check(tmp_path, COMPRESSED[kind](body))
        assert codes(report) == ["UPLOAD_SIP.KO"]


FLOODS = {
    "objects": b"".join(b'<BinaryDataObject id="o%d"/>' % n for n in range(260_000)),
    "long paths": b"".join(
        b'<BinaryDataObject id="o%d"><Uri>%s</Uri></BinaryDataObject>' % (n, b"x" * 60_000) for n in range(700)
    ),
}


@pytest.mark.parametrize("case", FLOODS)
def test_a_manifest_that_holds_too_much_is_not_kept(tmp_path: Path, case: str):
    """Hundreds of thousands of objects, or paths that fill the memory, are a bound that is named."""
    flooded = MANIFEST.replace(b"<DataObjectPackage>", b"<DataObjectPackage>" + FLOODS[case], 1)
    assert flooded != MANIFEST
    report = check(tmp_path, with_manifest(flooded))
    assert (report.verdict, report.events) == (Verdict.UNDETERMINED, ())
    assert "le bordereau a plus de" in report.unread or "dépassent 32 Mio" in report.unread


@pytest.mark.parametrize("case", UNDETERMINED)
def test_a_manifest_beyond_the_bounds_is_not_judged(tmp_path: Path, case: str):
    """What the check does not read to its end is neither accepted nor refused, and the bound is named."""
    manifest, said = UNDETERMINED[case]
    report = check(tmp_path, with_manifest(manifest))
    assert (report.verdict, report.events) == (Verdict.UNDETERMINED, ())
    assert said in report.unread


def test_long_chains_of_references_are_followed_in_linear_time(tmp_path: Path):
    """20 000 references, each to the next one, are resolved without recursion, and well under the time limit."""
    number = 20_000
    ends = [*(f"R{n}" for n in range(1, number)), "AU1"]
    chain = [
        f'<ArchiveUnit id="R{n}"><ArchiveUnitRefId>{end}</ArchiveUnitRefId></ArchiveUnit>' for n, end in enumerate(ends)
    ]
    report = check(tmp_path, Sip(units=[Unit("P", "Un", "File", children=[*chain]), Unit(group="GRP1")]))
    assert report.verdict is Verdict.OK


SIPS = {
    "zip": Sip().zipped(),
    "stored": with_manifest(MANIFEST),
    "tar": tarred({"manifest.xml": MANIFEST, "Content/OBJ1.txt": TEXT}),
    "tar.gz": tarred({"manifest.xml": MANIFEST, "Content/OBJ1.txt": TEXT}, "w:gz"),
    "tar.bz2": tarred({"manifest.xml": MANIFEST, "Content/OBJ1.txt": TEXT}, "w:bz2"),
}


def _judged(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = check(Path(folder), body)
    assert isinstance(report.verdict, Verdict)
    assert (report.verdict is Verdict.UNDETERMINED) == bool(report.unread)
    assert all(event.code and event.message for event in report.events)


FLIPS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SIPS)), FLIPS)
def test_no_flipped_byte_crashes_the_check(kind: str, flips: list[tuple[int, int]]):
    """Bytes changed anywhere in a SIP give a verdict with its reasons."""
    body = bytearray(SIPS[kind])
    for place, value in flips:
        body[place % len(body)] ^= value
    _judged(bytes(body))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SIPS)), st.integers(0, 1 << 20), st.binary(max_size=40))
def test_no_truncation_crashes_the_check(kind: str, place: int, tail: bytes):
    """A SIP cut anywhere, whatever follows, gives a verdict with its reasons."""
    _judged(SIPS[kind][: place % len(SIPS[kind])] + tail)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, len(MANIFEST)), st.integers(0, 200), st.binary(max_size=30) | st.text(max_size=20).map(str.encode)
)
def test_no_manifest_crashes_the_check(place: int, removed: int, added: bytes):
    """A manifest with a part taken out or put in gives a verdict with its reasons."""
    _judged(with_manifest(MANIFEST[:place] + added + MANIFEST[place + removed :]))
