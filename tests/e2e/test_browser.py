"""What people see: Airflow's pages and ours, in a Chromium set to English, on the demonstration as it ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.conftest import Main
from tests.e2e.running import DOCUMENTS, FILES, LAST, OVERALL, ROOT, Row, address_in
from versement.domain.balance import HEADINGS
from versement.profiles.load import load_profile, profile_paths

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DAG = "saint-aubin.deliberations"
NAME = "Commune de Saint-Aubin-sur-Viosne"
LABELS = ("Délibérations de Saint-Aubin-sur-Viosne", "Délibérations de Maurecy")
TASKS = ("Collecter", "Qualifier", "Dédoublonner", "Premier passage", "Second passage", "Établir le bilan", "Conclure")
PATIENCE = 60_000
"""Milliseconds: the machine may be running another demonstration."""
SMALLEST_PNG = 10_000


@pytest.fixture(scope="module")
def page(main: Main) -> Iterator[Page]:
    """An administrator's browser, logged in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(locale="en-US", viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.goto(address_in(main.said))
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", main.demo.secrets["airflow_admin"])
        page.click("button[type=submit]")
        expect(page.get_by_text("Accueil", exact=True).first).to_be_visible()
        yield page
        browser.close()


def _shot(page: Page, main: Main, name: str) -> None:
    path: Path = main.demo.var / "captures" / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > SMALLEST_PNG


def _run_page(main: Main, run_id: str) -> str:
    return f"{address_in(main.said)}/dags/{DAG}/runs/{quote(run_id, safe='')}"


def test_the_list_of_dags_is_in_french_and_shows_every_connector(main: Main, page: Page) -> None:
    """Menu and names are French; each profile has its DAG, each commune its trial and its arbitration, and no more."""
    page.goto(f"{address_in(main.said)}/dags")
    shipped = [load_profile(path).connector.label for path in profile_paths([ROOT / "include" / "profiles"])]
    for label in shipped:
        expect(page.get_by_text(label, exact=True)).to_be_visible()
    expect(page.get_by_text(f"{len(shipped) + 2 * len(LABELS)} Dags", exact=True)).to_be_visible()
    # Not the page's `lang`, which Airflow sometimes leaves at "en" around French text.
    for text in ("Accueil", "Exécutions de Dag", "Planification", "Dernière exécution"):
        expect(page.get_by_text(text, exact=True).first).to_be_visible()
    _shot(page, main, "liste")


def test_the_grid_of_a_run_names_its_tasks_in_french(main: Main, page: Page) -> None:
    """From the list, one click on the connector shows its runs and tasks under their French names."""
    page.goto(f"{address_in(main.said)}/dags")
    page.get_by_text(LABELS[0], exact=True).click()
    for task in TASKS:
        expect(page.get_by_text(task, exact=True).first).to_be_visible()
    _shot(page, main, "grille")


def test_the_french_table_is_one_click_from_the_run(main: Main, page: Page) -> None:
    """The « Bilan » tab of the run that the demonstration names shows the numbers that it printed."""
    found = re.search(rf"Bilan de {DAG} : (\S+)", main.said.out)
    assert found
    page.goto(found[1])
    page.get_by_text("Bilan", exact=True).first.click()
    tables = page.frame_locator("iframe").locator("table")
    expect(tables.first).to_be_visible()
    for number, when in enumerate((LAST, OVERALL)):
        shown = _counts(tables.nth(number))
        assert shown["Documents"] == main.said.row(f"{NAME}, {when} – {DOCUMENTS}")
        assert shown["Pièces"] == main.said.row(f"{NAME}, {when} – {FILES}")
    listed = page.frame_locator("iframe").locator("table").nth(2).locator("tbody tr")
    codes = [listed.nth(number).locator("td").last.inner_text() for number in range(listed.count())]
    printed = {code for _, what, code in main.said.waiting}
    assert set(codes) == printed
    assert listed.count() == len(main.said.waiting)
    _shot(page, main, "bilan")


def _counts(table: Locator) -> dict[str, Row]:
    rows = [row.split("\t") for row in table.inner_text().splitlines()]
    lines = [row for row in rows if row[0] in ("Documents", "Pièces")]
    assert [row[-1] for row in lines] == ["juste", "juste"]
    return {row[0]: dict(zip(HEADINGS, map(int, row[1:-1]), strict=True)) for row in lines}


def test_the_log_of_a_failed_task_says_in_french_what_to_do(main: Main, page: Page) -> None:
    """The first run of Saint-Aubin is red by its conclusion, whose log says who must act and where the detail is."""
    airflow = main.demo.airflow(address_in(main.said))
    runs = (airflow._get(f"/dags/{DAG}/dagRuns?state=failed") or {})["dag_runs"]
    [run_id] = [run["dag_run_id"] for run in runs]
    states = airflow.task_states(DAG, run_id)
    assert {task for task, (_, state) in states.items() if state != "success"} == {"verdict"}
    page.goto(f"{_run_page(main, run_id)}/tasks/verdict")
    expect(page.get_by_text("Cette exécution demande l’attention d’une personne").first).to_be_visible()
    expect(page.get_by_text("à traiter par : archiviste").first).to_be_visible()
    expect(page.get_by_text("Échoué").first).to_be_visible()
    _shot(page, main, "journal-en-echec")


def test_whoever_chose_another_language_keeps_it(main: Main, page: Page) -> None:
    """French is where Airflow starts; what a user chose in its menu stays."""
    page.evaluate("localStorage.setItem('i18nextLng', 'en')")
    page.goto(f"{address_in(main.said)}/dags")
    expect(page.get_by_text("Home", exact=True).first).to_be_visible()
    page.evaluate("localStorage.removeItem('i18nextLng')")
    page.goto(f"{address_in(main.said)}/dags")
    expect(page.get_by_text("Accueil", exact=True).first).to_be_visible()


def test_our_pages_are_closed_to_whoever_is_not_logged_in(main: Main) -> None:
    """Without a session every page of ours answers 401, in French, and tells nothing."""
    for path in ("/versement/", f"/versement/rapport?dag_id={DAG}", "/versement/openapi.json"):
        answer = requests.get(f"{address_in(main.said)}{path}", timeout=30, allow_redirects=False)
        assert answer.status_code in (401, 404), path
        assert "Saint-Aubin" not in answer.text
    assert requests.get(f"{address_in(main.said)}/versement/", timeout=30).status_code == 401


def test_our_pages_open_from_the_menu(main: Main, page: Page) -> None:
    """The menu's own entry lists both connectors with what waits."""
    page.goto(address_in(main.said))
    page.get_by_text("Versem.", exact=True).first.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(LABELS[0]).first).to_be_visible()
    expect(frame.get_by_text(LABELS[1]).first).to_be_visible()
    _shot(page, main, "versements")
