"""`profile sign`: somebody has signed the page of a profile; write it down."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from versement.cli.output import say, unwritable
from versement.domain.errors import ProfileError
from versement.profiles.load import VISAS, load_profile
from versement.profiles.models import Profile
from versement.profiles.sign_off import version_digest, why_unsigned
from versement.profiles.signing import sign as write
from versement.profiles.signing import withdraw


def sign(arguments: argparse.Namespace) -> int:
    """Write who signed which version, unless the page that was signed is of another one."""
    path = arguments.path.resolve()
    if arguments.withdraw:
        return _withdraw(path)
    if arguments.name is None:
        raise ProfileError("--name : attendu le nom de qui signe, sur une ligne. Rien n’a été écrit.")
    profile = load_profile(path)
    digest = version_digest(profile)
    if arguments.digest and not digest.startswith(arguments.digest.replace(" ", "").lower()):
        raise ProfileError(
            f"{profile.dag_id} : attendu l’empreinte de la page signée, trouvé {digest} : la fiche a changé depuis. "
            "Refaites la page (profile doc) et faites-la signer de nouveau. Rien n’a été écrit."
        )
    day = arguments.date or date.today().isoformat()  # noqa: DTZ011 - the signer's own day; it reaches no SIP
    try:
        done = write(path, profile, name=arguments.name, date=day)
    except ValidationError as error:
        field = error.errors()[0]["loc"][0]
        expected = "le nom de qui signe, sur une ligne" if field == "name" else "un jour sous la forme AAAA-MM-JJ"
        raise ProfileError(f"--{field} : attendu {expected}. Rien n’a été écrit.") from error
    except OSError as error:
        raise unwritable(path.parent / VISAS, error) from error
    say(f"{done.dag_id} : fiche signée par {arguments.name}, le {day}. Empreinte : {digest}.")
    say(f"Écrit dans {path.parent.name}/{VISAS}. La prochaine exécution verse réellement.")
    return 0


def _withdraw(path: Path) -> int:
    """Nothing that was packed under the sign-off leaves any more, whatever the profile has become."""
    try:
        done = withdraw(path)
    except OSError as error:
        raise unwritable(path.parent / VISAS, error) from error
    name = f"{path.parent.name}.{path.stem}"
    if not done:
        raise ProfileError(f"{name} : attendu un visa à retirer, trouvé aucun. Rien n’a été écrit.")
    say(f"{name} : visa retiré. Rien ne part plus sous cette fiche, pas même ce qui était déjà préparé : la prochaine")
    say("exécution refait ce qui ne dit plus ce que dit la fiche, et n’essaie qu’à blanc.")
    return 0


def say_whether_signed(profile: Profile) -> None:
    """Who signed the profile, or what is to be signed."""
    visa, why = profile.visa, why_unsigned(profile)
    if visa is not None and not why:
        say(f"  Signée par {visa.name}, le {visa.date}.")
    else:
        say(f"  Non signée ({why}) : essai à blanc seulement. Empreinte à signer : {version_digest(profile)}.")
