"""Documents, their files, and what is known of them; the words of the whole chain.

A *reference* is how the source names something (a path), a *document* is one business record with its files,
a *file* (pièce) is one file of one document. A file that two documents share is one path and two pièces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType

from versement.domain.fixity import Fixity


class Kind(StrEnum):
    """What a document is: something of the ACTES exchange, or a record of any other application.

    Acknowledgements are documents of their own, because they come later than the act that they attest, and
    what is announced may not depend on what is already known.
    """

    ACT = "acte"
    ACKNOWLEDGEMENT = "ARActe"
    CANCELLATION = "ARAnnulation"
    EXCHANGE = "échange avec la préfecture"
    SEANCE = "pièce de séance"
    RECORD = "document"


class Role(StrEnum):
    """What a file is within its document."""

    ACT = "acte"
    ANNEX = "annexe"
    MESSAGE = "message ACTES"
    ACKNOWLEDGEMENT = "ARActe"
    CANCELLATION = "ARAnnulation"
    MAIN = "document principal"
    STAMPED = "copie tamponnée"
    SIGNATURE = "signature"
    PROOF = "preuve"
    SEANCE = "pièce de séance"
    UNKNOWN = "pièce non identifiée"


class ValueSource(StrEnum):
    """Where a metadata value was read, or that a person gave it."""

    DECISION = "décision"
    INDEX = "index"
    MESSAGE = "message ACTES"
    ACKNOWLEDGEMENT = "ARActe"
    STAMP = "tampon"
    METADATA = "fichier de métadonnées"
    CLASSIFICATION = "classification de la préfecture"
    NOTICE = "données essentielles"
    PATH = "chemin"
    PROFILE = "fiche de connecteur"


class Field(StrEnum):
    """Metadata of a document that the chain uses, whatever its family."""

    ID_ACTE = "IDActe"
    SIREN = "SIREN"
    NUMBER = "numéro"
    DATE = "date de l’acte"
    TITLE = "objet"
    NATURE = "nature"
    MATTER = "matière"
    MATTER_NAME = "libellé de la matière"
    SENT = "date d’envoi"
    RECEIVED = "date de réception"
    PUBLISHED = "date de publication"
    CANCELLED = "date d’annulation"
    ANOMALY = "anomalie de transmission"
    IDENTIFIER = "identifiant"
    DESCRIPTION = "description"
    START = "date de début"
    END = "date de fin"
    YEAR = "année"
    ENTITY = "entité"
    ASSEMBLY = "assemblée"
    MARKET = "numéro de marché"
    MARKET_TITLE = "objet du marché"
    FRAMEWORK = "accord-cadre"
    PHASE = "phase"
    LOT = "lot"
    TENDERER = "soumissionnaire"
    OUTCOME = "sort de l’offre"
    PIECE = "type de pièce"
    HOLDERS = "titulaires"
    AMOUNT = "montant"
    CPV = "code CPV"
    PROCEDURE = "procédure"
    NOTIFIED = "date de notification"
    SIGNED = "date de signature"
    AGENT = "matricule"
    BIRTH = "date de naissance"
    PERIOD = "période"
    SECTION = "rubrique"


@dataclass(frozen=True, slots=True)
class Value:
    """One metadata value and where it was read. Dates are ISO 8601 (`AAAA-MM-JJ`).

    Attributes:
        origin: dotted path of what was read within its source (`index.LIBELLE`); empty when there is one way only.
    """

    text: str
    source: ValueSource
    origin: str = ""


Readings = tuple[tuple[Field, Value], ...]
"""Everything that was read about one document, in order of reading; a field may stand several times."""

PRECEDENCE = (
    ValueSource.DECISION,
    ValueSource.ACKNOWLEDGEMENT,
    ValueSource.MESSAGE,
    ValueSource.CLASSIFICATION,
    ValueSource.INDEX,
    ValueSource.METADATA,
    ValueSource.NOTICE,
    ValueSource.STAMP,
    ValueSource.PATH,
    ValueSource.PROFILE,
)
"""Whose word counts first when several sources give the same field."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document: for each field the value that counts, with its source."""

    values: Mapping[Field, Value] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def settled(cls, readings: Readings) -> Metadata:
        """Keep, for each field, the value of the source that counts first."""
        ranked = sorted(readings, key=lambda item: PRECEDENCE.index(item[1].source), reverse=True)
        return cls(MappingProxyType({name: value for name, value in ranked if value.text}))

    def text(self, name: Field) -> str:
        """The value's text, empty when unknown."""
        value = self.values.get(name)
        return value.text if value else ""

    def date(self, name: Field) -> date | None:
        text = self.text(name)
        return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True, order=True)
class FileReference:
    """One file as the source lists it.

    Attributes:
        path: relative to the drop's root, `/` between parts, as the source writes it.
        size: bytes.
        modified: seconds since the epoch, as the source says.
    """

    path: str
    size: int
    modified: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def moment(self) -> datetime | None:
        """When it was modified; None when no calendar holds what the source says."""
        try:
            return datetime.fromtimestamp(self.modified, UTC)
        except (OverflowError, ValueError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class AnnouncedFile:
    """One pièce of an announced document.

    Attributes:
        path: as in the listing.
        role: what it is within the document.
        reference: its entry in the listing; None when something names a file that the drop does not hold.
        missing: code of why it has no entry although the drop holds files of that name; empty when it holds none.
    """

    path: str
    role: Role
    reference: FileReference | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class AnnouncedDocument:
    """One document as the source announces it, before any of its content is read (messages and index aside).

    Attributes:
        reference: stable name within the connector: the path of its main file, or `index:<DELIB_ID>` for an
            index row without a file.
        readings: what index and messages say of it.
        row: the index's row was found; None when the drop has no index.
        attests: file names of the act that an acknowledgement names, to find the act by.
        told_apart_by: digest of its reference at the source, where what is shown hides something; else empty. It is
            not kept.
    """

    reference: str
    kind: Kind
    files: tuple[AnnouncedFile, ...]
    readings: Readings = ()
    row: bool | None = None
    attests: tuple[str, ...] = ()
    told_apart_by: str = ""


class Severity(StrEnum):
    """What a finding does to its document."""

    REMARK = "remarque"
    SET_ASIDE = "mise de côté"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a qualification rule; `message` is French and says where, expected, found, what to do."""

    code: str
    severity: Severity
    message: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class CollectedFile:
    """One pièce in staging.

    Attributes:
        fixity: None when the file is missing at the source or could not be read.
        puid, mime, format_name: as Siegfried identified it, empty when not identified (yet).
        modified: as the source said; None when the file is missing.
    """

    path: str
    role: Role
    fixity: Fixity | None
    modified: datetime | None
    puid: str = ""
    mime: str = ""
    format_name: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document in the chain.

    Attributes:
        id: unique within its tenant, made from connector, reference and fingerprint; never from the clock.
        record_key: its identity within the tenant (domain.identity), empty until known.
        readings: everything read about it, for contradictions and for the record.
        attests: names of the act's files, for an acknowledgement.
        row: see AnnouncedDocument.
    """

    id: str
    connector: str
    collection: str
    reference: str
    kind: Kind
    files: tuple[CollectedFile, ...]
    readings: Readings = ()
    record_key: str = ""
    row: bool | None = None
    attests: tuple[str, ...] = ()

    @property
    def metadata(self) -> Metadata:
        return Metadata.settled(self.readings)

    @property
    def act_file(self) -> CollectedFile | None:
        """The act itself; its stamped copy where that is all there is."""
        by_role = {file.role: file for file in reversed(self.files)}
        return by_role.get(Role.ACT) or by_role.get(Role.STAMPED)
