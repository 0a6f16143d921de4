"""Collecting from an SFTP server, and what is said when it does not go well."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from tests.adapters.sources.sftp_server import TestServer
from versement.adapters.sources import names
from versement.adapters.sources.sftp import SftpSettings, SftpSource
from versement.domain.errors import FileVanished, SettingsError, SourceUnavailable, VersementError
from versement.domain.fixity import CHUNK
from versement.testing.source_contract import TENANT, FolderContract, deposit, read


@pytest.fixture
def drop(server: TestServer) -> Path:
    return server.root / "depot"


@pytest.fixture
def source(server: TestServer) -> Iterator[SftpSource]:
    source = SftpSource(server.settings())
    yield source
    source.close()


class TestSftpSource(FolderContract):
    @pytest.fixture
    def drop(self, drop: Path) -> Path:
        return drop

    @pytest.fixture
    def source(self, source: SftpSource) -> SftpSource:
        return source


def failure(settings: SftpSettings) -> VersementError:
    with pytest.raises(VersementError) as caught:
        SftpSource(settings).listing(TENANT)
    error = caught.value
    for secret in (settings.password, settings.private_key, settings.passphrase):
        assert not secret or secret not in error.message + error.detail
    assert settings.login not in error.detail
    return error


def test_wrong_host_key_is_refused(server: TestServer) -> None:
    """A server that is not the one declared gets nothing: the operator must check its key."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    error = failure(server.settings(host_key=other))
    assert isinstance(error, SettingsError)
    assert "host_key" in error.message


@pytest.mark.parametrize("kind", ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa"])
def test_host_key_of_another_type_is_refused(server: TestServer, kind: str) -> None:
    """A declared key of a type that the server does not have is a setting to correct, not an outage.

    Tried many times: what was said once depended on which side hung up first.
    """
    other = asyncssh.generate_private_key(kind).export_public_key().decode().strip()
    for _ in range(20):
        error = failure(server.settings(host_key=other))
        assert isinstance(error, SettingsError)
        assert "host_key" in error.message


@pytest.mark.parametrize("declared", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_the_declared_key_is_asked_for_among_several(tmp_path: Path, declared: str) -> None:
    """A server that has keys of several types shows the one that the connection declares, whichever it prefers."""
    (tmp_path / "depot").mkdir()
    server = TestServer(tmp_path, kinds=("ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"))
    key = next(key for key in server.keys if key.get_algorithm() == declared)
    source = SftpSource(server.settings(host_key=key.export_public_key().decode().strip()))
    try:
        assert source.listing(TENANT).files == ()
    finally:
        source.close()
        server.stop()


@pytest.mark.parametrize("host_key", ["", "ssh-ed25519", "AAAA", "ssh-ed25519 é"])
def test_unreadable_host_key_is_said_before_connecting(server: TestServer, host_key: str) -> None:
    """The host's key is mandatory: no connection is tried without one."""
    with pytest.raises(SettingsError, match="host_key"):
        SftpSource(server.settings(host_key=host_key))
    assert server.connections == []


@pytest.mark.parametrize("changes", [{"password": "mauvais-secret"}, {"login": "autre"}, {"password": ""}])
def test_refused_login_is_to_be_corrected(server: TestServer, changes: dict[str, str]) -> None:
    """A refused login names the fields to change and never the secret."""
    error = failure(server.settings(**changes))
    assert isinstance(error, SettingsError)
    assert "(login)" in error.message
    assert "(password)" in error.message


def test_unreadable_private_key_is_said(server: TestServer) -> None:
    """A private key that cannot be read is named, its content never shown."""
    locked = asyncssh.generate_private_key("ssh-ed25519").export_private_key("pkcs8-pem", "phrase-secrète").decode()
    for private_key, passphrase in (("pas-une-clé", ""), (locked, ""), (locked, "fausse-phrase")):
        with pytest.raises(SettingsError, match="private_key") as caught:
            SftpSource(server.settings(private_key=private_key, passphrase=passphrase))
        assert private_key not in caught.value.message + caught.value.detail


def test_missing_folder_is_to_be_corrected(server: TestServer) -> None:
    """A folder that the server does not have is a profile to correct."""
    error = failure(server.settings(folder="/absent"))
    assert isinstance(error, SettingsError)
    assert "source.folder" in error.message


def test_a_file_systems_own_folder_stops_no_collection(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A folder that only the server's administrator reads is told; any other that is closed stops the collection."""
    deposit(drop, "acte.pdf")
    (drop / "lost+found").mkdir()
    server.forbidden = {b"/depot/lost+found"}
    listing = source.listing(TENANT)
    assert [file.path for file in listing] == ["acte.pdf"]
    assert [(one.code, one.path) for one in listing.left] == [("FOLDER_OF_SYSTEM", "lost+found")]
    (drop / "séance").mkdir()
    server.forbidden |= {"/depot/séance".encode()}
    with pytest.raises(SettingsError, match="« séance » n’est pas lisible"):
        source.listing(TENANT)


def test_refused_connection_is_waited_for(server: TestServer) -> None:
    """A server that is off will come back: nothing is to be corrected at once."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = failure(server.settings(port=port))
    assert isinstance(error, SourceUnavailable)
    assert f"127.0.0.1:{port}" in error.message


def test_unknown_host_is_waited_for(server: TestServer) -> None:
    """A name that does not resolve is an outage, whose message says which field to check if it lasts."""
    error = failure(server.settings(host="serveur.invalid"))
    assert isinstance(error, SourceUnavailable)
    assert "(host)" in error.message


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_port_that_does_not_speak_ssh_is_given_up_in_time(server: TestServer, greeting: bytes) -> None:
    """A port that answers nothing, or something else, does not hold the collection up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def answer() -> None:
            connection, _ = listener.accept()
            held.append(connection)
            connection.sendall(greeting)

        threading.Thread(target=answer, daemon=True).start()
        started = time.monotonic()
        error = failure(server.settings(port=listener.getsockname()[1], connect_seconds=1.0))
        assert time.monotonic() - started < 10
        assert isinstance(error, SourceUnavailable)
        for connection in held:
            connection.close()


def test_cut_in_the_middle_of_a_file_is_waited_for(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A cut connection gives no short file, and the next try connects anew and reads the file whole."""
    deposit(drop, "acte.pdf", bytes(30 * CHUNK))
    (reference,) = source.listing(TENANT)
    server.cut_at = 20 * CHUNK
    chunks = source.read(TENANT, reference)
    with pytest.raises(SourceUnavailable):
        list(chunks)
    assert read(source, reference) == bytes(30 * CHUNK)


def test_silent_server_is_given_up_in_time(server: TestServer, drop: Path) -> None:
    """A server that stops answering is an outage, told within the time allowed."""
    source = SftpSource(server.settings(answer_seconds=3.0))
    deposit(drop, "acte.pdf", bytes(CHUNK))
    (reference,) = source.listing(TENANT)
    server.silent = True
    started = time.monotonic()
    with pytest.raises(SourceUnavailable):
        read(source, reference)
    assert time.monotonic() - started < 10
    source.close()


def test_server_that_stops_between_two_calls_is_waited_for(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A connection lost while nothing was asked is an outage at the next call, and mended at the one after."""
    deposit(drop, "acte.pdf")
    (reference,) = source.listing(TENANT)
    for connection in server.connections:
        connection.abort()
    time.sleep(0.2)
    with pytest.raises(SourceUnavailable):
        read(source, reference)
    assert read(source, reference) == b"contenu"


def test_file_that_may_not_be_read_is_named(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A file whose rights are wrong is named with what to do, and its neighbours are read."""
    deposit(drop, "a.pdf")
    deposit(drop, "b.pdf")
    first, second = source.listing(TENANT)
    server.forbidden.add(b"/depot/a.pdf")
    with pytest.raises(FileVanished, match="Rendez-le lisible"):
        read(source, first)
    assert read(source, second) == b"contenu"


def test_folder_that_may_not_be_listed_is_to_be_corrected(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A sub-folder whose rights are wrong stops the collection: nothing in it is silently left out."""
    deposit(drop, "2026/mars/a.pdf")
    server.forbidden.add(b"/depot/2026/mars")
    with pytest.raises(SettingsError, match="« 2026/mars »"):
        source.listing(TENANT)


def test_short_answers_make_a_whole_file(server: TestServer, source: SftpSource, drop: Path) -> None:
    """A server that gives fewer bytes than asked, as the protocol allows, is asked for the rest."""
    server.most = 40_000
    data = bytes(range(256)) * 8192
    deposit(drop, "acte.pdf", data)
    (reference,) = source.listing(TENANT)
    assert read(source, reference) == data


def test_reader_that_stops_stops_the_source(server: TestServer, source: SftpSource, drop: Path) -> None:
    """Memory stays bounded: no more than a few chunks are asked for ahead of a slow reader."""
    deposit(drop, "acte.pdf", bytes(100 * CHUNK))
    (reference,) = source.listing(TENANT)
    chunks = source.read(TENANT, reference)
    next(chunks)
    time.sleep(0.3)
    assert server.reads <= 2 * 8 + 2
    del chunks
    gc.collect()


def test_drop_with_too_many_files_is_refused(source: SftpSource, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drop of more files than one profile may hold is refused with what to do."""
    monkeypatch.setattr(names, "MAX_FILES", 3)
    for number in range(4):
        deposit(drop, f"{number % 2}/{number}.pdf")
    with pytest.raises(SettingsError, match="partagez le dépôt"):
        source.listing(TENANT)


def test_drop_nested_without_end_is_refused(source: SftpSource, drop: Path) -> None:
    """A drop nested beyond reason is refused rather than walked for ever."""
    allowed = "/".join(["a"] * names.MAX_DEPTH)
    deposit(drop, f"{allowed}/acte.pdf")
    assert len(source.listing(TENANT)) == 1
    deposit(drop, f"{allowed}/a/acte.pdf")
    with pytest.raises(SettingsError, match="32 niveaux"):
        source.listing(TENANT)


def test_secrets_are_not_shown_with_the_settings(server: TestServer) -> None:
    """Settings that end up in a log show no secret."""
    settings = server.settings(private_key="clé-secrète", passphrase="phrase-secrète")
    assert not {"mot-de-passe", "clé-secrète", "phrase-secrète"} & set(repr(settings).replace("'", " ").split())


def test_a_receipt_is_written_whole_in_its_folder(source: SftpSource, drop: Path) -> None:
    """A receipt goes into its folder, made when missing; the same again changes nothing."""
    for _ in range(2):
        source.write("accuses/2026", "accuse-1.json", b"{}")
    assert [(path.name, path.read_bytes()) for path in (drop / "accuses" / "2026").iterdir()] == [
        ("accuse-1.json", b"{}")
    ]
