"""`python -m demo up|stop|status`: start the whole chain, run it, show where every document is."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from demo import archive, components, drops, own_drop, processes, tables
from demo.airflow_api import ENDED, Airflow
from demo.places import ROOT, Places
from versement.adapters.clock import SystemClock
from versement.adapters.registry import SqlRegistry
from versement.adapters.staging import DiskStaging
from versement.domain.errors import VersementError
from versement.orchestration.pools import pool_of
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.models import Profile
from versement.steps.chain import Chain

RUN_SECONDS = 900
START_SECONDS = 180


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """0 when every run ended and the counts add up; 1 when not, or on a wrong call; 3 when it could not go on."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Démonstration de versement.")
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    up = commands.add_parser("up", help="démarrer, exécuter la chaîne, montrer le bilan")
    up.add_argument("--drop", type=Path, metavar="DOSSIER", help="vos délibérations, au lieu des exemples")
    up.set_defaults(command=run)
    commands.add_parser("stop", help="tout arrêter").set_defaults(command=stop)
    arguments = parser.parse_args()
    try:
        return int(arguments.command(arguments))
    except own_drop.Unanswered as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (processes.Died, OSError, RuntimeError, VersementError) as error:
        return _cut_short(error)


def _cut_short(error: Exception) -> int:
    """Say why the demonstration stops: a process that is gone explains whatever else went wrong."""
    try:
        processes.check()
    except processes.Died as died:
        error = died
    if not isinstance(error, processes.Died | TimeoutError):
        raise error
    sys.stderr.write(f"{error}\n")
    return 3


def stop(_: argparse.Namespace) -> int:
    ended = processes.stop_all()
    say(f"Arrêté : {', '.join(ended)}." if ended else "Rien ne tournait.")
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Start everything, run the connectors of actes, print the table. What an interrupted run left is taken up."""
    started = time.monotonic()
    processes.stop_all()
    places = _prepare(arguments.drop)
    profiles = [load_profile(path) for path in profile_paths([places.profiles])]
    outside = components.start_outside(places, [profile.organisation.name for profile in profiles])
    env = components.environment(places, outside, profiles)
    say("Démarrage d’Airflow, du Vitam bac à sable et du serveur SFTP…")
    components.start_airflow(places, env)
    archive.set_up(outside.vitam_url, profiles)
    airflow = Airflow(env["AIRFLOW__API__BASE_URL"], "admin", places.secrets()["airflow_admin"], watch=processes.check)
    airflow.wait_until_healthy(START_SECONDS)
    airflow.wait_for_dags([profile.dag_id for profile in profiles], START_SECONDS)
    _pools(airflow, profiles)
    for profile in profiles:
        airflow.end_leftovers(profile.dag_id)
    say(f"Prêt en {time.monotonic() - started:.0f} s.")
    acts = [profile for profile in profiles if profile.connector.family == "actes"]
    last = _run_all(airflow, acts)
    late = [p for p in acts if places.scenario == "communes" and drops.bring_late(places, p.organisation.name)]
    if late:
        say("De nouvelles pièces arrivent dans les dépôts : seconde exécution.")
        last |= _run_all(airflow, late)
    chains = [_chain(places, profile) for profile in acts]
    sound = tables.show(chains, last, say)
    _farewell(airflow, places, last, time.monotonic() - started)
    _say_by_hand(profile.dag_id for profile in profiles if profile not in acts)
    return 0 if sound else 1


def _prepare(drop: Path | None) -> Places:
    if drop is None:
        places = Places("communes")
        places.make()
        drops.prepare_samples(places)
        return places
    if not drop.is_dir():
        raise own_drop.Unanswered(f"« {drop} » n’est pas un dossier : donnez le dossier de vos délibérations.")
    say(f"Lecture de « {drop} » : à quelle collectivité sont ces actes ?")
    owner = own_drop.owner_of(drop)
    places = Places(f"depot-{owner.siren}")
    places.make()
    own_drop.write_profile(places, owner)
    count = drops.bring_own(places, f"siren-{owner.siren}", drop)
    found = ", ".join(f"{siren} ({number} fois)" for siren, number in owner.sirens.items()) or "aucun"
    say(f"Fichiers : {count} ; SIREN trouvés : {found} ; organisation retenue : {owner.siren}.")
    return places


def _chain(places: Places, profile: Profile) -> Chain:
    clock = SystemClock()
    return Chain(profile, SqlRegistry(f"sqlite:///{places.registry}", clock), DiskStaging(places.staging), clock)


def _pools(airflow: Airflow, profiles: Sequence[Profile]) -> None:
    for profile in profiles:
        airflow.pool(pool_of(profile.tenant), profile.target.tenant_slots)


def _run_all(airflow: Airflow, profiles: Sequence[Profile]) -> dict[str, str]:
    """Trigger each connector and wait for all; return the run's id by dag_id."""
    runs = {profile.dag_id: airflow.trigger(profile.dag_id) for profile in profiles}
    told: dict[str, str] = {}
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        states = {dag_id: airflow.run_state(dag_id, run_id) for dag_id, run_id in runs.items()}
        for dag_id, run_id in runs.items():
            told[dag_id] = _progress(airflow, dag_id, run_id, told.get(dag_id, ""))
        if all(state in ENDED for state in states.values()):
            return runs
        processes.check()
        time.sleep(1)
    raise TimeoutError(f"Exécutions inachevées au bout de {RUN_SECONDS} s : {', '.join(runs.values())}")


def _progress(airflow: Airflow, dag_id: str, run_id: str, before: str) -> str:
    states = airflow.task_states(dag_id, run_id)
    done = sum(state in ("success", "failed", "skipped", "upstream_failed") for _, state in states.values())
    active = sorted(title for title, state in states.values() if state in ("running", "deferred", "up_for_retry"))
    now = f"tâches terminées : {done} sur {len(states)}" + (f", en cours : {', '.join(active)}" if active else "")
    if states and now != before:
        say(f"  {dag_id} : {now}")
    return now if states else before


def _farewell(airflow: Airflow, places: Places, last: dict[str, str], seconds: float) -> None:
    say(f"\nTerminé en {seconds:.0f} s. L’interface reste ouverte ; « make stop » arrête tout.")
    say(f"  Adresse : {airflow.url}   (identifiant : admin, mot de passe : {places.secrets()['airflow_admin']})")
    for dag_id, run_id in last.items():
        say(f"  Bilan de {dag_id} : {airflow.url}{tables.report_path(dag_id, run_id)}")
    told = {
        "VERSEMENT_REGISTRY_URL": f"sqlite:///{places.registry}",
        "VERSEMENT_STAGING": str(places.staging),
        "VERSEMENT_PROFILES": str(places.profiles),
    }
    where = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
    say(f"  En ligne de commande : {where} .venv/bin/python -m versement status")
    home = places.home.relative_to(ROOT) if places.home.is_relative_to(ROOT) else places.home
    say(f"  Journaux et données : {home} (à supprimer pour repartir de zéro)")


def _say_by_hand(dag_ids: Iterable[str]) -> None:
    """The other families have their drops too, but nobody is made to wait for them."""
    if names := ", ".join(dag_ids):
        say(f"  À déclencher à la main dans l’interface, leurs dépôts sont prêts : {names}")


if __name__ == "__main__":
    sys.exit(main())
