"""No manifest leaves against its archival profile: the documents that it blames are set aside, the others go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from versement.domain.documents import Finding, SourceDocument
from versement.domain.errors import Defect
from versement.domain.fixity import Fixity
from versement.domain.qualification import blocking
from versement.domain.transfers import PlannedUnit
from versement.ports.archival_profile import Departure, DepartureKind
from versement.steps.archival_profile import archival_profile_of
from versement.steps.chain import Chain, log

_SOURCES = "complétez l’index, ou faites déposer l’ARActe ou le message ACTES"
_TABLE = "corrigez le tableau des règles de l’organisation"
_FILE = "redéposez le fichier, sous un nom lisible"
_OURS = "signalez-le aux développeurs"
FIELDS: Mapping[str, tuple[str, str]] = {
    "Title": ("l’objet", _SOURCES),
    "OriginatingSystemId": ("l’identifiant", _SOURCES),
    "OriginatingAgencyArchiveUnitIdentifier": ("le numéro", _SOURCES),
    "DocumentType": ("la nature", _SOURCES),
    "Keyword": ("la matière", _SOURCES),
    "KeywordContent": ("la matière", _SOURCES),
    "TransactedDate": ("la date de l’acte", _SOURCES),
    "StartDate": ("la date de l’acte", _SOURCES),
    "EndDate": ("la date de l’acte", _SOURCES),
    "SentDate": ("la date d’envoi", _SOURCES),
    "ReceivedDate": ("la date de réception", _SOURCES),
    "Event": ("un événement", _SOURCES),
    "EventTypeCode": ("un événement", _SOURCES),
    "EventDateTime": ("la date d’un événement", _SOURCES),
    "Management": ("la règle de gestion", _TABLE),
    "AppraisalRule": ("le sort final", _TABLE),
    "AccessRule": ("la règle d’accès", _TABLE),
    "Rule": ("la règle de gestion", _TABLE),
    "FinalAction": ("le sort final", _TABLE),
    "ArchiveUnit": ("une pièce", "redéposez l’acte avec ses pièces"),
    "DataObjectReference": ("le fichier", _FILE),
    "MessageDigest": ("l’empreinte du fichier", _FILE),
    "Filename": ("le nom du fichier", _FILE),
}
"""By SEDA element, what it is called at the source, and how it is mended there."""
_OF_A_FILE = {"Title": ("l’intitulé de la pièce", _FILE)}


class NotConform(Exception):
    """A manifest departs from its profile; nothing of it was kept.

    Attributes:
        findings: by id, those of each document that is to blame.
    """

    def __init__(self, findings: Mapping[str, Sequence[Finding]]) -> None:
        super().__init__("the manifest departs from its archival profile")
        self.findings = findings


def check_conformity(
    chain: Chain, manifest: Fixity, planned: Sequence[PlannedUnit], members: Sequence[SourceDocument]
) -> None:
    """Compare a manifest in staging with the connector's archival profile.

    Raises:
        NotConform: some of its documents depart from it.
        Defect: what departs from it belongs to no document (header, séance).
    """
    profile = archival_profile_of(chain.profile)
    found = chain.check_profile(chain.staging.path(chain.tenant, manifest.digest), profile)
    if not found:
        return
    references = {document.id: document.reference for document in members}
    owners = {name: unit for unit in planned for name in (unit.xml_id, unit.object_xml_id) if name}
    findings: dict[str, dict[Finding, None]] = {}
    for departure in found:
        unit = owners.get(departure.within)
        if unit is None or unit.document_id not in references:
            raise _ours(departure)
        finding = _finding(references[unit.document_id], unit.path, departure)
        findings.setdefault(unit.document_id, {})[finding] = None
    raise NotConform({document_id: tuple(told) for document_id, told in findings.items()})


def set_aside_departures(chain: Chain, error: NotConform) -> None:
    """Set the documents to blame aside; what attests them waits for them."""
    for document_id, findings in sorted(error.findings.items()):
        chain.registry.set_aside(chain.tenant, document_id, findings)
    log.warning("Écartés du versement par le profil d’archivage : %d documents.", len(error.findings))


def _finding(reference: str, path: str, departure: Departure) -> Finding:
    """What is wrong and how to mend it; never the value, which may be personal."""
    field, remedy = (_OF_A_FILE if path else {}).get(departure.element) or FIELDS.get(
        departure.element, ("l’élément", _OURS)
    )
    if departure.kind is DepartureKind.MISPLACED:
        remedy = _OURS
    place = f" (pièce « {path} »)" if path and path != reference else ""
    return blocking(
        "PROFILE_DEPARTURE",
        f"« {reference} »{place} : selon le profil d’archivage, {field} ({departure.element}) {departure.kind} : "
        f"{remedy}. Le document n’est pas parti.",
        path,
    )


def _ours(departure: Departure) -> Defect:
    return Defect(
        f"Le bordereau s’écarte de son profil d’archivage hors de tout document : ligne {departure.line}, "
        f"« {departure.element} » {departure.kind}. Rien n’a été envoyé : signalez-le aux développeurs.",
        detail=f"manifest against its archival profile: {departure}",
    )
