"""Lists read page by page: what stays in the list is never left out, or the reading says that it is not whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from versement.adapters.sources.items import Item
from versement.adapters.sources.pastell import PastellItems
from versement.adapters.sources.walking import Moving, walk
from versement.domain.documents import Finding
from versement.domain.errors import SettingsError, SourceUnavailable
from versement.profiles.sources import PastellSource

ROWS: Sequence[Mapping[str, str]] = [{"id_d": f"d{number:03}"} for number in range(300)]


def tied(place: int, size: int) -> Sequence[Mapping[str, str]]:
    """A page of documents of one and the same date, which the database sorts another way once it reads far enough."""
    return (ROWS if place < 150 else ROWS[::-1])[place : place + size]


def test_pages_that_are_ordered_otherwise_are_no_whole_list() -> None:
    """Fewer documents than rows: some came twice and hid as many others."""
    with pytest.raises(Moving):
        walk(lambda place: tied(place, 100), lambda row: row["id_d"], 100, unique=True)


def test_rows_of_one_key_are_no_trouble_where_they_may_be() -> None:
    """A list whose identifiers are the profile's choice may repeat one: that is told elsewhere."""
    rows = [*ROWS, ROWS[7]]
    assert len(walk(lambda place: rows[place : place + 100], lambda row: row["id_d"], 100)) == len(ROWS)


class Pastell:
    """Answers as Pastell does, its list capped at `most` documents a page.

    Attributes:
        odd: details that are not as documented, by id of their document.
    """

    def __init__(self, most: int, odd: Mapping[str, Any] | None = None) -> None:
        self.most, self.odd = most, odd or {}
        self.settings = SimpleNamespace(server="pastell.example")

    def address(self, path: str) -> str:
        return path

    def json(self, address: str, parameters: Mapping[str, str] | None = None) -> tuple[Any, None]:
        if parameters is None:
            sound = {"info": {"modification": "2026-03-12 10:00:00"}, "data": {}}
            return self.odd.get(address.rpartition("/")[2], sound), None
        return list(tied(int(parameters["offset"]), min(int(parameters["limit"]), self.most))), None


def items(most: int, odd: Mapping[str, Any] | None = None) -> PastellItems:
    declared = PastellSource(type="pastell", connection="pastell", entity=1, flow="ls-actes")
    # A client that answers the two calls made of it: the sandbox cannot order one page otherwise than the next.
    return PastellItems(declared, Pastell(most, odd))  # type: ignore[arg-type]


def test_documents_of_one_date_are_all_listed() -> None:
    """A bulk action gives 300 documents one date: none is forgotten because pages disagree on their order."""
    assert {item.id for item in items(10_000).found() if isinstance(item, Item)} == {row["id_d"] for row in ROWS}


def test_list_that_cannot_be_read_whole_is_not_taken_for_whole() -> None:
    """A server that caps its pages and orders each otherwise: the collection waits, and says why."""
    with pytest.raises(SourceUnavailable):
        list(items(100).found())


@pytest.mark.parametrize("odd", ["", [], {"info": {}, "data": {}}, {"info": "x", "data": {}}, {"info": {}}])
def test_document_whose_detail_is_odd_holds_up_no_other(odd: Any) -> None:
    """It is told and left, the others are taken; if all are so, it is not Pastell, or not the one that is known."""
    found = list(items(10_000, {"d007": odd}).found())
    assert {item.id for item in found if isinstance(item, Item)} == {row["id_d"] for row in ROWS} - {"d007"}
    assert [(one.code, one.path) for one in found if isinstance(one, Finding)] == [("ITEM_UNUSABLE", "d007")]
    with pytest.raises(SettingsError, match="date de modification"):
        list(items(10_000, {row["id_d"]: odd for row in ROWS}).found())
