"""What partners read in Airflow where they try a profile: names, form and help, in French."""

from __future__ import annotations

from collections.abc import Mapping

TITLE = "Essai d’une fiche de connecteur"
TAG = "essai d’une fiche"
SECTION = "Votre fiche : ouvrez pour la coller"
OF_THE_PROFILE = "celle de la fiche"
DESCRIPTION = "Collez une fiche, lisez ce qui serait versé. Rien n’est versé."

PARAMS: Mapping[str, tuple[str, str]] = {
    "fiche": (
        "Fiche de connecteur (YAML)",
        "Collez tout le fichier. N’y mettez aucun mot de passe : ils sont dans la connexion, que crée l’opérateur.",
    ),
    "name": ("Nom du connecteur", "Le nom qu’aura le fichier, sans .yaml : minuscules sans accent, chiffres, tirets."),
    "connection": (
        "Connexion",
        "Celle à employer à la place de celle que nomme la fiche ; l’une ou l’autre doit être à votre collectivité.",
    ),
    "blank_test": (
        "Essai à blanc",
        "Soumettre aussi chaque SIP à la plateforme : elle le juge et n’en garde rien.",
    ),
    "acts_from": ("Documents à partir du", "Vide : tout ce qui est arrivé au dépôt."),
    "acts_to": ("Documents jusqu’au", "Vide : sans limite."),
}
"""Title and help of each field of the form."""

_TASKS: Mapping[str, tuple[str, str]] = {
    "check": ("Contrôler la fiche", "Lit la fiche avec celle de l’organisation ; dit toutes ses fautes à la fois."),
    "attempt": (
        "Essayer sur vos fichiers",
        "Collecte, qualifie et bâtit les SIP dans un espace à part, sans toucher à celui des vrais versements.",
    ),
    "blank_test": ("Essayer à blanc", "Soumet chaque SIP à la plateforme, qui n’en garde rien, si on l’a demandé."),
    "clean": ("Effacer les copies", "Efface les fichiers copiés pour l’essai ; le résultat reste lisible 30 jours."),
}

_ABOUT = """\
Vous préparez un connecteur pour **{label}** : essayez sa fiche avant que l’opérateur ne l’installe.

1. **Déclencher**, puis collez votre fiche (YAML) dans le formulaire et choisissez la connexion.
2. Lisez le résultat dans l’onglet **Bilan** de l’exécution : les fautes de la fiche, ou, document par document, ce qui
   serait versé, d’où vient chaque valeur et ce qui manque.
3. Corrigez, et recommencez autant qu’il le faut. **Rien n’est versé**, rien n’est modifié chez vous.

L’essai s’arrête à {files} fichiers et {size} Mo : choisissez des dates si votre dépôt est plus grand.
"""


def task(name: str) -> dict[str, str]:
    """Display name and help of a task, as its operator takes them."""
    title, told = _TASKS[name]
    return {"task_display_name": title, "doc_md": told}


def about(label: str, files: int, size: int) -> str:
    """What the page of an organisation's trials says; `size` is in bytes."""
    return _ABOUT.format(label=label, files=files, size=size // 1_000_000)
