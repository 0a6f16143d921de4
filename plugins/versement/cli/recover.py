"""Find out, from the command line, what became of deposits whose answer never came."""

from __future__ import annotations

import argparse
import sys

from versement.adapters.vitam.environment import named_target
from versement.cli.output import say
from versement.cli.vitam import archive_of
from versement.cli.whereabouts import chains_of
from versement.domain.errors import VersementError
from versement.steps.chain import Chain
from versement.steps.recover import recover as recover_tries

TOLD = {
    "adopted": "retrouvées et adoptées",
    "cancelled": "dont la plateforme n’a rien gardé, à renvoyer",
    "waiting": "encore ouvertes, à revoir plus tard",
    "uncertain": "incertaines, à examiner par un opérateur",
}


def recover(arguments: argparse.Namespace) -> int:
    """Look up the open tries of a connector, or of all of one platform's; nothing is sent.

    1 when a person must look at something, or when no connector deposits on the named platform.
    """
    chosen = chains_of(arguments.connector)
    troubled, named = False, named_target()
    if arguments.connector is None and not any(chain.profile.target.name == named for chain in chosen):
        sys.stderr.write(
            f"Aucun connecteur ne verse sur « {named} » : vérifiez VERSEMENT_VITAM_TARGET, attendu le nom d’une "
            "plateforme de _targets.yaml.\n"
        )
        troubled = True
    for chain in chosen:
        target = chain.profile.target.name
        if arguments.connector is None and target != named:
            say(f"{chain.profile.dag_id} : plateforme « {target} », à laquelle rien n’a été demandé.")
            continue
        try:
            troubled |= _recover_one(chain)
        except VersementError as error:
            sys.stderr.write(f"{chain.profile.dag_id} : {error.message}\n")
            troubled = True
    return 1 if troubled else 0


def _recover_one(chain: Chain) -> bool:
    found = recover_tries(chain, archive_of(chain.profile))
    told = " ; ".join(f"{found[what]} {words}" for what, words in TOLD.items() if found[what])
    say(f"{chain.profile.dag_id} : {told or 'aucune tentative sans réponse'}.")
    return bool(found["uncertain"])
