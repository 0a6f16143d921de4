"""Who is who: the same drop gives the same documents, the same bytes give the same version."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    CollectedFile,
    Field,
    FileReference,
    Kind,
    Role,
    SourceDocument,
    Value,
    ValueSource,
)
from versement.domain.duplicates import document_id, version_digest
from versement.testing.builders import a_collection, a_fixity

paths = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
references = st.builds(FileReference, paths, st.integers(0, 1 << 40), st.integers(0, 1 << 33))
readings = st.lists(
    st.tuples(st.sampled_from(Field), st.builds(Value, st.text(max_size=10), st.sampled_from(ValueSource))), max_size=4
).map(tuple)


@st.composite
def announced(draw) -> AnnouncedDocument:
    """A document of some files, the first of which names it."""
    listed = draw(st.lists(references, min_size=1, max_size=4, unique_by=lambda reference: reference.path))
    files = tuple(AnnouncedFile(item.path, draw(st.sampled_from(Role)), item) for item in listed)
    return AnnouncedDocument(listed[0].path, draw(st.sampled_from(Kind)), files, draw(readings))


@given(announced(), st.randoms(use_true_random=False))
def test_the_same_drop_gives_the_same_ids(document, random):
    """Listed again, in any order, a document keeps its id: a second run knows it."""
    files = list(document.files)
    random.shuffle(files)
    assert document_id("deliberations", replace(document, files=tuple(files))) == document_id("deliberations", document)


@given(announced(), readings, st.sampled_from([None, True, False]))
def test_what_is_said_of_a_document_is_not_its_identity(document, said, row):
    """A corrected index row or message speaks of the same document."""
    corrected = replace(document, readings=said, row=row, attests=("autre.pdf",))
    assert document_id("deliberations", corrected) == document_id("deliberations", document)


@given(announced(), st.data(), st.integers(1, 1000))
def test_a_file_of_another_size_or_time_makes_another_document(document, data, difference):
    """A file that was replaced at the source is never taken for what was collected before."""
    place = data.draw(st.integers(0, len(document.files) - 1))
    attribute = data.draw(st.sampled_from(["size", "modified"]))
    reference = document.files[place].reference
    changed = replace(reference, **{attribute: getattr(reference, attribute) + difference})
    files = list(document.files)
    files[place] = replace(files[place], reference=changed)
    other = replace(document, files=tuple(files))
    assert document_id("deliberations", other) != document_id("deliberations", document)


@given(announced())
def test_another_connector_has_its_own_documents(document):
    """Two connectors that list the same path speak of two documents."""
    assert document_id("deliberations", document) != document_id("arretes", document)


def test_documents_of_one_listing_have_different_ids():
    """A shared annex does not confuse its two acts."""
    shared = AnnouncedFile("annexe.pdf", Role.ANNEX, FileReference("annexe.pdf", 3, 4))
    acts = [
        AnnouncedDocument(name, Kind.ACT, (AnnouncedFile(name, Role.ACT, FileReference(name, 1, 2)), shared))
        for name in ("1.pdf", "2.pdf")
    ]
    assert len(a_collection(acts).documents) == 2


pieces = st.lists(st.tuples(st.sampled_from(Role), st.binary(max_size=6)), min_size=1, max_size=5)


def _document(files: list[tuple[Role, bytes]], names: list[str]) -> SourceDocument:
    collected = [
        CollectedFile(name, role, a_fixity(content), None) for (role, content), name in zip(files, names, strict=True)
    ]
    return SourceDocument("id", "deliberations", "run", names[0], Kind.ACT, tuple(collected))


@given(pieces, st.lists(paths, min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_a_version_is_its_bytes_whatever_their_names_or_order(files, names, random):
    """The same act under other names, its annexes in another order, is the same version."""
    shuffled = list(files)
    random.shuffle(shuffled)
    plain = [f"{place}.pdf" for place in range(len(files))]
    assert version_digest(_document(shuffled, names[: len(files)])) == version_digest(_document(files, plain))


@given(pieces, pieces)
def test_any_other_byte_or_role_is_another_version(first, second):
    """Two records are one version only when each file of one stands in the other, as often and in the same role."""
    names = [f"{place}.pdf" for place in range(5)]
    assume(sorted(first) != sorted(second))
    assert version_digest(_document(first, names[: len(first)])) != version_digest(
        _document(second, names[: len(second)])
    )


def test_a_file_given_twice_is_not_given_once():
    """An act with the same annex twice is another version than with it once: no piece is lost unseen."""
    once = [(Role.ACT, b"acte"), (Role.ANNEX, b"annexe")]
    twice = [*once, (Role.ANNEX, b"annexe")]
    assert version_digest(_document(once, ["1", "2"])) != version_digest(_document(twice, ["1", "2", "3"]))
