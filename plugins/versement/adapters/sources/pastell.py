"""Documents of a Pastell entity, by its REST API v2.

Nothing in Pastell tells that a document was archived: what was collected is known by the chain alone. Reading a file is
written as « Consulté » in Pastell's journal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from versement.adapters.sources import web_outcomes
from versement.adapters.sources.items import Item, ItemsSource, at, canonical, seconds, segment, told_apart
from versement.adapters.sources.names import original
from versement.adapters.sources.walking import Moving, walk
from versement.adapters.sources.web import Web, WebSettings
from versement.domain.documents import Finding
from versement.domain.errors import ReceiptRefused, SettingsError
from versement.domain.qualification import remark
from versement.domain.tenant import Tenant
from versement.ports.source import Receipt
from versement.profiles.sources import PastellSource

SIZES = (100, 10_000)
"""Documents of a page: the second when pages of the first contradict one another."""
ZONE = ZoneInfo("Europe/Paris")
"""Of Pastell's dates, which name none."""
EXPECTED = "« info » et « data », avec une date de modification"
VOLATILE = ("modification",)
"""What Pastell says of a document that changes although the document does not; left out of its metadata.json."""


def pastell_source(declared: PastellSource, settings: WebSettings, since: date | None = None) -> ItemsSource:
    """The documents whose last state is of this day or later; of any day when there is none."""
    web = Web(settings)
    return ItemsSource(web, PastellItems(declared, web, since), whole=since is None)


@dataclass(slots=True)
class PastellItems:
    """Documents of one type, in one state."""

    declared: PastellSource
    web: Web
    since: date | None = None

    def found(self) -> Iterator[Item | Finding]:
        usable = unusable = 0
        for row in self._rows():
            item_id = str(row["id_d"])
            detail, _ = self.web.json(self.address(item_id))
            item = self._item(item_id, detail)
            if item is not None:
                usable += 1
                yield item
            elif detail is not None:
                unusable += 1
                yield _unusable(item_id)
        if unusable and not usable:
            raise self._unexpected(f"des documents qui aient {EXPECTED}")

    def current(self, item_id: str) -> Item | None:
        detail, _ = self.web.json(self.address(item_id))
        return self._item(item_id, detail)

    def _item(self, item_id: str, detail: Any) -> Item | None:
        """A document as its detail tells it; None when it is gone, or what it tells is of no known form."""
        info, data, modified = at(detail, "info"), at(detail, "data"), _modified(detail)
        if not isinstance(info, dict) or not isinstance(data, dict | list) or modified is None:
            return None
        kept = {name: value for name, value in info.items() if name not in VOLATILE}
        # PHP writes an empty object as an empty list.
        fields = data if isinstance(data, dict) else {}
        return Item(
            item_id,
            modified,
            "metadata.json",
            canonical({"data": data, "info": kept}),
            told_apart(_files(fields, self.address(item_id))),
        )

    def address(self, id_d: str) -> str:
        return f"{self._documents}/{quote(id_d, safe='')}"

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """The list, by pages of one size, else of another: Pastell does not order documents of one date."""
        for size in SIZES:
            try:
                return walk(partial(self._page, size), lambda row: str(row["id_d"]), size, unique=True)
            except Moving:
                continue
        raise web_outcomes.moving(self.web.settings.server)

    def _page(self, size: int, place: int) -> Sequence[Mapping[str, Any]]:
        asked = {
            "type": self.declared.flow,
            "lastetat": self.declared.state,
            "last_state_begin": self.since.isoformat() if self.since else "",
            "offset": str(place),
            "limit": str(size),
            "tri": "date_dernier_etat",
            "sens_tri": "DESC",
        }
        rows, _ = self.web.json(self._documents, {name: value for name, value in asked.items() if value})
        if rows is None:
            raise web_outcomes.not_found(self.web.settings.server)
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id_d") for row in rows):
            raise self._unexpected("une liste de documents, chacun avec son « id_d »")
        return rows

    @property
    def _documents(self) -> str:
        return self.web.address(f"/api/v2/entite/{self.declared.entity}/document")

    def _unexpected(self, what: str) -> SettingsError:
        return web_outcomes.unexpected(self.web.settings.server, what)


def _modified(detail: Any) -> int | None:
    said = (at(detail, "info.modification"), at(detail, "last_action.date"))
    return max((moment for one in said if (moment := seconds(one, ZONE)) is not None), default=None)


def _unusable(item_id: str) -> Finding:
    return remark(
        "ITEM_UNUSABLE",
        f"Document « {segment(item_id)} » de Pastell : attendu {EXPECTED}, trouvé autre chose. Il n’est pas collecté : "
        "corrigez-le dans Pastell, ou signalez-le à qui le tient.",
        segment(item_id),
    )


def _files(data: Mapping[str, Any], address: str) -> Iterator[tuple[str, str]]:
    """Fields that hold files are lists of names; their rank is their number in the API."""
    for name, value in data.items():
        if isinstance(value, list):
            for number, file in enumerate(value):
                if isinstance(file, str):
                    path = f"{segment(name)}/{number}-{segment(file)}"
                    yield path, f"{address}/file/{quote(name, safe='')}/{number}"


@dataclass(slots=True)
class PastellReceipts:
    """Asks for an action of the studio's, once for each document of Pastell's."""

    items: PastellItems
    action: str
    by_folder = True

    def give(self, tenant: Tenant, receipt: Receipt) -> bool:
        del tenant  # one adapter acts for one tenant
        folders = sorted({path.partition("/")[0] for path in receipt.files})
        asked = [self._act(original(one).decode("utf-8", "surrogateescape"), receipt.modified) for one in folders]
        return all(asked)

    def close(self) -> None:
        self.items.web.close()

    def _act(self, id_d: str, archived: int) -> bool:
        """Ask for the action, unless the document has changed since what was archived, or is no longer there."""
        address = self.items.address(id_d)
        detail, _ = self.items.web.json(address)
        if at(detail, "last_action.action") == self.action:
            return True  # a run that was cut short did it
        now = self.items.current(id_d)
        if now is None or now.modified > archived:
            return False  # gone, or with other files maybe
        status = self.items.web.post(f"{address}/action/{quote(self.action, safe='')}")
        if status >= 300:
            raise ReceiptRefused(
                f"Pastell : l’action « {self.action} » (source.receipt) n’est pas permise sur le document {id_d}. "
                "Corrigez la fiche, ou le flux du studio. Rien n’a été fait pour lui ; les autres accusés sont donnés.",
                detail=f"HTTP {status}",
            )
        return True
