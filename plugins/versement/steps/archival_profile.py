"""The archival profile of a connector, which Vitam can enforce: for acts, the tree of `tree` as RELAX NG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from versement.domain.dates import MONTHS
from versement.profiles.families import records_of
from versement.profiles.models import Connector, Organisation, Profile
from versement.profiles.records import Branch
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
from versement.steps.archival_profile_records import described, units_of
from versement.steps.starts import parts_of
from versement.steps.tree import EVENTS

SEANCE = rf"[0-9]{{9}}/seance/{DAY}(/[a-z0-9\-]+)?"
SEANCE_PIECE = rf"({SEANCE})#[a-z0-9\-]+"
ACT = r"[0-9A-Za-z_\-]+|[0-9]{9}/[0-9]{8}/[0-9A-Z_]+"
"""Keys of séances and acts (domain.identity), as XML Schema patterns."""
_LATE = (
    r"([A-Z][A-Za-z]+(-[0-9]{8})?(-(piece|preuve|signature)-[0-9]+)?"
    r"|(copie-tamponnee|signature|preuve)-[0-9a-f]{12})"
)
"""After `#`: what attests an act or was exchanged about it, such as `ARActe` or `LettreObservations-20260502`; then a
proof that came late."""
PIECE = rf"({ACT})#((annexe|copie-tamponnee|signature|preuve)-[0-9]+|message(-[0-9]+)?|{_LATE})"
ATTESTATION = rf"({ACT})#{_LATE}"


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
        units=_units(organisation, records_of(connector).tree) if connector.family == "actes" else units_of(profile),
    )


def _management(organisation: Organisation, connector: Connector) -> Iterator[Pattern]:
    named = connector.archival_profile
    yield fixed("ArchivalProfile", named) if named else optional(text("ArchivalProfile"))
    if how := sane_token(connector.acquisition_information):
        yield fixed("AcquisitionInformation", how)
    yield fixed("LegalStatus", connector.legal_status)
    yield fixed("OriginatingAgencyIdentifier", organisation.agencies.originating)
    yield fixed("SubmissionAgencyIdentifier", organisation.agencies.submission)


def _units(organisation: Organisation, tree: Sequence[Branch]) -> list[Pattern]:
    within = at_least_one(choice(reference("acte"), reference("piece-de-seance")))
    late = at_least_one(reference("attestation"))
    filed = [name for place in range(1, len(tree) + 1) for name in (_filed(place), f"{_filed(place)}-verse")]
    return [
        define(
            UNITS,
            "À la racine : des séances, ce qui range d’autres actes, et des actes déjà versés qui reçoivent une "
            "attestation tardive.",
            at_least_one(choice(*map(reference, ("seance", "seance-versee", "acte-verse", *filed)))),
        ),
        *(pattern for place in range(1, len(tree) + 1) for pattern in _branch(tree, place)),
        define("seance", "Une séance, ses actes et ses pièces.", _unit(_seance(), within)),
        define("seance-versee", "Une séance déjà versée, qui reçoit d’autres actes.", _held(SEANCE, _seance(), within)),
        define("acte", "Un acte : règles, description, pièce principale, autres pièces.", _act(organisation)),
        define("acte-verse", "Un acte déjà versé, qui reçoit un ARActe, un courrier…", _held(ACT, _known(), late)),
        define("piece-de-seance", "Convocation, ordre du jour, procès-verbal…", _seance_piece(organisation)),
        define("fichier-de-piece", "Le fichier d’une pièce de séance, ou sa signature.", _piece(SEANCE_PIECE)),
        define("piece-principale", "Le fichier de l’acte.", _piece(rf"({ACT})#acte")),
        define("piece", "Une annexe, une signature, une preuve, un message ACTES, un ARActe…", _piece(PIECE)),
        define("attestation", "Un ARActe, une annulation, un courrier, arrivés après l’acte.", _piece(ATTESTATION)),
    ]


def _filed(place: int) -> str:
    return f"rangement-{place}"


def _branch(tree: Sequence[Branch], place: int) -> Iterator[Pattern]:
    """A unit that holds acts of some natures, new or held: acts, or the branches below it."""
    branch = tree[place - 1]
    below = [_filed(n) for n, other in enumerate(tree, 1) if n > place and set(other.natures) & set(branch.natures)]
    within = at_least_one(choice(*map(reference, ("acte", *below))))
    key = f"[0-9]{{9}}/actes/{'-'.join(sorted(branch.natures))}/[0-9A-Z/\\-]+"
    told = f"« {branch.title} », pour les actes de nature {', '.join(branch.natures)}."
    content = element("Content", *described(branch, key), optional(day("StartDate")), optional(day("EndDate")))
    held = (fixed("DescriptionLevel", branch.level), text("Title"), token("OriginatingSystemId", key), _language())
    yield define(_filed(place), told, _unit(content, within))
    yield define(f"{_filed(place)}-verse", f"{told} Déjà versée.", _held(key, element("Content", *held), within))


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
        token("Title", f"Séance du (1er|[1-9][0-9]?) ({'|'.join(MONTHS)}) [0-9]{{4}}( – [a-z0-9 ]+)?"),
        token("OriginatingSystemId", SEANCE),
        _language(),
        day("StartDate"),
        day("EndDate"),
    )


def _seance_piece(organisation: Organisation) -> Pattern:
    """A piece of a séance: its file, or its file with what signs it."""
    management = element("Management", _rules(organisation))
    files = at_least_one(reference("fichier-de-piece"))
    return choice(
        _unit(management, _item("Item", SEANCE_PIECE), _file()),
        _unit(management, _item("File", SEANCE_PIECE), files),
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
    return _unit(_item("Item", key), _file())


def _file() -> Pattern:
    return element("DataObjectReference", element("DataObjectGroupReferenceId", data("NCName")))


def _item(level: str, key: str) -> Pattern:
    return element(
        "Content",
        fixed("DescriptionLevel", level),
        text("Title"),
        token("OriginatingSystemId", key),
        _language(),
        day("StartDate"),
        day("EndDate"),
    )
