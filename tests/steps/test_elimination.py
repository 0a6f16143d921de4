"""Eliminations: proposed to those who may decide, decided line by line; nothing goes but what the visa lets go."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest

from tests.steps.odd_acts import act
from tests.steps.world import World
from versement.adapters.bordereau import annex, pdf, table
from versement.domain.elimination import Bordereau, BordereauState, Given, Ground, Visa
from versement.domain.errors import NotEliminable
from versement.domain.fixity import Digest
from versement.profiles.disposal import Disposal
from versement.steps.elimination import propose, purge, sign, visa

DAY = date(2026, 9, 1)
SIGNED = b"%PDF-1.7 signature"


def _production(world: World, *, action: str = "Destroy", validated: bool = True, duration: int = 1) -> World:
    """The commune on a production target, its délibérations to be destroyed some months after their date."""
    organisation = world.profile.organisation
    rules = [
        rule.model_copy(
            update={
                "appraisal": rule.appraisal.model_copy(
                    update={"final_action": action, "validated": validated, "duration": duration, "unit": "Month"}
                )
            }
        )
        if rule.name == "deliberations" and rule.appraisal
        else rule
        for rule in organisation.management_rules
    ]
    told = {"management_rules": tuple(rules), "disposal": Disposal(signatory="Le maire", originals=3)}
    target = world.profile.target.model_copy(update={"kind": "production"})
    world.profile = world.profile.model_copy(
        update={"organisation": organisation.model_copy(update=told), "target": target}
    )
    return world


@pytest.fixture
def commune_with_doubles(empty_drop) -> World:
    return with_doubles(empty_drop)


def with_doubles(world: World) -> World:
    """Two acts past their retention, accepted by a production, and a double of the first."""
    world = _production(world)
    world.put("a.pdf", act())
    world.put("b.pdf", act("2026_101"))
    world.put("copie/a.pdf", act())
    world.run()
    return world


def proposed(world: World, **options) -> Bordereau:
    return propose([world.chain()], day=options.pop("day", DAY), **options)


def decided(world: World, *visas: Visa) -> Bordereau:
    """The bordereau signed, its lines with these visas."""
    made = proposed(world)
    sign(world.chain(), made.id, [SIGNED])
    for line, said in zip(made.lines, visas, strict=True):
        visa(world.chain(), made.id, line.number, Given(said, "AD95", "visa n° 12"))
    return world.chain().registry.bordereau(world.profile.tenant, made.id)


def test_what_may_go_is_grouped_with_its_grounds(commune_with_doubles):
    """Archives past a validated rule come with retention and text, doubles name the copy that is kept and where."""
    made = proposed(commune_with_doubles)
    expired, doubles = made.lines
    assert (expired.ground, doubles.ground) == (Ground.EXPIRED, Ground.DOUBLE)
    assert "DUA 1 mois depuis la date de l’acte" in expired.observations
    assert "L2121-23" in expired.observations
    assert [item.reference for item in expired.items] == ["a.pdf", "b.pdf"]
    (item,) = doubles.items
    (transfer,) = commune_with_doubles.transfers()
    assert item.reference == "copie/a.pdf"
    assert item.kept is not None
    assert (item.kept.reference, item.kept.tenant) == ("a.pdf", commune_with_doubles.profile.tenant.key)
    assert (item.kept.transfer, item.kept.operation) == (transfer.id, transfer.operation_id)
    assert made.files == 3
    assert made.size == sum(len(act(number)) for number in ("2026_100", "2026_100", "2026_101"))
    assert made.addressees.signatory == "Le maire"


def test_a_bordereau_is_the_same_whenever_it_is_made(commune_with_doubles):
    """Same day, same documents: the same id, the same bytes; a later clock changes nothing."""
    first = proposed(commune_with_doubles)
    files = [table(first), annex(first), pdf(first, Digest.of(annex(first)))]
    commune_with_doubles.clock.pass_(86400)
    again = proposed(commune_with_doubles)
    assert again == first
    assert [table(again), annex(again), pdf(again, Digest.of(annex(again)))] == files
    assert files[2].startswith(b"%PDF-")


def test_the_tables_say_all_that_is_asked(commune_with_doubles):
    """CSV with `;` and BOM: columns of the Archives départementales, volumes, digests, the kept copy."""
    made = proposed(commune_with_doubles)
    assert table(made).startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(table(made).decode("utf-8-sig")), delimiter=";"))
    assert [row["Nombre de fichiers"] for row in rows] == ["2", "1"]
    assert rows[0]["Date de début"] == "2026-03-12"
    listed = list(csv.DictReader(io.StringIO(annex(made).decode("utf-8-sig")), delimiter=";"))
    assert [row["Référence"] for row in listed] == ["a.pdf", "b.pdf", "copie/a.pdf"]
    assert listed[2]["Exemplaire conservé"] == "a.pdf"
    assert listed[2]["Empreinte SHA-512"] == listed[0]["Empreinte SHA-512"] == Digest.of(act()).value


def test_what_changed_since_is_in_a_bordereau_of_its_own(commune_with_doubles):
    """The same day and documents under another text, or another signatory: what is printed is what is declared now."""
    first = proposed(commune_with_doubles)
    organisation = commune_with_doubles.profile.organisation
    disposal = organisation.disposal.model_copy(update={"signatory": "La présidente"})
    changed = organisation.model_copy(update={"disposal": disposal})
    commune_with_doubles.profile = commune_with_doubles.profile.model_copy(update={"organisation": changed})
    signatory = proposed(commune_with_doubles)
    _production(commune_with_doubles, duration=2)
    rule = proposed(commune_with_doubles)
    assert (signatory.addressees.signatory, "DUA 2 mois" in rule.lines[0].observations) == ("La présidente", True)
    assert len({first.id, signatory.id, rule.id}) == 3


@pytest.mark.parametrize(
    "change", [{"validated": False}, {"action": "Keep"}, {"duration": 900}], ids=["not validated", "kept", "not yet"]
)
def test_nothing_goes_without_a_validated_rule_that_has_ended(empty_drop, change):
    """A rule that nobody validated, that keeps, or that still runs proposes nothing."""
    world = _production(empty_drop, action="Keep")
    world.put("a.pdf", act())
    world.run()
    _production(world, **change)
    with pytest.raises(NotEliminable, match="rien à proposer"):
        proposed(world)


def test_a_retention_ends_the_day_after(commune_with_doubles):
    """On the last day of a retention nothing has ended yet."""
    ends = [len(proposed(commune_with_doubles, day=day).lines) for day in (date(2026, 4, 12), date(2026, 4, 13))]
    assert ends == [1, 2]


def test_an_essai_justifies_no_elimination(empty_drop):
    """What an essai accepted has no archival value: its doubles are not doubles of anything."""
    empty_drop.put("a.pdf", act())
    empty_drop.put("copie/a.pdf", act())
    empty_drop.run()
    with pytest.raises(NotEliminable, match="ne justifie aucune élimination"):
        proposed(empty_drop)


def test_nobody_to_sign_is_said(commune_with_doubles):
    """Without a signatory in the organisation's file, nothing is proposed, and what to write is said."""
    organisation = commune_with_doubles.profile.organisation.model_copy(update={"disposal": Disposal()})
    commune_with_doubles.profile = commune_with_doubles.profile.model_copy(update={"organisation": organisation})
    with pytest.raises(NotEliminable, match=r"disposal\.signatory"):
        proposed(commune_with_doubles)


def test_the_visa_comes_line_by_line_after_the_signature(commune_with_doubles):
    """No visa on what is not signed; the bordereau is decided with its last line; the journal has each step."""
    made = proposed(commune_with_doubles)
    chain = commune_with_doubles.chain()
    with pytest.raises(NotEliminable, match="signé"):
        visa(chain, made.id, 1, Given(Visa.GRANTED, "AD95", "visa"))
    digest = sign(chain, made.id, [SIGNED])
    assert digest == Digest.of(SIGNED) == sign(chain, made.id, [SIGNED])
    with pytest.raises(NotEliminable, match="autre PDF signé"):
        sign(chain, made.id, [b"%PDF-autre"])
    assert visa(chain, made.id, 1, Given(Visa.GRANTED, "AD95", "v")).state is BordereauState.SIGNED
    assert visa(chain, made.id, 2, Given(Visa.REFUSED, "AD95", "v")).state is BordereauState.DECIDED
    with pytest.raises(NotEliminable, match="pas de ligne 7"):
        visa(chain, made.id, 7, Given(Visa.GRANTED, "AD95", "v"))
    lines = [line for line in chain.registry.journal(chain.tenant) if line.event.startswith("elimination")]
    events = [line.event.partition(".")[2] for line in lines]
    assert events == ["proposed", "signed", "visa", "visa", "decided"]
    assert str(digest) in lines[1].data
    assert "AD95" not in "".join(line.data for line in lines)
    assert chain.registry.journal_is_whole(chain.tenant)


def test_only_what_the_visa_let_go_is_purged_from_staging(commune_with_doubles):
    """Granted: its bytes leave staging, unless another document has them; the source and the archive are untouched."""
    made = decided(commune_with_doubles, Visa.GRANTED, Visa.REFUSED)
    chain = commune_with_doubles.chain()
    before = sorted(path.name for path in commune_with_doubles.drop.rglob("*.pdf"))
    copies = commune_with_doubles.archive.copies(chain.tenant)
    assert purge(chain, made.id) == (1, len(act("2026_101")))
    assert not chain.staging.has(chain.tenant, Digest.of(act("2026_101")))
    assert chain.staging.has(chain.tenant, Digest.of(act()))  # the refused double has the same bytes
    assert purge(chain, made.id) == (0, 0)
    assert sorted(path.name for path in commune_with_doubles.drop.rglob("*.pdf")) == before
    assert commune_with_doubles.archive.copies(chain.tenant) == copies
    assert commune_with_doubles.balance().adds_up
    line = chain.registry.journal_head(chain.tenant)
    assert line is not None
    assert (line.event, '"objects":1' in line.data) == ("elimination.purged", True)


def test_a_double_of_what_goes_is_no_double(commune_with_doubles):
    """Its original let go by a visa, a double is no longer told to have a kept copy: its own retention decides."""
    decided(commune_with_doubles, Visa.GRANTED, Visa.REFUSED)
    commune_with_doubles.put("plus-tard/b.pdf", act("2026_101"))
    commune_with_doubles.run()
    (line,) = proposed(commune_with_doubles).lines
    assert (line.ground, [(item.reference, item.kept) for item in line.items]) == (
        Ground.EXPIRED,
        [("plus-tard/b.pdf", None)],
    )
    _production(commune_with_doubles, duration=900)
    with pytest.raises(NotEliminable, match="rien à proposer"):
        proposed(commune_with_doubles)


def test_bytes_go_with_the_last_who_has_them(commune_with_doubles):
    """Doubles were let go first, their original some years later: its bytes then leave staging."""
    _production(commune_with_doubles, duration=24)
    made = decided(commune_with_doubles, Visa.GRANTED)
    chain = commune_with_doubles.chain()
    assert purge(chain, made.id) == (0, 0)
    later = proposed(commune_with_doubles, day=date(2029, 1, 1))
    sign(chain, later.id, [b"%PDF-1.7 plus tard"])
    assert [line.last_copies for line in later.lines] == [False, True]
    for line in later.lines:
        visa(chain, later.id, line.number, Given(Visa.GRANTED, "AD95", "visa n° 13"))
    assert purge(chain, later.id) == (2, len(act()) + len(act("2026_101")))
    assert not chain.staging.has(chain.tenant, Digest.of(act()))


def test_what_the_chain_keeps_for_itself_stays(commune_with_doubles):
    """The signed bordereau stays in staging even when the same bytes were archived as a document that goes."""
    made = proposed(commune_with_doubles)
    chain = commune_with_doubles.chain()
    sign(chain, made.id, [act("2026_101")])
    for line in made.lines:
        visa(chain, made.id, line.number, Given(Visa.GRANTED, "AD95", "visa n° 12"))
    assert purge(chain, made.id) == (1, len(act()))
    assert chain.staging.has(chain.tenant, Digest.of(act("2026_101")))


def test_a_sample_stays(commune_with_doubles):
    """A document kept as a sample keeps its bytes; the others of its line go; a sample must name its documents."""
    made = proposed(commune_with_doubles)
    sign(commune_with_doubles.chain(), made.id, [SIGNED])
    for kept in ([], ["inconnu.pdf"], ["copie/a.pdf"]):
        with pytest.raises(NotEliminable, match="échantillon"):
            visa(commune_with_doubles.chain(), made.id, 1, Given(Visa.SAMPLE, "AD95", "v", frozenset(kept)))
    for line, said, kept in ((1, Visa.SAMPLE, ["a.pdf"]), (2, Visa.GRANTED, [])):
        made = visa(commune_with_doubles.chain(), made.id, line, Given(said, "AD95", "v", frozenset(kept)))
    assert [item.reference for item in made.granted()] == ["b.pdf", "copie/a.pdf"]
    purge(commune_with_doubles.chain(), made.id)
    assert commune_with_doubles.chain().staging.has(commune_with_doubles.profile.tenant, Digest.of(act()))


def test_what_is_refused_returns_to_the_chain(commune_with_doubles):
    """A refused line is not proposed again by itself; when asked for, it is, and what was granted never is."""
    made = decided(commune_with_doubles, Visa.REFUSED, Visa.GRANTED)
    with pytest.raises(NotEliminable, match="rien à proposer"):
        proposed(commune_with_doubles)
    again = proposed(commune_with_doubles, again=True)
    found = [(line.last_copies, [item.reference for item in line.items]) for line in again.lines]
    assert found == [(False, ["b.pdf"]), (True, ["a.pdf"])]
    assert again.id != made.id


def test_a_document_is_on_one_signed_bordereau(commune_with_doubles):
    """Two proposals of the same documents: once one is signed, the other cannot be."""
    first, second = (proposed(commune_with_doubles, day=day) for day in (DAY, date(2026, 9, 2)))
    chain = commune_with_doubles.chain()
    sign(chain, first.id, [SIGNED])
    with pytest.raises(NotEliminable, match="autre bordereau signé"):
        sign(chain, second.id, [SIGNED])


def test_no_purge_before_the_visa(commune_with_doubles):
    """A bordereau that is not decided purges nothing."""
    made = proposed(commune_with_doubles)
    with pytest.raises(NotEliminable, match="visa"):
        purge(commune_with_doubles.chain(), made.id)


def test_a_bordereau_of_another_coffre_is_unknown(commune_with_doubles, commune):
    """Another coffre has no bordereau of this id."""
    made = proposed(commune_with_doubles)
    other = _production(commune("maurecy"))
    chain = other.chain()
    with pytest.raises(NotEliminable, match="aucun bordereau"):
        chain.registry.bordereau(chain.tenant, made.id)
    assert chain.registry.bordereaux(chain.tenant) == []


class Cut:
    """A staging whose process dies before it has taken out its second object."""

    def __init__(self, staging):
        self._staging, self._removed = staging, 0

    def __getattr__(self, name):
        return getattr(self._staging, name)

    def remove(self, tenant, digest):
        self._removed += 1
        if self._removed == 2:
            raise KeyboardInterrupt
        return self._staging.remove(tenant, digest)


def _purges(chain) -> list[tuple[str, dict]]:
    lines = [line for line in chain.registry.journal(chain.tenant) if line.event.startswith("elimination.purg")]
    return [(line.event.partition(".")[2], json.loads(line.data)) for line in lines]


def test_a_purge_that_was_cut_leaves_no_byte_unaccounted_for(commune_with_doubles):
    """The journal had both objects before the first one went; taken up again, it has what was left, and the end."""
    one, two = len(act()), len(act("2026_101"))
    made = decided(commune_with_doubles, Visa.GRANTED, Visa.GRANTED)
    chain = commune_with_doubles.chain()
    with pytest.raises(KeyboardInterrupt):
        purge(replace(chain, staging=Cut(chain.staging)), made.id)
    assert _purges(chain) == [("purging", {"objects": 2, "size": one + two})]
    objects, left = purge(chain, made.id)
    assert (objects, left in (one, two)) == (1, True)
    told = {"objects": 1, "size": left}
    assert _purges(chain)[1:] == [("purging", told), ("purged", told)]


def test_bytes_that_a_purge_takes_when_done_again_are_told(commune_with_doubles):
    """Its double let go since, what a first purge had to leave goes by the second: the journal says so."""
    made = decided(commune_with_doubles, Visa.GRANTED, Visa.REFUSED)
    chain = commune_with_doubles.chain()
    purge(chain, made.id)
    later = proposed(commune_with_doubles, again=True)
    sign(chain, later.id, [b"%PDF-1.7 plus tard"])
    visa(chain, later.id, 1, Given(Visa.GRANTED, "AD95", "visa n° 13"))
    assert purge(chain, made.id) == (1, len(act()))
    assert _purges(chain)[-1] == ("purged", {"objects": 1, "size": len(act())})


@pytest.mark.parametrize("last", [Visa.AWAITED, Visa.REFUSED])
def test_the_last_word_is_that_of_the_bordereau_that_took_a_line_up(commune_with_doubles, last):
    """Refused, then proposed again and signed: the first visa cannot be replaced any more, nothing goes by it."""
    first = proposed(commune_with_doubles)
    chain = commune_with_doubles.chain()
    sign(chain, first.id, [SIGNED])
    visa(chain, first.id, 1, Given(Visa.REFUSED, "AD95", "visa n° 12"))
    again = proposed(commune_with_doubles, again=True)
    sign(chain, again.id, [b"%PDF-1.7 de nouveau"])
    if last is not Visa.AWAITED:
        for line in again.lines:
            visa(chain, again.id, line.number, Given(last, "AD95", "visa n° 13"))
    with pytest.raises(NotEliminable, match="repris depuis sur un autre bordereau signé"):
        visa(chain, first.id, 1, Given(Visa.GRANTED, "AD95", "erreur", replace=True))
    visa(chain, first.id, 2, Given(Visa.GRANTED, "AD95", "visa n° 12"))
    assert purge(chain, first.id) == (0, 0)
