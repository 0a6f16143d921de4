"""What does not go: documents under a hold, and the last copy of a record unless it is said to be the last."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from pydantic import ValidationError

from tests.steps.odd_acts import ID, acknowledgement, act, index, row
from tests.steps.test_elimination import DAY, SIGNED, _production, proposed, with_doubles
from tests.steps.world import World
from versement.adapters.bordereau import annex, pdf, table
from versement.domain.elimination import Given, Ground, Visa
from versement.domain.errors import NotEliminable
from versement.domain.fixity import Digest
from versement.profiles.disposal import Hold
from versement.profiles.sign_off import version_digest
from versement.steps.elimination import propose, purge, sign, visa


@pytest.fixture
def world(empty_drop) -> World:
    return with_doubles(empty_drop)


def _hold(world: World, **said) -> None:
    """The organisation declares one hold, and no other."""
    hold = Hold(**{"name": "contentieux", "reason": "Contentieux en cours", "since": "2026-01-01", **said})
    organisation = world.profile.organisation
    disposal = organisation.disposal.model_copy(update={"holds": (hold,)})
    changed = organisation.model_copy(update={"disposal": disposal})
    world.profile = world.profile.model_copy(update={"organisation": changed})


@pytest.mark.parametrize(
    ("covers", "left"),
    [
        ({"references": ("a.pdf",)}, ["b.pdf", "copie/a.pdf"]),
        ({"references": ("copie/*",)}, ["a.pdf", "b.pdf"]),
        ({"rules": ("deliberations",)}, []),
        ({"connectors": ("deliberations",)}, []),
        ({"connectors": ("autre",), "rules": ("autre",)}, ["a.pdf", "b.pdf", "copie/a.pdf"]),
        ({"references": ("*",), "since": "2026-09-02"}, ["a.pdf", "b.pdf", "copie/a.pdf"]),
        ({"references": ("*",), "lifted": "2026-09-01"}, ["a.pdf", "b.pdf", "copie/a.pdf"]),
    ],
)
def test_what_is_under_a_hold_is_not_proposed(world, covers, left):
    """By rule, connector or reference, from its first day to the day before it is lifted, and whatever the ground."""
    _hold(world, **covers)
    if not left:
        with pytest.raises(NotEliminable, match=r"Gelés : « contentieux » depuis le 01/01/2026 \(3 documents\)"):
            proposed(world)
        return
    made = proposed(world)
    assert [item.reference for line in made.lines for item in line.items] == left
    assert sum(held.documents for held in made.held) == 3 - len(left)


@pytest.mark.parametrize("pattern", ["plu/[1] zonage.pdf", "plu/[?] *.pdf"])
def test_a_name_with_brackets_is_held_as_it_is_shown(world, pattern):
    """A reference copied from the report holds that document, whatever signs its name has, and no other."""
    world.put("plu/[1] zonage.pdf", act("2026_102"))
    world.put("plu/1 zonage.pdf", act("2026_103"))
    world.run()
    _hold(world, references=(pattern,))
    left = {item.reference for line in proposed(world).lines for item in line.items}
    assert left == {"a.pdf", "b.pdf", "copie/a.pdf", "plu/1 zonage.pdf"}


@pytest.fixture
def attested(empty_drop) -> Callable[[str], World]:
    """By its matière, an act, and its ARActe that came once it had left."""

    def make(matter: str) -> World:
        world = _production(empty_drop)
        world.put("index.csv", index(row(ID, "a.pdf").replace("7.1", matter)))
        world.put("a.pdf", act(stamped=False))
        world.run()
        world.put("ar.xml", acknowledgement("a.pdf"))
        world.run()
        assert world.balance().documents.accepted == 2
        return world

    return make


def test_what_attests_an_act_goes_with_it(attested):
    """Both stand on one line, under the act's own rule; a hold on the act alone keeps both."""
    world = attested("7.1")
    (line,) = proposed(world).lines
    assert [item.reference for item in line.items] == ["a.pdf", "ar.xml"]
    _hold(world, references=("a.pdf",))
    with pytest.raises(NotEliminable, match="Gelés"):
        proposed(world)


def test_what_attests_an_act_that_is_kept_does_not_go(attested):
    """The act's row of the table keeps it; another row would destroy what its ARActe says of itself."""
    with pytest.raises(NotEliminable, match="rien à proposer"):
        proposed(attested("4.1"))


def test_what_attests_an_act_whose_line_was_refused_is_not_proposed_alone(empty_drop):
    """The act is kept by its visa: its ARActe, which came since, is not on a bordereau of its own."""
    world = _production(empty_drop)
    world.put("a.pdf", act())
    world.run()
    made = proposed(world)
    sign(world.chain(), made.id, [SIGNED])
    visa(world.chain(), made.id, 1, Given(Visa.REFUSED, "AD95", "v"))
    world.put("ar.xml", acknowledgement("a.pdf"))
    world.run()
    with pytest.raises(NotEliminable, match="rien à proposer"):
        proposed(world)
    (line,) = proposed(world, again=True).lines
    assert [item.reference for item in line.items] == ["a.pdf", "ar.xml"]


def test_the_bordereau_says_what_a_hold_keeps_off(world):
    """Its PDF and its table name the hold, its reason and what it keeps off."""
    _hold(world, references=("b.pdf",))
    made = proposed(world)
    (held,) = made.held
    assert (held.name, held.since, held.files, held.size) == ("contentieux", date(2026, 1, 1), 1, len(act("2026_101")))
    rows = list(csv.DictReader(io.StringIO(table(made).decode("utf-8-sig")), delimiter=";"))
    assert (rows[-1]["Motif"], "Contentieux en cours" in rows[-1]["Observations"]) == ("non proposé", True)
    assert pdf(made, Digest.of(annex(made))) != pdf(proposed(world, day=DAY), Digest.of(b"other"))


def test_a_hold_that_is_declared_afterwards_stops_signature_and_purge(world):
    """What a hold covers since is neither signed nor purged, until the hold is lifted."""
    made = proposed(world)
    _hold(world, references=("a.pdf",))
    with pytest.raises(NotEliminable, match="Levez le gel"):
        sign(world.chain(), made.id, [SIGNED])
    _hold(world, references=("a.pdf",), lifted="2026-05-01")
    sign(world.chain(), made.id, [SIGNED])
    for line in made.lines:
        visa(world.chain(), made.id, line.number, Given(Visa.GRANTED, "AD95", "v"))
    _hold(world, references=("a.pdf",))
    with pytest.raises(NotEliminable, match="contentieux"):
        purge(world.chain(), made.id)
    assert world.chain().staging.has(world.profile.tenant, Digest.of(act()))
    _hold(world, references=("a.pdf",), lifted="2026-05-01")
    assert purge(world.chain(), made.id)[0] == 2


def test_what_is_held_keeps_its_bytes_whichever_bordereau_lets_the_same_bytes_go(world):
    """A double granted by one bordereau is under a hold when another one purges its original: its bytes stay."""
    for day in (date(2026, 4, 12), DAY):
        made = propose([world.chain()], day=day)
        sign(world.chain(), made.id, [SIGNED])
        for line in made.lines:
            visa(world.chain(), made.id, line.number, Given(Visa.GRANTED, "AD95", "v"))
    _hold(world, references=("copie/a.pdf",))
    assert purge(world.chain(), made.id) == (1, len(act("2026_101")))
    assert world.chain().staging.has(world.profile.tenant, Digest.of(act()))
    _hold(world, references=("copie/a.pdf",), lifted="2026-05-01")
    assert purge(world.chain(), made.id) == (1, len(act()))


def test_a_hold_asks_for_no_new_signature_of_the_sheets(world):
    """It keeps documents longer and changes nothing of what is archived: nothing of the run stops."""
    before = version_digest(world.profile)
    _hold(world, references=("a.pdf",))
    assert version_digest(world.profile) == before


@pytest.mark.parametrize("said", [{}, {"rules": ("r",), "lifted": "2025-12-31"}])
def test_a_hold_of_nothing_or_that_ends_before_it_begins_is_refused(said):
    """A hold names what it holds, and is lifted after it began."""
    with pytest.raises(ValidationError):
        Hold(name="gel", reason="motif", since="2026-01-01", **said)


def test_a_double_whose_kept_copy_goes_too_says_so(world):
    """On one bordereau an original and its double stand on two lines, and the double's says that none may remain."""
    made = proposed(world)
    expired, doubles = made.lines
    assert [item.reference for item in expired.items] == ["a.pdf", "b.pdf"]
    assert doubles.ground is Ground.DOUBLE
    assert "aucun exemplaire ne reste" in doubles.observations
    listed = list(csv.DictReader(io.StringIO(annex(made).decode("utf-8-sig")), delimiter=";"))
    assert [row["Exemplaire proposé aussi"] for row in listed] == ["", "", "oui"]


def test_the_last_copy_is_told_when_its_doubles_went_before(world):
    """The double goes by a first bordereau; when its original's retention ends, the second one says it is the last."""
    early = date(2026, 4, 12)
    made = propose([world.chain()], day=early)
    (line,) = made.lines
    assert "aucun exemplaire" not in line.observations
    assert not line.last_copies
    late = proposed(world)
    sign(world.chain(), made.id, [SIGNED])
    visa(world.chain(), made.id, 1, Given(Visa.GRANTED, "AD95", "v"))
    with pytest.raises(NotEliminable, match="autre bordereau signé"):
        sign(world.chain(), late.id, [SIGNED])
    again = proposed(world)
    assert [(line.last_copies, [item.reference for item in line.items]) for line in again.lines] == [
        (False, ["b.pdf"]),
        (True, ["a.pdf"]),
    ]
    sign(world.chain(), again.id, [SIGNED])


def test_a_visa_is_changed_only_when_it_is_said(world):
    """A second visa on a line names the first one, its author and day; `replace` changes it until all are decided."""
    made = proposed(world)
    sign(world.chain(), made.id, [SIGNED])
    visa(world.chain(), made.id, 1, Given(Visa.GRANTED, "AD95", "visa 12"))
    with pytest.raises(NotEliminable, match="« accordé », par AD95 le 01/06/2026"):
        visa(world.chain(), made.id, 1, Given(Visa.REFUSED, "AD95", "erreur"))
    found = visa(world.chain(), made.id, 1, Given(Visa.REFUSED, "AD95", "erreur de ligne", replace=True))
    assert (found.lines[0].visa, found.granted()) == (Visa.REFUSED, ())
