"""Acts, what attests them and pieces of séances while a drop is grouped."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from versement.domain.documents import (
    AnnouncedDocument,
    AnnouncedFile,
    Field,
    FileReference,
    Finding,
    Kind,
    Metadata,
    Readings,
    Role,
    Severity,
)
from versement.domain.drop import ActesMessage, IndexRow
from versement.domain.grouping.acts import Act
from versement.domain.grouping.by_name import actes_groups, annexes_by_name
from versement.domain.grouping.disputed import Identity, identity
from versement.domain.grouping.names import Names, base, folder_of, is_pdf, joined, named

_OWN_ROLES = {
    Kind.ACKNOWLEDGEMENT: Role.ACKNOWLEDGEMENT,
    Kind.CANCELLATION: Role.CANCELLATION,
    Kind.EXCHANGE: Role.MESSAGE,
}


@dataclass(slots=True)
class Attestation:
    """A message about an act, which is a document of its own.

    Attributes:
        others: role of each file that comes with it, and whether it is there.
    """

    message: ActesMessage
    others: dict[str, tuple[Role, bool]] = field(default_factory=dict)


@dataclass(slots=True)
class Piece:
    """A piece of a séance, which is a document of its own; `others` as for an attestation."""

    readings: Readings
    others: dict[str, tuple[Role, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A folder whose free files are pieces of one séance, and what is known of it."""

    folder: str
    readings: Readings


class Drop:
    """What a drop announces, while it is put together.

    Attributes:
        names: the files that may belong to a document.
        message_names: the ACTES messages.
        taken: messages that a tool's description gives to an act.
        companions: files that go with another: that file, and what they are for it.
        owners: files that rows of several acts name, and whose they are.
    """

    def __init__(
        self,
        files: Mapping[str, FileReference],
        names: Names,
        message_names: Names,
        messages: Mapping[str, ActesMessage],
    ) -> None:
        self.files = files
        self.names = names
        self.message_names = message_names
        self.messages = messages
        self.taken: dict[str, Act] = {}
        self.findings: list[Finding] = []
        self.acts: dict[str, Act] = {}  # by path of the act's file, or of what announces it
        self.attestations: dict[str, Attestation] = {}
        self.pieces: dict[str, Piece] = {}  # of séances, by path of their file
        self.dossiers: list[Dossier] = []
        self.companions: dict[str, tuple[str, Role]] = {}
        self.owners: Mapping[str, Identity | None] = {}
        self._rows: dict[str, Readings] = {}  # by path of the act's file: the row that took it
        self._missing_rows: dict[tuple[str, Readings], Act] = {}
        self._ranks: dict[str, int] = {}  # by DELIB_ID: rows without a file that carry it

    def act_at(self, path: str) -> Act:
        """The act whose main file this is."""
        return self.acts.setdefault(path, Act(path, present=True))

    def add_message(self, path: str, message: ActesMessage) -> None:
        """An `Acte` message: its act, even when the files that it names are not there."""
        folder = folder_of(path)
        name = named(message.act_file)
        act = self.taken.get(path)
        if act is None:
            found = self._find(name, folder, by=path)
            missing = Act(joined(folder, name), present=False)
            act = self.acts.setdefault(found or path, Act(found, present=True) if found else missing)
        act.messages.append(path)
        self._complete(act, path, message)

    def add_attestation(self, path: str, message: ActesMessage) -> None:
        """What is a document of its own about an act, and what it says of an act that is there."""
        self.attestations[path] = attestation = Attestation(message)
        for name in filter(None, map(named, message.own_files)):
            own = self._find(name, folder_of(path), by=path)
            attestation.others[own or joined(folder_of(path), name)] = (Role.ANNEX, bool(own))
        act = self.taken.get(path)
        if act is not None:
            act.add_readings(of_the_act(message))
            return
        found = self._find(named(message.act_file), folder_of(path), by=path)
        if found:
            self._complete(self.act_at(found), path, message)

    def add_rows(self, index: str, rows: Sequence[IndexRow]) -> None:
        """An index: each row goes to its file, or becomes a document whose file is missing."""
        identified = self._identified()
        for row in rows:
            found = self._find(row.file_name, None, by=index)
            if not found and not self.names.of(row.file_name, None):
                found = self._of_identifier(row, identified)
            if found and self._is_anothers(found, row):
                self.remark(
                    "INDEX_SAME_FILE",
                    f"« {index} », ligne {row.line} : le fichier « {base(found)} » est aussi celui "
                    "d’une autre ligne. Une ligne par acte est attendue ; corrigez DELIB_URL dans l’une des deux.",
                    index,
                )
                found = ""
            self._take_row(row, found)

    def _is_anothers(self, path: str, row: IndexRow) -> bool:
        """Whether a file is not this row's: of several acts, one at most has it; of one act, the first row."""
        if path in self.owners and self.owners[path] != identity(row):
            return True
        return self._rows.setdefault(path, row.readings) != row.readings

    def attach_by_identifier(self, messages: Mapping[str, ActesMessage]) -> None:
        """What attests an act without naming its file finds it by its IDActe."""
        acts: dict[str, list[Act]] = {}
        for act in self.acts.values():
            for identifier in act.identifiers():
                acts.setdefault(identifier, []).append(act)
        for message in messages.values():
            identifier = Metadata.settled(message.readings).text(Field.ID_ACTE)
            if message.kind is not Kind.ACT and identifier:
                for act in acts.get(identifier, ()):
                    act.add_readings(of_the_act(message))

    def free(self) -> list[str]:
        """Files that are in no document yet, sorted."""
        claimed = {path for act in self.acts.values() for path in act.present_files()} | self.pieces.keys()
        for attestation in self.attestations.values():
            claimed.update(path for path, (_, present) in attestation.others.items() if present)
        return [path for path in self.names.paths if path not in claimed]

    def add_by_name(self) -> None:
        """Files that nothing names: annexes by their name, else documents of their own."""
        for main, annexes in actes_groups(self.names.paths, set(self._alone()), self.acts):
            self.act_at(main).add(Role.ANNEX, ((path, True) for path in annexes))
        for main, annex in annexes_by_name(self._alone(), self.acts, self.files):
            self.act_at(main).add(Role.ANNEX, [(annex, True)])
        for path in self._alone():
            role = Role.ACT if is_pdf(path) else Role.UNKNOWN
            self.acts[path] = Act(path, present=True, role=role)
        self._add_companions()

    def _alone(self) -> list[str]:
        return [path for path in self.free() if path not in self.companions]

    def _add_companions(self) -> None:
        """Whatever goes with a file joins the documents of that file."""
        holders = self._holders({target for target, _ in self.companions.values()})
        for path, (target, role) in self.companions.items():
            for holder in holders[target]:
                if isinstance(holder, Act):
                    holder.add(role, [(path, True)])
                else:
                    holder.others[path] = (role, True)

    def _holders(self, targets: Container[str]) -> Mapping[str, Sequence[Act | Attestation | Piece]]:
        """The documents that each of these files is in."""
        holders: dict[str, list[Act | Attestation | Piece]] = {
            path: [piece] for path, piece in self.pieces.items() if path in targets
        }
        for act in self.acts.values():
            for path in act.present_files():
                if path in targets:
                    holders.setdefault(path, []).append(act)
        for attestation in self.attestations.values():
            for path in attestation.others:
                if path in targets:
                    holders.setdefault(path, []).append(attestation)
        return holders

    def documents(self, *, has_index: bool) -> tuple[AnnouncedDocument, ...]:
        """Every document, sorted by reference."""
        made = [self._attestation(path, attestation) for path, attestation in self.attestations.items()]
        made += [self._act(reference, act, has_index=has_index) for reference, act in self.acts.items()]
        made += [self._piece(path, piece) for path, piece in self.pieces.items()]
        return tuple(sorted(made, key=lambda document: document.reference))

    def remark(self, code: str, message: str, path: str) -> None:
        self.findings.append(Finding(code, Severity.REMARK, message, path))

    def _find(self, name: str, folder: str | None, *, by: str) -> str:
        """Path of the one file of that name, empty when there is none or no way to choose."""
        found = self.names.of(name, folder) if name else []
        if len(found) > 1:
            self.remark(
                "NAME_AMBIGUOUS",
                f"« {by} » nomme « {name} », un nom que {len(found)} fichiers portent "
                f"({', '.join(found[:3])}{' …' if len(found) > 3 else ''}) : impossible de savoir lequel. "
                "Donnez-leur des noms différents.",
                by,
            )
        return found[0] if len(found) == 1 else ""

    def _complete(self, act: Act, path: str, message: ActesMessage) -> None:
        for role, names in ((Role.ANNEX, message.annex_files), (Role.SIGNATURE, message.signature_files)):
            act.add(role, self._found(names, path))
        act.add_readings(of_the_act(message))

    def _found(self, names: Iterable[str], by: str) -> Iterable[tuple[str, bool]]:
        for name in filter(None, map(named, names)):
            known = self._find(name, folder_of(by), by=by)
            opened = [] if known else self.names.opened(folder_of(by), name)
            yield from ((path, True) for path in opened)
            if not opened:
                yield known or joined(folder_of(by), name), bool(known)

    def _take_row(self, row: IndexRow, found: str) -> None:
        act = self.act_at(found) if found else self._missing(row)
        act.row = True
        act.add_readings(row.readings)

    def _missing(self, row: IndexRow) -> Act:
        """The act of a row without a file: one for each different row, whatever their identifiers."""
        known = self._missing_rows.get((row.identifier, row.readings))
        if known is None:
            rank = self._ranks.get(row.identifier, 0)
            reference = ""
            while not reference or reference in self.files or reference in self.acts:
                rank += 1
                reference = f"index:{row.identifier}" + (f"#{rank}" if rank > 1 else "")
            self._ranks[row.identifier] = rank
            known = Act(row.file_name or row.identifier, present=False)
            self._missing_rows[row.identifier, row.readings] = self.acts[reference] = known
        return known

    def _act(self, reference: str, act: Act, *, has_index: bool) -> AnnouncedDocument:
        files = tuple(self._file(path, role, present=present) for path, role, present in act.files())
        readings = tuple(reading for part in act.readings for reading in part)
        return AnnouncedDocument(reference, Kind.ACT, files, readings=readings, row=act.row if has_index else None)

    def _attestation(self, path: str, attestation: Attestation) -> AnnouncedDocument:
        message = attestation.message
        files = [self._file(path, _OWN_ROLES[message.kind], present=True)]
        files += [self._file(other, role, present=there) for other, (role, there) in attestation.others.items()]
        name = named(message.act_file)
        attests = (name,) if name else ()
        return AnnouncedDocument(path, message.kind, tuple(files), readings=message.readings, attests=attests)

    def _piece(self, path: str, piece: Piece) -> AnnouncedDocument:
        files = [self._file(path, Role.SEANCE, present=True)]
        files += [self._file(other, role, present=there) for other, (role, there) in piece.others.items()]
        return AnnouncedDocument(path, Kind.SEANCE, tuple(files), readings=piece.readings)

    def _identified(self) -> Mapping[str, set[str]]:
        """Paths of acts that are there, by each IDActe that something says they have."""
        paths: dict[str, set[str]] = {}
        for act in self.acts.values():
            for identifier in act.identifiers() if act.present else ():
                paths.setdefault(identifier, set()).add(act.path)
        return paths

    def _of_identifier(self, row: IndexRow, identified: Mapping[str, set[str]]) -> str:
        """Path of the one act that a message or its ACTES name gives the row's IDActe; empty when there is none."""
        identifier = Metadata.settled(row.readings).text(Field.ID_ACTE)
        paths = identified.get(identifier, set()) | set(self.names.of_acte(identifier)) if identifier else set()
        return next(iter(paths)) if len(paths) == 1 else ""

    def _file(self, path: str, role: Role, *, present: bool) -> AnnouncedFile:
        if present:
            return AnnouncedFile(path, role, self.files[path])
        namesakes = len(self.names.of(base(path), folder_of(path) or None))
        missing = "" if not namesakes else "INDEX_SAME_FILE" if namesakes == 1 else "NAME_AMBIGUOUS"
        return AnnouncedFile(path, role, None, missing)


_OF_THE_ACT = {Kind.CANCELLATION: (Field.CANCELLED,), Kind.EXCHANGE: (Field.ANOMALY,)}


def of_the_act(message: ActesMessage) -> Readings:
    """What a message says of its act; of a cancellation or an anomaly, that there is one."""
    names = _OF_THE_ACT.get(message.kind)
    return message.readings if names is None else tuple(said for said in message.readings if said[0] in names)
