"""Collecting from Pastell, and what is said when it does not go well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.sandbox.pastell.pastell_process import ENTITY, FLOW, MODIFIED, PastellPlace, PastellServer, moment
from versement.adapters.sources.items import ItemsSource
from versement.adapters.sources.pastell import PastellItems, PastellReceipts, pastell_source
from versement.adapters.sources.web import Web, WebSettings
from versement.domain.errors import FileVanished, SettingsError, SourceUnavailable
from versement.ports.source import Receipt
from versement.profiles.sources import PastellSource
from versement.testing.source_contract import TENANT, Drop, SourceContract, read

DECLARED = PastellSource(type="pastell", connection="pastell", entity=ENTITY, flow=FLOW, state="termine")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastellServer]:
    server = PastellServer(tmp_path_factory.mktemp("pastell"))
    yield server
    server.stop()


@pytest.fixture
def server(running: PastellServer) -> PastellServer:
    running.scene("DELETE")
    return running


@pytest.fixture
def settings(server: PastellServer) -> WebSettings:
    return WebSettings(url=server.url, login="collecte", password="mot-de-passe", patience_seconds=10)


@pytest.fixture
def source(settings: WebSettings) -> Iterator[ItemsSource]:
    source = pastell_source(DECLARED, settings)
    yield source
    source.close()


class TestPastellSource(SourceContract):
    descriptions = ("metadata.json",)
    tells_sizes = False

    @pytest.fixture
    def place(self, server: PastellServer) -> Drop:
        return PastellPlace(server)

    @pytest.fixture
    def source(self, source: ItemsSource) -> ItemsSource:
        return source


def paths(source: ItemsSource) -> list[str]:
    return [reference.path for reference in source.listing(TENANT)]


def test_a_document_is_a_folder_with_its_fields_and_files(server: PastellServer, source: ItemsSource) -> None:
    """Fields and information stand in metadata.json, files under their field, numbered as the API numbers them."""
    files = {"arrete": [("délibération n° 1.pdf", b"a")], "autre_document_attache": [("a.pdf", b"b"), ("a.pdf", b"c")]}
    server.put("aB3dE5f", files, data={"objet": "Voirie", "type_pj": '["99_DE"]'})
    listed = source.listing(TENANT)
    assert {reference.path: read(source, reference) for reference in listed if reference.size < 0} == {
        "aB3dE5f/arrete/0-délibération n° 1.pdf": b"a",
        "aB3dE5f/autre_document_attache/0-a.pdf": b"b",
        "aB3dE5f/autre_document_attache/1-a.pdf": b"c",
    }
    (metadata,) = (json.loads(read(source, one)) for one in listed if one.name == "metadata.json")
    assert metadata["data"]["objet"] == "Voirie"
    assert metadata["info"]["id_d"] == "aB3dE5f"


def test_names_never_lead_out_of_the_document(server: PastellServer, source: ItemsSource) -> None:
    """A file name made to climb out of its folder stays one name, and can be read."""
    server.put("doc", {"arrete": [("../../etc/passwd", b"lu")]})
    (reference,) = (one for one in source.listing(TENANT) if one.name != "metadata.json")
    assert ".." not in reference.path.split("/")
    assert read(source, reference) == b"lu"


def test_only_the_declared_flow_and_state_are_taken(server: PastellServer, source: ItemsSource) -> None:
    """Documents of another flow, another state or another entity are not the profile's."""
    server.put("bon", {})
    server.put("autre1", {}, type="ls-helios")
    server.put("autre2", {}, state="send-tdt")
    server.put("autre3", {}, id_e=ENTITY + 1)
    assert paths(source) == ["bon/metadata.json"]


def test_a_window_takes_the_last_days_only_and_is_not_the_whole(server: PastellServer, settings: WebSettings) -> None:
    """With a day to begin from, older documents are left to earlier collections, and the listing says so."""
    server.put("ancien", {}, since="2023-01-31 23:59:59")
    server.put("neuf", {}, since="2023-02-01 00:00:00")
    source = pastell_source(DECLARED, settings, since=date(2023, 2, 1))
    assert paths(source) == ["neuf/metadata.json"]
    assert not source.listing(TENANT).whole


@pytest.mark.parametrize("gone", [0, 50, 98, 99, 100])
def test_a_document_that_leaves_the_list_between_two_pages_hides_no_other(
    server: PastellServer, source: ItemsSource, gone: int
) -> None:
    """Rows that shift while pages are read are not left out."""
    names = [f"d{number:03}" for number in range(150)]
    for rank, name in enumerate(names):
        server.put(name, {}, since=moment(MODIFIED - rank))
    server.scene("POST", "/between-pages", [{"remove": names[gone]}])
    assert set(paths(source)) >= {f"{name}/metadata.json" for name in names if name != names[gone]}


def test_a_document_that_moves_to_the_front_meanwhile_is_seen(server: PastellServer, source: ItemsSource) -> None:
    """A document whose state changes while the list is read comes once, and hides no other."""
    names = [f"d{number:03}" for number in range(150)]
    for rank, name in enumerate(names):
        server.put(name, {}, since=moment(MODIFIED - rank))
    server.scene("POST", "/between-pages", [{"touch": "d140", "since": moment(MODIFIED + 5)}])
    assert paths(source) == [f"{name}/metadata.json" for name in names]


def test_a_busy_server_is_waited_for_as_long_as_it_asks(server: PastellServer, settings: WebSettings) -> None:
    """429 with Retry-After is obeyed, then the collection goes on."""
    server.put("doc", {})
    server.scene("POST", "/fault", {"path": "/document", "status": 429, "times": 2, "headers": {"Retry-After": "3"}})
    waited: list[float] = []
    web = Web(settings, sleep=waited.append)
    source = ItemsSource(web, PastellItems(DECLARED, web))
    assert paths(source) == ["doc/metadata.json"]
    assert waited == [3.0, 3.0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, SettingsError) for status in (400, 401, 403, 404)),
        *((status, SourceUnavailable) for status in (429, 500, 503)),
    ],
)
def test_each_refusal_says_what_to_do(
    server: PastellServer, settings: WebSettings, status: int, kind: type[Exception]
) -> None:
    """What a person must correct is told apart from what time will mend, and no password is shown."""
    server.scene("POST", "/fault", {"path": "/document", "status": status, "times": 100})
    web = Web(replace(settings, patience_seconds=1), sleep=lambda _: None)
    with pytest.raises(kind) as caught:
        ItemsSource(web, PastellItems(DECLARED, web)).listing(TENANT)
    assert "mot-de-passe" not in str(caught.value)


def test_a_file_that_may_not_be_read_is_named(server: PastellServer, source: ItemsSource) -> None:
    """A refused file is named with what to do, and its neighbours are read."""
    server.put("doc", {"arrete": [("a.pdf", b"a"), ("b.pdf", b"b")]})
    first, second, _ = source.listing(TENANT)
    server.scene("POST", "/fault", {"path": "/file/arrete/0", "status": 403, "times": 1})
    with pytest.raises(FileVanished, match="Rendez-le lisible"):
        read(source, first)
    assert read(source, second) == b"b"


@pytest.mark.parametrize("access", [{"token": "jeton", "login": "", "password": ""}, {}])
def test_a_token_or_a_password_opens(server: PastellServer, settings: WebSettings, access: dict[str, Any]) -> None:
    """Basic and Bearer are both admitted."""
    server.put("doc", {})
    assert paths(pastell_source(DECLARED, replace(settings, **access))) == ["doc/metadata.json"]


def test_listing_reads_no_file(server: PastellServer, source: ItemsSource) -> None:
    """Only reading a file leaves « Consulté » in Pastell's journal, once for each."""
    server.put("doc", {"arrete": [("a.pdf", b"a")]})
    reference, _ = source.listing(TENANT)
    assert server.scene("GET", "/journal") == []
    read(source, reference)
    assert [line["action"] for line in server.scene("GET", "/journal")] == ["Consulté"]


def receipt(*paths: str, modified: int = MODIFIED) -> Receipt:
    return Receipt("id", "reference", dict.fromkeys(paths, "00"), "versement", "operation", modified)


def test_an_action_is_asked_for_once(server: PastellServer, settings: WebSettings) -> None:
    """The named action is done once for each document, also when a cut run asks again."""
    server.put("doc", {"arrete": [("a.pdf", b"a")]})
    web = Web(settings)
    receipts = PastellReceipts(PastellItems(DECLARED, web), "verser")
    for _ in range(2):
        receipts.give(TENANT, receipt("doc/arrete/0-a.pdf", "doc/metadata.json"))
    assert [line["action"] for line in server.scene("GET", "/journal")] == ["verser"]
    receipts.close()


def test_an_action_that_is_not_permitted_is_told(server: PastellServer, settings: WebSettings) -> None:
    """An action that the studio does not know is to be corrected; nothing else is done."""
    server.put("doc", {})
    web = Web(settings)
    with pytest.raises(SettingsError, match="archiver"):
        PastellReceipts(PastellItems(DECLARED, web), "archiver").give(TENANT, receipt("doc/metadata.json"))
    assert server.scene("GET", "/journal") == []


def test_a_document_that_changed_since_is_not_said_archived(server: PastellServer, settings: WebSettings) -> None:
    """A file was added in Pastell after the collection: the action waits until that version is archived too."""
    server.put("doc", {"arrete": [("a.pdf", b"a"), ("b.pdf", b"b")]})
    receipts = PastellReceipts(PastellItems(DECLARED, Web(settings)), "verser")
    assert not receipts.give(TENANT, receipt("doc/arrete/0-a.pdf", modified=MODIFIED - 60))
    assert server.scene("GET", "/journal") == []
    assert receipts.give(TENANT, receipt("doc/arrete/0-a.pdf"))
    receipts.close()


def test_a_document_that_is_no_longer_there_is_not_told(server: PastellServer, settings: WebSettings) -> None:
    """Deleted in Pastell since: there is nobody to tell, and nothing to correct."""
    receipts = PastellReceipts(PastellItems(DECLARED, Web(settings)), "verser")
    assert not receipts.give(TENANT, receipt("parti/metadata.json"))
    assert server.scene("GET", "/journal") == []
    receipts.close()
