"""What the project depends on: declared once, with a reason, and pinned with hashes."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.repository.project import ROOT, text

PINNED = ("requirements.txt", "requirements-dev.txt", "requirements-data.txt", "requirements-uv.txt")


def declared(file: str) -> list[str]:
    lines = (line.strip() for line in text(ROOT / file).splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def test_dependencies_are_declared_alike() -> None:
    """The packages that are installed are those that the project declares."""
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    assert project["dependencies"] == declared("requirements.in")


def test_each_dependency_has_its_reason() -> None:
    """Nothing is depended on without saying why."""
    listed = re.search(r"^dependencies = \[\n(.*?)^\]$", text(ROOT / "pyproject.toml"), re.MULTILINE | re.DOTALL)
    assert listed
    lines = listed[1].splitlines()
    assert len(lines) == len(declared("requirements.in"))
    assert [line for line in lines if not re.search(r'",\s+# \S+ \S+', line)] == []


@pytest.mark.parametrize("file", PINNED)
def test_every_package_is_pinned_with_its_hash(file: str) -> None:
    """The same packages, byte for byte, are installed everywhere."""
    entries = re.split(r"\n(?=\S)", text(ROOT / file).strip())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert packages
    assert [
        entry.split()[0] for entry in packages if "==" not in entry.split()[0] or "--hash=sha256:" not in entry
    ] == []


@pytest.mark.parametrize("file", PINNED)
def test_every_direct_dependency_is_pinned(file: str) -> None:
    """A package that is asked for is among those that are pinned."""
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", text(ROOT / file), re.MULTILINE))
    asked = {re.split(r"[=<>~ ]", line)[0].lower() for line in declared(file.replace(".txt", ".in"))}
    assert asked
    assert asked - pinned == set()
