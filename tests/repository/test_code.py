"""The layers, the size of modules, and what must never be found in the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.project import CODE, PACKAGE, ROOT, modules, name, pages, text, tree

LONGEST = 400
# Put together here, so that this file does not hold them.
FORBIDDEN = tuple(
    "".join(parts) for parts in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("/wo", "rk/"), ("../sh", "ared"))
)


def test_layers_hold() -> None:
    """Dependencies point one way, and neither the core nor the sandbox imports what it may not know."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_airflow_does_not_run_the_package() -> None:
    """Airflow runs each module under plugins/ by itself, but for what .airflowignore names."""
    assert text(ROOT / "plugins/.airflowignore").split() == ["versement/"]


def test_modules_stay_short() -> None:
    """A module is read in one sitting."""
    lengths = {name(path): len(text(path).splitlines()) for path in modules(*set(CODE) - {"tests"})}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_dag_files_stay_thin() -> None:
    """What Airflow reads again and again holds no logic."""
    assert {name(path) for path in modules("dags") if len(text(path).splitlines()) > 40} == set()


@pytest.mark.parametrize("word", FORBIDDEN)
def test_nothing_is_left_unfinished_or_tied_to_a_machine(word: str) -> None:
    """No work is left for later in the code, and no path of one machine stands in it or in the documentation."""
    pattern = re.compile(rf"(?<![A-Za-z]){re.escape(word)}")
    files = (*modules(*CODE), *pages(), *(ROOT / "include").rglob("*.yaml"), ROOT / "Makefile")
    assert {name(path) for path in files if pattern.search(text(path))} == set()


def _tests() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in (*modules("tests"), *modules("plugins/versement/testing")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield path, node


def test_every_test_states_its_claim() -> None:
    """Each test says, in a sentence, what it proves."""
    silent = {f"{name(path)}::{node.name}" for path, node in _tests() if not ast.get_docstring(node)}
    assert silent == set()


def test_every_module_says_what_it_is_for() -> None:
    """Each module begins by saying what it is for."""
    assert {name(path) for path in modules(*CODE) if not ast.get_docstring(tree(path))} == set()


def test_nothing_catches_everything() -> None:
    """No error is caught without being named, and nothing is asserted outside of tests."""
    wrong = set()
    for path in modules(*set(CODE) - {"tests"}):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception")
            ):
                wrong.add(f"{name(path)}:{node.lineno}")
            if isinstance(node, ast.Assert) and not path.is_relative_to(PACKAGE / "testing"):
                wrong.add(f"{name(path)}:{node.lineno}")
    assert wrong == set()
