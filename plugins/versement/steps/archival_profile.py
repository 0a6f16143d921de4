"""The archival profile of a connector, which Vitam can enforce: for acts, the tree of `tree` as RELAX NG."""

from __future__ import annotations

from collections.abc import Iterator

from versement.domain.dates import MONTHS
from versement.profiles.models import Connector, Organisation, Profile
from versement.seda.archival_profile import (
    DAY,
    UNITS,
    archival_profile,
    attached,
    day,
    fixed,
    identifier,
    moment,
    rule,
    text,
    token,
)
from versement.seda.manifest import UNTITLED
from versement.seda.relaxng import (
    Pattern,
    any_number,
    at_least_one,
    choice,
    data,
    define,
    element,
    group,
    optional,
    reference,
)
from versement.seda.text import sane_text, sane_token
from versement.steps.archival_profile_records import units_of
from versement.steps.starts import parts_of
from versement.steps.tree import EVENTS

SEANCE = f"[0-9]{{9}}/seance/{DAY}"
ACT = r"[0-9A-Za-z_\-]+|[0-9]{9}/[0-9]{8}/[0-9A-Z_]+"
"""Keys of séances and acts (domain.identity), as XML Schema patterns."""
PIECE = rf"({ACT})#(annexe-[0-9]+|message(-[0-9]+)?|ARActe|ARAnnulation)"
ATTESTATION = rf"({ACT})#(ARActe|ARAnnulation)"


def archival_profile_of(profile: Profile) -> bytes:
    """RELAX NG that a manifest of this connector meets whole, in the namespace of the SEDA version that it chose.

    Vitam validates manifests with it as they come (Jing, no transformation), when the ingest contract names it.
    Equal profiles give equal bytes.
    """
    organisation, connector = profile.organisation, profile.connector
    prefix = f"{organisation.name}_{profile.connector_name}_"
    version = connector.seda_version
    return archival_profile(
        version,
        sane_text(f"Profil d’archivage de « {connector.label} », {organisation.label} (SEDA {version})."),
        message_identifier=f"{prefix}[0-9a-f]{{32}}",
        archival_agreement=connector.archival_agreement,
        agencies=(organisation.agencies.archival, organisation.agencies.transferring),
        management=list(_management(organisation, connector)),
        units=_units(organisation) if connector.family == "actes" else units_of(profile),
    )


def _management(organisation: Organisation, connector: Connector) -> Iterator[Pattern]:
    named = connector.archival_profile
    yield fixed("ArchivalProfile", named) if named else optional(text("ArchivalProfile"))
    if how := sane_token(connector.acquisition_information):
        yield fixed("AcquisitionInformation", how)
    yield fixed("LegalStatus", connector.legal_status)
    yield fixed("OriginatingAgencyIdentifier", organisation.agencies.originating)
    yield fixed("SubmissionAgencyIdentifier", organisation.agencies.submission)


def _units(organisation: Organisation) -> list[Pattern]:
    acts = at_least_one(reference("acte"))
    late = at_least_one(reference("attestation"))
    return [
        define(
            UNITS,
            "À la racine : des séances, et des actes déjà versés qui reçoivent une attestation tardive.",
            at_least_one(choice(*map(reference, ("seance", "seance-versee", "acte-verse")))),
        ),
        define("seance", "Une séance et ses actes.", _unit(_seance(), acts)),
        define("seance-versee", "Une séance déjà versée, qui reçoit d’autres actes.", _held(SEANCE, _seance(), acts)),
        define("acte", "Un acte : règles, description, pièce principale, autres pièces.", _act(organisation)),
        define("acte-verse", "Un acte déjà versé, qui reçoit un ARActe ou une annulation.", _held(ACT, _known(), late)),
        define("piece-principale", "Le fichier de l’acte.", _piece(rf"({ACT})#acte")),
        define("piece", "Une annexe, un message ACTES, un ARActe ou une annulation.", _piece(PIECE)),
        define("attestation", "Un ARActe ou une annulation, arrivés après l’acte.", _piece(ATTESTATION)),
    ]


def _unit(*content: Pattern) -> Pattern:
    return element("ArchiveUnit", identifier(), *content)


def _held(key: str, content: Pattern, children: Pattern) -> Pattern:
    return _unit(element("Management", attached(key)), content, children)


def _language() -> Pattern:
    return optional(token("Language", "[a-z]{3}"))


def _seance() -> Pattern:
    return element(
        "Content",
        fixed("DescriptionLevel", "File"),
        token("Title", f"Séance du (1er|[1-9][0-9]?) ({'|'.join(MONTHS)}) [0-9]{{4}}"),
        token("OriginatingSystemId", SEANCE),
        _language(),
        day("StartDate"),
        day("EndDate"),
    )


def _act(organisation: Organisation) -> Pattern:
    pieces = (reference("piece-principale"), any_number(reference("piece")))
    return _unit(element("Management", _rules(organisation)), _description(), *pieces)


def _rules(organisation: Organisation) -> Pattern:
    """One of the rows of the organisation's table of management rules; rows that may not be sent are left out."""
    table = (row for row in organisation.management_rules if row.family == "actes" and row.sendable)
    return choice(
        *(
            group(*(rule(*names, dated=start == "act_date", final_action=action) for *names, start, action in row))
            for row in dict.fromkeys(map(parts_of, table))
        )
    )


def _description() -> Pattern:
    return element(
        "Content",
        fixed("DescriptionLevel", "File"),
        text("Title", but=UNTITLED),
        token("OriginatingSystemId", ACT),
        optional(text("OriginatingAgencyArchiveUnitIdentifier")),
        fixed("DocumentType", "Délibération", "Acte"),
        _language(),
        any_number(element("Keyword", text("KeywordContent"))),
        day("TransactedDate"),
        optional(day("SentDate")),
        optional(day("ReceivedDate")),
        day("StartDate"),
        day("EndDate"),
        any_number(_event()),
    )


def _event() -> Pattern:
    codes = (code for _, code, _ in EVENTS)
    return element("Event", fixed("EventTypeCode", *codes), text("EventType"), element("EventDateTime", moment()))


def _known() -> Pattern:
    """Description of an act that the archive holds already: enough to be told apart."""
    return element(
        "Content", fixed("DescriptionLevel", "File"), text("Title"), token("OriginatingSystemId", ACT), _language()
    )


def _piece(key: str) -> Pattern:
    content = element(
        "Content",
        fixed("DescriptionLevel", "Item"),
        text("Title"),
        token("OriginatingSystemId", key),
        _language(),
        day("StartDate"),
        day("EndDate"),
    )
    file = element("DataObjectReference", element("DataObjectGroupReferenceId", data("NCName")))
    return _unit(content, file)
