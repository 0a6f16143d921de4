"""Collecting from OpenSSH's own server, as communes run it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from versement.adapters.sources.sftp import SftpSettings, SftpSource
from versement.domain.errors import SettingsError
from versement.testing.source_contract import TENANT, FolderContract, deposit

pytestmark = pytest.mark.integration

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""


@dataclass(frozen=True)
class OpenSsh:
    settings: SftpSettings
    root: Path


@pytest.fixture(scope="module")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    if not SSHD:
        pytest.fail("OpenSSH's server is missing: apt-get install openssh-server")
    folder = tmp_path_factory.mktemp("sshd")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # privilege separation asks for it
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (folder / "host").write_bytes(host.export_private_key())
    (folder / "host").chmod(0o600)
    (folder / "authorized").write_bytes(user.export_public_key())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\n"
        "PasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=log)
    _wait_until_open(port, folder / "log")
    yield OpenSsh(
        SftpSettings(
            host="127.0.0.1",
            port=port,
            login=getpass.getuser(),
            private_key=user.export_private_key().decode(),
            host_key=host.export_public_key().decode().strip(),
            folder="/",
        ),
        folder,
    )
    process.terminate()
    process.wait(10)


def _wait_until_open(port: int, log: Path) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"sshd does not listen: {log.read_text()}")


class TestOpenSshSource(FolderContract):
    @pytest.fixture
    def drop(self, tmp_path: Path) -> Path:
        return tmp_path

    @pytest.fixture
    def source(self, openssh: OpenSsh, drop: Path) -> Iterator[SftpSource]:
        source = SftpSource(replace(openssh.settings, folder=str(drop)))
        yield source
        source.close()


def test_unknown_key_is_refused(openssh: OpenSsh) -> None:
    """OpenSSH's refusal of a key is a setting to correct."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(SettingsError, match="private_key"):
        SftpSource(replace(openssh.settings, private_key=other)).listing(TENANT)


def test_wrong_host_key_is_refused(openssh: OpenSsh) -> None:
    """OpenSSH under another key than the declared one gets nothing."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(SettingsError, match="host_key"):
        SftpSource(replace(openssh.settings, host_key=other)).listing(TENANT)


def test_folder_is_relative_to_the_account_when_it_does_not_start_with_a_slash(
    openssh: OpenSsh, tmp_path: Path
) -> None:
    """A profile may name a folder from the account's home folder."""
    deposit(tmp_path, "acte.pdf")
    home = Path.home()
    source = SftpSource(replace(openssh.settings, folder=os.path.relpath(tmp_path, home)))
    assert [reference.path for reference in source.listing(TENANT)] == ["acte.pdf"]
    source.close()
