"""A profile's source for the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.sources.sftp_server import TestServer
from versement.adapters.sources import source_from_environment
from versement.domain.errors import SettingsError
from versement.profiles.sources import FolderSource, SftpSource
from versement.testing.source_contract import TENANT, deposit

SFTP = SftpSource(type="sftp", connection="sftp_essai", folder="/depot")


def test_folder_needs_no_variable(tmp_path: Path) -> None:
    """A profile on a local folder is tried as it is."""
    deposit(tmp_path, "acte.pdf")
    source = source_from_environment(FolderSource(type="folder", path=str(tmp_path)), {})
    assert [reference.path for reference in source.listing(TENANT)] == ["acte.pdf"]


def test_sftp_is_reached_with_the_variables(server: TestServer) -> None:
    """A profile on SFTP is tried with the credentials that the variables give."""
    deposit(server.root / "depot", "acte.pdf")
    variables = {
        "VERSEMENT_SFTP_HOST": "127.0.0.1",
        "VERSEMENT_SFTP_PORT": str(server.port),
        "VERSEMENT_SFTP_LOGIN": "collecte",
        "VERSEMENT_SFTP_PASSWORD": "mot-de-passe",
        "VERSEMENT_SFTP_HOST_KEY": server.host_key,
    }
    source = source_from_environment(SFTP, variables)
    assert [reference.path for reference in source.listing(TENANT)] == ["acte.pdf"]
    source.close()


def test_what_is_missing_is_named() -> None:
    """Without its variables, the message names them."""
    with pytest.raises(SettingsError, match="VERSEMENT_SFTP_LOGIN, VERSEMENT_SFTP_HOST_KEY"):
        source_from_environment(SFTP, {"VERSEMENT_SFTP_HOST": "serveur"})


def test_port_that_is_no_number_is_named(server: TestServer) -> None:
    """A port that is not a number is said with what was found."""
    variables = {
        "VERSEMENT_SFTP_HOST": "serveur",
        "VERSEMENT_SFTP_LOGIN": "collecte",
        "VERSEMENT_SFTP_HOST_KEY": server.host_key,
        "VERSEMENT_SFTP_PORT": "ssh",
    }
    with pytest.raises(SettingsError, match="« ssh »"):
        source_from_environment(SFTP, variables)
