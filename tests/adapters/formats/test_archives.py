"""Archives of consultations, sound and hostile: every member is listed, and what cannot be read says why."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versement.adapters.formats import archives
from versement.adapters.formats.archives import open_archive
from versement.domain.errors import UnreadableFile
from versement.ports.formats import MemberProblem

WHEN = (2024, 3, 5, 10, 20, 30)
SECONDS = 1709634030


def zipped(path: Path, members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), data, method)
    return path


def renamed(path: Path, names: dict[bytes, bytes], *, unicode_flag: bool | None = None) -> Path:
    """Change names in place, byte for byte as long, and say (or not) that they are UTF-8."""
    data = path.read_bytes()
    for old, new in names.items():
        assert len(old) == len(new)
        data = data.replace(old, new)
    if unicode_flag is not None:
        data = _flagged(data, b"PK\x01\x02", 8, unicode_flag)
        data = _flagged(data, b"PK\x03\x04", 6, unicode_flag)
    path.write_bytes(data)
    return path


def _flagged(data: bytes, signature: bytes, place: int, on) -> bytes:
    parts = data.split(signature)
    for rank, part in enumerate(parts[1:], start=1):
        at = place - len(signature)
        flags = struct.unpack("<H", part[at : at + 2])[0]
        flags = flags | 0x800 if on else flags & ~0x800
        parts[rank] = part[:at] + struct.pack("<H", flags) + part[at + 2 :]
    return signature.join(parts)


def tarred(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), SECONDS
            archive.addfile(info, io.BytesIO(data))
    return path


def content(path: Path) -> dict[str, bytes]:
    archive = open_archive(path)
    try:
        return {member.name: b"".join(archive.read(member)) for member in archive.members}
    finally:
        archive.close()


def members(path: Path):
    archive = open_archive(path)
    archive.close()
    return archive.members


segments = st.text("abcXYZ019 _-,;'()", min_size=1, max_size=12)
trees = st.dictionaries(
    st.lists(segments, min_size=1, max_size=4).map("/".join),
    st.binary(max_size=60),
    min_size=1,
    max_size=6,
)


@given(trees, st.sampled_from(["zip", "tar", "tgz"]))
@settings(max_examples=60, deadline=None)
def test_what_was_put_in_an_archive_comes_out_of_it(tmp_path_factory, tree, kind):
    """Every file, under its name, with its bytes, whatever the kind of archive; or why it is refused."""
    path = tmp_path_factory.mktemp("archive") / "a"
    if kind == "zip":
        zipped(path, tree)
    else:
        tarred(path, tree, "w:gz" if kind == "tgz" else "w")
    hidden = any(other.startswith(f"{name}/") for name in tree for other in tree)
    if hidden:
        with pytest.raises(UnreadableFile, match="plusieurs fois"):
            content(path)
    else:
        assert content(path) == tree


@given(st.binary(max_size=400), st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"PK\x05\x06", b""]))
@settings(max_examples=150, deadline=None)
def test_bytes_that_are_no_archive_are_said_unreadable(tmp_path_factory, data, head):
    """Nothing but UnreadableFile ever comes out of a file that is none."""
    path = tmp_path_factory.mktemp("archive") / "a.zip"
    path.write_bytes(head + data)
    with suppress(UnreadableFile):
        content(path)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_archive_spoilt_anywhere_gives_right_bytes_or_none(tmp_path_factory, data):
    """One byte changed or the end cut: a member reads as it was put, or is refused; never as something else."""
    path = tmp_path_factory.mktemp("archive") / "a.zip"
    tree = {"DCE/CCTP.pdf": b"cahier" * 30, "DCE/RC.pdf": b"reglement" * 20}
    whole = zipped(path, tree).read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(
        whole[:at] if cut else whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    )
    try:
        archive = open_archive(path)
    except UnreadableFile:
        return
    for member in archive.members:
        try:
            read = b"".join(archive.read(member))
        except UnreadableFile:
            continue
        assert read in tree.values()
    archive.close()


def test_a_member_says_its_size_and_time(tmp_path):
    """What a listing needs of a file, the archive gives."""
    for path in (zipped(tmp_path / "a.zip", {"RC.pdf": b"12345"}), tarred(tmp_path / "a.tar", {"RC.pdf": b"12345"})):
        (member,) = members(path)
        assert (member.name, member.size, member.modified, member.problem) == ("RC.pdf", 5, SECONDS, None)


MOJIBAKE = {
    "1. PrВparation/ContrУleur.pdf": "1. Préparation/Contrôleur.pdf",  # DOS bytes read as Russian DOS, then said UTF-8
    "PrÃ©paration.pdf": "Préparation.pdf",
    "Pr├®paration.pdf": "Préparation.pdf",
    "Pr├⌐paration.pdf": "Préparation.pdf",
    "Pre\u0301paration.pdf": "Préparation.pdf",
    "Préparation – 2° tranche.pdf": "Préparation – 2° tranche.pdf",
    "Отчёт.pdf": "Отчёт.pdf",
}


@pytest.mark.parametrize(("written", "meant"), MOJIBAKE.items())
def test_names_that_say_unicode_are_mended_and_only_when_broken(tmp_path, written, meant):
    """A name spoilt before the archive was made is read as it was meant; a sound one is left alone."""
    assert [member.name for member in members(zipped(tmp_path / "a.zip", {written: b"x"}))] == [meant]


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp437", "cp1252"])
def test_names_of_no_said_encoding_are_read(tmp_path, encoding):
    """A zip made on a French machine, by whatever tool, gives French names."""
    raw = "é_à_ç_ô".encode(encoding)
    path = zipped(tmp_path / "a.zip", {"Z" * len(raw): b"x"})
    assert [member.name for member in members(renamed(path, {b"Z" * len(raw): raw}, unicode_flag=False))] == ["é_à_ç_ô"]


@given(
    st.text("abcdefÀÉÈÊÇÔéèêëàâçùûôîïœ°’ 0123456789._-", min_size=1, max_size=20).filter(lambda name: name.strip("."))
)
@settings(max_examples=100, deadline=None)
def test_a_well_written_french_name_is_never_altered(tmp_path_factory, name):
    """Mending never makes worse."""
    path = zipped(tmp_path_factory.mktemp("archive") / "a.zip", {f"{name}/1.pdf": b"x"})
    assert [member.name for member in members(path)] == [f"{name}/1.pdf"]


def test_what_an_eye_cannot_see_in_a_name_is_shown(tmp_path):
    """Control characters would break a manifest: they are replaced, and the file is still read."""
    path = zipped(tmp_path / "a.zip", {"aZb.pdf": b"x"})
    assert content(renamed(path, {b"aZb.pdf": b"a\x01b.pdf"})) == {"a\ufffdb.pdf": b"x"}


ESCAPES = ["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:/x", "\\\\serveur\\x", "..\\x"]


@pytest.mark.parametrize("name", ESCAPES)
def test_a_name_that_leads_out_closes_the_archive(tmp_path, name):
    """Such an archive was not made by an honest tool: none of it is taken apart."""
    for path in (zipped(tmp_path / "a.zip", {name: b"x"}), tarred(tmp_path / "a.tar", {name: b"x"})):
        with pytest.raises(UnreadableFile, match="sort de l’archive"):
            open_archive(path)


def test_windows_separators_are_folders(tmp_path):
    """A zip whose tool writes backslashes has the same tree as another."""
    assert content(zipped(tmp_path / "a.zip", {"DCE\\CCTP.pdf": b"x"})) == {"DCE/CCTP.pdf": b"x"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_close_the_archive(tmp_path):
    """Which one would be archived would depend on the tool: neither is; what differs by case alone is two files."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("caf\u00e9.pdf", b"1")
        archive.writestr("cafe\u0301.pdf", b"2")
    with pytest.raises(UnreadableFile, match="plusieurs fois"):
        open_archive(tmp_path / "a.zip")
    assert content(zipped(tmp_path / "b.zip", {"RC.pdf": b"1", "rc.PDF": b"2"})) == {"RC.pdf": b"1", "rc.PDF": b"2"}


def test_a_bomb_is_not_opened(tmp_path):
    """What grows beyond all measure is refused by what it announces, and tar.gz while it is read."""
    big = tmp_path / "a.zip"
    with (
        zipfile.ZipFile(big, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("0.bin", "w", force_zip64=True) as member,
    ):
        for _ in range(260):
            member.write(bytes(1 << 20))
    with pytest.raises(UnreadableFile, match="fois sa taille"):
        open_archive(big)
    info = tarfile.TarInfo("0.bin")
    info.size = 300 << 20
    (tmp_path / "a.tgz").write_bytes(gzip.compress(info.tobuf() + bytes(1024)))
    with pytest.raises(UnreadableFile, match="fois sa taille"):
        open_archive(tmp_path / "a.tgz")


def test_a_long_name_of_a_gigabyte_is_not_read(tmp_path):
    """A header that asks for a gigabyte of memory gets none."""
    info = tarfile.TarInfo("@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    (tmp_path / "a.tar").write_bytes(info.tobuf() + bytes(4096))
    with pytest.raises(UnreadableFile):
        open_archive(tmp_path / "a.tar")


def test_too_many_members_or_folders_are_refused(tmp_path, monkeypatch):
    """The bounds hold for counts and depth too."""
    with pytest.raises(UnreadableFile, match="dossiers"):
        open_archive(zipped(tmp_path / "a.zip", {"/".join("d" * 40): b"x"}))
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(UnreadableFile, match="plus de 3 fichiers"):
        open_archive(zipped(tmp_path / "b.zip", {str(rank): b"" for rank in range(4)}))


def test_a_directory_of_many_megabytes_is_refused_unread(tmp_path):
    """The end of a zip, or of a zip64, says what its directory would take."""
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 0x7FFFFFFF, 0, 0)
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100) + end)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 100, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, 0, 0, 0)
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04" + bytes(100) + wide + locator + end)
    for name in ("a.zip", "b.zip"):
        with pytest.raises(UnreadableFile, match="plus de 100000 fichiers"):
            open_archive(tmp_path / name)


def test_a_locked_member_does_not_close_its_neighbours(tmp_path):
    """Password, unknown compression, link: listed with the reason, unread; the others are read."""
    path = zipped(tmp_path / "a.zip", {"libre.pdf": b"x", "cle.pdf": b"y"}, method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[: at + 8] + b"\x01\x00" + data[at + 10 :])
    archive = open_archive(path)
    free, locked = archive.members
    assert b"".join(archive.read(free)) == b"x"
    assert locked.problem is MemberProblem.ENCRYPTED
    with pytest.raises(UnreadableFile, match="mot de passe"):
        b"".join(archive.read(locked))
    archive.close()
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as made:
        made.writestr("xz.bin", b"x" * 99, zipfile.ZIP_LZMA)
        link = zipfile.ZipInfo("lien")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert [member.problem for member in members(tmp_path / "b.zip")] == [MemberProblem.METHOD, MemberProblem.LINK]


def test_links_of_a_tar_are_never_followed(tmp_path):
    """A link of a tar names another file: it is listed as a link, with nothing to read."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"lien{kind.decode()}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert {member.problem for member in members(tmp_path / "a.tar")} == {MemberProblem.LINK}


def test_zip64_is_read(tmp_path):
    """Archives of the size that platforms make use wide fields."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, archive.open("RC.pdf", "w", force_zip64=True) as member:
        member.write(b"reglement")
    assert content(tmp_path / "a.zip") == {"RC.pdf": b"reglement"}


def _two_files(path: Path) -> bytes:
    return tarred(path, {"DCE/a.pdf": b"a" * 700, "DCE/b.pdf": b"b" * 700}).read_bytes()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda whole: whole[: 3 * 512],
        lambda whole: whole[: 3 * 512] + b"\xff" * 512 + whole[4 * 512 :],
        lambda whole: whole + whole,
    ],
    ids=["cut between two files", "spoilt between two files", "two in a row"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tar_that_hides_files_stays_closed(tmp_path, spoilt, packed):
    """A tar cut or spoilt between two files, or followed by another one: no file of it is lost in silence."""
    path = tmp_path / "dossier.tar"
    data = spoilt(_two_files(path))
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(UnreadableFile):
        open_archive(path)


def test_zip_that_follows_another_stays_closed(tmp_path):
    """Two zips one after the other: a directory names the files of the last one only."""
    first = zipped(tmp_path / "a.zip", {"DCE/a.pdf": b"a"}).read_bytes()
    for second in ({"DCE/b.pdf": b"b"}, {}):
        path = zipped(tmp_path / "b.zip", second)
        path.write_bytes(first + path.read_bytes())
        with pytest.raises(UnreadableFile, match="une autre à son début"):
            open_archive(path)
