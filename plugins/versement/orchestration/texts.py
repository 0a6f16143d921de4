"""What people read in Airflow about a connector's DAG: names, forms and help, in French."""

from __future__ import annotations

from collections.abc import Mapping

from versement.profiles.models import Profile
from versement.profiles.sign_off import why_unsigned

KINDS_OF_DOCUMENTS: Mapping[str, str] = {
    "actes": "actes",
    "marches": "marchés publics",
    "paie": "paie",
    "agents": "dossiers d’agents",
    "documents": "documents",
}
"""Tag by family: the list of DAGs can be narrowed to it."""
BROKEN = "fiche invalide"
UNSIGNED = "essai à blanc seulement : fiche non signée"
SECTION = "Paramètres"


PASSAGES = {1: "Premier passage", 2: "Second passage"}
PASSAGE_TOOLTIPS = {
    1: "Tout ce qui peut partir maintenant.",
    2: "Les voisins des documents refusés, sans eux, et ce qui attendait un acte accepté au premier passage.",
}

_TASKS: Mapping[str, tuple[str, str]] = {
    "collect": (
        "Collecter",
        (
            "Compte ce que le dépôt annonce, puis copie ce qui n’est pas encore connu, avec ses empreintes. Rien n’est "
            "modifié ni supprimé au dépôt."
        ),
    ),
    "qualify": (
        "Qualifier",
        (
            "Identifie les formats, lit les métadonnées et applique les règles. Un document douteux est mis de côté "
            "avec son motif ; les autres continuent."
        ),
    ),
    "deduplicate": (
        "Dédoublonner",
        "Le même document deux fois est un doublon. Le même identifiant avec un autre contenu attend un archiviste.",
    ),
    "package": ("Empaqueter", "Fige les versements : documents, bordereau SEDA, fiche de connecteur."),
    "deposit": (
        "Déposer",
        (
            "Envoie chaque versement une fois au plus. Si la plateforme ne répond pas, la tâche attend, des jours s’il "
            "le faut, sans échouer."
        ),
    ),
    "reconcile": (
        "Rapprocher",
        (
            "Attend la fin des opérations, lit les réponses (ATR) unité par unité, puis compare avec ce que la "
            "plateforme dit conserver."
        ),
    ),
    "report": ("Établir le bilan", "Écrit les comptes, ce qui attend et qui doit agir. Voir l’onglet « Bilan »."),
    "verdict": (
        "Conclure",
        (
            "En échec si une tâche a échoué, ou si un document ou un versement attend une personne : une exécution "
            "verte n’attend rien de personne."
        ),
    ),
    "check": ("Lire la fiche", "La fiche de connecteur ne peut pas être lue : le journal dit ce qu’il faut corriger."),
}

SEVERAL = (
    "Plusieurs fiches portent le même identifiant : {names}. Attendu : une seule fiche par organisation et "
    "connecteur, dans un seul des dossiers de fiches. Renommez ou retirez les autres."
)

_ABOUT = """\
{description}

**De** {organisation} **vers** {target}, coffre `{tenant}`.{warning}
{maintenance}{unsigned}
| tâche rouge | ce que cela veut dire |
|---|---|
| *Conclure* seule | la chaîne a fait son travail, et quelque chose attend une personne : voir l’onglet **Bilan** |
| une autre | la chaîne s’est arrêtée : la première ligne d’erreur du journal de cette tâche dit pourquoi et que faire |

Une tâche violette (*Différé*) attend la plateforme, sans limite de durée. Une exécution verte n’attend rien de
personne.

- Une exécution planifiée ou déclenchée sans dates prend **tout ce qui est arrivé**.
- Une exécution déclenchée avec des dates prend **les documents de ces dates**, bornes comprises.
- Un rattrapage (connecteur planifié) fait une exécution par intervalle de la planification, qui prend **les documents
  de ses jours** ; donnez comme fin le lendemain du dernier jour voulu.
- Relancer ne dépose jamais deux fois : tout ce qui est déjà connu est reconnu.
- *Déposer* et *Rapprocher* passent par le pool `{pool}`. S’il n’existe pas, elles restent en attente sans rien dire :
  `python -m versement.orchestration.pools | airflow pools import /dev/stdin` le crée.
"""

_TRIAL = " Plateforme d’**essai** : ce qui y est accepté n’a pas de valeur d’archive."

_MAINTENANCE = """
**{target} est en maintenance : {why}.** Rien ne lui est envoyé ni demandé ; *Déposer* et *Rapprocher* attendent, sans
échouer, et reprendront d’elles-mêmes quand le motif sera retiré de `_targets.yaml`.
"""

_UNSIGNED = """
**Essai à blanc seulement : fiche non signée** ({why}). *Déposer* soumet chaque versement à la plateforme, qui le juge
et n’en garde rien ; les documents attendent. Ce qu’une version signée avait préparé part, tant que son visa n’est pas
retiré. La page à signer : `python -m versement profile doc`. Après la signature
(`profile sign`), l’exécution suivante les versera.
"""

_BROKEN = """\
**La fiche de ce connecteur ne peut pas être lue. Les autres connecteurs n’en souffrent pas.**

```
{message}
```

Corrigez la fiche, vérifiez-la par `python -m versement profile check`, et ce message disparaîtra de lui-même.
"""


def params(profile: Profile) -> Mapping[str, tuple[str, str]]:
    """Title and help of each field of the form."""
    taken = "Actes" if profile.connector.family == "actes" else "Documents"
    day = f"Date des {taken.lower()} à prendre, comprise. Vide : "
    return {
        "acts_from": (f"{taken} à partir du", f"{day}tout ce qui est arrivé au dépôt, quelle que soit sa date."),
        "acts_to": (f"{taken} jusqu’au", f"{day}sans limite."),
    }


def task(name: str) -> dict[str, str]:
    """Display name and help of a task, as its operator takes them."""
    title, told = _TASKS[name]
    return {"task_display_name": title, "doc_md": told}


def about(profile: Profile, pool: str) -> str:
    """What a connector's page says."""
    target = profile.target
    return _ABOUT.format(
        description=profile.connector.description,
        organisation=profile.organisation.label,
        target=target.label,
        tenant=profile.connector.tenant,
        warning=_TRIAL if target.kind == "essai" else "",
        pool=pool,
        unsigned=_UNSIGNED.format(why=why) if (why := why_unsigned(profile)) else "",
        maintenance=_MAINTENANCE.format(target=target.label, why=target.maintenance) if target.maintenance else "",
    )


def alerts(profile: Profile) -> list[str]:
    """Tags that single a DAG out in the list."""
    told = {"maintenance": profile.target.maintenance, UNSIGNED: why_unsigned(profile)}
    return [tag for tag, why in told.items() if why]


def broken(message: str) -> str:
    return _BROKEN.format(message=message.replace("```", "'''"))
