"""What the command line answers to somebody who does not know it."""

from __future__ import annotations

import re

import pytest

from versement.cli.main import main

ENGLISH = re.compile(r"usage: |required|invalid|unrecognized|expected|show this|positional|arguments:", re.IGNORECASE)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "il manque : COMMANDE"),
        (["profile"], "il manque : COMMANDE"),
        (["document"], "il manque : DOCUMENT"),
        (["operation", "adopt"], "il manque : VERSEMENT, OPÉRATION"),
        (["operation", "show"], "il manque : VERSEMENT"),
        (["statut"], "'statut' n’existe pas ; le choix est : 'profile'"),
        (["status", "a", "b"], "argument inconnu : b"),
        (["profile", "try", "x.yaml", "--drop"], "--drop attend une valeur"),
        (["sip", "check", "x", "--json=1"], "--json n’attend pas de valeur : '1'"),
    ],
)
def test_wrong_arguments_are_explained_in_french(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says what is missing or unknown and how it is called, and exits with 2."""
    with pytest.raises(SystemExit) as exit_:
        main(typed)
    assert exit_.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith("usage : python -m versement")
    assert not ENGLISH.search(told)


@pytest.mark.parametrize("typed", [["-h"], ["profile", "-h"], ["profile", "try", "--help"], ["release", "-h"]])
def test_help_is_in_french(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help is asked for at any depth, and every word of it is French."""
    with pytest.raises(SystemExit) as exit_:
        main(typed)
    assert exit_.value.code == 0
    told = capsys.readouterr().out
    assert "montrer cette aide" in told
    assert not ENGLISH.search(told)
