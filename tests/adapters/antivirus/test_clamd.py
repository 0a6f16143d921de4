"""Viruses are searched by a real clamd; one that is absent, slow, stale or odd never lets a file pass."""

from __future__ import annotations

import io
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.antivirus.clamav import clamd
from versement.adapters.antivirus import Clamd, ClamdSettings, DiskScans
from versement.domain.errors import AntivirusUnavailable, SettingsError, SignaturesStale
from versement.domain.fixity import Digest
from versement.domain.scans import CLEAN, Scanned
from versement.testing.antivirus_contract import AntivirusContract, scan
from versement.testing.builders import FixedClock, a_tenant
from versement.testing.memory_antivirus import EICAR, MemoryAntivirus

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MADE = NOW - timedelta(days=3)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # pytest's own folders make longer paths than a Unix socket may have
    with tempfile.TemporaryDirectory() as folder, clamd(Path(folder), MADE, idle=3) as opened:
        yield opened


@contextmanager
def client(address: str, **settings) -> Iterator[Clamd]:
    asked = Clamd(replace(ClamdSettings(address, seconds=20), **settings), FixedClock(NOW))
    try:
        yield asked
    finally:
        asked.close()


class TestClamd(AntivirusContract):
    @pytest.fixture
    def antivirus(self, address):
        with client(address, max_bytes=2 << 20) as opened:
            yield opened


class TestMemoryAntivirus(AntivirusContract):
    @pytest.fixture
    def antivirus(self):
        return MemoryAntivirus()


def test_daemon_that_refuses_the_length_is_not_taken_for_a_pass(address):
    """Beyond clamd's StreamMaxLength, whatever was sent before it cut, a file is said not scanned."""
    with client(address) as asked:
        for size in (1 << 20 | 1, 2 << 20, 30 << 20):
            assert scan(asked, bytes(size)).scanned is Scanned.NOT_SCANNED
        assert scan(asked, b"x") == CLEAN


def test_file_beyond_what_clamd_looks_at_is_not_even_sent(address):
    """Above MaxFileSize clamd says OK without looking: such a file is said not scanned."""
    with client(address, max_bytes=10) as asked:
        assert scan(asked, EICAR).scanned is Scanned.NOT_SCANNED


def test_session_that_ended_while_nothing_was_asked_is_opened_again(address):
    """A pause between two files, longer than clamd keeps a session, costs nothing."""
    with client(address) as asked:
        assert scan(asked, b"a") == CLEAN
        time.sleep(4)
        assert scan(asked, EICAR).scanned is Scanned.INFECTED


@pytest.mark.parametrize(("days", "fresh"), [(2, False), (3, True), (4, True)])
def test_stale_signatures_judge_nothing(address, days, fresh):
    """Signatures older than what is declared are a failure that says their date; younger ones judge."""
    with client(address, days=days) as asked:
        if fresh:
            assert "/27400/" in asked.signatures()
        else:
            with pytest.raises(SignaturesStale, match=r"29/05/2026.*freshclam"):
                asked.signatures()


def test_signatures_of_unknown_age_judge_nothing():
    """A clamd that does not say when its signatures were made is not believed to be up to date."""
    with (
        tempfile.TemporaryDirectory() as folder,
        clamd(Path(folder), None) as address,
        client(address) as asked,
        pytest.raises(SignaturesStale, match="ne dit pas la date"),
    ):
        asked.signatures()


@pytest.mark.parametrize(("hours", "believed"), [(23, True), (25, False)])
def test_signatures_of_the_future_judge_nothing(hours, believed):
    """A date beyond what time zones explain would never grow old: it is not believed."""
    made = f"{NOW + timedelta(hours=hours):%a %b %d %H:%M:%S %Y}"
    with answering(f"ClamAV 1.4.3/27400/{made}\0".encode()) as address, client(address) as asked:
        if believed:
            assert "/27400/" in asked.signatures()
        else:
            with pytest.raises(SignaturesStale, match="dans l’avenir"):
                asked.signatures()


def test_absent_daemon_is_a_failure_and_no_pass(tmp_path):
    """Nobody at the address: a failure that time mends, in French, for the version and for a file."""
    for address in (str(tmp_path / "none.sock"), f"127.0.0.1:{_free_port()}"):
        with client(address) as asked:
            for question in (asked.signatures, lambda asked=asked: scan(asked, b"x")):
                with pytest.raises(AntivirusUnavailable, match="VERSEMENT_CLAMD"):
                    question()


def test_address_that_is_none_is_for_the_operator():
    """A setting that is no address is told as such: no retry would mend it."""
    with client("clamd") as asked, pytest.raises(SettingsError, match="hôte:port"):
        asked.signatures()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def answering(*answers: bytes | None) -> Iterator[str]:
    """A server that gives each of its connections one answer, whatever is asked; None: it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            for answer in answers:
                connection = server.accept()[0]
                held.append(connection)
                if answer is None:
                    continue
                connection.recv(1 << 16)
                connection.sendall(answer)
                connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)
        for connection in held:
            connection.close()


def test_daemon_that_never_answers_is_given_up_in_time():
    """A socket that takes everything and says nothing is left after the time allowed, as a failure."""
    with answering(None, None) as address, client(address, seconds=0.5) as asked:
        started = time.monotonic()
        with pytest.raises(AntivirusUnavailable):
            asked.signatures()
        with pytest.raises(AntivirusUnavailable):
            scan(asked, bytes(100_000))
        assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "answer", [b"1: Can't write to temporary file. ERROR\0", b"HTTP/1.1 400\0", b"1: \0", b"\xff\0"]
)
def test_answer_that_is_no_verdict_is_a_failure(answer):
    """An error of clamd, or something that is no clamd, is never read as a verdict."""
    with answering(answer) as address, client(address) as asked, pytest.raises(AntivirusUnavailable):
        scan(asked, b"x")


@pytest.mark.parametrize("name", ["Heuristics.Limits.Exceeded.MaxScanSize", "Heuristics.Encrypted.Zip"])
def test_what_clamd_gave_up_is_no_virus(name):
    """What clamd reports as beyond its limits, or encrypted, is said not scanned: it found nothing, and no pass."""
    with answering(f"1: stream: {name} FOUND\0".encode()) as address, client(address) as asked:
        assert scan(asked, b"x").scanned is Scanned.NOT_SCANNED


def test_file_on_which_the_daemon_cuts_is_said_not_scanned():
    """A clamd that cuts twice on one file and answers the others did not judge it; one that is gone is a failure."""
    with answering(b"", b"", b"PONG\0") as address, client(address) as asked:
        assert scan(asked, b"x").scanned is Scanned.NOT_SCANNED
    with answering(b"", b"", b"") as address, client(address) as asked, pytest.raises(AntivirusUnavailable):
        scan(asked, b"x")


def test_file_that_takes_for_ever_holds_no_other_up():
    """A clamd that never ends one file and judges others did not judge this one; one that judges none is a failure."""
    with answering(None, b"1: stream: OK\0") as address, client(address, seconds=3.0) as asked:
        assert scan(asked, b"PK").scanned is Scanned.NOT_SCANNED
    with answering(None, None) as address, client(address, seconds=0.5) as asked, pytest.raises(AntivirusUnavailable):
        scan(asked, b"PK")


def test_file_on_which_the_daemon_was_restarted_is_scanned():
    """A clamd that cuts once, restarted in the middle of a first file, is asked again: what it finds is told."""
    with answering(b"", b"1: stream: Eicar FOUND\0") as address, client(address) as asked:
        assert scan(asked, EICAR).scanned is Scanned.INFECTED


def test_file_is_read_from_where_it_stands(address):
    """What was read before is not sent."""
    content = io.BytesIO(EICAR)
    content.read(10)
    with client(address) as asked:
        assert asked.scan(content, len(EICAR)) == CLEAN


def test_what_was_found_clean_is_remembered_per_tenant_and_signatures(tmp_path):
    """The same bytes are not scanned twice by the same signatures; others, or another coffre's, are."""
    scans, ours, theirs = DiskScans(tmp_path / "scans"), a_tenant(), a_tenant("cergy")
    one, other = Digest.of(b"1"), Digest.of(b"2")
    scans.remember(ours, "v1", [one])
    assert scans.clean(ours, "v1", [one, other]) == {one}
    assert scans.clean(ours, "v2", [one]) == scans.clean(theirs, "v1", [one]) == set()
    scans.remember(ours, "v2", [other])
    assert (scans.clean(ours, "v2", [one, other]), scans.clean(ours, "v1", [one])) == ({other}, set())


def test_line_cut_short_is_not_believed(tmp_path):
    """After a crash in the middle of a line, only whole lines count, those after it included."""
    scans, one, other = DiskScans(tmp_path), Digest.of(b"1"), Digest.of(b"2")
    scans.remember(a_tenant(), "v1", [one])
    place = next(path for path in tmp_path.rglob("*") if path.is_file())
    place.write_text(place.read_text()[:-40])
    scans.remember(a_tenant(), "v1", [other])
    assert scans.clean(a_tenant(), "v1", [one, other]) == {other}
