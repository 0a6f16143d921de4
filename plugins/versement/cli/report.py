"""`report`: the page, or the JSON, that a run left, out of staging."""

from __future__ import annotations

import argparse

from versement.cli.output import say, write_whole
from versement.cli.whereabouts import OTHER_REGISTRY, chains_of
from versement.domain.errors import SettingsError
from versement.orchestration.handle import collection_id
from versement.steps.report import kept


def report(arguments: argparse.Namespace) -> int:
    """Write it to a file, the bytes that the run left."""
    (chain,) = chains_of(arguments.connector)
    if arguments.run:
        record = chain.registry.collection(chain.tenant, collection_id(chain.connector, arguments.run))
    else:
        record = chain.registry.last_collection(chain.tenant, chain.connector)
    found = kept(chain, record, "report" if arguments.json else "page")
    if record is None or found is None:
        raise SettingsError(
            f"{chain.profile.dag_id} : {_which(arguments.run)} n’a pas (encore) de bilan, ou il n’est plus dans "
            "l’espace de préparation. Voyez les exécutions dans Airflow, et `python -m versement status`. "
            f"{OTHER_REGISTRY}"
        )
    write_whole(arguments.out, found)
    say(f"Bilan de l’exécution {record.run_id} écrit : {arguments.out}")
    return 0


def _which(run: str) -> str:
    return f"l’exécution « {run} »" if run else "la dernière exécution"
