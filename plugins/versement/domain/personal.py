"""Personal data that may stand inside archived files and nowhere else: found and masked, never returned.

NIR: 13 digits and a key of 2, `97 − (number modulo 97)`; Corsica writes `2A` and `2B`, counted as 19 and 18 (INSEE).
IBAN: ISO 13616, modulo 97. RIB: bank, branch, account and key, modulo 97 (NF K 11-020).
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache


class PersonalKind(StrEnum):
    """What was found; the word that messages use for it."""

    NIR = "numéro de sécurité sociale (NIR)"
    IBAN = "coordonnées bancaires (IBAN)"
    RIB = "coordonnées bancaires (RIB)"
    HEALTH = "donnée de santé"
    EMAIL = "adresse électronique"
    PHONE = "numéro de téléphone"


FORBIDDEN = (PersonalKind.NIR, PersonalKind.IBAN, PersonalKind.RIB, PersonalKind.HEALTH)
"""What may stand in no metadata, name or path of a personnel record."""

_MASKS = {
    PersonalKind.NIR: "NIR",
    PersonalKind.IBAN: "IBAN",
    PersonalKind.RIB: "RIB",
    PersonalKind.HEALTH: "état de santé",
}

HEALTH_TERMS = (
    "arrêt maladie", "arrêt de maladie", "arrêt de travail", "congé maladie", "congé de maladie",
    "congé de longue maladie", "congé longue maladie", "congé de longue durée", "congé longue durée",
    "maladie professionnelle", "longue maladie", "pathologie", "invalidité", "inaptitude", "handicap", "handicapé",
    "RQTH", "travailleur handicapé", "certificat médical", "dossier médical", "avis médical", "expertise médicale",
    "comité médical", "conseil médical", "commission de réforme", "accident du travail", "accident de service",
    "temps partiel thérapeutique", "mi-temps thérapeutique", "hospitalisation", "grossesse", "addiction",
    "dépression", "cancer", "traitement médical", "congé de grave maladie",
    "CMO", "CLM", "CLD", "CITIS",
)  # fmt: skip
"""Terms that tell of someone's health, as titles and file names write them; an organisation may give its own.

The initials are those of the leaves of territorial agents: Code général de la fonction publique, L822-1 to L822-25.
"""

_GAP = r"[\s.,;_/'’\-\u200b\u200c\u200d\u2060\ufeff\u00ad]{0,3}"
"""What people put between the digits of a number."""
_DIGIT = "[0-9]"
_NOT_WITHIN_DIGITS = r"(?<![0-9])"
_NIR_PARTS = (
    "[1-478]", _DIGIT, _DIGIT, "[0-9]", _DIGIT, _DIGIT, "[0-9ABab]",
    _DIGIT, _DIGIT, _DIGIT, _DIGIT, _DIGIT, _DIGIT, _DIGIT, _DIGIT,
)  # fmt: skip
# A look-ahead finds candidates that overlap, each in bounded time: a wrong one must not hide the right one in it.
_NIR = re.compile(rf"{_NOT_WITHIN_DIGITS}(?=({_GAP.join(_NIR_PARTS)})(?![0-9]))")
_NIR_MONTH = re.compile(r"0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9]")
_NIR_BARE = re.compile(
    r"(?<![0-9A-Za-z])[12][0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[1-8][0-9]|9[0-57-9]|2[ABab])[0-9]{6}"
    rf"(?!{_GAP}[0-9])(?![A-Za-z])"
)
"""A NIR without its key, as payroll exports hold it: 13 characters in one piece, the birth month a real one."""
_NIR_GROUPED = re.compile(
    r"(?<![0-9A-Za-z])[12](?P<gap>[\s.\-_])[0-9]{2}(?P=gap)(?:0[1-9]|1[0-2])(?P=gap)(?:0[1-9]|[1-8][0-9]|9[0-57-9]|2[ABab])"
    rf"(?P=gap)[0-9]{{3}}(?P=gap)[0-9]{{3}}(?!{_GAP}[0-9])(?![A-Za-z])"
)
"""The same in the groups in which cards print it: `2 85 05 78 006 084`."""
_IBAN_START = re.compile(
    rf"(?:(?<![0-9A-Za-z])|(?<=IBAN)|(?<=RIB))(?=[A-Z]{_GAP}[A-Z]{_GAP}[0-9]{_GAP}[0-9])", re.IGNORECASE
)
_IBAN_LENGTHS = {
    length: frozenset(countries.split())
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
}  # fmt: skip
_LENGTH_OF = {country: length for length, countries in _IBAN_LENGTHS.items() for country in countries}
_RIB = re.compile(
    r"(?<![0-9A-Za-z])"
    rf"(?=((?:{_DIGIT}{_GAP}){{10}}(?:[0-9A-Za-z]{_GAP}){{11}}{_DIGIT}{_GAP}{_DIGIT})(?![0-9A-Za-z]))"
)
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+|00)33[\s.\-]?(?:\(0\))?[\s.\-]?[1-9](?:[\s.\-]?[0-9]{2}){4}"
    r"|0[67][0-9]{8}|0[1-9](?:[\s.\-][0-9]{2}){4})(?![0-9])"
)
_ENOUGH_DIGITS = re.compile(r"[0-9](?:[^0-9]*[0-9]){11}")
_IBAN_GAP = re.compile(_GAP)
_KEYED = 97

Span = tuple[int, int]


def found_in(text: str, *, health_terms: Sequence[str] = HEALTH_TERMS) -> tuple[PersonalKind, ...]:
    """Kinds of personal data in a text, in the order of `PersonalKind`; never where nor what. Linear time.

    Args:
        text: anything: a title, a path, a line of a log.
        health_terms: what tells of health, blind to case, accents, plural and punctuation.
    """
    plain = unicodedata.normalize("NFKC", text)
    found = {kind for kind, spans in _FINDERS.items() if next(spans(plain), None)}
    if health_terms and _health_pattern(tuple(health_terms)).search(_parted(plain)):
        found.add(PersonalKind.HEALTH)
    if _EMAIL.search(plain):
        found.add(PersonalKind.EMAIL)
    if _PHONE.search(plain):
        found.add(PersonalKind.PHONE)
    return tuple(kind for kind in PersonalKind if kind in found)


def forbidden_in(text: str, *, health_terms: Sequence[str] = HEALTH_TERMS) -> tuple[PersonalKind, ...]:
    """The kinds of `FORBIDDEN` that a text carries."""
    return tuple(kind for kind in found_in(text, health_terms=health_terms) if kind in FORBIDDEN)


def masked(text: str) -> str:
    """The text with `[NIR masqué]`, `[IBAN masqué]`, `[RIB masqué]` for what must never be shown; others unchanged."""
    plain = unicodedata.normalize("NFKC", text)
    if not _ENOUGH_DIGITS.search(plain):
        return text
    spans = sorted((span, kind) for kind, finder in _FINDERS.items() for span in finder(plain))
    if not spans:
        return text
    parts: list[str] = []
    end = 0
    for (first, last), kind in spans:
        if first >= end:
            parts += (plain[end:first], whole_mask(kind))
        end = max(end, last)
    return "".join((*parts, plain[end:]))


def whole_mask(kind: PersonalKind) -> str:
    """What stands for a datum that is masked."""
    return f"[{_MASKS[kind]} masqué]"


def masks_in(text: str) -> tuple[PersonalKind, ...]:
    """Kinds of what was masked in a text."""
    return tuple(kind for kind in _MASKS if whole_mask(kind) in text)


class MaskingFilter(logging.Filter):
    """Last defence of a logger: what `masked` hides is in no line of it, nor in the traceback that goes with one."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        shown = masked(line)
        if shown != line:
            record.msg, record.args = shown, ()
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            if masked(trace) != trace:
                record.exc_info, record.exc_text = None, masked(trace)
        return True


MASKING = MaskingFilter()
"""The filter of the chain's loggers; a logger takes one filter once, however often it is added."""


def _nirs(text: str) -> Iterator[Span]:
    for match in _NIR.finditer(text):
        if _valid_nir(_compact(match[1])):
            yield match.span(1)
    for pattern in (_NIR_BARE, _NIR_GROUPED):
        for match in pattern.finditer(text):
            yield match.span()


def _valid_nir(nir: str) -> bool:
    if not _NIR_MONTH.fullmatch(nir[3:5]):
        return False
    number = nir[:13].replace("2A", "19").replace("2B", "18") if nir[6].isalpha() else nir[:13]
    return number.isdigit() and int(nir[13:]) == _KEYED - int(number) % _KEYED


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_START.finditer(text):
        end, iban = _taken(text, match.start())
        if iban and int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % _KEYED == 1:
            yield match.start(), end


def _taken(text: str, start: int) -> tuple[int, str]:
    """As many letters and digits as the country's IBAN has, and where they end; empty when there are more or fewer."""
    place, iban, length = start, "", 2
    while len(iban) < length:
        if place >= len(text) or not (text[place].isascii() and text[place].isalnum()):
            return start, ""
        iban += text[place].upper()
        place += 1
        if len(iban) == 2:
            length = _LENGTH_OF.get(iban, 0)
        if len(iban) < length:
            gap = _IBAN_GAP.match(text, place)
            place = gap.end() if gap else place
    whole = length and not (text[place : place + 1].isascii() and text[place : place + 1].isalnum())
    return (place, iban) if whole else (start, "")


def _ribs(text: str) -> Iterator[Span]:
    for match in _RIB.finditer(text):
        rib = _compact(match[1]).translate(_RIB_LETTERS)
        bank, branch, account, key = int(rib[:5]), int(rib[5:10]), int(rib[10:21]), int(rib[21:])
        if key and (89 * bank + 15 * branch + 3 * account + key) % _KEYED == 0:
            yield match.span(1)


_FINDERS: dict[PersonalKind, Callable[[str], Iterator[Span]]] = {
    PersonalKind.NIR: _nirs,
    PersonalKind.IBAN: _ibans,
    PersonalKind.RIB: _ribs,
}


def _compact(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).upper()


_BOUND = re.compile(r"(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])")


def folded(text: str) -> str:
    """Lower case without accents, one blank for whatever is no letter or digit."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", bare))


def _parted(text: str) -> str:
    """`ArretMaladie2024` as `arret maladie 2024`."""
    return folded(_BOUND.sub(" ", unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=8)
def _health_pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    words: Iterable[str] = (r"e?s? ?".join(map(re.escape, _parted(term).split())) for term in terms)
    return re.compile(rf"\b(?:{'|'.join(words)})e?s?\b")
