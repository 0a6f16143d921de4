"""Collecting from any REST application, and what is said when it does not go well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.sources.rest_server import RestServer
from versement.adapters.sources.http import HttpItems, http_source
from versement.adapters.sources.items import ItemsSource
from versement.adapters.sources.web import Web, WebSettings
from versement.domain.errors import FileVanished, SettingsError, SourceUnavailable
from versement.profiles.sources import HttpFiles, HttpSource, Paging
from versement.testing.source_contract import TENANT, Drop, SourceContract, read

PAGINGS = {
    "none": Paging(style="none"),
    "page": Paging(style="page", parameter="page"),
    "offset": Paging(style="offset", parameter="offset"),
    "cursor": Paging(style="cursor", parameter="at", at="cursor"),
    "next": Paging(style="next", at="next"),
    "link": Paging(style="link"),
}
DECLARED = HttpSource(
    type="http",
    connection="application",
    path="/api/items",
    paging=PAGINGS["offset"],
    items="data.items",
    id="id",
    modified="updated",
    detail="/d/{id}",
    files=(HttpFiles(items="files", link="url", name="name"),),
)


@pytest.fixture
def server() -> Iterator[RestServer]:
    server = RestServer()
    server.style = "offset"
    yield server
    server.stop()


@pytest.fixture
def settings(server: RestServer) -> WebSettings:
    return WebSettings(url=server.url, token="jeton-secret", answer_seconds=10, patience_seconds=10)


@pytest.fixture
def source(settings: WebSettings) -> Iterator[ItemsSource]:
    source = http_source(DECLARED, settings)
    yield source
    source.close()


class TestHttpSource(SourceContract):
    descriptions = ("item.json",)
    tells_sizes = False

    @pytest.fixture
    def place(self, server: RestServer) -> Drop:
        return server

    @pytest.fixture
    def source(self, source: ItemsSource) -> ItemsSource:
        return source


def ids(source: ItemsSource) -> set[str]:
    return {reference.folder for reference in source.listing(TENANT)}


@pytest.mark.parametrize("style", PAGINGS)
def test_every_style_of_paging_is_read_whole(server: RestServer, settings: WebSettings, style: str) -> None:
    """Whatever the way in which an application pages, all its items are listed."""
    server.style = style
    for number in range(250):
        server.put(f"i{number}")
    source = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings)
    assert ids(source) == {f"i{number}" for number in range(250)}


@pytest.mark.parametrize("style", ["page", "offset", "cursor", "next", "link"])
@pytest.mark.parametrize("gone", ["i0", "i99", "i100"])
def test_items_that_leave_between_two_pages_hide_no_other(
    server: RestServer, settings: WebSettings, style: str, gone: str
) -> None:
    """Rows that shift while pages are read are not left out."""
    server.style = style
    for number in range(250):
        server.put(f"i{number}")
    server.after_page = lambda: server.items.pop(gone, None)
    source = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings)
    assert ids(source) >= {f"i{number}" for number in range(250)} - {gone}


def test_without_detail_files_are_found_again_by_the_list(server: RestServer, settings: WebSettings) -> None:
    """An application that lists only is read all the same, by a later process too."""
    server.put("a", b"lu")
    declared = DECLARED.model_copy(update={"detail": ""})
    reference, _ = http_source(declared, settings).listing(TENANT)
    assert read(http_source(declared, settings), reference) == b"lu"


def test_a_detail_that_says_more_than_the_list_is_read(
    server: RestServer, source: ItemsSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists are often short: what the application adds when asked of one item alone is no change of it."""
    server.put("a", b"lu")
    real = server.answer

    def fuller(address: str) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = real(address)
        return (
            status,
            headers,
            json.dumps({**json.loads(body), "objet": "Voirie"}).encode() if "/d/" in address else body,
        )

    monkeypatch.setattr(server, "answer", fuller)
    found = {reference.name: read(source, reference) for reference in source.listing(TENANT)}
    assert found["a"] == b"lu"
    assert json.loads(found["item.json"]) == server.items["a"]


@pytest.mark.parametrize("style", ["next", "link"])
def test_a_list_without_end_ends(server: RestServer, settings: WebSettings, style: str) -> None:
    """A next page that leads back to one that was read is not followed for ever."""
    server.put("a")
    rows = {"data": {"items": list(server.items.values())}, "next": "/api/items"}
    link = {"Link": f'<{server.url}/api/items>; rel="next"'}
    server.answer = lambda _: (200, link, json.dumps(rows).encode())  # type: ignore[method-assign]
    source = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings)
    assert ids(source) == {"a"}


def test_an_item_without_date_is_told(server: RestServer, source: ItemsSource) -> None:
    """An item that cannot be followed in time is told, and its neighbours are taken."""
    server.put("a")
    server.put("b")
    server.items["a"]["updated"] = "hier"
    listing = source.listing(TENANT)
    assert {reference.folder for reference in listing} == {"b"}
    assert [finding.code for finding in listing.left] == ["ITEM_UNUSABLE"]


@pytest.mark.parametrize("link", [None, "", 7])
def test_an_item_whose_file_has_no_address_holds_up_no_other(
    server: RestServer, source: ItemsSource, link: object
) -> None:
    """A file that the application does not give yet: its item is told, its neighbours are taken."""
    server.put("a")
    server.put("b")
    server.items["a"]["files"][0]["url"] = link
    listing = source.listing(TENANT)
    assert {reference.folder for reference in listing} == {"b"}
    assert [finding.code for finding in listing.left] == ["ITEM_UNUSABLE"]


def test_a_list_of_which_no_item_can_be_taken_is_to_be_corrected(server: RestServer, source: ItemsSource) -> None:
    """Paths of the profile that fit no item are an error of the profile, not an empty list."""
    server.put("a")
    server.items["a"]["files"] = [{"lien": "/f/a"}]
    with pytest.raises(SettingsError, match="chaque fichier"):
        source.listing(TENANT)


@pytest.mark.parametrize("style", ["offset", "page", "none"])
def test_two_items_of_one_identifier_are_told_and_never_mixed(
    server: RestServer, settings: WebSettings, style: str
) -> None:
    """An `id` that is not one: neither item hides the other, nor gets its files; their neighbour is taken."""
    server.style = style
    for name in ("a", "b", "c"):
        server.put(name)
    server.items["b"]["id"] = "a"
    listing = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings).listing(TENANT)
    assert {reference.folder for reference in listing} == {"c"}
    assert [finding.code for finding in listing.left] == ["ITEM_AMBIGUOUS"]


@pytest.mark.parametrize("style", ["offset", "page", "cursor", "next", "link"])
def test_two_items_of_one_identifier_on_two_pages_are_told(
    server: RestServer, settings: WebSettings, style: str
) -> None:
    """A number that comes again further down the list is no identifier either: neither item hides the other."""
    server.style = style
    for number in range(250):
        server.put(f"i{number}")
    server.items["i240"]["id"] = "i7"
    listing = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings).listing(TENANT)
    assert {reference.folder for reference in listing} == {f"i{n}" for n in range(250) if n not in (7, 240)}
    assert [finding.code for finding in listing.left] == ["ITEM_AMBIGUOUS"]


@pytest.mark.parametrize("style", PAGINGS)
def test_items_that_are_written_otherwise_at_each_reading_are_taken(
    server: RestServer, settings: WebSettings, style: str
) -> None:
    """An application that signs its links anew each time is not held to mix its items up."""
    server.style = style
    for number in range(250):
        server.put(f"i{number}")

    def sign() -> None:
        for item in server.items.values():
            item["token"] = item.get("token", 0) + 1

    server.after_page = sign
    listing = http_source(DECLARED.model_copy(update={"paging": PAGINGS[style]}), settings).listing(TENANT)
    assert {reference.folder for reference in listing} == {f"i{n}" for n in range(250)}
    assert not listing.left


@pytest.mark.parametrize("link", ["http://127.0.0.1:9/x", "https://ailleurs.example/x", "//ailleurs.example/x"])
def test_a_link_to_another_server_is_never_followed(server: RestServer, source: ItemsSource, link: str) -> None:
    """Only the declared server is contacted."""
    server.put("a")
    server.items["a"]["files"][0]["url"] = link
    with pytest.raises(SettingsError, match="autre serveur"):
        source.listing(TENANT)


def test_a_redirection_elsewhere_is_never_followed(server: RestServer, source: ItemsSource) -> None:
    """A redirection to another server is refused, and it gets no credential."""
    other = RestServer()
    server.faults.append((302, {"Location": f"{other.url}/api/items"}))
    with pytest.raises(SettingsError, match="autre serveur"):
        source.listing(TENANT)
    assert other.asked == []
    other.stop()


def test_a_redirection_on_the_same_server_is_followed(server: RestServer, source: ItemsSource) -> None:
    """An application that moved its list on its own server is read."""
    server.put("a")
    server.faults.append((307, {"Location": "/api/items"}))
    assert ids(source) == {"a"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, SettingsError) for status in (400, 401, 403, 404)),
        *((status, SourceUnavailable) for status in (429, 500, 502, 503)),
    ],
)
def test_each_refusal_says_what_to_do(
    server: RestServer, settings: WebSettings, status: int, kind: type[Exception]
) -> None:
    """What a person must correct is told apart from what time will mend; no token is shown."""
    server.faults.extend([(status, {})] * 20)
    web = Web(settings, sleep=lambda _: None)
    with pytest.raises(kind) as caught:
        ItemsSource(web, HttpItems(DECLARED, web)).listing(TENANT)
    assert "jeton-secret" not in str(caught.value)


def test_a_passing_failure_is_tried_again(server: RestServer, settings: WebSettings) -> None:
    """Retry-After is obeyed, and a failure without it is tried again a little later."""
    server.put("a")
    server.faults.extend([(429, {"Retry-After": "4"}), (502, {})])
    waited: list[float] = []
    web = Web(settings, sleep=waited.append)
    assert ids(ItemsSource(web, HttpItems(DECLARED, web))) == {"a"}
    assert waited == [4.0, 2.0]


def test_a_file_that_is_refused_is_named(server: RestServer, source: ItemsSource) -> None:
    """A file that the application lists and does not give is named."""
    server.put("a")
    reference, _ = source.listing(TENANT)
    del server.contents["a"]
    with pytest.raises(FileVanished, match="« a/a »"):
        read(source, reference)


@pytest.mark.parametrize(
    ("access", "header"),
    [
        ({"token": "jeton"}, ("Authorization", "Bearer jeton")),
        ({"token": "", "login": "é", "password": "p"}, ("Authorization", "Basic w6k6cA==")),
        ({"token": "", "headers": {"X-AUTH-TOKEN": "t"}}, ("X-AUTH-TOKEN", "t")),
    ],
)
def test_every_way_to_identify(
    server: RestServer, settings: WebSettings, access: dict[str, Any], header: tuple[str, str]
) -> None:
    """A token, a password or a header of the application's own goes with every request."""
    http_source(DECLARED, replace(settings, **access)).listing(TENANT)
    assert all(headers.get(header[0]) == header[1] for _, headers in server.asked)


@pytest.mark.parametrize(
    "changes",
    [{"url": "http://exemple.fr"}, {"url": "exemple.fr"}, {"token": "a\nb"}, {"ca": "/absent"}, {"url": "https://"}],
)
def test_unsafe_settings_are_refused(settings: WebSettings, changes: dict[str, str]) -> None:
    """No plain HTTP beyond this machine, no broken header, no missing authority."""
    with pytest.raises(SettingsError):
        http_source(DECLARED, replace(settings, **changes))


@pytest.mark.parametrize("body", [b"<html>", b"[1", b'{"data": {"items": {}}}', b"{}"])
def test_an_answer_of_another_shape_is_to_be_corrected(server: RestServer, source: ItemsSource, body: bytes) -> None:
    """What is not the list that the profile describes is told, not taken for an empty list."""
    server.answer = lambda _: (200, {}, body)  # type: ignore[method-assign]
    with pytest.raises(SettingsError):
        source.listing(TENANT)
