"""The journal's proof: whatever is changed in one is found, and the line is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versement.domain.errors import SettingsError
from versement.domain.journal import (
    LISTED,
    Anchor,
    JournalEntry,
    Segment,
    chained,
    exported,
    genesis,
    verified,
    verified_export,
)

COFFRE = "osny.actes@demo"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def a_journal(count: int = 12, coffre: str = COFFRE) -> list[JournalEntry]:
    lines, before = [], genesis(coffre)
    for number in range(1, count + 1):
        line = JournalEntry(number, START + timedelta(seconds=number), "document.collected", f"id-{number}", "{}", "")
        before = chained(before, line)
        lines.append(replace(line, chain=before))
    return lines


def written(lines: list[JournalEntry], coffre: str = COFFRE) -> bytes:
    return b"".join(exported(Segment(coffre, 1, len(lines), genesis(coffre), lines[-1].chain), lines))


def rewritten(lines: list[JournalEntry], at: int) -> list[JournalEntry]:
    """The same journal, one line changed and all the chains after it made anew, as a forger would."""
    forged, before = [], genesis(COFFRE)
    for line in lines:
        said = replace(line, subject="forgé") if line.number == at else line
        before = chained(before, said)
        forged.append(replace(said, chain=before))
    return forged


def faults(lines: list[JournalEntry], *anchors: Anchor) -> list[int]:
    return [fault.line for fault in verified(COFFRE, lines, anchors).faults]


JOURNAL = a_journal()
HEAD = Anchor(12, JOURNAL[-1].chain)
EXPORT = written(JOURNAL)


def test_a_sound_journal_is_whole():
    """Nothing is found in an untouched journal, and its head is told."""
    verifier = verified(COFFRE, JOURNAL, [HEAD, Anchor(5, JOURNAL[4].chain)])
    assert (verifier.faults, verifier.count, verifier.last) == ([], 12, HEAD)
    assert faults([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "autre"},
        {"event": "document.set_aside"},
        {"data": '{"files":2}'},
        {"at": START},
        {"chain": "0" * 64},
    ],
)
@pytest.mark.parametrize("number", [1, 6, 12])
def test_an_altered_line_is_the_only_one_accused(number, change):
    """Whatever word of a line, or its own hash, is altered: that line is named, and not its neighbours."""
    changed = [replace(line, **change) if line.number == number else line for line in JOURNAL]
    assert faults(changed) == [number]


@given(st.data())
def test_lines_taken_out_are_found(data):
    """Lines missing from the middle or the beginning are named, however many."""
    start = data.draw(st.integers(1, 11))
    stop = data.draw(st.integers(start, 11))
    found = verified(COFFRE, [line for line in JOURNAL if not start <= line.number <= stop]).faults
    assert [fault.line for fault in found] == [start]
    assert "absente" in found[0].message
    assert start == stop or str(stop) in found[0].message


@given(st.permutations(JOURNAL))
def test_any_other_order_is_found(lines):
    """A journal whose lines are all there in another order is not whole."""
    assert bool(faults(lines)) == (lines != JOURNAL)


def test_two_lines_exchanged_are_named():
    """The line that comes too late is told as moved, and nothing is told missing."""
    lines = [*JOURNAL]
    lines[5], lines[6] = lines[6], lines[5]
    (fault,) = verified(COFFRE, lines).faults
    assert (fault.line, "déplacée" in fault.message) == (6, True)


@given(st.integers(1, 12))
def test_a_line_that_stands_twice_is_found(number):
    """A line repeated is one too many."""
    lines = [line for line in JOURNAL for _ in range(1 + (line.number == number))]
    assert faults(lines) == [number]


@given(st.integers(0, 11))
def test_a_cut_end_needs_the_head(kept):
    """A journal whose end was cut is a sound shorter journal: only a head noted elsewhere tells, and it does."""
    assert faults(JOURNAL[:kept]) == []
    (fault,) = verified(COFFRE, JOURNAL[:kept], [HEAD]).faults
    assert "coupée" in fault.message
    assert str(kept) in fault.message


@given(st.integers(1, 12))
def test_a_rewritten_journal_needs_the_head(at):
    """A forger who makes all the chains anew is found by any head noted after the line, and by none before it."""
    forged = rewritten(JOURNAL, at)
    assert faults(forged) == []
    assert faults(forged, HEAD) == [12]
    assert faults(forged, Anchor(at, JOURNAL[at - 1].chain)) == [at]
    assert at == 1 or faults(forged, Anchor(at - 1, JOURNAL[at - 2].chain)) == []


def test_another_coffre_s_journal_is_not_this_one_s():
    """A sound journal of one coffre does not pass for another's."""
    assert faults(a_journal(coffre="maurecourt.actes@demo"))[0] == 1


def test_many_faults_are_counted():
    """A journal wrong everywhere gives a bounded list."""
    verifier = verified(COFFRE, [replace(line, chain="") for line in a_journal(LISTED + 9)])
    assert (len(verifier.faults), verifier.more_faults) == (LISTED, 9)


def test_an_export_is_always_the_same_and_is_whole():
    """The same journal gives the same bytes, and these prove it."""
    assert written(a_journal()) == EXPORT
    segment, verifier = verified_export(EXPORT.splitlines(keepends=True), [HEAD])
    assert (segment.tenant, segment.last, verifier.faults) == (COFFRE, 12, [])


def found_in(content: bytes, *anchors: Anchor) -> bool:
    try:
        return bool(verified_export(content.splitlines(keepends=True), anchors)[1].faults)
    except SettingsError:
        return True


@given(st.integers(0, len(EXPORT) - 1), st.integers(1, 255))
def test_any_byte_changed_in_an_export_is_found(position, change):
    """Not one byte of an exported journal can be changed."""
    changed = bytearray(EXPORT)
    changed[position] ^= change
    assert found_in(bytes(changed))


@given(st.integers(0, len(EXPORT) - 1), st.integers(1, len(EXPORT)), st.binary(max_size=20))
def test_any_stretch_replaced_in_an_export_is_found(start, length, instead):
    """Bytes taken out, put in or replaced anywhere are found; so is a file cut anywhere, for its beginning tells."""
    changed = EXPORT[:start] + instead + EXPORT[start + length :]
    assert found_in(changed) == (changed != EXPORT)


@given(st.integers(1, 11))
def test_an_export_cut_with_its_beginning_needs_the_head(kept):
    """One who also writes the file's first line anew makes a sound shorter journal: the head noted elsewhere tells."""
    shorter = written(JOURNAL[:kept])
    assert not found_in(shorter)
    assert found_in(shorter, HEAD)


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_what_is_no_export_is_refused(lines):
    """Any other file is refused with a message, never a failure."""
    assert found_in(b"\n".join(lines))


@pytest.mark.parametrize("field", ["number", "at", "chain", "data"])
@pytest.mark.parametrize("value", [None, 3, 1.5, "x", [], {}, True])
def test_a_line_of_another_shape_is_altered(field, value):
    """A line with a value of another kind is named as altered."""
    lines = EXPORT.splitlines(keepends=True)
    said = json.loads(lines[7])
    lines[7] = json.dumps(said | {field: value}, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    found = verified_export(lines)[1].faults
    assert found
    assert 7 in {fault.line for fault in found} | {fault.line - 1 for fault in found} or said[field] == value


def test_segments_follow_one_another():
    """A segment proves itself, and its beginning is the end of the one before."""
    segment = Segment(COFFRE, 6, 12, JOURNAL[4].chain, JOURNAL[-1].chain)
    lines = list(exported(segment, JOURNAL[5:]))
    read, verifier = verified_export(lines, [Anchor(5, JOURNAL[4].chain), HEAD])
    assert (read, verifier.faults) == (segment, [])
    assert [fault.line for fault in verified_export(lines, [Anchor(5, "0" * 64)])[1].faults] == [5]


@pytest.mark.parametrize("text", ["", "12", "12:abc", f"0:{'a' * 64}", f"12:{'A' * 64}", f"-1:{'a' * 64}"])
def test_a_head_that_is_none_is_explained(text):
    """A head that was copied wrongly is a message that says its form."""
    with pytest.raises(SettingsError, match="NOMBRE:EMPREINTE"):
        Anchor.parse(text)


def test_a_head_is_read_as_it_is_shown():
    """What the report shows is what the command takes."""
    assert Anchor.parse(str(HEAD)) == HEAD


@given(st.lists(st.sampled_from(JOURNAL), max_size=14), st.integers(0, 13), st.sampled_from(["{}", '{"x":1}']))
def test_any_other_list_of_lines_is_found(lines, position, data):
    """Several edits at once, whatever they are, never leave a sound journal with the same head."""
    edited = [replace(line, data=data) if place == position else line for place, line in enumerate(lines)]
    assert bool(faults(edited, HEAD)) == (edited != JOURNAL)
