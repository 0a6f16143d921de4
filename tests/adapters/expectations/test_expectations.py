"""Rules on a collection's metadata, by Great Expectations and by its plain twin."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

from versement.adapters.expectations import GreatExpectations
from versement.domain.errors import Defect
from versement.ports.expectations import ColumnRule
from versement.testing.expectations_contract import ROWS, ExpectationsContract
from versement.testing.plain_expectations import PlainExpectations


class TestGreatExpectations(ExpectationsContract):
    @pytest.fixture
    def expectations(self) -> GreatExpectations:
        return GreatExpectations()


class TestPlainExpectations(ExpectationsContract):
    @pytest.fixture
    def expectations(self) -> PlainExpectations:
        return PlainExpectations()


def test_evidence_names_the_version_of_the_tool() -> None:
    """Years later, one can say which version of the tool judged."""
    evidence = json.loads(GreatExpectations().check(ROWS, (ColumnRule("SIREN", "siren", "…"),)).evidence)
    assert evidence["meta"] == {"great_expectations_version": version("great-expectations")}


def test_rule_that_cannot_be_applied_is_a_defect() -> None:
    """A rule that the tool cannot apply stops the step: nobody is qualified by a rule that did not run."""
    with pytest.raises(Defect, match="BROKEN"):
        GreatExpectations().check(ROWS, (ColumnRule("BROKEN", "siren", "…", "("),))


# VmHWM begins anew at exec; ru_maxrss would keep what the test runner itself had reached.
LARGE = """
import re, sys
from pathlib import Path
from versement.adapters.expectations import GreatExpectations
from versement.ports.expectations import ColumnRule
assert "great_expectations" not in sys.modules
rules = [ColumnRule("A", "siren", "…", "[0-9]{9}"), ColumnRule("B", "title", "…")]
rows = ({"document": f"d{n}", "siren": "" if n % 2 else "219509908", "title": "Objet"} for n in range(100_000))
result = GreatExpectations().check(list(rows), rules)
assert len(result.rules[0].failed) == 50_000
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) // 1024)
"""


def test_hundred_thousand_documents_fit_in_memory_and_write_nothing() -> None:
    """The largest collection is judged within 700 MiB, without a line on screen nor in the log."""
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, check=True, text=True)
    assert done.stderr == ""
    assert int(done.stdout) <= 700
