"""The archival profile's check in its child process: the same answers as in this one, within limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.seda.builders import deliberation, transfer, written
from versement.adapters.conformity import BoundedProfileCheck
from versement.domain.errors import Defect, SettingsError
from versement.ports.archival_profile import DepartureKind
from versement.seda.departures import departures
from versement.seda.manifest import NAMESPACE
from versement.seda.relaxng import any_elements, any_number, element, grammar

MANIFEST = written(transfer(deliberation()))[0]
HEADER = ("Comment", "Date", "MessageIdentifier", "ArchivalAgreement")


def profile(*header: str) -> bytes:
    """A profile that asks for these elements of text, then for any others that hold only text."""
    start = element("ArchiveTransfer", *map(element, header), any_elements())
    return grammar(NAMESPACE, start, [], "Profil d’essai.")


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.xml"
    path.write_bytes(MANIFEST)
    return path


def test_the_child_answers_as_this_process_would(manifest):
    """The verdict, the places and the order of departures are the same in the child process and in this one."""
    told = departures(manifest, profile(*HEADER, "Signature"))
    assert {departure.kind for departure in told} >= {DepartureKind.MISSING, DepartureKind.REFUSED}
    assert BoundedProfileCheck()(manifest, profile(*HEADER, "Signature")) == told


def test_a_manifest_that_meets_its_profile_has_no_departure(manifest):
    """A profile that asks for nothing in particular is met."""
    anything = any_number(element("ArchiveTransfer"))
    manifest.write_text(f'<ArchiveTransfer xmlns="{NAMESPACE}"/>')
    assert BoundedProfileCheck()(manifest, grammar(NAMESPACE, element("ArchiveTransfer", anything), [], "Tout.")) == ()


def test_a_check_that_takes_too_long_is_ended_and_told(manifest):
    """Beyond its time the check stops with an error that says what to change; nothing is declared conform."""
    with pytest.raises(SettingsError, match=r"0\.001 s.*Rien n’a été envoyé.*unit_cap"):
        BoundedProfileCheck(seconds=0.001)(manifest, profile(*HEADER))


def test_a_manifest_that_takes_too_much_memory_costs_one_error(manifest):
    """Beyond its memory the child ends, and only the child."""
    manifest.write_bytes(re.sub(rb"<Comment>", b"<Comment>" + b"a " * (60 << 20), MANIFEST))
    with pytest.raises(SettingsError, match=r"300 Mio.*unit_cap"):
        BoundedProfileCheck(memory=300 << 20)(manifest, profile(*HEADER))


def test_a_grammar_that_is_none_is_our_defect(manifest):
    """A profile that libxml2 cannot compile is never taken for one that is met."""
    broken = profile(*HEADER).replace(b"rng:element", b"rng:elements")
    for check in (departures, BoundedProfileCheck()):
        with pytest.raises(Defect, match="n’est pas une grammaire RELAX NG"):
            check(manifest, broken)
