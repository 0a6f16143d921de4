"""What the text of a PDF act says: the préfecture's stamp, the session number, the objet.

Layouts are recognised by their words and typography, never by a file or a commune.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from versement.adapters.formats.text import clean, iso_date
from versement.domain.dates import DATE_PATTERN
from versement.domain.documents import Field, Readings, Value, ValueSource
from versement.domain.identity import IdActe

HYPHEN = "\x02"
"""A hyphen at the end of a line, as PDFium gives it: it may or may not belong to the word."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page.

    Attributes:
        style: font and size together.
        size: of the characters, in points.
        y: of the baseline, in points from the bottom of the page.
        left, right: where the line's ink starts and ends.
    """

    text: str
    style: str
    size: float
    y: float
    left: float
    right: float

    @property
    def bold(self) -> bool:
        return "bold" in self.style.lower()


@dataclass(frozen=True, slots=True)
class PdfText:
    """Text of a PDF: of every page, and the lines of the first ones."""

    pages: tuple[str, ...]
    lines: tuple[tuple[Line, ...], ...] = field(default=())


def readings(pdf: PdfText) -> Readings:
    """See `Formats.stamp`."""
    text = unicodedata.normalize("NFC", "\n".join(pdf.pages).replace(HYPHEN, "-"))
    identifiers = _stamped(re.sub(r"-\s*\n", "-", text))
    said = [(Field.ID_ACTE, str(other)) for other in identifiers[1:]]  # the last reading of a field counts
    number = _number(pdf.lines)
    if identifiers:
        first = identifiers[0]
        said += [
            (Field.ID_ACTE, str(first)),
            (Field.SIREN, first.siren),
            (Field.DATE, first.date.isoformat()),
            (Field.NATURE, first.nature),
        ]
        number = number or first.number
    said += [(Field.NUMBER, number), (Field.TITLE, _title(pdf.lines)), *_dates(text)]
    return tuple((name, Value(value, ValueSource.STAMP)) for name, value in said if value)


_STAMP = re.compile(
    r"^[^\S\n]*(?:"
    r"(?:accus[eé]|avis) de r[eé]ception|AR\s+(?:(?:en|de la)\s+)?(?:sous-)?pr[eé]f|AR\s+contr[oô]le"
    r"|(?:envoi|envoy[eé]e?|r[eé]ception|re[cç]ue?|d[eé]p[oô]t|d[eé]pos[eé]e?)\s+(?:(?:en|à la|par la|par le)\s+)?"
    r"(?:sous-)?pr[eé]f|(?:t[eé]l[eé])?transmi(?:se?|ssion)\b|date de (?:(?:t[eé]l[eé])?transmission|r[eé]ception)"
    r"|(?:acte\s+)?(?:rendu|certifi[eé])\s+ex[eé]cutoire|(?:sous-)?pr[eé]fecture\b|identifiant\b|id(?:\s*acte)?\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
"""What starts a line of a préfecture's stamp, accents or not."""
_STAMP_LENGTH = 200
"""Characters from the label of a stamp to its IDActe, at most."""
_QUOTED = re.compile(
    r"(?i:\b(?:vu|délibérations?|arrêtés?|décisions?|conventions?|contrats?|avenants?|actes?\s+n|sous\s+le\s+n)\b)"
    r"|\b(?:transmise?|reçue?)\b"
)
"""Words that make what follows them the name of another act."""


def _stamped(text: str) -> tuple[IdActe, ...]:
    """The IDActe of the stamps on a text, each once, in order; what the text itself quotes is another act's name."""
    found: list[IdActe] = []
    end = 0
    for place, identifier in IdActe.found_in(text):
        labels = _STAMP.finditer(text, max(end, place - _STAMP_LENGTH), place)
        own = [label.end() for label in labels if _is_capital(label[0])]
        if own and not _QUOTED.search(text, own[-1], place):
            found.append(identifier)
        end = place + len(str(identifier))
    return tuple(dict.fromkeys(found))


def _is_capital(label: str) -> bool:
    """Within a sentence the same words speak of another act."""
    return label.strip()[0].isupper()


_LABELS = {
    Field.SENT: r"envoi\s+(?:en\s+)?préfecture|(?:envoyée?|(?:télé)?transmise?)\s+(?:en|à\s+la)\s+préfecture"
    r"|date\s+de\s+(?:télé)?transmission|date\s+d[’']envoi(?:\s+en\s+préfecture)?",
    Field.RECEIVED: r"réception\s+(?:en\s+)?préfecture|reçue?\s+(?:en|à\s+la)\s+préfecture"
    r"|date\s+de\s+réception(?:\s+(?:en\s+)?préfecture)?",
    Field.PUBLISHED: r"publiée?(?:\s+(?:électroniquement|en\s+ligne))?(?=\s+le\b|\s*:)"
    r"|mise?\s+en\s+ligne(?=\s+le\b|\s*:)|date\s+de\s+(?:publication|mise\s+en\s+ligne)",
}
_LABEL = re.compile("|".join(_LABELS.values()), re.IGNORECASE)
_TOKEN = re.compile(
    "|".join(f"(?P<{name.name}>{pattern})" for name, pattern in _LABELS.items())
    + rf"|(?P<date>{DATE_PATTERN})|(?P<nothing>(?:le|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b|:)"
    + r"|(?P<other>[^\s:]+)",
    re.IGNORECASE,
)


def _dates(text: str) -> Iterator[tuple[Field, str]]:
    """Dates beside or under their labels, the first of each; two labels in a row take two dates in a row."""
    found: dict[Field, str] = {}
    place = 0
    while label := _LABEL.search(text, place):
        # The words of its line before it may be one with it; all others, the most of a text, tell nothing.
        place = _read_dates(text, max(place, text.rfind("\n", 0, label.start())), found)
    yield from found.items()


def _read_dates(text: str, place: int, found: dict[Field, str]) -> int:
    """Note the dates of the labels from this place on, up to words that end them; where these end."""
    labels: list[Field] = []
    dates: list[str] = []
    for token in _TOKEN.finditer(text, place):
        kind = token.lastgroup or ""
        if kind == "nothing":
            continue
        if kind == "date":
            dates.append(iso_date(token[0]))
            continue
        _settle(found, labels if dates else [], dates)
        labels, dates = ([] if dates else labels), []
        # A label starts with a capital: within a sentence the same words speak of another act.
        if kind not in Field.__members__:
            return token.end()
        labels = [*labels, Field[kind]] if token[0][0].isupper() else []
    _settle(found, labels, dates)
    return len(text)


def _settle(found: dict[Field, str], labels: list[Field], dates: list[str]) -> None:
    """Give dates to the labels just before them; a label left blank is the first of several."""
    for label, day in zip(labels[-len(dates) :] if dates else [], dates, strict=False):
        if day:
            found.setdefault(label, day)


_HEADED_NUMBER = re.compile(
    r"(?P<word>(?:Délibération|DÉLIBÉRATION|DELIBERATION|Décision|DÉCISION|Arrêté|ARRÊTÉ|Acte|ACTE)\s+)?"
    r"(?:[nN]\s?[°º]|Numéro|NUMÉRO)\s*:?\s*(?P<number>[A-Za-z0-9]+(?:\s?[/._-]\s?[A-Za-z0-9]+){0,6})"
    r"(?P<more>\s+(?:du|[-–:])\s.*)?"
)


def _number(pages: Sequence[Sequence[Line]]) -> str:
    """The number that heads the act: alone on its line, or after the word that names the act."""
    for line in (line for page in pages for line in page):
        match = _HEADED_NUMBER.fullmatch(clean(line.text))
        if match and (match["word"] or not match["more"]) and re.search(r"\d", match["number"]):
            return re.sub(r"\s", "", match["number"])
    return ""


_OBJET = re.compile(r"(?:Objet|OBJET)(?:\s+de\s+(?:la\s+délibération|l[’']acte))?\s*:\s*(?P<title>.*)")
_REPORTS = re.compile(r".{1,100}\b(?:rapporte|rapportent|expose|exposent)\s?:")
_NEXT_PART = re.compile(r"(?:Vu|VU|Considérant|CONSIDÉRANT|Rapporteure?)\b|[^\W\d][\w’' ]{2,40}\s?:(?:\s|$)")
_MAX_TITLE = 500
"""Characters of `Objet` in ACTES; what is longer is not one."""


def _title(pages: Sequence[Sequence[Line]]) -> str:
    for find in (_after_label, _before_reporter):
        for page in pages:
            title = clean(_joined(find(page)))
            if title and len(title) <= _MAX_TITLE:
                return title
    return ""


def _after_label(page: Sequence[Line]) -> list[str]:
    """Text after « Objet : », with the lines that go on from it."""
    labelled = (_OBJET.fullmatch(unicodedata.normalize("NFC", line.text.strip())) for line in page)
    place, first = next(((place, match["title"]) for place, match in enumerate(labelled) if match), (-1, ""))
    rest = list(page[place:] if first else page[place + 1 :])
    if place < 0 or not rest:
        return []
    taken = [first or rest[0].text]
    margin = max(other.right for other in page if other.style == rest[0].style)
    for before, after in pairwise(rest):
        if not _goes_on(before, after, margin):
            break
        taken.append(after.text)
    return taken


def _goes_on(before: Line, after: Line, margin: float) -> bool:
    """Whether a line continues the paragraph of the line before it."""
    if after.style != before.style or not 0 < before.y - after.y <= 1.6 * before.size:
        return False
    text = after.text.strip()
    if _NEXT_PART.match(text) or _REPORTS.match(text):
        return False
    first_word = (len(text.split(maxsplit=1)[0]) + 1) * (after.right - after.left) / len(text)
    return before.right + first_word > margin or not text[0].isupper()


def _before_reporter(page: Sequence[Line]) -> list[str]:
    """The emphasised paragraph just above « … rapporte : »."""
    place = next((place for place, line in enumerate(page) if _REPORTS.match(line.text.strip())), 0)
    if not place:
        return []
    reporter, last = page[place], page[place - 1]
    if last.style == reporter.style or not (last.size > reporter.size or (last.bold and not reporter.bold)):
        return []
    taken = [last.text]
    for above, below in pairwise(reversed(page[:place])):
        if below.style != last.style or not 0 < below.y - above.y <= 2.2 * last.size:
            break
        taken.insert(0, below.text)
    return taken


def _joined(lines: Sequence[str]) -> str:
    return "".join(line.removesuffix(HYPHEN) + "-" if line.endswith(HYPHEN) else f"{line} " for line in lines)
