"""Streamed reading of containers, words of the index, schemas: the parts that need no server."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.vitam import analyser, container, dsl, manifest
from sandbox.vitam.grammar import Grammar, SchemasMissing, identifier_errors, schema_folder
from tests.sandbox.vitam.vitam_sips import Sip, Unit

ROOT = Path(__file__).resolve().parents[3]


class _Pipe(io.RawIOBase):
    """A destination that cannot seek: zipfile then writes data descriptors."""

    def __init__(self) -> None:
        self.kept = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self.kept.write(bytes(data))


def _read(path: Path) -> dict[str, bytes]:
    return {entry.name: b"".join(entry.blocks) for entry in container.entries(path, "application/zip")}


NAMES = st.text("abcdefXYZ019_-", min_size=1, max_size=12)


@given(
    members=st.dictionaries(NAMES, st.binary(max_size=3000), max_size=6),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
)
def test_a_seekable_zip_is_read_whole(tmp_path_factory, members, method):
    """Every file of a zip written in place is read, byte for byte, whatever it holds."""
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert _read(path) == members


@given(members=st.dictionaries(NAMES, st.binary(max_size=3000), max_size=6))
def test_a_stored_entry_with_a_descriptor_is_skipped(tmp_path_factory, members):
    """Written to a pipe, an entry stored or in bzip2 has its size after its bytes: it is silently skipped."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_DEFLATED if name < "a" else zipfile.ZIP_BZIP2 if name < "e" else zipfile.ZIP_STORED
            archive.writestr(name, content, compress_type=kind)
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    path.write_bytes(pipe.kept.getvalue())
    assert _read(path) == {name: content for name, content in members.items() if name < "a"}


def test_a_damaged_entry_in_bzip2_is_corrupt(tmp_path: Path):
    """An entry in bzip2 is decompressed: what is no longer bzip2 is reported as corrupt."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", b"abc" * 500)
    path.write_bytes(path.read_bytes().replace(b"1AY&SY", b"xxxxxx"))
    with pytest.raises(container.Corrupt):
        _read(path)


@pytest.mark.parametrize(
    ("system", "written", "read"), [(0, "a\\b", "a/b"), (3, "a\\b", "a\\b"), (0, "a/b\\c", "a/b\\c")]
)
def test_a_name_from_dos_has_slashes_for_its_backslashes(tmp_path: Path, system: int, written: str, read: str):
    """Backslashes are folders where the zip comes from DOS and its name has no slash, and there only."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(written, b"x")
    body = bytearray(path.read_bytes())
    body[5] = system
    path.write_bytes(body)
    assert _read(path) == {read: b"x"}


@pytest.mark.parametrize("trailing", [b"", bytes(1000)])
def test_a_gzip_with_a_wrong_crc_is_corrupt_at_its_end(tmp_path: Path, trailing: bytes):
    """The CRC-32 of a tar.gz is compared when its end is read; what stands before is read all the same."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        member = tarfile.TarInfo("manifest.xml")
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    path = tmp_path / "sip"
    path.write_bytes(whole.getvalue()[:-8] + bytes(4) + whole.getvalue()[-4:] + trailing)
    found = container.entries(path, "application/gzip")
    assert b"".join(next(found).blocks) == b"abc"
    with pytest.raises(container.Corrupt):
        next(found)


@given(keep=st.floats(0.05, 0.95))
def test_a_truncated_zip_is_corrupt(tmp_path_factory, keep):
    """A zip cut short is reported as corrupt, never read as if it were whole."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a", os.urandom(2000))
    body = whole.getvalue()[: int(2030 * keep)]
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    path.write_bytes(body)
    with pytest.raises(container.Corrupt):
        _read(path)


@given(place=st.integers(0, 4000), byte=st.integers(0, 255), kind=st.sampled_from(["zip", "tar", "gz"]))
def test_a_damaged_container_is_read_or_corrupt(tmp_path_factory, place, byte, kind):
    """One byte changed anywhere gives files, or a typed refusal; never another failure."""
    whole = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("Content/a.txt", b"abc" * 500)
            archive.writestr("manifest.xml", Sip().manifest())
    else:
        with tarfile.open(fileobj=whole, mode="w:gz" if kind == "gz" else "w") as tar:
            member = tarfile.TarInfo("manifest.xml")
            member.size = len(Sip().manifest())
            tar.addfile(member, io.BytesIO(Sip().manifest()))
    body = bytearray(whole.getvalue())
    body[place % len(body)] = byte
    path = tmp_path_factory.mktemp("damaged") / "sip"
    path.write_bytes(body)
    with contextlib.suppress(container.Corrupt):
        for entry in container.entries(path, "application/zip" if kind == "zip" else "application/x-tar"):
            assert sum(len(block) for block in entry.blocks) >= 0


def test_an_encrypted_entry_is_skipped(tmp_path: Path):
    """An entry marked as encrypted is silently skipped."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"secret")
        archive.writestr("b", b"clair")
    body = bytearray(path.read_bytes())
    body[6] |= 1
    path.write_bytes(body)
    assert _read(path) == {"b": b"clair"}


def test_words_are_compared_without_accents_case_or_order():
    """The index forgets accents, case, order, plural and small words."""
    assert analyser.matches("Délibération relative aux travaux de voirie", "VOIRIES deliberations")
    assert analyser.matches("sip 2024 001 bis", "SIP_2024.001")
    assert not analyser.matches("SIP_2024.002", "SIP_2024.001")
    assert not analyser.matches("quelque chose", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$query", "$filter", "$projection", "$eq", "$in", "$and", "$not", "$range", "$gt", "Title"]
            )
            | st.sampled_from(["$orderby", "$fields", "$limit", "$offset", "$exists", "$wildcard", "$match", "a.b"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(query=JSON, parts=JSON, options=JSON, multiple=st.booleans())
def test_any_query_is_answered_or_refused(query, parts, options, multiple):
    """Whatever JSON comes as a query, it selects or is refused; it never breaks the server."""
    held = [{"Title": "Voirie", "Tag": ["a", "b"], "a": {"b": 1}}, {"#id": "x", "#max": 2}]
    for body in (query, {"$query": parts, "$filter": options, "$projection": {}}, {"$query": [], "$projection": parts}):
        try:
            page, hits = dsl.parse(body, text_fields=frozenset({"Title"}), multiple=multiple).apply(held)
        except dsl.InvalidQuery:
            continue
        assert hits["total"] >= len(page)


def test_identifiers_are_checked_as_the_schema_says(tmp_path: Path):
    """A duplicate identifier, one that is no name, and a reference to nothing are each reported."""

    def errors(sip: Sip) -> list[str]:
        path = tmp_path / "manifest.xml"
        path.write_bytes(sip.manifest())
        return identifier_errors(manifest.parse(path))

    assert errors(Sip()) == []
    assert "declared twice" in errors(Sip(units=[Unit("OBJ1", group="GRP1")]))[0]
    assert "not an NCName" in errors(Sip(units=[Unit("1AU", group="GRP1")]))[0]
    assert "is not declared" in errors(Sip(units=[Unit(group="AILLEURS")]))[0]


def test_the_schemas_of_another_folder_do_as_well(shared: Path | None, monkeypatch: pytest.MonkeyPatch):
    """The official schemas as their publisher lays them out are found by their names."""
    if shared is None:
        pytest.skip("the official schemas are not on this machine")
    monkeypatch.setenv("VERSEMENT_SEDA_XSD", str(shared / "schemas" / "seda"))
    grammar = Grammar(schema_folder())
    assert [grammar.supports(version) for version in ("2.0", "2.1", "2.2", "2.3")] == [False, True, True, True]


def test_a_folder_of_one_version_is_completed_by_the_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Schemas of SEDA 2.3 alone are enough to judge 2.1 and 2.2 too; without them 2.3 is not supported."""
    monkeypatch.delenv("VERSEMENT_SEDA_XSD", raising=False)
    (tmp_path / "seda-2.3-main.xsd").write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>')
    grammar = Grammar(tmp_path)
    assert [grammar.supports(version) for version in ("2.1", "2.2", "2.3")] == [True, True, True]
    assert not Grammar(schema_folder()).supports("2.3")


def test_without_schemas_the_server_does_not_start(tmp_path: Path):
    """Missing schemas are said in French, at once, with what to do."""
    with pytest.raises(SchemasMissing, match="Schémas SEDA incomplets"):
        Grammar(tmp_path)
    command = [sys.executable, "-m", "sandbox.vitam", "--store", str(tmp_path / "store")]
    environment = {**os.environ, "VERSEMENT_SEDA_XSD": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Corrigez VERSEMENT_SEDA_XSD" in done.stderr
