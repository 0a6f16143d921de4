"""What is staged only for what it holds goes once it was read: an elimination must not leave it behind."""

from __future__ import annotations

import pytest

from tests.steps.odd_acts import act
from tests.steps.test_elimination import SIGNED, _production, decided
from tests.steps.test_opened import zip_of
from tests.steps.world import World
from versement.adapters.staging import DiskStaging
from versement.domain.elimination import Given, Visa
from versement.domain.fixity import Digest
from versement.domain.lifecycle import DocumentState
from versement.steps.elimination import purge
from versement.testing.registry_contract_eliminations import a_bordereau

LOT = zip_of({"a.pdf": act(), "b.pdf": act("2026_101")})


@pytest.fixture
def zipped(empty_drop) -> World:
    """A commune whose acts come in an archive."""
    world = _production(empty_drop)
    connector = world.profile.connector
    opening = connector.model_copy(update={"drop": connector.drop.model_copy(update={"archives": ("*.zip",)})})
    world.profile = world.profile.model_copy(update={"connector": opening})
    world.put("lot.zip", LOT)
    return world


def _staged(world: World, data: bytes) -> bool:
    chain = world.chain()
    return chain.staging.has(chain.tenant, Digest.of(data))


def test_a_purge_leaves_no_archive_that_holds_what_was_let_go(zipped):
    """Acts read in an archive, accepted, let go by a visa: neither they nor the archive stay, run after run."""
    zipped.run()
    assert zipped.balance().documents.accepted == 2
    made = decided(zipped, Visa.GRANTED)
    assert purge(zipped.chain(), made.id) == (2, len(act()) + len(act("2026_101")))
    for _ in range(2):
        assert not [data for data in (LOT, act(), act("2026_101")) if _staged(zipped, data)]
        zipped.run()


def test_an_archive_that_is_a_document_itself_stays(zipped):
    """One that cannot be opened is a document set aside: its bytes are its own."""
    zipped.put("autre.zip", LOT[:200])
    zipped.run()
    assert "autre.zip" in zipped.codes()
    assert _staged(zipped, LOT[:200])
    assert not _staged(zipped, LOT)


def test_an_archive_stays_while_another_step_writes_and_goes_with_the_next_collection(zipped):
    """Nothing is taken from under somebody who writes; the collection ends all the same."""
    writer = zipped.chain()
    zipped.wrap = lambda port: (
        DiskStaging(zipped.folder / "staging", patience=0.0) if isinstance(port, DiskStaging) else port
    )
    with writer.staging.holding(writer.tenant):
        zipped.run()
    assert zipped.balance().documents.accepted == 2
    assert _staged(zipped, LOT)
    zipped.run()
    assert not _staged(zipped, LOT)


def test_a_payroll_run_in_one_pdf_leaves_its_pages_alone(office):
    """The PDF of all the agents is cut, each payslip has its own bytes, and the whole does not stay beside them."""
    world = office("paie-groupee")
    world.run()
    whole = [path.read_bytes() for path in world.drop.rglob("*.pdf")]
    chain = world.chain()
    assert whole
    assert chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    assert not [data for data in whole if _staged(world, data)]


def test_a_payslip_that_a_visa_let_go_does_not_come_back_with_the_next_run(office):
    """The source still has the PDF of all the agents: cut again to be announced, what was purged does not stay."""
    world = office("paie-groupee")
    world.run()
    chain = world.chain()
    gone, *others = chain.registry.documents(chain.tenant, chain.connector, DocumentState.ACCEPTED)
    made = a_bordereau([gone])
    chain.registry.propose(chain.tenant, made)
    chain.registry.sign(chain.tenant, made.id, Digest.of(SIGNED))
    chain.registry.decide(chain.tenant, made.id, 1, Given(Visa.GRANTED, "AD95", "visa"))
    assert purge(chain, made.id)[0] == 1
    world.run()
    staged = [chain.staging.has(chain.tenant, file.fixity.digest) for each in (gone, *others) for file in each.files]
    assert staged == [False, *[True] * (len(staged) - 1)]
    assert others
