"""Hostile and unlucky drops: each has one outcome, in French, and its neighbours go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date

import pytest

from tests.steps.odd_acts import NEIGHBOUR, SIREN, act, index, row
from tests.steps.test_crash import Killed
from tests.steps.world import profile_of
from versement.domain.errors import FileChanged, FileVanished, SourceUnavailable, StagingFull
from versement.domain.lifecycle import DocumentState
from versement.steps.collect import Window, collect
from versement.steps.qualify import qualify
from versement.testing.plain_expectations import PlainExpectations


@pytest.fixture
def maurecy(commune):
    """The smaller commune, all of whose documents are good."""
    return commune("maurecy")


def _state_of(world, reference: str) -> DocumentState:
    chain = world.chain()
    stories = [s for s in chain.registry.find(chain.tenant, reference) if s.document.reference == reference]
    return max(stories, key=lambda story: story.collection.started).state


def _one_act(world) -> str:
    return min(
        path.relative_to(world.drop).as_posix() for path in world.drop.rglob("*.pdf") if "annexe" not in path.name
    )


class Troubled:
    """A source that fails on chosen paths; the rest is the real one."""

    def __init__(self, source, fail) -> None:
        self._source = source
        self._fail = fail

    def listing(self, tenant):
        return self._source.listing(tenant)

    def read(self, tenant, reference) -> Iterator[bytes]:
        self._fail(reference)
        return self._source.read(tenant, reference)

    def close(self) -> None:
        self._source.close()


def _wrapped(world, fail):
    world.wrap = lambda port: Troubled(port, fail) if hasattr(port, "listing") else port


def test_a_corrupt_pdf_is_set_aside_alone(maurecy):
    """A PDF that cannot be read is set aside with what to do; the others are accepted."""
    name = _one_act(maurecy)
    whole = (maurecy.drop / name).read_bytes()
    maurecy.put(name, whole[: len(whole) // 3])
    maurecy.run()
    assert maurecy.codes()[name] == "FILE_TRUNCATED"
    assert maurecy.balance().documents.accepted > 0
    assert maurecy.balance().adds_up


@pytest.mark.parametrize(
    ("error", "code"),
    [(FileVanished("disparu"), "FILE_VANISHED"), (FileChanged("change"), "FILE_CHANGED")],
    ids=["vanished", "growing"],
)
def test_a_file_that_moves_during_collection_is_set_aside_then_collected_by_the_next_run(maurecy, error, code):
    """A file that vanishes or grows while it is read never enters half; the next run takes it, once."""
    name = _one_act(maurecy)

    def fail(reference) -> None:
        if reference.path == name:
            raise error

    _wrapped(maurecy, fail)
    maurecy.run()
    assert maurecy.codes()[name] == code
    maurecy.wrap = lambda port: port
    maurecy.run()
    assert _state_of(maurecy, name) in {DocumentState.ACCEPTED, DocumentState.DUPLICATE}
    assert set(maurecy.archive.copies(maurecy.chain().tenant).values()) == {1}
    assert maurecy.balance().adds_up


@pytest.mark.parametrize("error", [SourceUnavailable("coupé"), StagingFull("plein")], ids=["cut", "disk full"])
def test_a_collection_that_stops_goes_on_where_it_stopped(maurecy, error):
    """SFTP cut, or disk full, half-way: what is collected stays, the next run brings the rest, nothing is doubled."""
    acts = sorted(path.relative_to(maurecy.drop).as_posix() for path in maurecy.drop.rglob("*.pdf"))

    def fail(reference) -> None:
        if reference.path == acts[len(acts) // 2]:
            raise error

    _wrapped(maurecy, fail)
    with pytest.raises(type(error)):
        maurecy.run()
    half = maurecy.balance()
    assert half.adds_up
    assert half.documents.pending == half.documents.collected
    maurecy.wrap = lambda port: port
    maurecy.run()
    assert maurecy.balance().documents.pending == 0
    assert set(maurecy.archive.copies(maurecy.chain().tenant).values()) == {1}


def test_a_source_that_refuses_announces_nothing(maurecy):
    """No listing, no announcement: the counts stay at zero and the error is the source's."""

    class Silent(Troubled):
        def listing(self, tenant):
            raise SourceUnavailable("refusé")

    maurecy.wrap = lambda port: Silent(port, None) if hasattr(port, "listing") else port
    with pytest.raises(SourceUnavailable):
        maurecy.run()
    assert maurecy.balance().documents.announced == 0


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16"])
def test_an_index_in_any_usual_encoding_gives_the_same_documents(commune, encoding):
    """The index in Latin-1, UTF-8 with BOM or UTF-16 leads to the same outcome for every document."""
    world = commune("saint-aubin")
    index = next(world.drop.glob("*.csv"))
    text = (
        index.read_text(encoding="utf-8-sig").replace("’", "'").replace("œ", "oe").replace("–", "-").replace("€", "EUR")
    )
    index.write_bytes(text.encode(encoding))
    world.run()
    counts = world.balance().documents
    assert (counts.set_aside, counts.duplicates) == (7, 1)


def test_a_broken_index_row_is_one_finding_and_the_other_rows_count(commune):
    """A row with missing cells is told with its line; no other row or document suffers."""
    world = commune("saint-aubin")
    index = next(world.drop.glob("*.csv"))
    broken = index.read_bytes() + "\r\nune ligne;cassée\r\n".encode()
    index.write_bytes(broken)
    world.run()
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, "deliberations:run-1")
    (finding,) = (finding for finding in record.findings if finding.code == "INDEX_ROW")
    assert index.name in finding.message
    assert world.balance().documents.set_aside == 7


def test_an_act_of_another_commune_never_leaves(commune):
    """An act with another SIREN is set aside and no byte of it reaches the archive."""
    world = commune("saint-aubin")
    world.run()
    assert "SIREN_FOREIGN" in world.codes().values()
    assert not [key for key in world.archive.copies(world.chain().tenant) if "219509916" in key]


def test_a_mixed_drop_is_set_aside_whole_where_the_profile_says_so(commune):
    """With mixed_drop: set_aside_all, acts of two SIRENs in one drop are all set aside, none is sent."""
    world = commune("saint-aubin")
    connector = world.profile.connector.model_copy(update={"mixed_drop": "set_aside_all"})
    world.profile = world.profile.model_copy(update={"connector": connector})
    world.run()
    counts = world.balance().documents
    assert counts.accepted == 0
    assert counts.set_aside == counts.collected
    world.run()
    assert world.balance().documents == counts
    assert not world.archive.copies(world.chain().tenant)


def test_a_corrected_row_brings_a_set_aside_document_back(commune):
    """Once the index says the same date as the ARActe, the act set aside for it is accepted with its ARActe."""
    world = commune("saint-aubin")
    world.run()
    assert "VALUES_CONTRADICT" in world.codes().values()
    index = next(world.drop.glob("*.csv"))
    lines = index.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    corrected = [line.replace("2026-03-12", "2026-03-21") if "2026_016" in line else line for line in lines]
    index.write_text("".join(corrected), encoding="utf-8-sig", newline="")
    world.run()
    assert "VALUES_CONTRADICT" not in world.codes().values()
    assert not [code for code in world.codes().values() if code.startswith("WAITS")]
    assert world.balance().adds_up


def test_a_run_for_a_window_takes_the_acts_of_those_days_only(commune):
    """A backfill asks for dates of acts: others are left for other runs; undated ones are never left out."""
    world = commune("maurecy")
    world.run(window=Window(date(1999, 1, 1), date(1999, 12, 31)))
    dated = world.balance().documents
    world.run()
    assert dated.announced < world.balance().documents.announced
    assert world.balance().documents.pending == 0


def test_a_late_annex_completes_the_acts_that_name_it(commune):
    """Acts whose shared annex is missing are set aside; once it is dropped, each is accepted with it."""
    world = commune("saint-aubin")
    annex, aside = world.drop / "Tableau du conseil municipal.pdf", world.folder / "annex.pdf"
    acts = [f"99_DE-095-219509908-20260327-2026_{number}-DE-1-1_1.pdf" for number in ("019", "021")]
    shutil.move(annex, aside)
    world.run()
    assert {world.codes()[act] for act in acts} == {"FILE_MISSING"}
    shutil.move(aside, annex)
    world.run()
    assert {_state_of(world, act) for act in acts} == {DocumentState.ACCEPTED}
    assert world.balance().adds_up


def test_collect_twice_with_one_run_id_announces_once(maurecy):
    """A retried task of the same run does not announce again."""
    chain = maurecy.chain()
    for _ in range(2):
        collect(chain, maurecy.source(), maurecy.formats, run_id="same", window=Window())
    assert maurecy.balance().documents.announced == 12
    assert maurecy.balance().documents.known == 0


def test_a_corrected_rule_table_brings_set_aside_documents_back(maurecy):
    """An act that no rule covers is set aside; once the row is added, the next run judges it again and accepts it."""
    organisation = maurecy.profile.organisation
    bare = organisation.model_copy(update={"management_rules": ()})
    whole = maurecy.profile
    maurecy.profile = whole.model_copy(update={"organisation": bare})
    maurecy.run()
    assert "ACCESS_UNDETERMINED" in maurecy.codes().values()
    assert maurecy.balance().documents.accepted == 0
    maurecy.profile = whole
    maurecy.run()
    assert not maurecy.codes()
    assert maurecy.balance().documents.accepted == 11


def test_a_mixed_drop_that_is_sorted_out_is_judged_again(commune):
    """Once the act of the other commune is gone, what was set aside with it is accepted."""
    world = commune("saint-aubin")
    connector = world.profile.connector.model_copy(update={"mixed_drop": "set_aside_all"})
    world.profile = world.profile.model_copy(update={"connector": connector})
    world.run()
    for path in world.drop.rglob("*219509916*"):
        path.unlink()
    world.run()
    assert "MIXED_DROP" not in {code for reference, code in world.codes().items() if "219509916" not in reference}
    assert world.balance().documents.accepted > 0
    assert world.balance().adds_up


def test_a_mixed_drop_stays_whole_when_its_qualification_is_interrupted(empty_drop):
    """Killed after its first decision, the qualification of a mixed drop still sets every document aside.

    What is judged already says no more whose it is: were the stranger judged first, the rest would look honest.
    """
    world = empty_drop
    world.profile = profile_of(mixed_drop="set_aside_all")
    world.put("0.pdf", act("2026_101", stamped=False))
    world.put("index.csv", index(row(f"095-{NEIGHBOUR}-20260312-2026_101-DE", "0.pdf")))
    world.put("1.pdf", act())
    world.wrap = DiesAfterASetAside
    with pytest.raises(Killed):
        world.run()
    assert world.balance().documents.set_aside == 1
    world.wrap = lambda port: port
    qualify(world.chain(), world.formats, PlainExpectations(), collection_id="deliberations:run-1")
    assert world.balance().documents.set_aside == 2


class DiesAfterASetAside:
    """A port of a process that dies as soon as it has set one document aside."""

    def __init__(self, port) -> None:
        self._port = port

    def __getattr__(self, name):
        return self._dying if name == "set_aside" else getattr(self._port, name)

    def _dying(self, *args, **kwargs) -> None:
        self._port.set_aside(*args, **kwargs)
        raise Killed


def test_two_authorities_of_one_organisation_are_not_a_mixed_drop(empty_drop):
    """A commune and its CCAS, both declared by the organisation, may share a drop."""
    profile = profile_of(mixed_drop="set_aside_all")
    both = profile.organisation.model_copy(update={"sirens": (SIREN, NEIGHBOUR)})
    empty_drop.profile = profile.model_copy(update={"organisation": both})
    empty_drop.put("a.pdf", act())
    empty_drop.put("b.pdf", act("2026_101", stamped=False))
    theirs = row(f"095-{NEIGHBOUR}-20260312-2026_101-DE", "b.pdf").replace(f"{SIREN}00017", f"{NEIGHBOUR}00017")
    empty_drop.put("index.csv", index(theirs))
    empty_drop.run()
    assert empty_drop.balance().documents.accepted == 2


def test_an_index_that_changes_while_it_is_read_announces_nothing(commune):
    """Without its index the drop would be judged wrongly: the collection stops, and the next run takes everything."""
    world = commune("saint-aubin")
    name = next(world.drop.glob("*.csv")).name

    def fail(reference) -> None:
        if reference.path == name:
            raise FileChanged("change")

    _wrapped(world, fail)
    with pytest.raises(SourceUnavailable) as told:
        world.run()
    assert name in told.value.message
    assert world.balance().documents.announced == 0
    world.wrap = lambda port: port
    world.run()
    assert world.balance().documents.set_aside == 7


def test_a_delay_whose_start_is_unknown_is_told(empty_drop):
    """A rule that runs from the préfecture's reception, of an act that has no such date: sent, with a remark."""
    organisation = empty_drop.profile.organisation
    rules = tuple(
        rule.model_copy(update={"access": rule.access.model_copy(update={"start": "received_date"})})
        for rule in organisation.management_rules
    )
    waiting_for_it = organisation.model_copy(update={"management_rules": rules})
    empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": waiting_for_it})
    empty_drop.put("a.pdf", act(stamped=False))
    empty_drop.put("b.pdf", act("2026_101"))
    empty_drop.put("index.csv", index(row("2026_100", "a.pdf"), row("2026_101", "b.pdf")))
    empty_drop.run()
    chain = empty_drop.chain()
    codes = {name: [f.code for f in chain.registry.find(chain.tenant, name)[0].findings] for name in ("a.pdf", "b.pdf")}
    assert "START_UNKNOWN" in codes["a.pdf"]
    assert "START_UNKNOWN" not in codes["b.pdf"]


def test_a_broken_index_row_waits_for_the_authority(commune):
    """What an index row announces and nobody can read is in the list of what waits, not in silence."""
    world = commune("saint-aubin")
    index = next(world.drop.glob("*.csv"))
    index.write_bytes(index.read_bytes() + "\r\nune ligne;cassée\r\n".encode())
    world.run()
    chain = world.chain()
    waiting = chain.registry.waiting(chain.tenant, chain.connector, "deliberations:run-1")
    assert [item.actor for item in waiting if item.code == "INDEX_ROW"] == ["collectivité"]
