"""The demonstration of two communes, as it is started, read, asked, disturbed, started again and stopped."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.samples import COMMUNES
from sandbox.samples.drop import DROPPED
from sandbox.samples.drop import write as write_drop
from sandbox.samples.model import Batch, Commune, act_id, act_path
from sandbox.samples.pdf import deliberation
from tests.e2e.conftest import Main
from tests.e2e.running import DOCUMENTS, FILES, LAST, OVERALL, Demonstration, Row, Said, address_in, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

KEYS = [commune.key for commune in COMMUNES]
MARKETS = 4
"""Saint-Aubin's second coffre."""
STATES = {"accepted": "accepted", "duplicate": "duplicates", "set aside": "set_aside", "refused": "refused"}
SUFFIXES = {"acte": "", "ARActe": "#ARActe", "ARAnnulation": "#ARAnnulation"}


def _commune(key: str) -> Commune:
    return next(commune for commune in COMMUNES if commune.key == key)


def _documents(main: Main, key: str) -> list[dict[str, Any]]:
    return [one for batch in Batch for one in main.expected[key]["batches"][batch.value]["documents"]]


def _expected_rows(main: Main, key: str) -> tuple[Row, Row]:
    """Documents and files; waste files are no documents, and an announced file that is not there is none."""
    documents, files = Counter(), Counter()
    for one in _documents(main, key):
        state = STATES.get(one["outcome"], "pending")
        documents[state] += 1
        files[state] += sum(piece["present"] for piece in one["files"])
    files["waste"] = sum(len(main.expected[key]["batches"][batch.value]["waste"]) for batch in Batch)
    return tuple(_row(counts) for counts in (documents, files))


def _row(counts: Counter[str]) -> Row:
    ended = {name: counts[name] for name in ("accepted", "duplicates", "waste", "set_aside", "refused", "pending")}
    return {"announced": counts.total(), "known": 0, "collected": counts.total()} | ended


# --- what it prints


def test_the_demonstration_ends_well(main: Main) -> None:
    """It ends by itself, reconciled, and says where to look next."""
    assert main.said.code == 0
    assert main.said.err == ""
    assert address_in(main.said) == f"http://127.0.0.1:{main.demo.port}"
    assert main.demo.secrets["airflow_admin"] in main.said.out
    assert main.said.out.count("/dags/") == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_table_is_the_one_that_an_archivist_expects(main: Main, key: str) -> None:
    """Every count of both runs together, for documents and for files, is the one written beside the samples."""
    name = _commune(key).name
    found = main.said.row(f"{name}, {OVERALL} – {DOCUMENTS}"), main.said.row(f"{name}, {OVERALL} – {FILES}")
    assert found == _expected_rows(main, key)


@pytest.mark.parametrize("key", KEYS)
def test_what_waits_is_listed_with_who_must_act(main: Main, key: str) -> None:
    """Each document set aside, refused or pending has its line, which names it, and nothing else has one."""
    waiting = [one for one in _documents(main, key) if one["outcome"] not in ("accepted", "duplicate")]
    names = {_commune(other).name for other in KEYS}
    sections = {title: text for title, text in _sections(main.said.out) if title in names}
    listed = Said(0, sections.get(_commune(key).name, ""), "").waiting
    assert len(listed) == len(waiting)
    assert {who for who, _, _ in listed} <= {"archiviste", "collectivité", "exploitant"}
    for one in waiting:
        known_as = [*(piece["path"] for piece in one["files"]), *one["interchangeable"]]
        assert any(f"« {path} »" in what for _, what, _ in listed for path in known_as), one["reference"]


def _sections(printed: str) -> Iterator[tuple[str, str]]:
    for block in printed.split("\n\n"):
        title, _, text = block.partition("\n")
        yield title.partition(" – ")[0], text


# --- what Vitam holds


@pytest.mark.parametrize("key", KEYS)
def test_vitam_holds_every_accepted_document_once_and_no_other(main: Main, key: str) -> None:
    """Each accepted act or acknowledgement is one unit of its commune's tenant; of what was not accepted, nothing."""
    held = main.demo.keys(_commune(key).tenant)
    accepted = {one["id_acte"] + SUFFIXES[one["kind"]] for one in _documents(main, key) if one["outcome"] == "accepted"}
    parts = ("#acte", "#annexe-", "#message", "/seance/", "/plan/")
    assert sorted(key for key in held if not any(part in key for part in parts)) == sorted(accepted)
    assert sum("#annexe-" in key or "#message" in key or "#acte" in key for key in held) == _files_of_acts(main, key)


def _files_of_acts(main: Main, key: str) -> int:
    accepted = (one for one in _documents(main, key) if one["outcome"] == "accepted")
    return sum(len(one["files"]) for one in accepted if one["kind"] == "acte")


def test_nothing_is_doubled_and_no_commune_is_in_the_other_s_tenant(main: Main) -> None:
    """No key is carried by two units, and every unit's key is of the commune whose tenant holds it."""
    counts = main.demo.vitam("/sandbox/counts")
    assert {int(tenant) for tenant in counts} == {MARKETS, *(_commune(key).tenant for key in KEYS)}
    assert [said["doubled"] for said in counts.values() if said["doubled"]] == []
    for commune in COMMUNES:
        keys = main.demo.keys(commune.tenant)
        assert len(keys) == counts[str(commune.tenant)]["units"]
        assert [key for key in keys if commune.siren not in key and not key.startswith(f"{commune.key}/")] == []


def test_everything_listens_on_the_loopback_only(main: Main) -> None:
    """No process of the demonstration can be reached from another machine."""
    listening = _listening(main.demo.pids())
    vitam = int((main.demo.home / "vitam.pret").read_text().rpartition(":")[2])
    assert {main.demo.port, vitam} < {port for _, port in listening}
    assert {address for address, _ in listening} == {"0100007F"}


def _listening(pids: list[int]) -> set[tuple[str, int]]:
    """(address as the kernel writes it, port) of each TCP socket on which one of these processes listens."""
    sockets = {link for pid in pids for link in _links(pid)}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                address, _, port = fields[1].partition(":")
                found.add((address, int(port, 16)))
    return found


def _links(pid: int) -> Iterator[str]:
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            yield str(entry.readlink())
    except (FileNotFoundError, ProcessLookupError):
        return


# --- what it must not tell


def test_no_personal_data_and_no_secret_in_logs_xcom_or_airflow_s_database(main: Main) -> None:
    """Councillors' names and acts' titles are in the archive and the registry, nowhere else; secrets are nowhere."""
    words = _names() | {act.title for commune in COMMUNES for act in commune.acts if act.title not in _in_paths()}
    words |= set(main.demo.secrets.values())
    texts = {str(path.relative_to(main.demo.home)): path.read_text() for path in _logs(main.demo)}
    texts |= {f"airflow.db {table}": text for table, text in _database(main.demo)}
    texts |= {f"xcom {place}": text for place, text in _xcom(main)}
    assert any("Rien n’attend une personne." in text for text in map(_readable, texts.values()))
    assert sum("saint-aubin/actes" in text for place, text in texts.items() if place.startswith("xcom")) == 2
    told = [(place, word) for place, text in texts.items() for word in words if _says(text, word)]
    assert told == []


def _names() -> set[str]:
    return {name for commune in COMMUNES for act in commune.acts for name in (*act.seance.members, *act.seance.proxies)}


def _in_paths() -> set[str]:
    """Titles that the commune made a file's name, which names the document everywhere."""
    paths = " ".join(act_path(commune, act) for commune in COMMUNES for act in commune.acts)
    return {act.title for commune in COMMUNES for act in commune.acts if act.title in paths}


def _says(text: str, word: str) -> bool:
    return word in text or json.dumps(word)[1:-1] in text


def _readable(text: str) -> str:
    return text if "\\u" not in text else text.encode().decode("unicode_escape", errors="ignore")


def _logs(demo: Demonstration) -> list[Path]:
    logs = [path for path in (demo.home / "journaux").rglob("*.log") if path.is_file() and not path.is_symlink()]
    assert sum(path.name.startswith("attempt=") for path in logs) >= 44
    return logs


def _database(demo: Demonstration) -> Iterator[tuple[str, str]]:
    path = demo.home / "airflow" / "airflow.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert "task_instance" in tables
        for table in tables:
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608  names of the database itself
            yield table, "\n".join(str(value) for row in rows for value in row if value is not None)


def _xcom(main: Main) -> Iterator[tuple[str, str]]:
    airflow = main.demo.airflow(address_in(main.said))
    listed = airflow._get("/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=100") or {}
    for entry in listed["xcom_entries"]:
        run = f"/dags/{entry['dag_id']}/dagRuns/{entry['dag_run_id' if 'dag_run_id' in entry else 'run_id']}"
        path = f"{run}/taskInstances/{entry['task_id']}/xcomEntries/{entry['key']}"
        yield path, json.dumps(airflow._get(path), ensure_ascii=False)


# --- the command line


def test_the_command_line_tells_the_same_numbers(main: Main) -> None:
    """`versement status` says what the demonstration printed."""
    status = main.demo.versement("status")
    assert status.code == 0, status.err
    for commune in COMMUNES:
        for kind in (DOCUMENTS, FILES):
            printed = main.said.row(f"{commune.name}, {OVERALL} – {kind}")
            assert status.row(f"{commune.key}.deliberations – {kind}") == printed
    assert sorted(status.waiting) == sorted(main.said.waiting)


def test_the_command_line_gives_the_evidence_of_an_accepted_act(main: Main) -> None:
    """`versement document` says where an act is: SystemIds that Vitam knows, digest of the file, operation."""
    one = _first(main, "maurecy", "accepted")
    told = main.demo.versement("document", one["id_acte"])
    assert told.code == 0, told.err
    assert "État : accepté" in told.out
    assert "sans valeur d’archive" in told.out
    assert f"« {one['files'][0]['path']} »" in told.out
    file = main.demo.home / "depots" / "maurecy" / "deliberations" / one["files"][0]["path"]
    assert f"SHA-512:{hashlib.sha512(file.read_bytes()).hexdigest()}" in told.out
    unit_id = told.out.partition(f"Unité {one['id_acte']}#acte : ")[2].partition(",")[0]
    unit = main.demo.vitam(f"/access-external/v1/units/{unit_id}", tenant=3)["$results"][0]
    assert f"{one['id_acte']}#acte" in unit["OriginatingSystemId"]
    assert f"accepté, opération {unit['#opi']}" in told.out


def test_the_command_line_says_why_an_act_is_set_aside(main: Main) -> None:
    """`versement document` on an act that is set aside gives the finding, in French."""
    one = next(one for one in _documents(main, "saint-aubin") if "d" in one["problems"])
    told = main.demo.versement("document", one["files"][0]["path"])
    assert told.code == 0, told.err
    assert "État : mis de côté" in told.out
    assert "Constat FILE_EMPTY" in told.out
    assert "redéposez le fichier d’origine" in told.out


def _first(main: Main, key: str, outcome: str) -> dict[str, Any]:
    wanted = (one for one in _documents(main, key) if one["outcome"] == outcome and one["kind"] == "acte")
    return next(one for one in wanted if not one["interchangeable"])


# --- triggered by hand


def test_the_contracts_are_triggered_by_hand_and_end_in_the_second_coffre(main: Main) -> None:
    """Their drop waits on the server: accepted in their own coffre, but an offer that nobody may destroy yet."""
    demo, dag_id = main.demo, "saint-aubin.marches"
    assert dag_id in main.said.out.partition("À déclencher à la main")[2]
    airflow = demo.airflow(address_in(main.said))
    run_id = airflow.trigger(dag_id)
    until(lambda: airflow.run_state(dag_id, run_id) in ("success", "failed"), seconds=300, what="run ended")
    status = demo.versement("status", dag_id)
    row = status.row(f"{dag_id} – documents")
    assert (row["announced"], row["accepted"], row["set_aside"]) == (13, 12, 1)
    assert [code for _, _, code in status.waiting] == ["DESTROY_NOT_VALIDATED"]
    assert demo.vitam("/sandbox/counts")[str(MARKETS)]["doubled"] == {}


# --- disturbed, again, stopped: each of these changes what the next one finds


def test_a_vitam_that_is_off_is_waited_for(main: Main) -> None:
    """While Vitam is down the deposit is deferred and uses up no retry; once it is back, the run ends accepted."""
    demo, dag_id = main.demo, "maurecy.deliberations"
    airflow = demo.airflow(address_in(main.said))
    id_acte = _drop_one_act(demo)
    command = _kill_vitam(demo)
    run_id = airflow.trigger(dag_id)
    try:
        until(
            lambda: airflow.task_states(dag_id, run_id).get("deposit") == ("Déposer", "deferred"),
            what="deposit deferred",
        )
    finally:
        demo.start_again(command)
    until(lambda: airflow.run_state(dag_id, run_id) in ("success", "failed"), seconds=180, what="run ended")
    assert airflow.run_state(dag_id, run_id) == "success"
    tries = airflow._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100") or {}
    assert {task["task_id"]: task["try_number"] for task in tries["task_instances"] if task["try_number"] != 1} == {}
    assert "État : accepté" in demo.versement("document", id_acte).out
    assert demo.keys(3).count(id_acte) == 1
    log = next((demo.home / "journaux" / "taches").glob(f"*{dag_id}/*{run_id}/task_id=deposit/attempt=1.log"))
    assert "ne répond pas" in _readable(log.read_text())


def _drop_one_act(demo: Demonstration) -> str:
    """One more act of Maurecy in its drop; return its IDActe."""
    commune = _commune("maurecy")
    act = replace(commune.acts[-1], number="2026_009", printed="2026 / 009", file="2026-03-30/Délibération 009.pdf")
    drop = demo.home / "depots" / commune.key / "deliberations"
    write_drop(drop, {act_path(commune, act): deliberation(commune, act)}, DROPPED[Batch.LATE])
    return act_id(commune, act)


def _kill_vitam(demo: Demonstration) -> list[str]:
    """SIGKILL; return the command that started it."""
    pid = demo.pid("vitam")
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    os.kill(pid, signal.SIGKILL)
    return command


def test_running_it_again_deposits_nothing_and_says_so(main: Main) -> None:
    """A second `make demo` finds everything known: nothing is collected, nothing sent, the counts stay."""
    before = {key: main.demo.keys(_commune(key).tenant) for key in KEYS}
    overall = main.demo.versement("status")
    again = main.demo.up()
    assert again.code == 0, again.out + again.err
    assert "rien n’a été collecté ni versé une seconde fois" in again.out
    for key in KEYS:
        for kind in (DOCUMENTS, FILES):
            last = again.row(f"{_commune(key).name}, {LAST} – {kind}")
            assert (last["collected"], last["known"]) == (0, last["announced"])
            known = again.row(f"{_commune(key).name}, {OVERALL} – {kind}")
            assert known == overall.row(f"{key}.deliberations – {kind}")
        assert main.demo.keys(_commune(key).tenant) == before[key]


def test_stop_leaves_nothing_behind(main: Main) -> None:
    """`make stop` ends every process that the demonstration started, whatever it has become since."""
    assert len(main.demo.pids()) >= 8
    ports = {port for _, port in _listening(main.demo.pids())}
    said = main.demo.stop()
    assert said.code == 0
    assert "vitam" in said.out
    assert main.demo.pids() == []
    left = {
        line.split()[1].partition(":")[2]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    }
    assert not ports & {int(port, 16) for port in left}
    assert "Rien ne tournait" in main.demo.stop().out
