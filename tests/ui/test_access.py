"""Who may see the pages, and what a browser is allowed to do with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.ui.conftest import ask
from versement.ui.app import HEADERS, build_app
from versement.ui.mount import LazyApp

SAINT_AUBIN, MAURECY = "saint-aubin.deliberations", "maurecy.deliberations"
FICHE = f"/versement/fiche?dag_id={SAINT_AUBIN}"
FILES = [f"/versement/bilan.{kind}?dag_id={SAINT_AUBIN}&run_id=run-1" for kind in ("html", "json")]
ADDRESSES = ["/versement/", f"/versement/rapport?dag_id={SAINT_AUBIN}", "/versement/rapport", FICHE, *FILES]


def test_the_application_has_no_other_pages_than_those_tested_here() -> None:
    """Three pages and two files; no description of the interface that anybody could read."""
    assert [getattr(route, "path", "") for route in build_app().routes] == [
        "/",
        "/rapport",
        "/bilan.html",
        "/bilan.json",
        "/fiche",
    ]
    assert all(isinstance(route, APIRoute) and route.methods == {"GET"} for route in build_app().routes)


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_sees_a_page_without_being_logged_in(profiles: Path, address: str) -> None:
    """Without Airflow's cookie or token every page answers 401, in French, and shows nothing."""
    answer = ask(build_app(), address)
    assert answer.status_code == 401
    assert "Connectez-vous" in answer.text
    assert "Saint-Aubin" not in answer.text


def test_the_mounted_pages_are_protected_too() -> None:
    """What the plugin mounts is the protected application, made at the first request."""
    lazy = LazyApp()
    assert ask(lazy, "/versement/").status_code == 401
    assert ask(lazy, "/versement/").status_code == 401


def test_the_list_shows_only_connectors_that_the_user_may_read(
    get_as: Callable[..., Callable[..., httpx.Response]],
) -> None:
    """A partner sees its own connectors and nothing of the others, not even their names."""
    page = get_as(SAINT_AUBIN)("/versement/").text
    assert "Saint-Aubin-sur-Viosne" in page
    assert "Maurecy" not in page
    assert "Aucun connecteur" in get_as()("/versement/").text


@pytest.mark.parametrize("dag_id", [SAINT_AUBIN, "absent.deliberations", "../saint-aubin.deliberations"])
def test_another_partners_report_does_not_exist(
    get_as: Callable[..., Callable[..., httpx.Response]], dag_id: str
) -> None:
    """Asking for a connector one may not read gives the same answer as one that does not exist."""
    answer = get_as(MAURECY)(f"/versement/rapport?dag_id={dag_id}&run_id=run-1")
    assert answer.status_code == 404
    assert "n’existe pas, ou votre compte n’y donne pas accès" in answer.text
    assert "Saint-Aubin" not in answer.text


@pytest.mark.parametrize("address", FILES)
def test_a_runs_files_are_for_those_who_may_read_its_dag(
    get_as: Callable[..., Callable[..., httpx.Response]], address: str
) -> None:
    """Whoever may not read the DAG gets the answer of a report that does not exist; whoever may, gets a file."""
    refused = get_as(MAURECY)(address)
    assert refused.status_code == 404
    assert "Saint-Aubin" not in refused.text
    assert get_as(MAURECY)(address.replace("run-1", "run-9")).text == refused.text
    given = get_as(SAINT_AUBIN)(address)
    assert given.status_code == 200
    assert given.headers["content-disposition"].startswith(f'attachment; filename="bilan-{SAINT_AUBIN}-run-1.')
    assert given.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_another_connectors_run_is_not_served_under_ones_own(
    get_as: Callable[..., Callable[..., httpx.Response]],
) -> None:
    """Whose files are given follows from the DAG's own profile, never from the request."""
    get = get_as(MAURECY, SAINT_AUBIN)
    assert get(f"/versement/bilan.html?dag_id={MAURECY}&run_id=run-1").status_code == 404
    assert get(f"/versement/bilan.html?dag_id={SAINT_AUBIN}").status_code == 422
    hostile = get(f"/versement/bilan.html?dag_id={SAINT_AUBIN}&run_id=run-1%0d%0aX: y")
    assert hostile.status_code == 404


def test_the_holdings_shown_are_those_of_the_dags_own_profile(
    get_as: Callable[..., Callable[..., httpx.Response]],
) -> None:
    """Another commune's run asked for under one's own connector shows nothing of that run, whatever else is asked."""
    get = get_as(MAURECY, SAINT_AUBIN)
    page = get(f"/versement/rapport?dag_id={MAURECY}&run_id=run-1&tenant=saint-aubin/actes/2/demo").text
    assert "n’a encore rien annoncé" in page
    assert "Saint-Aubin" not in page


@pytest.mark.parametrize("address", [*ADDRESSES[:-1], "/versement/absente"])
def test_pages_load_nothing_from_elsewhere(get_as: Callable[..., Callable[..., httpx.Response]], address: str) -> None:
    """No script, no image, no style from any server; no page may be framed by another site, nor kept by a proxy."""
    answer = get_as(SAINT_AUBIN)(address)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not any(word in answer.text for word in ("<script", "<img", "<link", "http://", "https://", "url("))
    assert '<html lang="fr">' in answer.text


def test_the_page_to_sign_is_shown_to_whoever_reads_the_connector(
    get_as: Callable[..., Callable[..., httpx.Response]],
) -> None:
    """A partner without a shell prints its own page to sign, and nobody else's."""
    answer = get_as(SAINT_AUBIN)(FICHE)
    assert answer.status_code == 200
    assert "Empreinte de cette version" in answer.text
    assert "Signature :" in answer.text
    assert get_as(MAURECY)(FICHE).status_code == 404
    assert get_as(SAINT_AUBIN)("/versement/fiche?dag_id=absent.fiche").status_code == 404
    assert "fiche à signer" in get_as(SAINT_AUBIN)("/versement/").text
