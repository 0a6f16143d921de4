"""`starts`: which units in Vitam have a delay that a person must put later there."""

from __future__ import annotations

import json

import pytest

from sandbox.samples.personnel import AGENTS, FILE, index, pdf
from tests.steps.personnel import personnel
from tests.steps.world import SHIPPED
from versement.cli.main import main


@pytest.fixture
def files(tmp_path, formats, monkeypatch):
    """Agents' files on this machine, and what puts a piece of the first agent's."""
    world, rows = personnel(tmp_path, formats, "agents"), []
    monkeypatch.setenv("VERSEMENT_PROFILES", str(SHIPPED))
    monkeypatch.setenv("VERSEMENT_REGISTRY_URL", f"sqlite:///{world.folder / 'registry.db'}")
    monkeypatch.setenv("VERSEMENT_STAGING", str(world.folder / "staging"))

    def add(day, name):
        agent = AGENTS[0]
        said = (agent.matricule, agent.name, agent.first_name, agent.nir, agent.birth)
        rows.append((*said, "Recrutement", "Arrêté", day, name))
        world.put(name, pdf([[name]]))
        world.put("index.csv", index(FILE, *rows))
        world.run()
        return world

    return add


def test_units_to_mend_are_listed_for_a_person_and_for_a_script(files, capsys):
    """One line a unit, with Vitam's own identifier, both days, and no name; the same as JSON."""
    world = files("1990-01-04", "old.pdf")
    assert main(["starts", "maurecy.agents"]) == 0
    assert capsys.readouterr().out == "Aucun délai à faire partir plus tard dans Vitam.\n"
    files("2023-11-02", "new.pdf")
    (old,) = world.chain().registry.find(world.chain().tenant, "old.pdf")
    unit = old.units[0][1]
    assert main(["starts"]) == 0
    told = capsys.readouterr().out
    (line,) = [line for line in told.splitlines() if line.startswith(unit)]
    assert line.split()[2:] == ["ACC-00016", "1990-01-04", "2023-11-02"]
    assert main(["starts", "maurecy.agents", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "connector": "maurecy.agents",
            "unit": unit,
            "key": old.document.record_key,
            "category": "AccessRule",
            "rule": "ACC-00016",
            "since": "1990-01-04",
            "to": "2023-11-02",
        }
    ]
    assert AGENTS[0].name not in told
