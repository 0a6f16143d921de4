"""Logs, journal and messages carry no personal data: no objet, no councillor's name, no password."""

from __future__ import annotations

import logging
import traceback

import pytest

from sandbox.samples import COMMUNES
from sandbox.samples.model import Commune
from tests.steps.doubtful_archive import DoubtfulArchive
from tests.steps.sips import manifest_of
from versement.adapters.sources import source_from_environment
from versement.domain.errors import SettingsError, VersementError
from versement.profiles.sources import SftpSource


def _personal(commune: Commune) -> set[str]:
    """Objets and names of a commune's acts, as the sample tables give them."""
    names = {name for act in commune.acts for name in (*act.seance.members, *act.seance.proxies)}
    return {act.title for act in commune.acts} | names


PERSONAL = {commune.key: _personal(commune) for commune in COMMUNES}


def _without_names_of_files(text: str, world) -> str:
    """The text without the file names that the source gave, the longest first."""
    paths = [path.relative_to(world.drop).as_posix() for path in world.drop.rglob("*") if path.is_file()]
    for name in sorted({*paths, *(path.rpartition("/")[2] for path in paths)}, key=len, reverse=True):
        text = text.replace(name, "…")
    return text


def _troubled(world) -> None:
    """A run where as much as possible goes wrong, so that as much as possible is said."""
    world.archive = DoubtfulArchive()
    world.archive.faults.refused_files = {path.name for path in world.drop.rglob("*.jpg")}
    world.archive.faults.cut_after = True
    world.archive.altered["bytes"] = lambda data: b"\0" + data[1:]
    world.run()
    world.archive.altered.clear()
    world.run()


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_neither_logs_nor_journal_nor_messages_hold_personal_data(commune, caplog, name):
    """After two troubled runs no objet and no councillor's name stands in any log line, journal line or message."""
    world = commune(name)
    with caplog.at_level(logging.DEBUG):
        _troubled(world)
    chain = world.chain()
    collections = [chain.registry.collection(chain.tenant, f"deliberations:run-{run}") for run in (1, 2)]
    said = {
        "log": [record.getMessage() + str(record.exc_text or "") for record in caplog.records],
        "journal": [line.data + line.subject for line in chain.registry.journal(chain.tenant)],
        "waiting": [item.message for item in chain.registry.waiting(chain.tenant, chain.connector)],
        "drop": [finding.message for record in collections for finding in record.findings],
    }
    assert all(said[kind] for kind in ("log", "journal"))
    assert any(record.levelno == logging.WARNING for record in caplog.records)
    for kind, texts in said.items():
        found = _without_names_of_files("\n".join(texts), world)
        assert not [personal for personal in PERSONAL[name] if personal in found], kind
    manifests = b"".join(manifest_of(world, transfer) for transfer in world.transfers()).decode()
    assert [personal for personal in PERSONAL[name] if personal in manifests]


SECRETS = {
    "VERSEMENT_SFTP_PASSWORD": "mot-de-passe-très-secret",
    "VERSEMENT_SFTP_PASSPHRASE": "phrase-très-secrète",
    "VERSEMENT_SFTP_PRIVATE_KEY": "-----BEGIN CLÉ ILLISIBLE-----",
}
SFTP = SftpSource(type="sftp", connection="sftp_saint_aubin", folder="/deliberations")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO0nFkHJd6tV3+6kNzpZCPJnBLbxnbBvOTUjHGJz5M6o"
HERE = {"VERSEMENT_SFTP_HOST": "127.0.0.1", "VERSEMENT_SFTP_LOGIN": "collecte", "VERSEMENT_SFTP_HOST_KEY": KEY}


@pytest.mark.parametrize(
    "wrong",
    [
        {"VERSEMENT_SFTP_HOST": ""},
        {"VERSEMENT_SFTP_PORT": "vingt-deux"},
        {"VERSEMENT_SFTP_HOST_KEY": "pas une clé"},
        {"VERSEMENT_SFTP_PORT": "1"},
    ],
    ids=["no host", "no port", "no host key", "unreadable private key"],
)
def test_errors_of_the_command_line_source_never_show_a_secret(wrong):
    """Whatever is wrong with the variables, no password, passphrase or key stands in the error or its trace."""
    with pytest.raises(VersementError) as caught:
        source_from_environment(SFTP, HERE | SECRETS | wrong).listing(None)
    error = caught.value
    assert isinstance(error, SettingsError)
    shown = [str(error), repr(error), error.message, error.detail, *traceback.format_exception(error)]
    assert not [secret for secret in SECRETS.values() if secret in "".join(shown)]


def test_a_source_shows_no_secret_of_its_own():
    """A source printed by accident, in a log or a debugger, keeps its secrets."""
    source = source_from_environment(SFTP, HERE | {"VERSEMENT_SFTP_PASSWORD": SECRETS["VERSEMENT_SFTP_PASSWORD"]})
    shown = f"{source!r} {source} {source.source.settings!r}"
    assert "127.0.0.1" in shown
    assert SECRETS["VERSEMENT_SFTP_PASSWORD"] not in shown
