"""The documentation says what the code does: links, codes, states, decisions, profiles, schemas."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import airflow
import pytest

from tests.repository.project import PACKAGE, ROOT, blocks, modules, name, pages, text, tree
from versement.domain import errors
from versement.domain.actors import actor_for
from versement.domain.lifecycle import DocumentState, TransferState
from versement.profiles.load import load_profile, profile_paths
from versement.profiles.schema import json_schemas, rendered

README = ROOT / "README.md"
GUIDES = tuple(sorted((ROOT / "docs/guides").glob("*.md")))
FINDINGS = ROOT / "docs/reference/constats.md"
DECISIONS = tuple(sorted((ROOT / "docs/decisions").glob("*.md")))
PARTS = ("Context", "Decision", "Alternatives", "Consequences")

FIRST_IS_CODE = {"blocking", "remark", "Finding", "ColumnRule", "_mismatch"}
OTHER_VOCABULARIES = re.compile(
    r"(COLL|DELIB|PREF|VERSEMENT)_.*|HOST_KEY|PRIVATE_KEY|LC_ALL|LD_LIBRARY_PATH|NATURE_ACTE|PUBLICATION_DATE"
    r"|PROCESS_SIP_UNITARY(_TEST)?|DEFAULT_WORKFLOW|BLANK_TEST|(FILING|HOLDING)_SCHEME"
)
"""Columns of indexes, variables, Vitam's words: what looks like a code of ours and is none."""
VITAM = tuple(PACKAGE / part for part in ("seda", "adapters/vitam", "testing"))


def codes() -> set[str]:
    """Every code of a finding in the source."""
    found: set[str] = set()
    for path in modules("plugins/versement"):
        if any(path.is_relative_to(folder) for folder in VITAM):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FIRST_IS_CODE:
                found |= {str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)}
            elif isinstance(node, ast.Constant) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+", str(node.value)):
                found.add(str(node.value))
    return {code for code in found if not OTHER_VOCABULARIES.fullmatch(code)}


def rows() -> dict[str, list[str]]:
    """Rows of the reference page: by code or error, the cells that follow."""
    found = {}
    for line in text(FINDINGS).splitlines():
        match = re.match(r"\| `(\w+)` \| (.*) \|$", line)
        if match:
            assert match[1] not in found, f"{match[1]} twice"
            found[match[1]] = match[2].split(" | ")
    return found


def classes() -> set[str]:
    return {
        each
        for each, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.VersementError) and kind is not errors.VersementError
    }


def test_every_code_and_every_error_is_documented() -> None:
    """Whoever meets a code or an error finds its cause, who acts and how; and finds none that no longer exists."""
    assert set(rows()) == codes() | classes()


def test_the_reference_names_the_actor_that_the_chain_names() -> None:
    """Who acts is the same on the page and in the list of what waits."""
    wrong = {
        code: cells[2]
        for code, cells in rows().items()
        if cells[0].startswith(("mis de côté", "refusé", "en attente"))
        and cells[2] != actor_for(code).partition(" :")[0]
    }
    assert wrong == {}


def test_every_row_is_complete() -> None:
    """Each code has an effect, a cause, an actor and a way back."""
    assert {code for code, cells in rows().items() if len(cells) != 4 or not all(map(str.strip, cells))} == set()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_no_page_speaks_of_a_code_that_is_gone(page: Path) -> None:
    """A code that a page names is one that a person may meet."""
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text(page)))
    others = re.compile(rf"{OTHER_VOCABULARIES.pattern}|AIRFLOW_.*|_.*")
    assert {code for code in named if not others.fullmatch(code)} - codes() == set()


@pytest.mark.parametrize("state", [*DocumentState, *TransferState])
def test_every_state_is_explained(state: str) -> None:
    """The README says of every state what it means and who acts."""
    table = text(README).partition("## Life of a document")[2].partition("## What each colour")[0]
    assert re.search(rf"^\|[^|]*\b{re.escape(state)}\b", table, re.MULTILINE)


def _shown(key: str) -> str:
    """What Airflow's French interface shows under this key, in whatever group of words it stands."""
    words = json.loads((Path(airflow.__file__).parent / "ui/dist/i18n/locales/fr/common.json").read_text())
    groups = [words["states"], words, *(group for group in words.values() if isinstance(group, dict))]
    return next(group[key] for group in groups if isinstance(group.get(key), str))


@pytest.mark.parametrize("page", ["README.md", "docs/guides/operateur.md"])
@pytest.mark.parametrize(
    "state",
    ["deferred", "no_status", "queued", "running", "scheduled", "skipped", "up_for_retry", "upstream_failed"],
)
def test_the_states_of_tasks_are_called_as_the_interface_calls_them(page: str, state: str) -> None:
    """Each colour is explained by the very word that Airflow shows in French."""
    assert f"*{_shown(state)}*" in text(ROOT / page)


@pytest.mark.parametrize(
    ("page", "key", "said"),
    [
        ("README.md", "Connections", "Admin > {}"),
        ("plugins/versement/orchestration/connections.py", "Connections", "Admin > {}"),
        ("docs/guides/archiviste.md", "backfill_one", "*{}*"),
    ],
)
def test_places_of_the_interface_have_its_own_names(page: str, key: str, said: str) -> None:
    """Where a page or a message sends its reader, the interface has that very word in French."""
    assert said.format(_shown(key)) in text(ROOT / page)
    assert _shown("admin") == "Admin"


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of the documentation leads to a file that is there."""
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", text(page))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_pages_are_short_enough_to_be_read() -> None:
    """README and guides stay below 150 lines."""
    lengths = {page: len(text(page).splitlines()) for page in (README, *GUIDES)}
    assert {name(page): length for page, length in lengths.items() if length >= 150} == {}


def test_every_guide_is_in_the_readme() -> None:
    """The three kinds of users find their guide from the README, and whoever brings a family of records."""
    guides = {page.name for page in GUIDES}
    assert guides >= {"operateur.md", "archiviste.md", "partenaire.md", "qualification.md", "premier-connecteur.md"}
    assert [page.name for page in GUIDES if name(page) not in text(README)] == []


def test_decisions_are_numbered_once() -> None:
    """Decision records carry consecutive numbers, each once."""
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_each_decision_is_complete(page: Path) -> None:
    """A decision says when, why, what else was thought of and what follows."""
    said = text(page)
    assert said.startswith(f"# {page.name[:4]} – ")
    assert re.search(r"^Date: \d{4}-\d\d-\d\d\nStatus: (accepted|superseded by \d{4})$", said, re.MULTILINE)
    assert re.findall(r"^## (.+)$", said, re.MULTILINE) == list(PARTS)
    assert all(part.partition("\n")[2].strip() for part in said.split("\n## ")[1:])


def test_every_shipped_profile_loads() -> None:
    """The profiles that come with the project are right."""
    paths = profile_paths([ROOT / "include/profiles"])
    assert [load_profile(path).dag_id for path in paths] == [f"{p.parent.name}.{p.stem}" for p in paths]
    assert paths


def test_the_guide_s_profile_loads(tmp_path: Path) -> None:
    """A partner who copies the guide's two files has a connector."""
    (tmp_path / "_targets.yaml").write_text(text(ROOT / "include/profiles/_targets.yaml"), encoding="utf-8")
    for block in blocks(ROOT / "docs/guides/partenaire.md", "yaml"):
        place = tmp_path / block.splitlines()[0].removeprefix("# include/profiles/")
        place.parent.mkdir(exist_ok=True)
        place.write_text(block, encoding="utf-8")
    assert [load_profile(path).dag_id for path in profile_paths([tmp_path])] == ["exemple.deliberations"]


FIRST = ROOT / "docs/guides/premier-connecteur.md"


def test_the_first_connector_s_model_loads(tmp_path: Path) -> None:
    """A partner who pastes the model as it stands has a right profile, in an organisation that has its coffre."""
    place = Path(shutil.copytree(ROOT / "include/profiles", tmp_path / "fiches")) / "maurecy" / "essai.yaml"
    (model,) = re.findall(r"^   ```yaml\n(.*?)^   ```", text(FIRST), re.MULTILINE | re.DOTALL)
    place.write_text(model, encoding="utf-8")
    assert load_profile(place).connector.family == "actes"


def test_the_first_connector_names_every_ready_profile() -> None:
    """The table of ready profiles is the folder's: each is named, with its organisation, and no other."""
    named = set(re.findall(r"`([a-z-]+/[a-z-]+\.yaml)`", text(FIRST).partition("## Les fiches prêtes")[2]))
    shipped = {f"{path.parent.name}/{path.name}" for path in profile_paths([ROOT / "include/profiles"])}
    assert named == shipped


@pytest.mark.parametrize("file", sorted(json_schemas()))
def test_published_schemas_are_up_to_date(file: str) -> None:
    """The schemas that editors use are those that the code holds (`make schema` writes them)."""
    assert text(ROOT / "docs/reference" / file) == rendered(json_schemas()[file])
