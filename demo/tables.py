"""The table with which the demonstration ends, and the list of what waits and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from versement.cli.tables import balance_heading, balance_rows, table, waiting_lines
from versement.steps.chain import Chain


def show(chains: Sequence[Chain], last: Mapping[str, str], say: Callable[[str], None]) -> bool:
    """Print the table of each commune; whether all counts add up."""
    rows, sound, deposited_again = [balance_heading()], True, 0
    for chain in chains:
        collection = f"{chain.connector}:{last[chain.profile.dag_id]}"
        this_run = chain.registry.balance(chain.tenant, chain.connector, collection)
        overall = chain.registry.balance(chain.tenant, chain.connector)
        label = chain.profile.organisation.label
        rows += balance_rows(f"{label}, dernière exécution", this_run)
        rows += balance_rows(f"{label}, depuis le début", overall)
        sound = sound and this_run.adds_up and overall.adds_up
        deposited_again += this_run.documents.collected
    say("")
    say(table(rows))
    if not deposited_again:
        say("\nTout était déjà connu : rien n’a été collecté ni versé une seconde fois.")
    for chain in chains:
        _show_waiting(chain, say)
    return sound


def _show_waiting(chain: Chain, say: Callable[[str], None]) -> None:
    waiting = chain.registry.waiting(chain.tenant, chain.connector)
    if waiting:
        say(f"\n{chain.profile.organisation.label} – ce qui attend, et qui :")
    for line in waiting_lines(waiting):
        say(line)


def report_path(dag_id: str, run_id: str) -> str:
    """Airflow's page of a run, opened on our report."""
    return f"/dags/{quote(dag_id)}/runs/{quote(run_id, safe='')}"
