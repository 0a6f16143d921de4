"""The elements of SEDA that the model covers, in SEDA's order, and the attributes that hold them.

One list for all versions (`versions` says which elements one lacks) and for both ways, writing and reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from versement.seda import description as d


class Kind(Enum):
    """How a value is written."""

    TEXT = auto()
    TOKEN = auto()
    DATE = auto()
    TIME = auto()
    BOOLEAN = auto()
    NUMBER = auto()
    PART = auto()
    DATED_TEXT = auto()
    ORGANISATION = auto()
    RAW = auto()
    UNIT = auto()
    SIGNED_OBJECT = auto()


@dataclass(frozen=True, slots=True)
class Slot:
    """One element and the attribute of the model that holds it.

    Attributes:
        many: the attribute is a tuple, one element for each of its values.
        shape: what is inside, for a part.
    """

    element: str
    attribute: str
    kind: Kind = Kind.TOKEN
    many: bool = False
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What is inside an element.

    Attributes:
        name: of the element, as `versions` knows it.
        build: class of the model; None when the values belong to the object around.
        required: attributes without which SEDA has no such element.
        optional: the element is left out when a required value is blank, instead of being refused.
    """

    name: str
    build: Any
    slots: tuple[Slot, ...]
    required: tuple[str, ...] = ()
    optional: bool = False


def _text(element: str, attribute: str, *, many: bool = False) -> Slot:
    return Slot(element, attribute, Kind.TEXT, many)


def _tokens(element: str, attribute: str) -> Slot:
    return Slot(element, attribute, Kind.TOKEN, many=True)


def _date(element: str, attribute: str) -> Slot:
    return Slot(element, attribute, Kind.DATE)


def _time(element: str, attribute: str) -> Slot:
    return Slot(element, attribute, Kind.TIME)


def _part(element: str, attribute: str, shape: Shape) -> Slot:
    return Slot(element, attribute, Kind.PART, shape=shape)


def _parts(element: str, attribute: str, shape: Shape) -> Slot:
    return Slot(element, attribute, Kind.PART, many=True, shape=shape)


PLACE = Shape(
    "Place",
    d.Place,
    (
        _text("Geogname", "geogname"),
        _text("Address", "address"),
        _text("PostalCode", "postal_code"),
        _text("City", "city"),
        _text("Region", "region"),
        _text("Country", "country"),
    ),
)
_PERSON = (
    _text("FirstName", "first_name"),
    _text("BirthName", "birth_name"),
    _text("FullName", "full_name"),
    _text("GivenName", "given_name"),
    Slot("Gender", "gender"),
    _date("BirthDate", "birth_date"),
    _part("BirthPlace", "birth_place", PLACE),
    _date("DeathDate", "death_date"),
    _part("DeathPlace", "death_place", PLACE),
    _tokens("Nationality", "nationalities"),
)
PERSON_ONLY = tuple(slot.attribute for slot in _PERSON)
_BEFORE_BUSINESS = (*_PERSON, _text("Corpname", "corpname"), _tokens("Identifier", "identifiers"))
_BUSINESS = (
    _text("Function", "functions", many=True),
    _text("Activity", "activities", many=True),
    _text("Position", "positions", many=True),
    _text("Role", "roles", many=True),
    _text("Mandate", "mandates", many=True),
)
AGENT = Shape("Agent", d.Agent, (*_BEFORE_BUSINESS, *_BUSINESS))
SIGNER = Shape("Signer", d.Signatory, (*_BEFORE_BUSINESS, _time("SigningTime", "time"), *_BUSINESS), ("time",))
VALIDATOR = Shape("Validator", d.Signatory, (*_BEFORE_BUSINESS, _time("ValidationTime", "time"), *_BUSINESS), ("time",))

KEYWORD = Shape(
    "Keyword",
    d.Keyword,
    (_text("KeywordContent", "content"), Slot("KeywordReference", "reference"), Slot("KeywordType", "type")),
    ("content",),
    optional=True,
)
LINKING_AGENT = Shape(
    "LinkingAgentIdentifier",
    d.LinkingAgent,
    (
        Slot("LinkingAgentIdentifierType", "type"),
        Slot("LinkingAgentIdentifierValue", "value"),
        Slot("LinkingAgentRole", "role"),
    ),
)
EVENT = Shape(
    "Event",
    d.Event,
    (
        Slot("EventIdentifier", "identifier"),
        Slot("EventTypeCode", "type_code"),
        Slot("EventType", "type"),
        _date("EventDateTime", "when"),
        _text("EventDetail", "detail"),
        Slot("Outcome", "outcome"),
        Slot("OutcomeDetail", "outcome_detail"),
        Slot("OutcomeDetailMessage", "outcome_message"),
        Slot("EventDetailData", "data"),
        _part("LinkingAgentIdentifier", "linking_agent", LINKING_AGENT),
    ),
    ("when",),
)
CUSTODIAL_HISTORY = Shape(
    "CustodialHistory",
    d.CustodialHistory,
    (
        Slot("CustodialHistoryItem", "items", Kind.DATED_TEXT, many=True),
        Slot("CustodialHistoryFile", "file", Kind.RAW),
    ),
    ("items",),
)
COVERAGE = Shape(
    "Coverage",
    d.Coverage,
    (
        _text("Spatial", "spatial", many=True),
        _text("Temporal", "temporal", many=True),
        _text("Juridictional", "juridictional", many=True),
    ),
)
PERSISTENT_IDENTIFIER = Shape(
    "PersistentIdentifier",
    d.PersistentIdentifier,
    (
        Slot("PersistentIdentifierType", "type"),
        Slot("PersistentIdentifierOrigin", "origin"),
        Slot("PersistentIdentifierReference", "reference"),
        Slot("PersistentIdentifierContent", "content"),
    ),
    ("type", "content"),
)
SIGNATURE = Shape(
    "Signature",
    d.Signature,
    (
        _parts("Signer", "signers", SIGNER),
        _part("Validator", "validator", VALIDATOR),
        Slot("Masterdata", "masterdata"),
        Slot("ReferencedObject", "signed_object", Kind.SIGNED_OBJECT),
    ),
    ("signers", "validator", "signed_object"),
)
SIGNING_INFORMATION = Shape(
    "SigningInformation",
    d.SigningInformation,
    (
        _tokens("SigningRole", "roles"),
        _tokens("DetachedSigningRole", "detached_roles"),
        Slot("SignedDocumentReferenceId", "signed_documents", Kind.UNIT, many=True),
        _parts(
            "SignatureDescription",
            "signatures",
            Shape(
                "SignatureDescription",
                d.SignatureDescription,
                (
                    _part("Signer", "signer", SIGNER),
                    _part("Validator", "validator", VALIDATOR),
                    Slot("SigningType", "signing_type"),
                ),
            ),
        ),
        _parts(
            "TimestampingInformation",
            "timestamps",
            Shape(
                "TimestampingInformation",
                d.Timestamping,
                (_time("TimeStamp", "time"), Slot("AdditionalTimestampingInformation", "information")),
            ),
        ),
        _parts(
            "AdditionalProof",
            "proofs",
            Shape("AdditionalProof", d.AdditionalProof, (_tokens("AdditionalProofInformation", "information"),)),
        ),
    ),
    ("roles",),
)
CONTENT = Shape(
    "Content",
    None,
    (
        Slot("DescriptionLevel", "level"),
        _text("Title", "title"),
        _tokens("FilePlanPosition", "file_plan_positions"),
        _tokens("SystemId", "system_ids"),
        Slot("OriginatingSystemId", "originating_system_id"),
        _tokens("ArchivalAgencyArchiveUnitIdentifier", "archival_agency_identifiers"),
        Slot("OriginatingAgencyArchiveUnitIdentifier", "agency_identifier"),
        _tokens("TransferringAgencyArchiveUnitIdentifier", "transferring_agency_identifiers"),
        _text("Description", "description"),
        _part("CustodialHistory", "custodial_history", CUSTODIAL_HISTORY),
        _text("Type", "type"),
        _text("DocumentType", "document_type"),
        Slot("Language", "language"),
        Slot("DescriptionLanguage", "description_language"),
        Slot("Status", "status"),
        _text("Version", "version"),
        _tokens("Tag", "tags"),
        _parts("Keyword", "keywords", KEYWORD),
        _part("Coverage", "coverage", COVERAGE),
        Slot("OriginatingAgency", "originating_agency", Kind.ORGANISATION),
        Slot("SubmissionAgency", "submission_agency", Kind.ORGANISATION),
        _parts("Agent", "agents", AGENT),
        _parts("AuthorizedAgent", "authorized_agents", AGENT),
        _parts("Writer", "writers", AGENT),
        _parts("Addressee", "addressees", AGENT),
        _parts("Recipient", "recipients", AGENT),
        _parts("Transmitter", "transmitters", AGENT),
        _parts("Sender", "senders", AGENT),
        _text("Source", "source"),
        Slot("RelatedObjectReference", "related_objects", Kind.RAW),
        _date("CreatedDate", "created_date"),
        _date("TransactedDate", "transacted_date"),
        _date("AcquiredDate", "acquired_date"),
        _date("SentDate", "sent_date"),
        _date("ReceivedDate", "received_date"),
        _date("RegisteredDate", "registered_date"),
        _date("StartDate", "start_date"),
        _date("EndDate", "end_date"),
        Slot("DateLitteral", "date_litteral"),
        _parts("Event", "events", EVENT),
        _parts("Signature", "signatures", SIGNATURE),
        _part("SigningInformation", "signing_information", SIGNING_INFORMATION),
        Slot("Gps", "gps", Kind.RAW),
        Slot("OriginatingSystemIdReplyTo", "originating_system_id_reply_to"),
        Slot("TextContent", "text_content"),
        _parts("PersistentIdentifier", "persistent_identifiers", PERSISTENT_IDENTIFIER),
    ),
)
CONTENT_ELEMENTS = frozenset(slot.element for slot in CONTENT.slots)
"""Every element that a description has in some version; anything else in it is an extension."""

REPEATED = frozenset(
    {"Title", "Description", "Language", "OriginatingSystemId", "TextContent", "Type", "DocumentType"}
) | {"OriginatingAgencyArchiveUnitIdentifier"}
"""Elements of which `further` may hold more values, or the one that has a language."""
IN_A_LANGUAGE = frozenset({"Title", "Description", "Type", "DocumentType"})
"""Those of them that may have an xml:lang (SEDA's TextType)."""

DATA_OBJECT = Shape(
    "DataObject",
    None,
    (
        Slot("DataObjectProfile", "profile"),
        Slot("DataObjectSystemId", "system_id"),
        Slot("DataObjectGroupSystemId", "group_system_id"),
        Slot("Relationship", "relationships", Kind.RAW, many=True),
        Slot("DataObjectVersion", "usage"),
        _parts("PersistentIdentifier", "persistent_identifiers", PERSISTENT_IDENTIFIER),
        Slot("DataObjectUse", "use"),
        Slot("DataObjectNumber", "number", Kind.NUMBER),
    ),
)
FORMAT = Shape(
    "FormatIdentification",
    None,
    (
        _text("FormatLitteral", "format_name"),
        Slot("MimeType", "mime"),
        Slot("FormatId", "puid"),
        Slot("Encoding", "encoding"),
    ),
)
FILE_INFO = Shape(
    "FileInfo",
    None,
    (
        _text("Filename", "filename"),
        _text("CreatingApplicationName", "application_name"),
        _text("CreatingApplicationVersion", "application_version"),
        _time("DateCreatedByApplication", "created_by_application"),
        _text("CreatingOs", "os"),
        _text("CreatingOsVersion", "os_version"),
        _time("LastModified", "last_modified"),
    ),
)
CLASSIFICATION = Shape(
    "ClassificationRule",
    None,
    (
        Slot("ClassificationLevel", "level"),
        Slot("ClassificationOwner", "owner"),
        _date("ClassificationReassessingDate", "reassessing_date"),
        Slot("NeedReassessingAuthorization", "need_reassessing_authorization", Kind.BOOLEAN),
    ),
    ("level", "owner"),
)
HOLD = Shape(
    "HoldRule",
    None,
    (
        _date("HoldEndDate", "end_date"),
        Slot("HoldOwner", "owner"),
        _date("HoldReassessingDate", "reassessing_date"),
        Slot("HoldReason", "reason"),
        Slot("PreventRearrangement", "prevent_rearrangement", Kind.BOOLEAN),
    ),
)

RULE_CATEGORIES = (
    "StorageRule",
    "AppraisalRule",
    "AccessRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)
CODE_LISTS = tuple(
    f"{name}CodeListVersion"
    for name in (
        "Reply",
        "MessageDigestAlgorithm",
        "MimeType",
        "Encoding",
        "FileFormat",
        "CompressionAlgorithm",
        "DataObjectVersion",
        "StorageRule",
        "AppraisalRule",
        "AccessRule",
        "DisseminationRule",
        "ReuseRule",
        "ClassificationRule",
        "AcquisitionInformation",
        "AuthorizationReason",
        "Relationship",
    )
)
COPIED_CODE_LISTS = ("ReplyCodeListVersion", "MessageDigestAlgorithmCodeListVersion", "FileFormatCodeListVersion")
"""Vitam copies these into its reply, empty when the transfer does not give them."""
