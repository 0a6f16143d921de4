"""Which files have arrived whole: nothing is lost, nothing is taken by half."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from versement.domain.arrivals import Signs, arrived
from versement.domain.documents import FileReference
from versement.domain.listing import Listing


def listing(*files: tuple[str, int] | tuple[str, int, int]) -> Listing:
    return Listing.of(FileReference(file[0], file[1], file[2] if len(file) > 2 else 0) for file in files)


def paths(found: Listing) -> list[str]:
    return [file.path for file in found]


def codes(found: Listing) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in found.left]


def test_a_file_that_grows_or_appears_between_two_listings_waits() -> None:
    """A file that is not the same twice is told, and left for the next collection."""
    first = listing(("fini.pdf", 5), ("grandit.pdf", 1), ("touché.pdf", 1, 10))
    second = listing(("fini.pdf", 5), ("grandit.pdf", 2), ("neuf.pdf", 1), ("touché.pdf", 1, 9))
    found = arrived(first, second, Signs())
    assert paths(found) == ["fini.pdf"]
    assert codes(found) == [("FILE_UNSETTLED", path) for path in ("grandit.pdf", "neuf.pdf", "touché.pdf")]
    assert not found.whole
    assert arrived(second, second, Signs()).whole


def test_an_empty_folder_is_one_that_stays_empty() -> None:
    """A folder that is being filled, waits for its end marker or is for our receipts is no residue."""
    one = Listing.of([], empty=["a/", "accuses/", "b/"])
    assert arrived(one, Listing.of([], empty=["a/", "accuses/"]), Signs(receipts="accuses/2026")).empty == ("a/",)
    assert arrived(one, one, Signs(end_marker="fini.txt")).empty == ()
    ended = Listing.of([FileReference("a/fini.txt", 0, 0)], empty=["a/vide/", "b/"])
    assert arrived(ended, ended, Signs(end_marker="fini.txt")).empty == ("a/vide/",)


def test_a_clock_that_lies_changes_nothing() -> None:
    """Times are only compared with one another: a source whose clock is years off is read all the same."""
    ahead = listing(("a.pdf", 1, 4_000_000_000), ("b.pdf", 1, 0))
    assert paths(arrived(ahead, ahead, Signs())) == ["a.pdf", "b.pdf"]


def test_a_temporary_suffix_waits_in_any_case() -> None:
    """A file under a temporary name is neither taken nor called waste."""
    one = listing(("a.pdf", 1), ("b.pdf.part", 1), ("c.PDF.FILEPART", 1))
    found = arrived(one, one, Signs(temporary=(".part", ".filepart")))
    assert paths(found) == ["a.pdf"]
    assert codes(found) == [("TRANSFER_RUNNING", "b.pdf.part"), ("TRANSFER_RUNNING", "c.PDF.FILEPART")]


def test_a_folder_waits_for_its_end_marker() -> None:
    """Without its marker a folder waits whole; with it, all that is below is taken, the marker aside."""
    one = listing(("a/acte.pdf", 1), ("a/annexes/1.pdf", 1), ("a/fini.txt", 0), ("b/acte.pdf", 1), ("c.pdf", 1))
    found = arrived(one, one, Signs(end_marker="fini.txt"))
    assert paths(found) == ["a/acte.pdf", "a/annexes/1.pdf"]
    assert codes(found) == [("FOLDER_UNFINISHED", ""), ("FOLDER_UNFINISHED", "b")]


def test_a_marked_folder_with_one_file_still_moving_waits_whole() -> None:
    """A document is never cut in two: its folder waits for its last file."""
    first = listing(("a/acte.pdf", 1), ("a/annexe.pdf", 1), ("a/fini.txt", 0))
    second = listing(("a/acte.pdf", 1), ("a/annexe.pdf", 2), ("a/fini.txt", 0))
    found = arrived(first, second, Signs(end_marker="fini.txt"))
    assert paths(found) == []
    assert codes(found) == [("FOLDER_UNFINISHED", "a"), ("FILE_UNSETTLED", "a/annexe.pdf")]


def test_a_marker_that_has_just_come_is_not_believed_yet() -> None:
    """A marker counts once it was there in both listings."""
    first, second = listing(("a/acte.pdf", 1)), listing(("a/acte.pdf", 1), ("a/fini.txt", 0))
    assert paths(arrived(first, second, Signs(end_marker="fini.txt"))) == []


NAMES = ("x/a.pdf", "x/b.pdf", "y/c.pdf", "d.pdf")
WHOLE = 4
"""Bytes of every file once it is whole."""


@settings(max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(NAMES), st.just("collect")), max_size=40))
def test_any_interleaving_of_writes_and_collections_loses_nothing_and_takes_no_half(events: list[str]) -> None:
    """Writers that go on between two listings are never taken by half; once all are done, everything is taken."""
    sizes: dict[str, int] = {}
    taken: dict[str, int] = {}

    def now() -> Listing:
        return listing(*sizes.items())

    def collect() -> None:
        first = now()
        for path, size in sizes.items():
            sizes[path] = min(size + 1, WHOLE)
        found = arrived(first, now(), Signs())
        assert len(found) + len(found.left) == len(sizes)
        assert {file.size for file in found} <= {WHOLE}
        taken.update({file.path: file.size for file in found})

    for event in events:
        if event == "collect":
            collect()
        else:
            sizes[event] = min(sizes.get(event, 0) + 1, WHOLE)
    for _ in range(WHOLE + 1):
        collect()
    assert taken == dict.fromkeys(sizes, WHOLE)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 3), st.booleans()), max_size=12), st.data())
def test_every_entry_is_either_taken_or_told(entries: list[tuple[str, int, bool]], data: st.DataObject) -> None:
    """Whatever the two listings hold and whatever signs are asked for, no file goes without a word."""
    second = listing(*{name: size for name, size, _ in entries}.items(), ("x/fini.txt", 0))
    first = listing(*{name: size for name, size, early in entries if early}.items(), ("x/fini.txt", 0))
    signs = Signs(data.draw(st.sampled_from(["", "fini.txt"])), data.draw(st.sampled_from([(), (".pdf",)])))
    found = arrived(first, second, signs)
    told = {finding.path for finding in found.left}
    for file in second:
        assert file in found.files or file.path in told or file.folder in told or file.name == signs.end_marker


def test_our_own_receipts_are_no_part_of_the_drop() -> None:
    """What stands in the folder of receipts is never collected."""
    one = listing(("acte.pdf", 1), ("accuses/accuse-1.json", 1), ("accuses-2/acte.pdf", 1))
    assert paths(arrived(one, one, Signs(receipts="accuses"))) == ["accuses-2/acte.pdf", "acte.pdf"]
