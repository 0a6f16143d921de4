"""The composite values of a unit's description: agents, history, signatures, identifiers, extensions.

Names are SEDA's; what each element means is in SEDA's own documentation.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from versement.domain.fixity import Digest
from versement.seda.dates import AnyDate


@dataclass(frozen=True, slots=True)
class Element:
    """Markup that the model does not interpret: an extension, or a technical description.

    Attributes:
        name: local name.
        text: kept as it stands when there are no children.
        attributes: name, `{namespace}name` for one of another namespace, and value.
        namespace: empty for SEDA's own, None for none at all.
    """

    name: str
    text: str = ""
    children: tuple[Element, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    namespace: str | None = ""


@dataclass(frozen=True, slots=True)
class Further:
    """One more value of an element of the description that repeats, or one in a stated language.

    Attributes:
        element: `Title`, `Description`, `Language`, `OriginatingSystemId`…
        language: xml:lang, for those that SEDA lets have one.
    """

    element: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody was born or died."""

    geogname: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or, when `corpname` is given, an organisation."""

    full_name: str = ""
    _: KW_ONLY
    corpname: str = ""
    first_name: str = ""
    birth_name: str = ""
    given_name: str = ""
    gender: str = ""
    birth_date: AnyDate | None = None
    birth_place: Place | None = None
    death_date: AnyDate | None = None
    death_place: Place | None = None
    nationalities: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    mandates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signatory(Agent):
    """Who signed or validated a signature, and when (SigningTime, ValidationTime)."""

    time: AnyDate | None = None


@dataclass(frozen=True, slots=True)
class CustodialItem:
    """One step in the history of custody."""

    text: str
    when: AnyDate | None = None


@dataclass(frozen=True, slots=True)
class CustodialHistory:
    """Who kept the records before their transfer.

    Attributes:
        file: CustodialHistoryFile, the reference to a journal in the package.
    """

    items: tuple[CustodialItem, ...]
    file: Element | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Places, periods and jurisdictions that the record is about."""

    spatial: tuple[str, ...] = ()
    temporal: tuple[str, ...] = ()
    juridictional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersistentIdentifier:
    """An ARK or the like (SEDA 2.3)."""

    type: str
    content: str
    origin: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LinkingAgent:
    """Who took part in an event (SEDA 2.2 and later)."""

    type: str = ""
    value: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class SignedObject:
    """The object that a signature is about.

    Attributes:
        key: of the object; empty for the one that a unit carries alone and that has this digest.
    """

    digest: Digest
    key: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as SEDA 2.1 and 2.2 describe it: signers, validator and signed object are mandatory there."""

    signers: tuple[Signatory, ...]
    validator: Signatory | None
    signed_object: SignedObject | None
    masterdata: str = ""


@dataclass(frozen=True, slots=True)
class SignatureDescription:
    """Who signed and who validated one signature (SEDA 2.3)."""

    signer: Signatory | None = None
    validator: Signatory | None = None
    signing_type: str = ""


@dataclass(frozen=True, slots=True)
class Timestamping:
    """One time stamp (SEDA 2.3)."""

    time: AnyDate | None = None
    information: str = ""


@dataclass(frozen=True, slots=True)
class AdditionalProof:
    """What else proves a signature (SEDA 2.3)."""

    information: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningInformation:
    """What part the unit plays in a signature (SEDA 2.3).

    Attributes:
        roles: `SignedDocument`, `Signature`, `Timestamp` or `AdditionalProof`: what the unit itself holds.
        detached_roles: what is held by another unit.
        signed_documents: keys of the units that hold the signed document.
    """

    roles: tuple[str, ...]
    _: KW_ONLY
    detached_roles: tuple[str, ...] = ()
    signed_documents: tuple[str, ...] = ()
    signatures: tuple[SignatureDescription, ...] = ()
    timestamps: tuple[Timestamping, ...] = ()
    proofs: tuple[AdditionalProof, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the record before its transfer."""

    type_code: str
    type: str
    when: AnyDate | None
    outcome: str = ""
    detail: str = ""
    _: KW_ONLY
    identifier: str = ""
    outcome_detail: str = ""
    outcome_message: str = ""
    data: str = ""
    linking_agent: LinkingAgent | None = None


@dataclass(frozen=True, slots=True)
class Keyword:
    """A controlled keyword.

    Attributes:
        type: one of SEDA's codes (`subject`, `corpname`, `genreform`…).
    """

    content: str
    reference: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What SEDA's Content says beside the level and the title.

    Attributes:
        agency_identifier: OriginatingAgencyArchiveUnitIdentifier.
        further: second and later values, values in a stated language.
        extensions: elements that SEDA does not have; they come last.
    """

    _: KW_ONLY
    file_plan_positions: tuple[str, ...] = ()
    system_ids: tuple[str, ...] = ()
    originating_system_id: str = ""
    archival_agency_identifiers: tuple[str, ...] = ()
    agency_identifier: str = ""
    transferring_agency_identifiers: tuple[str, ...] = ()
    description: str = ""
    custodial_history: CustodialHistory | None = None
    type: str = ""
    document_type: str = ""
    language: str = "fra"
    description_language: str = ""
    status: str = ""
    version: str = ""
    tags: tuple[str, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    coverage: Coverage | None = None
    originating_agency: str = ""
    submission_agency: str = ""
    agents: tuple[Agent, ...] = ()
    authorized_agents: tuple[Agent, ...] = ()
    writers: tuple[Agent, ...] = ()
    addressees: tuple[Agent, ...] = ()
    recipients: tuple[Agent, ...] = ()
    transmitters: tuple[Agent, ...] = ()
    senders: tuple[Agent, ...] = ()
    source: str = ""
    related_objects: Element | None = None
    created_date: AnyDate | None = None
    transacted_date: AnyDate | None = None
    acquired_date: AnyDate | None = None
    sent_date: AnyDate | None = None
    received_date: AnyDate | None = None
    registered_date: AnyDate | None = None
    start_date: AnyDate | None = None
    end_date: AnyDate | None = None
    date_litteral: str = ""
    events: tuple[Event, ...] = ()
    signatures: tuple[Signature, ...] = ()
    signing_information: SigningInformation | None = None
    gps: Element | None = None
    originating_system_id_reply_to: str = ""
    text_content: str = ""
    persistent_identifiers: tuple[PersistentIdentifier, ...] = ()
    further: tuple[Further, ...] = ()
    extensions: tuple[Element, ...] = ()
