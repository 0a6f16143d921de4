"""Payroll runs and agents' files through the whole chain: all is accounted for, and nobody's secret shows."""

from __future__ import annotations

import logging

import pytest

from sandbox.samples.personnel import AGENTS, grouped_rows, index, pdf
from tests.steps.personnel import SECRETS, changed, put_agent_files, put_grouped_run, put_separate_run, shown
from tests.steps.sips import manifest_of
from versement.profiles.records import FieldOrigin


@pytest.mark.parametrize(("connector", "count"), [("paie", 3), ("paie-groupee", 3), ("agents", 9)])
def test_every_record_is_accepted_and_no_secret_shows(office, caplog, connector, count):
    """Each payslip and piece is accepted once; no NIR, account or name is in manifest, journal, findings or log."""
    world = office(connector)
    with caplog.at_level(logging.DEBUG):
        verdict = world.run()
    balance = world.balance()
    assert (balance.documents.accepted, balance.documents.announced, balance.adds_up) == (count, count, True)
    told = shown(world, verdict) + caplog.text
    assert not [secret for secret in SECRETS if secret.casefold() in told.casefold()]
    assert "A0001" in told


def test_nir_in_one_file_name_holds_the_whole_run_and_shows_nowhere(office):
    """A payslip named by NIR: nothing of that month leaves, its name is masked wherever the run is told."""
    world = office("paie")
    agent = AGENTS[1]
    wrong = f"lot/BP_{agent.nir}.pdf"
    world.put(wrong, (world.drop / "lot" / f"BP_{agent.matricule}_012026.pdf").read_bytes())
    (world.drop / "lot" / f"BP_{agent.matricule}_012026.pdf").unlink()
    text = (
        (world.drop / "index.csv").read_bytes().replace(f"BP_{agent.matricule}_012026.pdf".encode(), wrong[4:].encode())
    )
    world.put("index.csv", text)
    verdict = world.run()
    assert world.transfers() == []
    assert set(world.codes().values()) == {"PERSONAL_DATA_IN_RUN"}
    assert "lot/BP_[NIR masqué].pdf" in world.codes()
    assert agent.nir not in shown(world, verdict)
    assert world.balance().adds_up


def test_run_leaves_once_the_name_is_mended(office):
    """The file renamed and the index redeposited: the month leaves at the next collection, whole."""
    world = office("paie")
    agent = AGENTS[1]
    good, wrong = f"BP_{agent.matricule}_012026.pdf", f"BP_{agent.nir}.pdf"
    index_ = (world.drop / "index.csv").read_bytes()
    (world.drop / "lot" / good).rename(world.drop / "lot" / wrong)
    world.put("index.csv", index_.replace(good.encode(), wrong.encode()))
    world.run()
    (world.drop / "lot" / wrong).rename(world.drop / "lot" / good)
    world.put("index.csv", index_)
    world.run()
    assert world.balance().documents.accepted == 3


def test_mapped_column_that_holds_nirs_holds_the_run(office):
    """A profile that takes the NIR's column for the matricule: said by field and kind, never by value."""
    world = office("paie")
    metadata = {**world.profile.connector.metadata, "agent": FieldOrigin(read=("index.NIR",))}
    world.profile = changed(world.profile, metadata=metadata)
    verdict = world.run()
    assert world.transfers() == []
    assert set(world.codes().values()) == {"PERSONAL_DATA_IN_RUN"}
    chain = world.chain()
    (story, *_) = chain.registry.find(chain.tenant, "lot/BP_A0001_012026.pdf")
    said = [finding.message for finding in story.findings if finding.code == "PERSONAL_DATA_IN_METADATA"]
    assert "matricule" in said[0]
    assert "NIR" in said[0]
    assert AGENTS[0].nir not in shown(world, verdict)


def put_sick_leave(world):
    """Agents' files, one piece of which is named by a sick leave."""
    put_agent_files(world)
    name = min(world.drop.rglob("avancement.pdf"))
    name.rename(name.with_name("Arrêt_maladie 2023.pdf"))
    text = (world.drop / "index.csv").read_bytes().decode("cp1252")
    path = name.relative_to(world.drop).as_posix()
    world.put("index.csv", text.replace(path, path.replace("avancement", "Arrêt_maladie 2023")).encode("cp1252"))


def test_an_empty_folder_shows_no_more_than_a_file_would(office):
    """What the name of an empty folder tells of somebody's health is hidden wherever residue is listed."""

    def fill(world):
        put_agent_files(world)
        (world.drop / "Arrêt_maladie 2023" / "scans").mkdir(parents=True)

    world = office("agents", fill)
    world.run()
    chain = world.chain()
    (path,) = [file.path for file in chain.registry.waste(chain.tenant, chain.connector)]
    assert path.endswith("/")
    assert "maladie" not in path


def test_profile_says_which_words_tell_of_health(office):
    """A profile's own list replaces the shipped one; an empty one lets the piece leave."""
    world = office("agents", put_sick_leave)
    world.profile = changed(world.profile, health_terms=())
    world.run()
    assert world.balance().documents.accepted == 9


def test_health_in_a_file_name_holds_that_piece_alone_in_agents_files(office):
    """« arrêt maladie » in a name is for a person to see to; the agent's other pieces leave."""
    world = office("agents", put_sick_leave)
    verdict = world.run()
    assert list(world.codes().values()) == ["PERSONAL_DATA_IN_NAME"]
    assert world.balance().documents.accepted == 8
    assert "maladie" not in shown(world, verdict).casefold().replace("donnée de santé", "")


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda rows: rows[:2], {"PAGES_UNCLAIMED"}),
        (lambda rows: [rows[0], (*rows[1][:-1], "4"), rows[2]], {"PAGES_OVERLAP"}),
        (lambda rows: [*rows[:2], (*rows[2][:-2], "5", "5")], {"PAGES_BEYOND"}),
        (lambda rows: [*rows[:2], (*rows[2][:-2], "quatre", "")], {"PAGES_BEYOND"}),
    ],
    ids=["pages nobody claims", "overlap", "beyond the end", "no page number"],
)
def test_pages_that_do_not_add_up_reach_no_archive(office, change, codes):
    """Whatever the index gets wrong, the payslips concerned wait, the run's balance holds, and no page is misplaced."""
    world = office("paie-groupee", lambda world: put_grouped_run(world, change(grouped_rows())))
    world.run()
    balance = world.balance()
    assert set(world.codes().values()) == codes
    assert balance.adds_up
    assert balance.documents.accepted + balance.documents.set_aside == balance.documents.announced
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-1")
    whole = {finding.code for finding in record.findings if finding.path == "bulletins.pdf"}
    assert whole == codes - {"PAGES_OVERLAP"}


def test_page_of_another_agent_is_never_archived_under_a_matricule(office):
    """Two rows of the index exchanged: the pages do not bear their matricule, and nobody's payslip goes astray."""

    def fill(world):
        rows = grouped_rows()
        rows[0], rows[2] = (*rows[0][:-2], "4", "4"), (*rows[2][:-2], "1", "1")
        put_grouped_run(world, rows)

    world = office("paie-groupee", fill)
    world.run()
    assert list(world.codes().values()) == ["PAGES_UNPROVEN"] * 2
    assert world.balance().documents.accepted == 1


def test_cut_payslips_hold_their_pages_and_the_run_counts_once(office):
    """The PDF is a container: three documents of one file each, of their own pages, under neutral names."""
    world = office("paie-groupee")
    world.run()
    (transfer,) = world.transfers()
    manifest = manifest_of(world, transfer).decode()
    assert manifest.count("<Filename>piece-1.pdf</Filename>") == 3
    assert "Bulletin de paie – matricule A0002 – janvier 2026" in manifest
    balance = world.balance()
    assert (balance.documents.announced, balance.files.announced) == (3, 3)


def test_interrupted_run_cuts_again_the_same_bytes(office):
    """Announced, then stopped before anything was collected: the next run cuts again what was announced."""
    world = office("paie-groupee")

    class Stopped(Exception):
        """The machine goes down."""

    class Registry:
        def __init__(self, port):
            self._port = port

        def __getattr__(self, name):
            if name == "collected":
                raise Stopped
            return getattr(self._port, name)

    world.wrap = lambda port: Registry(port) if hasattr(port, "announce") else port
    with pytest.raises(Stopped):
        world.run()
    world.wrap = lambda port: port
    world.run()
    assert world.balance().documents.accepted == 3


def test_same_run_deposited_again_is_known(office):
    """The same drop read again announces nothing new, cut files included."""
    world = office("paie-groupee")
    world.run()
    world.run()
    balance = world.balance()
    assert (balance.documents.accepted, balance.adds_up) == (3, True)
    assert len(world.transfers()) == 1


def test_unreadable_container_leaves_every_row_accounted_for(office):
    """A PDF cut short: each row of the index is a document that waits, none is lost."""

    def fill(world):
        put_grouped_run(world)
        world.put("bulletins.pdf", (world.drop / "bulletins.pdf").read_bytes()[:400])

    world = office("paie-groupee", fill)
    world.run()
    assert sorted(world.codes().values()) == ["FILE_UNREADABLE", *["PAGES_UNREADABLE"] * 3]
    assert world.balance().documents.set_aside == 3


def test_file_that_no_row_names_waits(office):
    """A payslip without row is nobody's: it waits, and the others leave."""
    world = office("paie")
    world.put("lot/BP_A0099_012026.pdf", pdf([["Bulletin"]]))
    world.run()
    assert world.codes() == {"lot/BP_A0099_012026.pdf": "ROLE_UNKNOWN"}
    assert world.balance().documents.accepted == 3


def test_rows_whose_file_is_lacking_or_taken_are_told(office):
    """A row without its file, and two rows for one file: each is a document that waits with its reason."""

    def fill(world):
        put_separate_run(world)
        text = (world.drop / "index.csv").read_bytes().decode("cp1252")
        text = text.replace("lot/BP_A0003", "lot/BP_A0009").replace("lot/BP_A0002", "lot/BP_A0001")
        world.put("index.csv", text.encode("cp1252"))

    world = office("paie", fill)
    world.run()
    unknown = ["ROLE_UNKNOWN"] * 3
    assert sorted(world.codes().values()) == ["FILE_MISSING", "INDEX_SAME_FILE", "INDEX_SAME_FILE", *unknown]
    assert world.transfers() == []  # of two agents, whose payslip it is cannot be told
    assert world.balance().adds_up


def test_file_that_the_index_gives_to_another_agent_afterwards_is_told(office):
    """Two payslips were swapped in the index and archived so: its correction is told of both, once."""
    world = office("paie")
    world.run()
    first, second = (f"BP_{agent.matricule}_012026.pdf".encode() for agent in AGENTS[:2])
    text = (world.drop / "index.csv").read_bytes()
    world.put("index.csv", text.replace(first, b"?").replace(second, first).replace(b"?", second))
    for _ in range(2):
        world.run()
    chain = world.chain()
    told = {}
    for agent in AGENTS:
        (story,) = chain.registry.find(chain.tenant, f"lot/BP_{agent.matricule}_012026.pdf")
        told[agent.matricule] = [f.message for f in story.findings if f.code == "IDENTITY_CHANGED"]
    assert [len(messages) for messages in told.values()] == [1, 1, 0]
    assert "A0001/2026-01" in told["A0001"][0]
    assert "A0002/2026-01" in told["A0001"][0]
    assert world.balance().documents.accepted == 3


def test_swapped_name_columns_are_told_once(office):
    """As in Vitam's own sample: capitals under FirstName and not under BirthName; neither column is ever archived."""

    def fill(world):
        header = ("Matricule", "Periode", "Fichier", "Content.Agent.FirstName", "Content.Agent.BirthName")
        rows = []
        for agent in AGENTS:
            world.put(f"{agent.matricule}.pdf", pdf([[agent.name]]))
            said = (agent.matricule, "2026-01", f"{agent.matricule}.pdf", agent.name.upper(), agent.first_name)
            rows.append(said)
        world.put("index.csv", index(header, *rows))

    world = office("paie", fill)
    verdict = world.run()
    chain = world.chain()
    record = chain.registry.collection(chain.tenant, f"{chain.connector}:run-1")
    assert [finding.code for finding in record.findings] == ["NAMES_SWAPPED"]
    assert not [agent for agent in AGENTS if agent.name.upper() in shown(world, verdict)]


def test_files_inside_the_sip_have_neutral_names(office):
    """No path of the source is in the SIP: entries are named by digest, objects `piece-n`."""
    world = office("agents")
    world.run()
    for transfer in world.transfers():
        manifest = manifest_of(world, transfer).decode()
        assert "QUESNELIER" not in manifest.upper()
        assert "<Filename>piece-1.pdf</Filename>" in manifest
        assert "Dossier individuel – matricule A0001" in manifest


def test_delays_run_from_the_events_that_the_law_says(office):
    """Retention from the agent's birth, access from the most recent document of the file."""
    world = office("agents")
    world.run()
    manifest = "".join(manifest_of(world, transfer).decode() for transfer in world.transfers())
    assert "<Rule>APP-00001</Rule><StartDate>1985-05-12</StartDate>" in "".join(manifest.split())
    assert "<Rule>ACC-00016</Rule><StartDate>2023-11-02</StartDate>" in "".join(manifest.split())
    assert "<Rule>ACC-00016</Rule><StartDate>2004-06-30</StartDate>" not in "".join(manifest.split())
