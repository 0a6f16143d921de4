"""Says in French what a Vitam outcome code means and who has to act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Actor(StrEnum):
    """Who has to act."""

    ARCHIVIST = "archiviste"
    OPERATOR = "opérateur"
    PARTNER = "partenaire"
    NOBODY = "personne"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, in French, and who has to act."""

    text: str
    actor: Actor


_A, _O, _P = Actor.ARCHIVIST, Actor.OPERATOR, Actor.PARTNER

_STOPPED = Explanation(
    "La plateforme est en panne sur cette opération, qui reste suspendue. Le versement n’est pas en cause : "
    "demandez à l’exploitant de Vitam de reprendre ou d’annuler l’opération.",
    _O,
)
_KINDS = {
    "OK": Explanation("Contrôle réussi : rien à faire.", Actor.NOBODY),
    "WARNING": Explanation(
        "La plateforme a accepté le versement avec une remarque : lisez son message et gardez-en la trace.",
        _A,
    ),
}
_UNKNOWN = Explanation(
    "La plateforme refuse le versement pour une raison qui n’est pas répertoriée ici : lisez son message, "
    "puis décidez avec l’exploitant de Vitam.",
    _O,
)

_WARNINGS = {
    "CHECK_OBJECT_SIZE": (_A, "La taille d’un fichier n’est pas celle qui était annoncée ; il est archivé."),
    "OG_OBJECTS_FORMAT_CHECK": (
        _A,
        "La plateforme identifie autrement le format d’un fichier, ou pas du tout ; il est archivé.",
    ),
    "OBJECTS_LIST_EMPTY": (_A, "Le versement ne contient aucun fichier : vérifiez que c’était voulu."),
}

_REFUSALS = {
    # Container
    "SANITY_CHECK_SIP": (
        _P,
        "L’antivirus de la plateforme a trouvé un virus : assainissez le fichier à la source.",
    ),
    "CHECK_CONTAINER": (_O, "La plateforme ne reconnaît pas le paquet comme une archive zip ou tar lisible."),
    "MANIFEST_FILE_NAME_CHECK": (_O, "Le bordereau manque à la racine du paquet, ou porte un nom refusé."),
    "MANIFEST_DIGEST_CHECK": (
        _O,
        "Le bordereau reçu n’est pas celui qui a été envoyé : cherchez ce qui change les envois en chemin.",
    ),
    "STP_SANITY_CHECK_SIP": (
        _O,
        "Le paquet n’a pas passé les contrôles d’arrivée ; voyez le détail qui suit.",
    ),
    "STP_UPLOAD_SIP": (_O, "Le paquet n’a pas pu être ouvert : nom de fichier refusé ou archive abîmée."),
    "UPLOAD_SIP": (_O, "Le paquet n’a pas pu être ouvert : nom de fichier refusé ou archive abîmée."),
    # Manifest as a whole
    "STP_INGEST_CONTROL_SIP": (_O, "Le bordereau n’a pas passé les contrôles ; voyez le détail qui suit."),
    "CHECK_SEDA": (_O, "Le bordereau n’est pas un message SEDA que la plateforme sait lire."),
    "NOT_XML_FILE": (_O, "Le bordereau n’est pas un fichier XML lisible."),
    "NOT_XSD_VALID": (
        _O,
        "Le bordereau ne respecte pas le schéma SEDA, ou un identifiant y est double ou absent.",
    ),
    "CONTAINER_FORMAT.FILE": (_O, "Le paquet contient à sa racine autre chose que le bordereau."),
    "CONTAINER_FORMAT.DIRECTORY": (_O, "Le paquet contient un dossier autre que « content »."),
    "UNSUPPORTED_SEDA_VERSION": (_O, "La plateforme ne connaît pas la version de SEDA du bordereau."),
    "NO_FILE": (_O, "Le paquet ne contient pas de bordereau."),
    # Header: agencies, contracts, profiles
    "CHECK_HEADER": (
        _A,
        "L’en-tête du bordereau cite un contrat, un service ou un profil que la plateforme refuse.",
    ),
    "CHECK_AGENT": (
        _A,
        "Un service (producteur ou versant) est refusé : comparez la fiche et le référentiel.",
    ),
    "CHECK_AGENT.EMPTY_REQUIRED_FIELD": (
        _A,
        "Le service producteur n’est pas indiqué : complétez l’organisation.",
    ),
    "CHECK_AGENT.UNKNOWN": (
        _A,
        "Le service producteur ou versant est absent du référentiel des services agents.",
    ),
    "CHECK_CONTRACT_INGEST": (_A, "Le contrat d’entrée ne permet pas ce versement."),
    "CONTRACT_NOT_IN_MANIFEST": (
        _A,
        "Le contrat d’entrée n’est pas indiqué : complétez la fiche de connecteur.",
    ),
    "CONTRACT_UNKNOWN": (_A, "Le contrat d’entrée indiqué n’existe pas dans ce coffre."),
    "CONTRACT_INACTIVE": (_A, "Le contrat d’entrée est inactif : activez-le ou indiquez-en un autre."),
    "CONTRACT_NOT_IN_CONTEXT": (
        _O,
        "Le certificat utilisé n’a pas droit à ce contrat d’entrée dans ce coffre.",
    ),
    "CONTEXT_UNKNOWN": (_O, "Le contexte applicatif du certificat n’existe pas sur la plateforme."),
    "CONTEXT_INACTIVE": (_O, "Le contexte applicatif du certificat est inactif."),
    "CONTEXT_CHECK_ERROR": (_O, "La plateforme n’a pas pu vérifier le contexte applicatif du certificat."),
    "MANAGEMENT_CONTRACT_UNKNOWN": (_A, "Le contrat de gestion lié au contrat d’entrée n’existe pas."),
    "MANAGEMENT_CONTRACT_INACTIVE": (_A, "Le contrat de gestion lié au contrat d’entrée est inactif."),
    "MANAGEMENT_CONTRACT_INVALID": (_A, "Le contrat de gestion lié au contrat d’entrée est incorrect."),
    "CHECK_IC_AP_RELATION": (_A, "Le profil d’archivage ne va pas avec le contrat d’entrée."),
    "CHECK_IC_AP_RELATION.UNKNOWN": (_A, "Le profil d’archivage indiqué n’existe pas."),
    "CHECK_IC_AP_RELATION.INACTIVE": (_A, "Le profil d’archivage indiqué est inactif."),
    "CHECK_IC_AP_RELATION.DIFF": (
        _A,
        "Le profil d’archivage n’est pas de ceux que le contrat d’entrée admet.",
    ),
    "CHECK_ARCHIVEPROFILE": (
        _A,
        "Le bordereau ne respecte pas le profil d’archivage, ou ce profil n’a pas de fichier.",
    ),
    "PREPARE_STORAGE_INFO": (_O, "La plateforme n’a pas pu préparer le stockage."),
    # Objects against the manifest
    "CHECK_DATAOBJECTPACKAGE": (_O, "Le bordereau et le contenu du paquet ne concordent pas."),
    "CHECK_MANIFEST_DATAOBJECT_VERSION": (_O, "Un fichier a un usage que la plateforme n’admet pas."),
    "PDO_DATAOBJECTIONVERSION_BINARYMASTER": (_O, "Un objet physique porte un usage réservé aux fichiers."),
    "BDO_DATAOBJECTIONVERSION_PHYSICALMASTER": (
        _O,
        "Un fichier porte un usage réservé aux objets physiques.",
    ),
    "INVALID_DATAOBJECTVERSION": (_O, "Un fichier a un usage ou un numéro de version incorrect."),
    "CHECK_MANIFEST_DATAOBJECT_VERSION.EMPTY_REQUIRED_FIELD": (
        _O,
        "Un objet physique n’a pas d’identifiant.",
    ),
    "INVALIDE_ALGO": (_O, "Une empreinte est calculée avec un algorithme que la plateforme n’admet pas."),
    "CHECK_MANIFEST_OBJECTNUMBER": (_O, "Le nombre de fichiers du paquet n’est pas celui du bordereau."),
    "INVALID_URI": (_O, "Le bordereau cite un fichier que le paquet ne contient pas."),
    "MANIFEST_INFERIOR_BDO": (_O, "Le paquet contient des fichiers que le bordereau ne cite pas."),
    "MANIFEST_SUPERIOR_BDO": (_O, "Le bordereau cite des fichiers que le paquet ne contient pas."),
    "CHECK_MANIFEST": (_O, "L’arborescence décrite par le bordereau est incorrecte."),
    "CHECK_MANIFEST_LOOP": (_O, "Une unité d’archives est, de proche en proche, contenue dans elle-même."),
    "CHECK_MANIFEST_MALFORMED_DATA": (_O, "Une référence entre unités d’archives est mal écrite."),
    "ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP": (
        _O,
        "Une unité d’archives cite plusieurs groupes d’objets.",
    ),
    "EXISTING_OG_NOT_DECLARED": (_O, "Une unité d’archives cite un fichier au lieu de son groupe d’objets."),
    "MASTER_MANDATORY_REQUIRED": (
        _A,
        "Le contrat d’entrée exige un original par groupe d’objets : il en manque un.",
    ),
    "EXPECTED_MANDATORY_VERSION_1": (_O, "Un groupe d’objets n’a pas la version 1 de son original."),
    "ATTACHMENT_OBJECTGROUP": (
        _A,
        "Le contrat d’entrée n’admet pas cet usage dans un groupe d’objets existant.",
    ),
    "NOT_FOUND_ATTACHMENT": (
        _A,
        "L’unité à laquelle rattacher n’est pas dans le coffre : versez-la d’abord.",
    ),
    "TOO_MANY_FOUND_ATTACHMENT": (
        _A,
        "Plusieurs unités du coffre répondent au rattachement : cherchez les doublons.",
    ),
    "INVALID_GUID_ATTACHMENT": (_O, "Le rattachement cite un identifiant système incorrect."),
    "EMPTY_KEY_ATTACHMENT": (_O, "Le rattachement n’indique pas l’unité à laquelle rattacher."),
    "NULL_LINK_PARENT_ID_ATTACHMENT": (_A, "La position de rattachement du contrat d’entrée n’existe pas."),
    "ERROR_PARSE_ATTACHMENT": (_O, "Le rattachement est mal écrit dans le bordereau."),
    "ATTACHMENT_REQUIRED": (_A, "Le contrat d’entrée exige un rattachement : le versement n’en a pas."),
    "UNAUTHORIZED_ATTACHMENT": (_A, "Une unité ne peut pas être rattachée sous une unité de ce type."),
    "UNAUTHORIZED_ATTACHMENT_BY_CONTRACT": (_A, "Le contrat d’entrée interdit ce rattachement."),
    "SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP": (
        _A,
        "Le rattachement vise les archives d’un autre producteur.",
    ),
    "MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED": (_A, "Le versement déplacerait une unité déjà archivée."),
    "CHECK_NO_OBJECT": (_A, "Un plan de classement ne doit contenir aucun fichier."),
    "CHECK_CONSISTENCY": (_O, "Des fichiers et des unités d’archives ne sont pas reliés comme il faut."),
    "CHECK_CONSISTENCY_ORPHAN_OBJECT": (_O, "Un fichier n’est rattaché à aucune unité d’archives."),
    "CHECK_ATTACHEMENT": (
        _O,
        "L’opération qui a versé l’unité de rattachement n’est pas terminée, ou a échoué.",
    ),
    # Objects
    "STP_OG_CHECK_AND_TRANSFORME": (
        _A,
        "Des fichiers n’ont pas passé les contrôles ; voyez le détail qui suit.",
    ),
    "CHECK_DIGEST": (
        _O,
        "L’empreinte d’un fichier reçu n’est pas celle du bordereau : renvoyez le versement.",
    ),
    "OG_OBJECTS_FORMAT_CHECK": (
        _A,
        "Un fichier a un format non identifié, ou que le contrat d’entrée ou le référentiel n’admet pas.",
    ),
    "REJECTED_FORMAT": (_A, "Le contrat d’entrée n’admet pas le format d’un fichier."),
    "CHECK_OBJECT_GROUP_SCHEMA": (_O, "La description technique d’un fichier est incorrecte."),
    # Units
    "STP_UNIT_CHECK_AND_PROCESS": (
        _A,
        "Des unités d’archives n’ont pas passé les contrôles ; voyez la suite.",
    ),
    "CHECK_UNIT_SCHEMA": (
        _P,
        "Une description contient une valeur refusée : balise, caractère ou date incorrects.",
    ),
    "INVALID_UNIT": (_O, "La description d’une unité d’archives est incomplète ou mal formée."),
    "DATE_FORMAT": (_P, "Une date est incomplète ou mal écrite : une date avec son jour est attendue."),
    "CHECK_UNIT_SCHEMA.CONSISTENCY": (
        _P,
        "Une date de fin précède la date de début : corrigez-la à la source.",
    ),
    "CHECK_UNIT_SCHEMA.EMPTY_REQUIRED_FIELD": (_P, "Une unité d’archives n’a pas d’intitulé ou de niveau."),
    "CHECK_ARCHIVE_UNIT_PROFILE": (
        _A,
        "Une unité d’archives ne respecte pas son profil d’unité archivistique.",
    ),
    "NOT_AU_JSON_VALID": (_A, "Une unité d’archives ne respecte pas son profil d’unité archivistique."),
    "CHECK_ARCHIVE_UNIT_PROFILE.NOT_FOUND": (_A, "Le profil d’unité archivistique cité n’existe pas."),
    "INACTIVE_STATUS": (_A, "Le profil d’unité archivistique cité est inactif."),
    "EMPTY_CONTROL_SCHEMA": (_A, "Le profil d’unité archivistique cité ne contient pas de schéma."),
    "CHECK_CLASSIFICATION_LEVEL": (_A, "Le niveau de classification n’est pas admis par la plateforme."),
    "UNITS_RULES_COMPUTE": (
        _A,
        "Une règle de gestion est refusée : comparez la table et le référentiel des règles.",
    ),
    "UNITS_RULES_COMPUTE.UNKNOWN": (_A, "Une règle de gestion est absente du référentiel du coffre."),
    "UNITS_RULES_COMPUTE.REF_INCONSISTENCY": (
        _A,
        "Une règle de gestion à exclure est absente du référentiel.",
    ),
    "UNITS_RULES_COMPUTE.CONSISTENCY": (
        _A,
        "Une règle de gestion est employée dans une autre catégorie que la sienne.",
    ),
    # Storage and end
    "STORAGE_AVAILABILITY_CHECK": (
        _O,
        "Le stockage de la plateforme n’est pas disponible : attendez, puis renvoyez.",
    ),
    "STORAGE_OFFER_KO_UNAVAILABLE": (_O, "Une offre de stockage ne répond pas : attendez, puis renvoyez."),
    "STORAGE_OFFER_SPACE_KO": (_O, "Le stockage de la plateforme est plein : prévenez son exploitant."),
    "PROCESS_SIP_UNITARY": (_O, "Le versement est refusé dans son ensemble ; voyez le détail des contrôles."),
}


_OF_DOCUMENTS = ("OG_OBJECTS_FORMAT_CHECK", "CHECK_UNIT_SCHEMA", "CHECK_ARCHIVE_UNIT_PROFILE.NOT_AU_JSON_VALID")


def blames_document(outcome_detail: str) -> bool:
    """Whether a KO says something against the very document that it names: its format, its description.

    Anything else that befalls a unit or an object (a digest, a rule of the referential, the storage) is the matter
    of an operator: sent again once that is mended, the same document passes.
    """
    code = outcome_detail.strip().removeprefix("LFC.")
    return code.endswith(".KO") and code.startswith(_OF_DOCUMENTS)


def explain(outcome_detail: str) -> Explanation:
    """What a code such as `CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO` means, by its most precise part that is known.

    A code that is not known gets a general answer by its status.
    """
    code, _, status = outcome_detail.strip().removeprefix("LFC.").rpartition(".")
    if status == "FATAL":
        return _STOPPED
    if status in ("OK", "WARNING"):
        known = _WARNINGS if status == "WARNING" else {}
        return _first(known, code) or _KINDS[status]
    if status != "KO":
        code = outcome_detail.strip().removeprefix("LFC.")
    return _first(_REFUSALS, code) or _UNKNOWN


def _first(table: dict[str, tuple[Actor, str]], code: str) -> Explanation | None:
    for key in _parts(code):
        if key in table:
            actor, text = table[key]
            return Explanation(text, actor)
    return None


def _parts(code: str) -> Iterator[str]:
    """Every run of the code's segments: those that end last first, the longest of them first."""
    segments = code.split(".")
    for end in range(len(segments), 0, -1):
        for start in range(end):
            yield ".".join(segments[start:end])
