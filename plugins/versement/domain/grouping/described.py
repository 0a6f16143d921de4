"""What tools' own descriptions and ACTES envelopes say of a drop, brought to its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from versement.domain.documents import Field, Readings, Role, Value, ValueSource
from versement.domain.drop import DescribedAct, DescribedFile, DescribedSeance, Description, Envelope
from versement.domain.grouping.acts import Act
from versement.domain.grouping.drop import Dossier, Drop, Piece
from versement.domain.grouping.names import folder_of, joined, named

_MESSAGES = (Role.MESSAGE, Role.ACKNOWLEDGEMENT, Role.CANCELLATION)


def add_descriptions(drop: Drop, descriptions: Mapping[str, Description]) -> None:
    """Each act and séance of each description; the description itself goes with what it describes, as its proof."""
    for path, description in descriptions.items():
        several = len(description.acts) + len(description.seances) > 1
        acts = [_add_act(drop, path, act, several=several) for act in description.acts]
        for seance in description.seances:
            _add_seance(drop, path, seance)
        if description.seances:
            drop.pieces[path] = Piece(_of_piece(description.seances[0].readings, "description du dépôt"))
        else:
            for act in acts:
                act.add(Role.PROOF, [(path, True)])


def _add_act(drop: Drop, path: str, described: DescribedAct, *, several: bool) -> Act:
    act = _main(drop, path, described, several=several)
    for file in described.files:
        if file.role in _MESSAGES:
            _add_message(drop, path, act, file)
            continue
        found = _found(drop, path, file)
        # A second file in the field of the act is an annex.
        role = Role.ANNEX if file.role is Role.ACT or (file.role is act.role and act.present) else file.role
        if (found or _place(path, file)) != act.path:
            act.add(role, _files(drop, path, file, found))
    act.add_readings(described.readings)
    return act


def _main(drop: Drop, path: str, described: DescribedAct, *, several: bool) -> Act:
    """The act's own file, else its stamped copy where the description has no other, else one that is missing."""
    mains = [file for file in described.files if file.role is Role.ACT]
    stamped = [file for file in described.files if file.role is Role.STAMPED]
    for file in mains or stamped:
        found = _found(drop, path, file)
        if found:
            drop.pieces.pop(found, None)
            return drop.acts.setdefault(found, Act(found, present=True, role=file.role))
    missing = _place(path, (mains or stamped)[0]) if mains or stamped else ""
    reference, rank = f"{path}#1" if several else path, 1
    while reference in drop.acts or (several and reference in drop.files):
        rank += 1
        reference = f"{path}#{rank}"
    drop.acts[reference] = act = Act(missing, present=False)
    return act


def _add_message(drop: Drop, path: str, act: Act, file: DescribedFile) -> None:
    """An ACTES message is of this act whatever file it names; what is none is kept as a proof."""
    messages = drop.message_names.described(folder_of(path), file.name, file.alias)
    if len(messages) == 1:
        drop.taken[messages[0]] = act
        return
    act.add(Role.PROOF, _files(drop, path, file, _found(drop, path, file)))


def _add_seance(drop: Drop, path: str, seance: DescribedSeance) -> None:
    for file in seance.files:
        found = _found(drop, path, file)
        if found in drop.acts:
            continue
        if found:
            drop.pieces[found] = Piece(_of_piece(seance.readings, file.piece))
        else:
            drop.remark(
                "SEANCE_PIECE_MISSING",
                f"« {path} » annonce « {named(file.name)} » ({file.piece}), que le dépôt n’a pas : "
                "déposez cette pièce.",
                path,
            )
    if seance.folder:
        drop.dossiers.append(Dossier(joined(folder_of(path), seance.folder), seance.readings))


def _of_piece(readings: Readings, piece: str) -> Readings:
    return (*readings, (Field.PIECE, Value(piece, ValueSource.METADATA)))


def _found(drop: Drop, path: str, file: DescribedFile) -> str:
    found = drop.names.described(folder_of(path), file.name, file.alias)
    return found[0] if len(found) == 1 else ""


def _files(drop: Drop, path: str, file: DescribedFile, found: str) -> list[tuple[str, bool]]:
    """The file, those of the archive that it is when that was opened, or its name when it is missing."""
    opened = [] if found else drop.names.opened(folder_of(path), file.name)
    return [(one, True) for one in opened] or [(found or _place(path, file), bool(found))]


def _place(path: str, file: DescribedFile) -> str:
    return joined(folder_of(path), named(file.name))


def add_envelopes(drop: Drop, envelopes: Mapping[str, Envelope]) -> set[str]:
    """Each envelope goes with the messages that it carries; return the paths of those that carry none of this drop."""
    alone = set()
    acts = {message: act for act in drop.acts.values() for message in act.messages}
    for path, envelope in envelopes.items():
        carried = set(_carried(drop, path, envelope))
        for message in carried & acts.keys():
            acts[message].add(Role.PROOF, [(path, True)])
        for message in carried & drop.attestations.keys():
            drop.attestations[message].others[path] = (Role.PROOF, True)
        if envelope.name == "AnomalieEnveloppe":
            drop.remark(
                "ENVELOPE_ANOMALY",
                f"« {path} » : la préfecture a rejeté une enveloppe ({len(envelope.forms)} messages). "
                "Demandez à la collectivité si elle l’a transmise de nouveau.",
                path,
            )
        if not carried:
            alone.add(path)
    return alone


def _carried(drop: Drop, path: str, envelope: Envelope) -> Iterator[str]:
    for form in envelope.forms:
        found = drop.message_names.of(named(form), folder_of(path))
        if len(found) == 1:
            yield found[0]
