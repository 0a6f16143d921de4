"""Which value counts when several sources speak, and that each value says where it was read."""

from __future__ import annotations

from datetime import date
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from versement.adapters.registry import SqlRegistry
from versement.domain.documents import PRECEDENCE, Field, Metadata, Value, ValueSource
from versement.testing.builders import (
    FixedClock,
    a_collected_document,
    a_collection,
    a_tenant,
    an_announced_document,
)

values = st.builds(Value, st.text(max_size=12), st.sampled_from(ValueSource))
readings = st.lists(st.tuples(st.sampled_from(Field), values), max_size=12).map(tuple)
once_each = st.lists(
    st.tuples(st.sampled_from(Field), values), max_size=12, unique_by=lambda item: (item[0], item[1].source)
)


@given(readings)
def test_the_value_of_the_first_source_in_rank_counts(said):
    """ARActe, then ACTES message, index, stamp, profile: no value of a lesser source hides a better one."""
    metadata = Metadata.settled(said)
    for name in Field:
        spoken = [value.source for field, value in said if field is name and value.text]
        kept = metadata.values.get(name)
        if not spoken:
            assert kept is None
            assert metadata.text(name) == ""
        else:
            assert kept.source is min(spoken, key=PRECEDENCE.index)
            assert (name, kept) in said


@given(once_each, st.randoms(use_true_random=False))
def test_the_order_of_reading_changes_nothing(said, random):
    """Whichever file was read first, the same value counts."""
    shuffled = list(said)
    random.shuffle(shuffled)
    assert Metadata.settled(tuple(shuffled)) == Metadata.settled(tuple(said))


def test_every_source_has_its_rank():
    """No source of values is left out of the ranking, nor stands in it twice."""
    assert sorted(PRECEDENCE) == sorted(ValueSource)


@pytest.mark.parametrize(("better", "lesser"), list(pairwise(PRECEDENCE)))
def test_the_rank_is_the_one_that_is_announced(better, lesser):
    """Of two neighbours in the ranking the first one counts, and an empty word counts for nothing."""
    said = ((Field.TITLE, Value("bon", better)), (Field.TITLE, Value("moins bon", lesser)))
    assert Metadata.settled(said).text(Field.TITLE) == "bon"
    silent = ((Field.TITLE, Value("", better)), said[1])
    assert Metadata.settled(silent).values[Field.TITLE] == said[1][1]


def test_a_date_is_a_day_or_unknown():
    """A date is read as ISO 8601; one that nobody gives is none, never today."""
    metadata = Metadata.settled(((Field.DATE, Value("2026-03-12", ValueSource.INDEX)),))
    assert metadata.date(Field.DATE) == date(2026, 3, 12)
    assert metadata.date(Field.RECEIVED) is None


@pytest.fixture
def registry(tmp_path):
    opened = SqlRegistry(f"sqlite:///{tmp_path / 'registre.db'}", FixedClock())
    yield opened
    opened.close()


_names = count()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=readings, more=readings)
def test_which_source_gave_each_value_is_kept(registry, said, more):
    """Everything that was read, with its source and order, comes back from the registry as it was written."""
    tenant, name = a_tenant(), f"{next(_names)}.pdf"
    announced = an_announced_document(name, readings=said)
    registry.announce(tenant, a_collection([announced], run=name))
    assert registry.announced_as(tenant, a_collected_document(announced).id) == announced
    read = a_collected_document(an_announced_document(name, readings=(*said, *more)), key=f"clé {name}", run=name)
    registry.collected(tenant, read)
    registry.qualified(tenant, [(read, [])])
    kept = registry.document(tenant, read.id).document
    assert kept.readings == (*said, *more)
    assert kept.metadata == read.metadata
    assert kept == read
