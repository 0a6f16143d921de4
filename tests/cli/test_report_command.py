"""`report`: the page that a run left, brought out of staging."""

from __future__ import annotations

import json

from versement.cli.main import main

DAG = "saint-aubin.deliberations"


def test_the_last_run_s_page_is_written(machine, tmp_path, capsys):
    """Without run, the last one; the bytes are those that the run left, and their JSON can be had too."""
    machine.run()
    machine.run()
    page, facts = tmp_path / "bilan.html", tmp_path / "bilan.json"
    assert main(["report", DAG, "--out", str(page)]) == 0
    assert "Bilan de l’exécution run-2 écrit" in capsys.readouterr().out
    assert main(["report", DAG, "--run", "run-1", "--json", "--out", str(facts)]) == 0
    chain = machine.chain()
    first, last = (chain.registry.collection(chain.tenant, f"deliberations:run-{run}") for run in (1, 2))
    with chain.staging.open(chain.tenant, last.page) as kept:
        assert page.read_bytes() == kept.read()
    assert json.loads(facts.read_bytes())["collection"] == first.id


def test_a_run_without_report_is_said(machine, tmp_path, capsys):
    """An unknown run, a connector that never ran, a connector that is none: one French line, and no file."""
    out = tmp_path / "bilan.html"
    assert main(["report", DAG, "--out", str(out)]) == 1
    assert "la dernière exécution n’a pas (encore) de bilan" in capsys.readouterr().err
    machine.run()
    assert main(["report", DAG, "--run", "run-7", "--out", str(out)]) == 1
    assert "l’exécution « run-7 » n’a pas (encore) de bilan" in capsys.readouterr().err
    assert main(["report", "absent.deliberations", "--out", str(out)]) == 1
    assert "Aucune fiche de connecteur" in capsys.readouterr().err
    assert not out.exists()
