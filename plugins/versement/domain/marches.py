"""Notices of public contracts (données essentielles de la commande publique, DECP): what they say, and how far.

Formats: arrêté du 22 mars 2019 (DECP 2019) and arrêtés du 22 décembre 2022 (DECP 2022).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from versement.domain.documents import Finding
from versement.domain.qualification import remark


class Defect(StrEnum):
    """What is wrong with a notice; the value is the finding's code."""

    BUYER = "NOTICE_BUYER"
    IDENTIFIER = "NOTICE_ID"
    TITLE = "NOTICE_TITLE"
    UNDATED = "NOTICE_UNDATED"
    UNPUBLISHED = "NOTICE_UNPUBLISHED"
    DATE = "NOTICE_DATE"
    HOLDERS = "NOTICE_HOLDERS"
    HOLDER_ID = "NOTICE_HOLDER_ID"
    SIRET_KEY = "NOTICE_SIRET_KEY"
    CPV = "NOTICE_CPV"
    AMOUNT = "NOTICE_AMOUNT"
    BLANKS = "NOTICE_BLANKS"
    TEXT = "NOTICE_TEXT"
    SHAPE = "NOTICE_SHAPE"


UNUSABLE = frozenset({Defect.BUYER, Defect.IDENTIFIER, Defect.TITLE})
"""Without one of these a notice says nothing of a market that can be found."""

_SAID: Mapping[Defect, str] = MappingProxyType({
    Defect.BUYER: "n’ont pas d’acheteur désigné par un SIRET de 14 chiffres : ils ne sont pas pris",
    Defect.IDENTIFIER: "n’ont pas d’identifiant de marché : ils ne sont pas pris",
    Defect.TITLE: "n’ont pas d’objet : ils ne sont pas pris",
    Defect.UNDATED: "n’ont pas de date de notification (ou de signature) : ils sont pris sans elle",
    Defect.UNPUBLISHED: "n’ont pas de date de publication : entre doublons, ils passent après les autres",
    Defect.DATE: "portent une date qui n’est pas de la forme AAAA-MM-JJ, ou impossible : lue si elle se comprend, "
    "laissée de côté sinon",
    Defect.HOLDERS: "n’ont pas de titulaire : ils sont pris sans lui",
    Defect.HOLDER_ID: "ont un titulaire dont le SIRET n’a pas 14 chiffres : ils sont pris sans lui",
    Defect.SIRET_KEY: "portent un SIRET de 14 chiffres dont la clé est fausse : ils sont pris",
    Defect.CPV: "n’ont pas de code CPV de 8 chiffres : ils sont pris sans lui",
    Defect.AMOUNT: "n’ont pas de montant, ou un montant nul ou démesuré : ils sont pris sans lui",
    Defect.BLANKS: "portent des blancs superflus dans un nom ou un identifiant : ils sont lus sans eux",
    Defect.TEXT: "portent des caractères perdus avant leur publication : à corriger à la source",
    Defect.SHAPE: "n’ont pas la structure du schéma (clés à plat, listes emboîtées) : ils sont lus quand même",
})  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """A titulaire or concessionnaire, by its identifier alone: a name may be a person's.

    Attributes:
        kind: SIRET, TVA, TAHITI, RIDET, FRWF, IREP, HORS-UE, as the notice says.
    """

    kind: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Modification:
    """One modification (avenant). Dates ISO 8601, empty when unknown; amount in euros, None when unchanged."""

    identifier: str
    notified: str
    published: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, read. Text fields are empty when the notice does not say, or says what cannot be.

    Attributes:
        place: rank in its file, from 1.
        buyer: SIRET of acheteur or autoriteConcedante, 14 digits.
        identifier: `id`, without blanks around.
        concession: a contrat-concession.
        framework: `idAccordCadre`, of the framework that a subsequent contract comes under.
        cpv: 8 digits.
        notified: dateNotification, or dateSignature of a concession; ISO 8601.
        published: datePublicationDonnees, ISO 8601.
        amount: montant or valeurGlobale, euros.
        months: dureeMois; 0 when unknown.
        content: digest of everything that the notice says, for exact duplicates.
    """

    place: int
    buyer: str
    identifier: str
    concession: bool
    title: str
    nature: str
    procedure: str
    cpv: str
    framework: str
    techniques: tuple[str, ...]
    notified: str
    published: str
    amount: Decimal | None
    months: int
    holders: tuple[Holder, ...]
    modifications: tuple[Modification, ...]
    content: str
    defects: frozenset[Defect] = frozenset()

    @property
    def usable(self) -> bool:
        return not self.defects & UNUSABLE

    @property
    def siren(self) -> str:
        return self.buyer[:9]

    @property
    def is_framework(self) -> bool:
        """An accord-cadre, by its nature (2019) or its techniques (2022)."""
        return "Accord-cadre" in (self.nature, *self.techniques)

    @property
    def key(self) -> tuple[str, str, tuple[Holder, ...]]:
        """What two notices of one contract share; an identifier alone is not unique, even within one buyer."""
        return self.buyer, self.identifier, tuple(sorted(self.holders))


@dataclass(frozen=True, slots=True)
class Sorted:
    """Usable notices, each contract once.

    Attributes:
        kept: in order of place.
        exact: copies that say the very same thing.
        superseded: older publications of a kept notice.
        unusable: see UNUSABLE.
    """

    kept: tuple[Notice, ...]
    exact: tuple[Notice, ...]
    superseded: tuple[Notice, ...]
    unusable: tuple[Notice, ...]


def sort(notices: Iterable[Notice]) -> Sorted:
    """Tell what is usable, and keep the latest publication of each contract (the last in the file when they tie)."""
    latest: dict[object, Notice] = {}
    seen: set[tuple[object, str]] = set()
    exact: list[Notice] = []
    superseded: list[Notice] = []
    unusable: list[Notice] = []
    for notice in notices:
        if not notice.usable:
            unusable.append(notice)
            continue
        if (notice.key, notice.content) in seen:
            exact.append(notice)
            continue
        seen.add((notice.key, notice.content))
        known = latest.get(notice.key)
        if known is not None:
            older, notice = sorted((known, notice), key=lambda one: (one.published, one.place))  # noqa: PLW2901
            superseded.append(older)
        latest[notice.key] = notice
    kept = sorted(latest.values(), key=lambda notice: notice.place)
    return Sorted(tuple(kept), tuple(exact), tuple(superseded), tuple(unusable))


def told_twice(found: Sorted) -> tuple[Finding, ...]:
    """One remark with how many notices of a whole drop are not kept because another one says their contract."""
    if not found.exact and not found.superseded:
        return ()
    read = len(found.kept) + len(found.exact) + len(found.superseded) + len(found.unusable)
    return (
        remark(
            "NOTICES_REPEATED",
            f"Données essentielles : sur {read} avis lus, {len(found.exact)} répètent un autre mot pour mot, "
            f"{len(found.superseded)} sont remplacés par une publication plus récente du même contrat (mêmes acheteur, "
            f"identifiant et titulaires), {len(found.unusable)} sont inutilisables ; {len(found.kept)} sont retenus.",
        ),
    )


def tell(notices: Sequence[Notice], path: str) -> tuple[Finding, ...]:
    """One remark for each defect of a file's notices, with how many have it and where the first ones are."""
    if not notices:
        none = (
            f"« {path} » se lit comme des données essentielles et n’a aucun avis : il n’est pas versé. Si c’est une "
            "pièce d’un marché, déposez-la dans le dossier de ce marché."
        )
        return (remark("NOTICES_NONE", none, path),)
    counts = Counter(defect for notice in notices for defect in notice.defects)
    return tuple(
        remark(
            defect.value,
            f"« {path} » : {counts[defect]} avis sur {len(notices)} {_SAID[defect]} (rangs {_ranks(notices, defect)}).",
            path,
        )
        for defect in Defect
        if counts[defect]
    )


def _ranks(notices: Iterable[Notice], defect: Defect) -> str:
    places = [notice.place for notice in notices if defect in notice.defects]
    return ", ".join(map(str, places[:5])) + (" …" if len(places) > 5 else "")


class Notices:
    """Notices of a drop by market, as the files of a market name it."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._by_number: dict[tuple[str, str], list[Notice]] = {}
        for notice in notices:
            for number in _numbers(notice.identifier):
                self._by_number.setdefault((notice.siren, number), []).append(notice)

    def of(self, siren: str, market: str, *, exactly: bool = False) -> tuple[Notice, ...]:
        """Notices of that market of that buyer: written so first, then whole identifier, then internal number alone.

        Several when one market has several contracts (one for each holder); none when they are of different markets,
        or when only one `exactly` so written will do.
        """
        found = self._found(siren, market)
        same = [notice for notice in found if _written(notice.identifier) == _written(market)]
        if same or exactly:
            return tuple(same)
        whole = [notice for notice in found if _plain(notice.identifier) == _plain(market)]
        markets = {_words(one.identifier) for one in whole} or {(_plain(one.identifier)[:-RANK],) for one in found}
        return tuple(whole or found) if len(markets) == 1 else ()

    def doubtful(self, siren: str, market: str, *, exactly: bool = False) -> bool:
        """Whether notices may be that market's, of which none can be said to be."""
        return bool(self._found(siren, market)) and not self.of(siren, market, exactly=exactly)

    def _found(self, siren: str, market: str) -> Sequence[Notice]:
        return self._by_number.get((siren, _plain(market)), ())


RANK = 2
"""Digits that end an identifier of DECP 2019: rank of a change of the contract."""


def _numbers(identifier: str) -> tuple[str, ...]:
    """An identifier and what it is made of in DECP 2019: year (4), internal number (1 to 10), rank of change (2)."""
    whole = _plain(identifier)
    if re.fullmatch(r"20\d\d.{1,10}\d\d", whole):
        return tuple(dict.fromkeys((whole, whole[:-RANK], whole[4:-RANK])))
    return (whole,)


def _plain(number: str) -> str:
    """A market's number without what tools and people write differently."""
    return "".join(_words(number))


def _words(number: str) -> tuple[str, ...]:
    """What a number is made of, whatever parts it: `2024-1-1` is not `2024-11`."""
    return tuple(filter(None, re.split(r"[\s_./-]+", number.upper())))


def _written(number: str) -> str:
    return " ".join(number.split()).upper()
