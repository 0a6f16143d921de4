"""Acts that no séance took stand by nature, in one unit that exists once."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import SIREN, acknowledgement
from tests.steps.sips import manifest_of, units_of
from tests.steps.tool_drops import SEANCE, a_pdf, web_delib
from versement.profiles.records import Branch
from versement.seda.departures import departures
from versement.steps.archival_profile import archival_profile_of

YEAR = f"{SIREN}/actes/AR/2026"


def order(world, number, day, nature="AR"):
    """An arrêté of this day with its ARActe, as a plain drop brings it."""
    identifier = f"095-{SIREN}-{day.replace('-', '')}-{number}-{nature}"
    code = {"DE": "1", "AR": "2", "AI": "3", "CC": "4", "BF": "5", "AU": "6"}[nature]
    world.put(f"{number}.pdf", a_pdf(number))
    said = {"identifier": identifier, "number": number, "day": day, "nature": code}
    world.put(f"{number}.xml", acknowledgement(f"{number}.pdf", **said))
    return identifier


def above(world, identifier):
    """Keys of the units above an act, from the nearest, in the transfer that brought it."""
    for transfer in world.transfers():
        units = units_of(world, transfer)
        if identifier in units and not units[identifier].attached_to:
            found, key = [], units[identifier].parent
            while key:
                found.append(key)
                key = units[key].parent
            return found
    raise AssertionError(identifier)


def test_orders_stand_in_their_year_and_never_under_a_seance(empty_drop):
    """Arrêtés of two days share the unit of their year; it is no séance, and no day of theirs lacks minutes."""
    acts = [order(empty_drop, "2026_001", "2026-01-05"), order(empty_drop, "2026_002", "2026-03-12")]
    council = order(empty_drop, "2026_100", "2026-03-12", "DE")
    empty_drop.run()
    assert [above(empty_drop, act) for act in acts] == [[YEAR], [YEAR]]
    assert above(empty_drop, council) == [f"{SIREN}/seance/2026-03-12"]
    (transfer,) = empty_drop.transfers()
    manifest = manifest_of(empty_drop, transfer).decode()
    assert manifest.count("<Title>Arrêtés et actes réglementaires de l’année 2026</Title>") == 1
    assert "Séance du 5 janvier" not in manifest


def test_order_that_comes_months_late_joins_the_unit_of_its_year(empty_drop):
    """The unit of the year is deposited once: what comes later, its ARActe included, is attached to what is there."""
    first = order(empty_drop, "2026_001", "2026-01-05")
    empty_drop.run()
    late = order(empty_drop, "2026_002", "2026-04-30")
    empty_drop.run()
    assert empty_drop.balance().documents.accepted == 4
    units = units_of(empty_drop, empty_drop.transfers()[-1])
    assert units[YEAR].attached_to == YEAR
    assert (above(empty_drop, first), above(empty_drop, late)) == ([YEAR], [YEAR])


@pytest.mark.parametrize(
    ("nature", "parent"),
    [
        ("AI", f"{SIREN}/actes/AI/2026"),
        ("CC", f"{SIREN}/actes/CC/2026"),
        ("AU", f"{SIREN}/actes/AU/2026"),
        ("BF", f"{SIREN}/seance/2026-03-12"),
    ],
)
def test_each_nature_has_its_place(empty_drop, nature, parent):
    """Individual acts, contracts and others by year; a budget is voted in a séance."""
    rows = empty_drop.profile.organisation.management_rules
    closed = next(row for row in rows if row.name == "actes-individuels-personnel")
    row = closed.model_copy(update={"name": "tous", "natures": ("AI", "CC", "AU", "BF"), "matters": ()})
    organisation = empty_drop.profile.organisation.model_copy(update={"management_rules": (row,)})
    empty_drop.profile = empty_drop.profile.model_copy(update={"organisation": organisation})
    act = order(empty_drop, "2026_007", "2026-03-12", nature)
    empty_drop.run()
    assert above(empty_drop, act) == [parent]


def test_profile_s_own_tree_places_acts_and_its_archival_profile_says_so(empty_drop):
    """Branches of the profile stand one below the other; no branch for a nature leaves it under the séance."""
    tree = (
        Branch(natures=("AR", "AI"), key=("nature",), level="Series", title="Arrêtés ({nature})"),
        Branch(natures=("AR",), key=("year",), title="{year}"),
    )
    connector = empty_drop.profile.connector.model_copy(update={"tree": tree})
    empty_drop.profile = empty_drop.profile.model_copy(update={"connector": connector})
    act = order(empty_drop, "2026_001", "2026-01-05")
    empty_drop.run()
    assert above(empty_drop, act) == [YEAR, f"{SIREN}/actes/AI-AR/AR"]
    (transfer,) = empty_drop.transfers()
    chain = empty_drop.chain()
    path = chain.staging.path(chain.tenant, transfer.manifest.digest)
    assert list(departures(path, archival_profile_of(chain.profile))) == []
    without = chain.profile.model_copy(update={"connector": connector.model_copy(update={"tree": ()})})
    assert list(departures(path, archival_profile_of(without)))


def test_act_that_a_tool_puts_in_a_seance_stays_there(empty_drop):
    """What web-delib exports with a séance is of that séance, whatever its nature."""
    web_delib(empty_drop)
    description = (empty_drop.drop / "s/XML_DESC_7.xml").read_text()
    assert "Délibérations" in description
    empty_drop.put("s/XML_DESC_7.xml", description.replace("Délibérations", "Arrêtés réglementaires").encode())
    empty_drop.run()
    assert above(empty_drop, f"{SIREN}/20260312/2026_100") == [SEANCE]
