"""What the archive says it holds of a transfer, against what was sent: units, counts, accession register, bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from versement.domain.documents import Finding
from versement.domain.errors import NotYetAvailable
from versement.domain.fixity import Digest
from versement.domain.qualification import blocking
from versement.domain.transfers import PlannedUnit, Transfer
from versement.ports.archive import WINDOW, Archive, Registered
from versement.seda.reply import ArchiveTransferReply
from versement.steps.chain import Chain

_NAMED = 5
"""Unexpected units named by a finding; the others are counted."""


def holding_mismatches(
    chain: Chain, archive: Archive, transfer: Transfer, reply: ArchiveTransferReply
) -> Iterable[Finding]:
    """Every difference, however many units there are; none when all that was sent is held and nothing else."""
    told = {unit.xml_id: unit.system_id for unit in reply.units if unit.system_id}
    created = [unit for unit in transfer.units if not unit.attached]
    yield from _strange_names(transfer, reply, created, told)
    yield from _register_mismatches(chain, archive, transfer, reply)
    shown: dict[str, str] = {}
    yield from _unit_mismatches(
        chain, archive, transfer, [unit for unit in created if unit.xml_id in told], reply, shown
    )
    yield from _extra_units(chain, archive, transfer, [unit for unit in created if unit.xml_id not in told], shown)
    yield from _sample_mismatches(chain, archive, transfer, shown)


def mismatch(code: str, transfer: Transfer, unit: PlannedUnit, what: str) -> Finding:
    return blocking(
        code,
        f"Versement {transfer.id}, unité {unit.key} : {what}. Rien n’est dit accepté ; un opérateur doit "
        f"comparer avec la plateforme (opération {transfer.operation_id}).",
        unit.path,
    )


def _of_the_whole(code: str, transfer: Transfer, what: str) -> Finding:
    return blocking(
        code,
        f"Versement {transfer.id} : {what}. Rien n’est dit accepté ; un opérateur doit examiner l’opération "
        f"{transfer.operation_id}.",
    )


def _strange_names(
    transfer: Transfer, reply: ArchiveTransferReply, created: Sequence[PlannedUnit], told: Mapping[str, str]
) -> Iterable[Finding]:
    """Units and objects that the reply names and nobody sent, or names twice, and identifiers that it gives twice."""
    sent = {unit.xml_id for unit in transfer.units} | {unit.object_xml_id for unit in transfer.units} | {""}
    named = [unit.xml_id for unit in reply.units] + [item.xml_id for item in reply.objects]
    strange = sum(xml_id not in sent for xml_id in named)
    if strange:
        what = f"la réponse (ATR) nomme des unités ou des objets qui n’ont pas été envoyés (nombre : {strange})"
        yield _of_the_whole("REPLY_NAMES_STRANGERS", transfer, what)
    given = [told[unit.xml_id] for unit in created if unit.xml_id in told]
    given += [item.system_id for item in reply.objects if item.system_id]
    doubled = _repeated(given)
    if doubled:
        what = f"la réponse (ATR) donne un même identifiant à plusieurs unités ou objets (nombre : {doubled})"
        yield _of_the_whole("REPLY_IDENTIFIER_TWICE", transfer, what)
    repeated = _repeated(xml_id for xml_id in named if xml_id)
    if repeated:
        what = f"la réponse (ATR) parle deux fois d’une même unité ou d’un même objet (nombre : {repeated})"
        yield _of_the_whole("REPLY_NAMES_TWICE", transfer, what)


def _repeated(values: Iterable[str]) -> int:
    return sum(count > 1 for count in Counter(values).values())


def _register_mismatches(
    chain: Chain, archive: Archive, transfer: Transfer, reply: ArchiveTransferReply
) -> Iterable[Finding]:
    found = archive.register(chain.tenant, transfer.operation_id)
    if found is None:
        what = "il n’est pas au registre des fonds de la plateforme, qui dit pourtant l’avoir accepté"
        yield _of_the_whole("REGISTER_MISSING", transfer, what)
        return
    expected = _expected(transfer, reply, found)
    if found != expected:
        numbers = (
            ("unités", found.units, expected.units),
            ("groupes d’objets", found.object_groups, expected.object_groups),
            ("objets", found.objects, expected.objects),
        )
        wrong = " ; ".join(f"{there} {name} pour {sent} envoyés" for name, there, sent in numbers if there != sent)
        yield _of_the_whole("REGISTER_DIFFERS", transfer, f"le registre des fonds de la plateforme compte {wrong}")


def _expected(transfer: Transfer, reply: ArchiveTransferReply, found: Registered) -> Registered:
    """What was sent. Only the reply knows groups: when it is not whole, which is told elsewhere, any number will do."""
    objects = {unit.object_xml_id for unit in transfer.units if unit.object_xml_id}
    groups = {item.xml_id: item.group_xml_id for item in reply.objects if item.xml_id in objects and item.group_xml_id}
    return Registered(
        units=sum(not unit.attached for unit in transfer.units),
        object_groups=len(set(groups.values())) if groups.keys() == objects else found.object_groups,
        objects=len(objects),
    )


def _unit_mismatches(
    chain: Chain,
    archive: Archive,
    transfer: Transfer,
    sent: Sequence[PlannedUnit],
    reply: ArchiveTransferReply,
    shown: dict[str, str],
) -> Iterable[Finding]:
    """Each unit under the identifier that the reply gives it; fills `shown` (xml id → SystemId) with those held."""
    told = {unit.xml_id: unit.system_id for unit in reply.units}
    groups = {item.xml_id: item.group_system_id for item in reply.objects}
    by_system_id = {told[unit.xml_id]: unit for unit in sent}
    for held in archive.units(chain.tenant, by_system_id):
        unit = by_system_id[held.system_id]
        if held.operation_id not in ("", transfer.operation_id):
            continue
        shown[unit.xml_id] = held.system_id
        if held.key != unit.key:
            yield mismatch("UNIT_KEY_DIFFERS", transfer, unit, f"la plateforme la montre sous la clé {held.key}")
        if unit.digest and not held.object_group:
            yield mismatch("OBJECT_NOT_HELD", transfer, unit, "la plateforme la montre sans fichier")
        elif held.object_group != groups.get(unit.object_xml_id, held.object_group):
            what = "la plateforme la montre avec un autre groupe d’objets que celui de la réponse (ATR)"
            yield mismatch("OBJECT_GROUP_DIFFERS", transfer, unit, what)
    for unit in by_system_id.values():
        if unit.xml_id not in shown:
            yield mismatch("UNIT_NOT_HELD", transfer, unit, "la plateforme ne la montre pas dans cette opération")


def _extra_units(
    chain: Chain, archive: Archive, transfer: Transfer, untold: Sequence[PlannedUnit], shown: Mapping[str, str]
) -> Iterable[Finding]:
    """Units that the archive has of this operation beside those sent.

    From WINDOW on it may count no further: the accession register then is the only one to tell.
    """
    count = archive.count_units(chain.tenant, transfer.operation_id)
    if count <= len(shown) + len(untold) or len(shown) >= WINDOW <= count:
        return
    names = ""
    if count < WINDOW:
        expected, keys = set(shown.values()), {unit.key for unit in untold}
        held = archive.units_of(chain.tenant, transfer.operation_id)
        extras = sorted(unit.system_id for unit in held if unit.system_id not in expected and unit.key not in keys)
        names = f" ; {', '.join(extras[:_NAMED])}{'…' if len(extras) > _NAMED else ''}"
    more = count - len(shown) - len(untold)
    what = f"la plateforme montre des unités que personne n’a envoyées (nombre : {more}{names})"
    yield _of_the_whole("UNIT_NOT_SENT", transfer, what)


def _sample_mismatches(
    chain: Chain, archive: Archive, transfer: Transfer, units: Mapping[str, str]
) -> Iterable[Finding]:
    """A few objects fetched back and hashed; which ones depends on the transfer's id only."""
    with_object = [unit for unit in transfer.units if unit.digest and unit.xml_id in units]
    ordered = sorted(with_object, key=lambda unit: hashlib.sha256((transfer.id + unit.key).encode()).digest())
    for unit in ordered[: chain.profile.connector.verification_sample]:
        found = _read_back(chain, archive, units[unit.xml_id])
        if found is None:
            yield mismatch("OBJECT_NOT_HELD", transfer, unit, "la plateforme ne rend pas son fichier")
        elif found != unit.digest:
            yield mismatch("OBJECT_DIFFERS", transfer, unit, "le fichier relu n’a pas l’empreinte de l’envoi")


def _read_back(chain: Chain, archive: Archive, system_id: str) -> Digest | None:
    """Digest of a unit's object as the archive gives it; None when it gives none."""
    sha512 = hashlib.sha512()
    try:
        for chunk in archive.object_bytes(chain.tenant, system_id):
            sha512.update(chunk)
    except NotYetAvailable:
        return None
    return Digest("SHA-512", sha512.hexdigest())
