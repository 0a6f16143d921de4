"""Any HTTP/REST application whose lists come in pages, as its profile describes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from requests.utils import parse_header_links

from versement.adapters.sources import outcomes, web_outcomes
from versement.adapters.sources.items import Item, ItemsSource, at, canonical, seconds, segment, told_apart
from versement.adapters.sources.names import MAX_FILES
from versement.adapters.sources.walking import Moving, walk
from versement.adapters.sources.web import Web, WebSettings
from versement.domain.documents import Finding
from versement.domain.qualification import remark
from versement.profiles.sources import HttpFiles, HttpSource

DESCRIPTION = "item.json"
EXPECTED = "un identifiant, une date de modification et l’adresse de chaque fichier"
_WALKS = 5
"""Readings of a list whose pages cannot overlap, before it is held to move too fast."""

Page = tuple[str, Sequence[Any], Any, Mapping[str, Mapping[str, str]]]
"""Address of a page, its items, the whole answer, its links."""


def http_source(declared: HttpSource, settings: WebSettings) -> ItemsSource:
    web = Web(settings)
    return ItemsSource(web, HttpItems(declared, web))


@dataclass(slots=True)
class HttpItems:
    """The items of a list. An item is described as the last listing said; without `detail`, it is that altogether."""

    declared: HttpSource
    web: Web
    known: dict[str, Item] | None = None
    _alike: set[str] = field(default_factory=set)
    _said: dict[str, bytes] = field(default_factory=dict)

    def found(self) -> Iterator[Item | Finding]:
        known: dict[str, Item] = {}
        usable = unusable = 0
        self._said, self._alike, told = {}, set(), set()
        for rank, (address, raw) in enumerate(self._raw(), start=1):
            key = self._key(raw)
            item = None if key in self._alike else self._item(raw, address)
            if item is None:
                unusable += key not in self._alike
                if key not in told:
                    yield _ambiguous(rank) if key in self._alike else _unusable(rank)
                told |= {key} & self._alike
                continue
            known[item.id] = item
            usable += 1
            yield item
        if unusable and not usable:
            raise web_outcomes.unexpected(self.web.settings.server, EXPECTED)
        self.known = known

    def current(self, item_id: str) -> Item | None:
        if self.known is None:
            list(self.found())
        listed = (self.known or {}).get(item_id)
        if not self.declared.detail:
            return listed
        address = self.web.address(self.declared.detail.replace("{id}", quote(item_id, safe="")))
        raw, _ = self.web.json(address)
        item = None if raw is None else self._item(raw, address)
        if item is None or item.id != item_id:
            return None
        # A detail often says more than its list does: that is no change.
        return item if listed is None else replace(item, description=listed.description)

    def _item(self, raw: Any, address: str) -> Item | None:
        """An item of the application; None when it has no identifier, no date, or a file without address."""
        item_id, modified = at(raw, self.declared.id), seconds(at(raw, self.declared.modified))
        if not isinstance(item_id, str | int) or item_id == "" or modified is None:
            return None
        found = [one for block in self.declared.files for one in self._files(raw, block)]
        if any(link is None for _, link in found):
            return None
        named = ((segment(name), self.web.linked(link, address)) for name, link in found if link is not None)
        return Item(str(item_id), modified, DESCRIPTION, canonical(raw), told_apart(named, DESCRIPTION))

    def _files(self, raw: Any, block: HttpFiles) -> Iterator[tuple[str, str | None]]:
        """Name and address of each file of an item; None for an address that is none."""
        found = at(raw, block.items)
        for one in found if isinstance(found, list) else [found]:
            link = at(one, block.link)
            if one is None:
                continue
            if not isinstance(link, str) or not link:
                yield "", None
                continue
            name = at(one, block.name) if block.name else unquote(urlsplit(link).path.rpartition("/")[2])
            yield name if isinstance(name, str) and name else "fichier", link

    # --- pages
    def _raw(self) -> Iterable[tuple[str, Any]]:
        style = self.declared.paging.style
        if style == "offset":
            return self._by_offset()
        return self._again_and_again(self._once if style == "page" else self._by_following)

    def _by_offset(self) -> Iterable[tuple[str, Any]]:
        start, reached = self.web.address(self.declared.path), 0

        def page(place: int) -> Sequence[Any]:
            nonlocal reached
            rows = self._page(start, str(place))[1]
            self._watch(rows[max(reached - place, 0) :])
            reached = max(reached, place + len(rows))
            return rows

        try:
            rows = walk(page, self._key, self.declared.paging.size)
        except Moving as error:
            raise web_outcomes.moving(self.web.settings.server) from error
        return ((start, row) for row in rows)

    def _again_and_again(self, once: Callable[[], Iterable[tuple[str, Any]]]) -> Iterable[tuple[str, Any]]:
        """Pages that cannot overlap: the list is read again until nothing new comes, unless one answer is all of it."""
        seen: dict[str, tuple[str, Any]] = {}
        for _ in range(_WALKS):
            before, addresses = len(seen), set()
            self._said, self._alike = {}, set()
            for address, row in once():
                self._watch([row])
                seen[self._key(row)] = (address, row)
                addresses.add(address)
            if len(seen) == before or (once == self._by_following and len(addresses) == 1):
                return seen.values()
        raise web_outcomes.moving(self.web.settings.server)

    def _once(self) -> Iterator[tuple[str, Any]]:
        start, number, last = self.web.address(self.declared.path), self.declared.paging.first, None
        while True:
            address, rows, _, _ = self._page(start, str(number))
            if not rows or rows == last:
                return
            yield from ((address, row) for row in rows)
            number, last = number + 1, rows
            _check(number)

    def _by_following(self) -> Iterator[tuple[str, Any]]:
        """Each answer says where the next one is; an address that comes again ends the list."""
        address, cursor, asked = self.web.address(self.declared.path), "", set()
        while (address, cursor) not in asked:
            asked.add((address, cursor))
            _check(len(asked))
            page = self._page(address, cursor)
            yield from ((page[0], row) for row in page[1])
            following = self._following(page)
            if not following:
                return
            address, cursor = (address, following) if self.declared.paging.style == "cursor" else (following, "")

    def _following(self, page: Page) -> str:
        address, _, answer, links = page
        paging = self.declared.paging
        if paging.style == "none":
            return ""
        said = links.get("next", {}).get("url") if paging.style == "link" else at(answer, paging.at)
        if not isinstance(said, str | int) or said == "" or isinstance(said, bool):
            return ""
        return str(said) if paging.style == "cursor" else self.web.linked(str(said), address)

    def _page(self, address: str, place: str) -> Page:
        paging = self.declared.paging
        parameters = {paging.parameter: place} if paging.parameter and place else {}
        if paging.size_parameter and paging.style not in ("next", "link"):
            parameters[paging.size_parameter] = str(paging.size)
        answer, response = self.web.json(address, parameters)
        rows = at(answer, self.declared.items)
        if response.status_code == 404:
            raise web_outcomes.not_found(self.web.settings.server)
        if not isinstance(rows, list):
            raise web_outcomes.unexpected(
                self.web.settings.server, f"une liste dans « {self.declared.items or 'la réponse'} »"
            )
        links = {one.get("rel", ""): one for one in parse_header_links(response.headers.get("link", ""))}
        return response.url, rows, answer, links

    def _key(self, row: Any) -> str:
        return str(at(row, self.declared.id) or canonical(row))

    def _watch(self, rows: Iterable[Any]) -> None:
        """Note identifiers that two items bear. A list that moves gives one item twice, but the same."""
        for row in rows:
            key, said = self._key(row), hashlib.sha256(canonical(row)).digest()
            if self._said.setdefault(key, said) != said:
                self._alike.add(key)


def _check(pages: int) -> None:
    if pages > MAX_FILES:
        raise outcomes.too_many()


def _ambiguous(rank: int) -> Finding:
    return remark(
        "ITEM_AMBIGUOUS",
        f"Élément n° {rank} de la liste : attendu un identifiant à lui, trouvé celui d’un autre élément de la "
        "liste. Aucun des deux n’est collecté, leurs fichiers se mêleraient : corrigez le chemin « id » de la fiche, "
        "ou l’application.",
    )


def _unusable(rank: int) -> Finding:
    return remark(
        "ITEM_UNUSABLE",
        f"Élément n° {rank} de la liste : attendu {EXPECTED}, trouvé autre chose. Il n’est pas collecté : "
        "corrigez-le dans l’application, ou les chemins « id », « modified » et « files » de la fiche.",
    )
