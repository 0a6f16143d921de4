"""What every antivirus must do, as a suite of tests: subclass it and give the fixture `antivirus`."""

# ruff: noqa: S101, the suite is made of assertions

from __future__ import annotations

import io

import pytest

from versement.domain.scans import CLEAN, Scanned, Verdict
from versement.ports.antivirus import Antivirus
from versement.testing.memory_antivirus import EICAR


def scan(antivirus: Antivirus, content: bytes) -> Verdict:
    return antivirus.scan(io.BytesIO(content), len(content))


class AntivirusContract:
    """Subclasses define the fixture `antivirus`: it scans 1 MiB at most, and knows EICAR's test file."""

    @pytest.fixture
    def antivirus(self) -> Antivirus:
        raise NotImplementedError

    def test_version_of_the_signatures_is_told(self, antivirus: Antivirus) -> None:
        """The version is one line, the same when asked again: it is what a scan is remembered under."""
        version = antivirus.signatures()
        assert version.isprintable()
        assert len(version) > 5
        assert antivirus.signatures() == version

    @pytest.mark.parametrize("content", [b"", b"x", bytes(1 << 20), "Délibération".encode()])
    def test_what_holds_no_virus_is_clean(self, antivirus: Antivirus, content: bytes) -> None:
        """An empty file, a large one and a text are clean."""
        assert scan(antivirus, content) == CLEAN

    def test_virus_is_found_and_named(self, antivirus: Antivirus) -> None:
        """EICAR's test file is found, alone or within something else, and its signature is named."""
        for content in (EICAR, bytes(300_000) + EICAR):
            verdict = scan(antivirus, content)
            assert verdict.scanned is Scanned.INFECTED
            assert "eicar" in verdict.about.lower()

    def test_files_are_judged_one_by_one(self, antivirus: Antivirus) -> None:
        """A virus does not stain the file after it, nor does a clean file hide the one after it."""
        found = [scan(antivirus, content).scanned for content in (b"a", EICAR, b"b", EICAR, b"c")]
        clean, infected = Scanned.CLEAN, Scanned.INFECTED
        assert found == [clean, infected, clean, infected, clean]

    def test_what_is_too_large_is_said_not_scanned(self, antivirus: Antivirus) -> None:
        """A file beyond the limit is never told clean, and the next one is judged."""
        verdict = scan(antivirus, bytes(3 << 20))
        assert verdict.scanned is Scanned.NOT_SCANNED
        assert "plus gros" in verdict.about
        assert scan(antivirus, EICAR).scanned is Scanned.INFECTED

    def test_reading_goes_on_after_close(self, antivirus: Antivirus) -> None:
        """Closing ends what is open; a later scan opens it again."""
        assert scan(antivirus, b"a") == CLEAN
        antivirus.close()
        assert scan(antivirus, b"b") == CLEAN
