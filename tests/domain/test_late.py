"""What comes late for an act: proofs alone, whatever else two drops of one act hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from versement.domain.documents import CollectedFile, Field, Kind, Role, SourceDocument, Value, ValueSource
from versement.domain.fixity import Digest, Fixity
from versement.domain.late import PROOFS, is_late, late_files, late_items, late_key

ID = "095-219509908-20260312-2026_100-DE"
ROLES = st.sampled_from([Role.ACT, Role.ANNEX, Role.MESSAGE, *PROOFS])
FILES = st.sets(st.tuples(ROLES, st.integers(0, 4)), max_size=6)
ADDED = st.sets(st.tuples(st.sampled_from(PROOFS), st.integers(0, 4)), min_size=1, max_size=4)
ACT = (Role.ACT, 1)


def digest(number: int) -> Digest:
    return Digest("SHA-512", f"{number:x}" * 128)


def document(files, *, key=ID, date="2026-03-12", kind=Kind.ACT) -> SourceDocument:
    collected = tuple(
        CollectedFile(f"{place}.pdf", role, Fixity(digest(number), 0, 1), None)
        for place, (role, number) in enumerate(sorted(files))
    )
    readings = ((Field.DATE, Value(date, ValueSource.STAMP)),)
    return SourceDocument("id", "deliberations", "c", "0.pdf", kind, collected, readings, key)


@given(FILES, FILES, ADDED)
def test_only_proofs_of_the_same_act_come_late(held, part, added):
    """No act, annex or message that is not held already; the act's own bytes are there, or nothing but its copies."""
    held, new = held | {ACT}, part | added
    late = {(file.role, int(file.fixity.digest.value[0], 16)) for file in late_files(document(new), document(held))}
    if not late:
        return
    assert late == new - held
    assert {role for role, _ in late} <= set(PROOFS)
    acts = {file for file in new if file[0] is Role.ACT}
    assert acts <= held
    assert acts or Role.SIGNATURE not in {role for role, _ in new}


@given(FILES, ADDED)
def test_key_says_which_files_come_late_and_no_other(held, added):
    """From its key alone, a late document gives the files that it adds, each once; equal files, equal key."""
    held = held | {ACT}
    new = held | added
    late = late_files(document(new), document(held))
    assert bool(late) is bool(added - held)
    if not late:
        return
    keyed = document(new, key=late_key(ID, late))
    assert is_late(keyed.record_key)
    assert [file for _, file in late_items(keyed)] == list(late)
    assert late_key(ID, list(reversed(late))) == keyed.record_key


def test_what_says_another_day_or_is_no_act_never_comes_late():
    """Two documents that contradict each other are a person's matter; an acknowledgement has a key of its own."""
    act, more = {(Role.ACT, 1)}, {(Role.ACT, 1), (Role.STAMPED, 2)}
    assert len(late_files(document(more), document(act))) == 1
    assert not late_files(document(more, date="2026-03-13"), document(act))
    assert not late_files(document(more, kind=Kind.ACKNOWLEDGEMENT), document(act))


def test_stamped_copy_alone_needs_the_identifier_and_the_original():
    """Known by its number only, or where the archive holds nothing but a stamped copy, it may be another act."""
    stamped, original = {(Role.STAMPED, 2)}, {(Role.ACT, 1)}
    assert len(late_files(document(stamped), document(original))) == 1
    assert not late_files(document(stamped, key="219509908/20260312/2026_100"), document(original))
    assert not late_files(document(stamped), document({(Role.STAMPED, 1)}))
