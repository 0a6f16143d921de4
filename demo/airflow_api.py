"""The demonstration's Airflow, through its REST API, as any operator's script would."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests

ENDED = ("success", "failed")
TIMEOUT = 30.0
TRIES = 5


class Airflow:
    """One Airflow and somebody's session in it.

    Attributes:
        watch: called while waiting; what it raises ends the wait.
    """

    def __init__(self, url: str, login: str, password: str, *, watch: Callable[[], None] = lambda: None) -> None:
        self.url = url
        self._watch = watch
        self._login = {"username": login, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False  # this machine's own Airflow is behind no proxy

    def wait_until_healthy(self, seconds: float) -> None:
        """Wait for all four components, then log in.

        Raises:
            TimeoutError: they are not all healthy in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._healthy():
                token = self._session.post(f"{self.url}/auth/token", json=self._login, timeout=TIMEOUT)
                token.raise_for_status()
                self._session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
                return
            self._watch()
            time.sleep(0.5)
        raise TimeoutError(f"Airflow n’est pas prêt au bout de {seconds:.0f} s")

    def _healthy(self) -> bool:
        try:
            health = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=TIMEOUT).json()
        except (requests.RequestException, ValueError):
            return False
        return all(
            (health.get(part) or {}).get("status") == "healthy"
            for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
        )

    def wait_for_dags(self, dag_ids: list[str], seconds: float) -> None:
        """Wait until these DAGs are there and active.

        Raises:
            TimeoutError: some are missing; the message says which, and the import errors.
        """
        deadline = time.monotonic() + seconds
        missing = dag_ids
        while time.monotonic() < deadline:
            missing = [dag_id for dag_id in dag_ids if self._get(f"/dags/{dag_id}") is None]
            if not missing:
                return
            self._watch()
            time.sleep(0.5)
        errors = (self._get("/importErrors") or {}).get("import_errors", [])
        raise TimeoutError(f"DAG absents : {', '.join(missing)} ; erreurs d’import : {errors}")

    def pool(self, name: str, slots: int) -> None:
        """Create a pool unless it is there."""
        if self._get(f"/pools/{name}") is None:
            self._send("POST", "/pools", {"name": name, "slots": slots, "include_deferred": False})

    def end_leftovers(self, dag_id: str) -> int:
        """Mark runs that a stop interrupted as failed: the next run takes up their documents."""
        runs = self._get(f"/dags/{dag_id}/dagRuns?state=running&state=queued&limit=100") or {}
        for run in runs.get("dag_runs", []):
            self._send("PATCH", f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}", {"state": "failed"})
        return len(runs.get("dag_runs", []))

    def trigger(self, dag_id: str) -> str:
        """Start a run; return its id."""
        answer = self._send("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})
        return str(answer["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str((self._get(f"/dags/{dag_id}/dagRuns/{run_id}") or {}).get("state", ""))

    def task_states(self, dag_id: str, run_id: str) -> dict[str, tuple[str, str]]:
        """Title and state of each task of a run by its id, in no order."""
        answer = self._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100") or {}
        return {
            task["task_id"]: (str(task["task_display_name"]), str(task["state"] or ""))
            for task in answer.get("task_instances", [])
        }

    def _get(self, path: str) -> dict[str, Any] | None:
        answer = self._session.get(f"{self.url}/api/v2{path}", timeout=TIMEOUT)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _send(self, verb: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for _ in range(TRIES):
            answer = self._session.request(verb, f"{self.url}/api/v2{path}", json=body, timeout=TIMEOUT)
            if answer.status_code < 500:  # beyond, its database was busy, and nothing was written
                break
            self._watch()
            time.sleep(1)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
