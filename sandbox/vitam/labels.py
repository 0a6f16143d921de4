"""French labels of steps, actions and outcomes, in the sandbox's own words."""

from __future__ import annotations

from collections import Counter

from sandbox.vitam.outcome import Status

_NAMES = {
    "PROCESS_SIP_UNITARY": "Entrée du SIP",
    "PROCESS_SIP_UNITARY_TEST": "Entrée à blanc du SIP",
    "FILINGSCHEME": "Entrée du plan de classement",
    "HOLDINGSCHEME": "Entrée de l’arbre de positionnement",
    "LFC_CREATION": "Création du journal du cycle de vie",
    "STP_SANITY_CHECK_SIP": "Étape de contrôle sanitaire du SIP",
    "SANITY_CHECK_SIP": "Recherche de virus",
    "CHECK_CONTAINER": "Format du conteneur",
    "MANIFEST_FILE_NAME_CHECK": "Nom du bordereau",
    "MANIFEST_DIGEST_CHECK": "Empreinte du bordereau",
    "STP_UPLOAD_SIP": "Étape de réception du SIP",
    "UPLOAD_SIP": "Décompression du SIP",
    "STP_INGEST_CONTROL_SIP": "Étape de contrôle du bordereau",
    "CHECK_SEDA": "Conformité du bordereau au SEDA",
    "CHECK_HEADER": "En-tête du bordereau",
    "CHECK_AGENT": "Services agents",
    "CHECK_CONTRACT_INGEST": "Contrat d’entrée",
    "CHECK_IC_AP_RELATION": "Profil d’archivage admis par le contrat",
    "CHECK_ARCHIVEPROFILE": "Conformité au profil d’archivage",
    "PREPARE_STORAGE_INFO": "Préparation du stockage",
    "CHECK_DATAOBJECTPACKAGE": "Paquet d’objets et d’unités",
    "CHECK_MANIFEST_DATAOBJECT_VERSION": "Usages des objets",
    "CHECK_MANIFEST_OBJECTNUMBER": "Nombre d’objets",
    "CHECK_MANIFEST": "Cohérence du bordereau",
    "CHECK_NO_OBJECT": "Absence d’objet",
    "CHECK_CONSISTENCY": "Rattachement des objets aux unités",
    "CHECK_ATTACHEMENT": "Rattachements à l’existant",
    "STP_OG_CHECK_AND_TRANSFORME": "Étape de contrôle des objets",
    "OBJECTS_LIST_EMPTY": "Présence d’objets",
    "CHECK_DIGEST": "Empreinte des objets",
    "CHECK_OBJECT_SIZE": "Taille des objets",
    "OG_OBJECTS_FORMAT_CHECK": "Format des objets",
    "CHECK_OBJECT_GROUP_SCHEMA": "Métadonnées des groupes d’objets",
    "STP_UNIT_CHECK_AND_PROCESS": "Étape de contrôle des unités archivistiques",
    "CHECK_UNIT_SCHEMA": "Métadonnées de l’unité archivistique",
    "CHECK_ARCHIVE_UNIT_PROFILE": "Profil d’unité archivistique",
    "CHECK_CLASSIFICATION_LEVEL": "Niveau de classification",
    "UNITS_RULES_COMPUTE": "Règles de gestion",
    "STP_STORAGE_AVAILABILITY_CHECK": "Étape de disponibilité du stockage",
    "STORAGE_AVAILABILITY_CHECK": "Disponibilité du stockage",
    "STP_OBJ_STORING": "Étape d’écriture des objets",
    "OBJ_STORAGE": "Écriture des objets",
    "OG_METADATA_INDEXATION": "Indexation des groupes d’objets",
    "STP_UNIT_METADATA": "Étape d’indexation des unités",
    "UNIT_METADATA_INDEXATION": "Indexation des unités",
    "STP_OG_STORING": "Étape d’écriture des groupes d’objets",
    "COMMIT_LIFE_CYCLE_OBJECT_GROUP": "Journal des groupes d’objets",
    "OG_METADATA_STORAGE": "Écriture des groupes d’objets",
    "STP_UNIT_STORING": "Étape d’écriture des unités",
    "COMMIT_LIFE_CYCLE_UNIT": "Journal des unités",
    "UNIT_METADATA_STORAGE": "Écriture des unités",
    "STP_UPDATE_OBJECT_GROUP": "Étape de mise à jour des groupes d’objets",
    "OBJECT_GROUP_UPDATE": "Mise à jour des groupes d’objets",
    "STP_ACCESSION_REGISTRATION": "Étape du registre des fonds",
    "ACCESSION_REGISTRATION": "Registre des fonds",
    "STP_INGEST_FINALISATION": "Étape de fin d’entrée",
    "ATR_NOTIFICATION": "Réponse au versement",
    "ROLL_BACK": "Nettoyage",
}
_OUTCOMES = {
    Status.STARTED: "en cours",
    Status.OK: "succès",
    Status.WARNING: "avertissement",
    Status.KO: "échec",
    Status.FATAL: "erreur technique",
}
_SUBCODES = {
    "NOT_XML_FILE": "le bordereau n’est pas un fichier XML",
    "NOT_XSD_VALID": "le bordereau n’est pas valide selon le SEDA",
    "CONTAINER_FORMAT.FILE": "plusieurs fichiers à la racine",
    "CONTAINER_FORMAT.DIRECTORY": "dossier autre que « content » à la racine",
    "UNSUPPORTED_SEDA_VERSION": "version du SEDA non admise",
    "EMPTY_REQUIRED_FIELD": "champ obligatoire vide",
    "UNKNOWN": "donnée absente du référentiel",
    "CONTRACT_NOT_IN_MANIFEST": "contrat d’entrée absent du bordereau",
    "CONTRACT_UNKNOWN": "contrat d’entrée inconnu",
    "CONTRACT_INACTIVE": "contrat d’entrée inactif",
    "CONTRACT_NOT_IN_CONTEXT": "contrat d’entrée étranger au contexte applicatif",
    "CONTEXT_UNKNOWN": "contexte applicatif inconnu",
    "CONTEXT_INACTIVE": "contexte applicatif inactif",
    "MANAGEMENT_CONTRACT_UNKNOWN": "contrat de gestion inconnu",
    "MANAGEMENT_CONTRACT_INACTIVE": "contrat de gestion inactif",
    "ATTACHMENT_OBJECTGROUP": "usage que le contrat n’admet pas dans un groupe existant",
    "NOT_AU_JSON_VALID": "unité non conforme à son profil",
    "NOT_FOUND": "profil d’unité archivistique inconnu",
    "INACTIVE_STATUS": "profil d’unité archivistique inactif",
    "EMPTY_CONTROL_SCHEMA": "profil d’unité archivistique sans schéma",
    "INACTIVE": "profil d’archivage inactif",
    "DIFF": "profil d’archivage étranger au contrat",
    "INVALIDE_ALGO": "algorithme d’empreinte non admis",
    "INVALID_URI": "Uri non admise",
    "MANIFEST_INFERIOR_BDO": "le SIP contient plus de fichiers que le bordereau n’en déclare",
    "MANIFEST_SUPERIOR_BDO": "le bordereau déclare des fichiers absents du SIP",
    "CHECK_MANIFEST_LOOP": "cycle dans l’arborescence",
    "CHECK_CONSISTENCY_ORPHAN_OBJECT": "groupe d’objets sans unité",
    "NOT_FOUND_ATTACHMENT": "unité de rattachement introuvable",
    "TOO_MANY_FOUND_ATTACHMENT": "plusieurs unités de rattachement possibles",
    "MASTER_MANDATORY_REQUIRED": "original obligatoire absent",
    "REJECTED_FORMAT": "format refusé par le contrat",
    "CONSISTENCY": "valeurs incohérentes",
    "REF_INCONSISTENCY": "règle à bloquer inconnue",
    "DATE_FORMAT": "date non admise",
    "INVALID_UNIT": "métadonnée non admise",
}


def name(code: str) -> str:
    """Label of a step or action; of a lifecycle event or of a part by its last known segment."""
    for segment in reversed(code.removesuffix(".STARTED").split(".")):
        if segment in _NAMES:
            return _NAMES[segment]
    return code


def message(code: str, subcode: str, status: Status) -> str:
    reason = _SUBCODES.get(subcode, "")
    return f"{name(code)} : {_OUTCOMES.get(status, status.name)}" + (f" – {reason}" if reason else "")


def counted(text: str, counts: Counter[Status]) -> str:
    """A message with Vitam's count of elements (two spaces after the equals sign, as there)."""
    tally = " ".join(f"{status.name}:{counts[status]}" for status in sorted(counts))
    return f"{text} Detail=  {tally}" if tally else text
