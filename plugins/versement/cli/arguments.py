"""A command line's arguments, explained in French: argparse has no translation of its own."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

_WORDS = (
    ("usage: ", "usage : "),
    ("positional arguments:", "arguments :"),
    ("options:", "options :"),
    ("commandes:", "commandes :"),
)
_ERRORS = (
    (r"the following arguments are required: (.+)", r"il manque : \1"),
    (r"argument (.+): invalid choice: (.+) \(choose from (.+)\)", r"\1 : \2 n’existe pas ; le choix est : \3"),
    (r"unrecognized arguments: (.+)", r"argument inconnu : \1"),
    (r"argument (.+): expected (?:one|at least one) argument", r"\1 attend une valeur"),
    (r"argument (.+): invalid (?:\S+ )?value: (.+)", r"\1 : la valeur \2 ne convient pas"),
    (r"argument (.+): ignored explicit argument (.+)", r"\1 n’attend pas de valeur : \2"),
    (r"ambiguous option: (.+) could match (.+)", r"option ambiguë : \1 peut être \2"),
)


class FrenchParser(argparse.ArgumentParser):
    """An argparse parser, and those of its sub-commands, whose help and errors are French."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, add_help=False)
        self.add_argument("-h", "--help", action="help", help="montrer cette aide")

    def format_usage(self) -> str:
        return _in_french(super().format_usage())

    def format_help(self) -> str:
        return _in_french(super().format_help())

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments and how to call the command; exit with 2."""
        for pattern, french in _ERRORS:
            message = re.sub(f"^{pattern}$", french, message)
        self.exit(2, f"{self.format_usage()}{self.prog} : {message}\n")


def _in_french(text: str) -> str:
    for word, french in _WORDS:
        text = re.sub(f"^{word}", french, text, flags=re.MULTILINE)
    return text
