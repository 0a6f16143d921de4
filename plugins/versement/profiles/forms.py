"""Shapes that values of a profile must have; each says in French what it expects. Models use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

EXPECTED = "expected"
"""Type of the errors whose text is, in French, what was expected."""


TO_FILL = "A-COMPLETER"
"""Stands in a proposed profile where only a person knows; `profile check` names every place where it still does."""


@dataclass(frozen=True, slots=True)
class Form:
    """A text that matches a pattern entirely, and passes a test when there is one.

    Attributes:
        expected: French, completes « attendu … ».
    """

    pattern: str
    expected: str
    test: Callable[[str], bool] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}

    def _checked(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None or (self.test is not None and not self.test(text)):
            raise refusal(self.expected)
        return text


@dataclass(frozen=True, slots=True)
class Between:
    """A number within bounds, both allowed."""

    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}

    def _checked(self, number: float) -> float:
        if not self.low <= number <= self.high:
            raise refusal(f"un nombre de {self.low} à {self.high}")
        return number


def refusal(expected: str, found: str = "") -> PydanticCustomError:
    """The error that a value is not as expected (French); without `found`, the value itself is shown."""
    return PydanticCustomError(EXPECTED, "{expected}", {"expected": expected, "found": found})


def _whole(value: object) -> object:
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"-?\d{1,12}", value, re.ASCII) is None:
        raise refusal("un nombre entier")
    return int(value)


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", value, re.ASCII) is None:
        raise refusal("un nombre de secondes")
    return float(value)


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value, re.ASCII) is None:
        raise refusal("un nombre, comme 0.0116")
    return float(value)


def _truth(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in ("true", "false"):
        raise refusal("true ou false")
    return value == "true"


def has_luhn_key(digits: str) -> bool:
    """Whether a SIREN's last digit is its Luhn key."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


_CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def is_cron(text: str) -> bool:
    """Whether a text is a cron of five numeric fields, or empty."""
    fields = text.split(" ")
    return not text or (
        len(fields) == 5
        and all(
            _is_cron_part(part, low, high)
            for field, (low, high) in zip(fields, _CRON_BOUNDS, strict=True)
            for part in field.split(",")
        )
    )


def _is_cron_part(part: str, low: int, high: int) -> bool:
    match = re.fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", part, re.ASCII)
    if match is None:
        return False
    first, last, step = match.groups()
    start = low if first is None else int(first)
    end = start if last is None else int(last)
    return low <= start <= end <= high and step not in ("0", "00")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_day_or_none(text: str) -> bool:
    return not text or _is_day(text)


_ACTS = (
    *("deliberation.pdf", "deliberation_annexe-1.pdf", "message.xml", "index.csv"),
    *(
        f"99_de-095-219509908-{year}0312-{year}_014-de-1-1_{rank}"
        for year in range(2004, 2100)
        for rank in ("0.xml", "1.pdf", "2.pdf")
    ),
)
"""Names, in lower case, of what a drop is for."""
_FOLDERS = ("actes", "deliberations", "conseil municipal", "archives", "2026", "2026-03-12", "01", "marche-2026-03")
"""Likewise of folders."""


def _spares_acts(pattern: str) -> bool:
    names = _FOLDERS if pattern.endswith("/") else _ACTS
    return not any(fnmatchcase(name, pattern.removesuffix("/").casefold()) for name in names)


Text = Annotated[str, Form(r"[^\x00-\x1f\x7f\u2028\u2029]{1,500}", "un texte d’une ligne, de 500 caractères au plus")]
OptionalText = Annotated[str, Form(r"[^\x00-\x1f\x7f\u2028\u2029]{0,500}", "un texte d’une ligne, ou rien")]
Name = Annotated[str, Form(r"[a-z0-9]+(?:-[a-z0-9]+)*", "un nom en minuscules sans accent, chiffres et tirets")]
Identifier = Annotated[
    str, Form(r"[A-Za-z0-9_.-]{1,100}", "un identifiant sans accent ni espace (lettres, chiffres, _ . -)")
]
OptionalIdentifier = Annotated[str, Form(r"[A-Za-z0-9_.-]{0,100}", "un identifiant sans accent ni espace, ou rien")]
AbsolutePath = Annotated[
    str, Form(r"/[^\x00-\x1f\x7f\u2028\u2029]{0,499}", "un chemin absolu, comme /srv/vitam/arrivees")
]
UploadPath = Annotated[
    str,
    Form(
        r"|[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*(?:/[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*)*",
        "un chemin relatif sans accent ni espace, comme versement/actes, ou rien",
    ),
]
ReceiptFolder = Annotated[
    str,
    Form(
        r"[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*(?:/[A-Za-z0-9_@-]+(?:\.[A-Za-z0-9_@-]+)*)*",
        "un chemin relatif sans accent ni espace, comme accuses",
    ),
]
Siren = Annotated[str, Form(r"[0-9]{9}", "un SIREN : 9 chiffres, le dernier étant la clé", has_luhn_key)]
Departement = Annotated[str, Form(r"[0-9]{3}|02[AB]", "un code de département en 3 caractères, comme 095 ou 02A")]
Prefecture = Annotated[str, Form(r"PREF[0-9]{2}[0-9AB]", "PREF suivi du département, comme PREF095")]
Email = Annotated[str, Form(r"|[^@\s]+@[^@\s]+\.[^@\s.]+", "une adresse électronique, ou rien")]
Matter = Annotated[str, Form(r"[1-9](?:\.[0-9]{1,2}){0,4}", "un code de matière, comme 4 ou 8.2")]
Cron = Annotated[str, Form(r"[-0-9*/, ]*", "cinq champs cron en chiffres, comme 30 6 * * 1-5, ou rien", is_cron)]
WastePattern = Annotated[
    str,
    Form(
        r"[^/\x00-\x1f\x7f]{1,100}/?",
        "un motif de nom de fichier qui n’écarte pas tout, comme Thumbs.db ou *.tmp, ou de dossier, comme .cache/",
        _spares_acts,
    ),
]
Day = Annotated[str, Form(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "un jour sous la forme AAAA-MM-JJ", _is_day)]
OptionalDay = Annotated[str, Form(r"|[0-9]{4}-[0-9]{2}-[0-9]{2}", "un jour AAAA-MM-JJ, ou rien", _is_day_or_none)]
Digest = Annotated[str, Form(r"[0-9a-f]{64}", "l’empreinte que donne profile check : 64 chiffres de 0 à 9 et a à f")]
OptionalDigest = Annotated[str, Form(r"|[0-9a-f]{64}", "une empreinte de 64 chiffres de 0 à 9 et a à f, ou rien")]
Extension = Annotated[str, Form(r"[a-z0-9]{1,10}", "une extension en minuscules, sans point")]
MimeType = Annotated[str, Form(r"[a-z]+/[A-Za-z0-9.+-]+", "un type MIME, comme application/pdf")]
Bucket = Annotated[
    str, Form(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]", "un nom de compartiment S3, de 3 à 63 signes")
]
FileName = Annotated[str, Form(r"(?!\.{1,2}$)[^/\x00-\x1f\x7f]{1,255}", "un nom de fichier, sans dossier")]
OptionalFileName = Annotated[
    str, Form(r"(?!\.{1,2}$)[^/\x00-\x1f\x7f]{0,255}", "un nom de fichier sans dossier, ou rien")
]
Suffix = Annotated[str, Form(r"[^/\x00-\x1f\x7f]{2,50}", "une fin de nom de fichier, comme .part")]
UrlPath = Annotated[str, Form(r"/(?!/)[!-~]{0,499}", "un chemin d’adresse, comme /api/actes, sans espace ni accent")]
OptionalUrlPath = Annotated[str, Form(r"|/(?!/)[!-~]{0,499}", "un chemin d’adresse, comme /api/actes/{id}, ou rien")]
DottedPath = Annotated[
    str, Form(r"[^\s.\x00-\x1f\x7f]+(?:\.[^\s.\x00-\x1f\x7f]+)*", "un chemin pointé, comme document.id")
]
OptionalDottedPath = Annotated[
    str, Form(r"(?:[^\s.\x00-\x1f\x7f]+(?:\.[^\s.\x00-\x1f\x7f]+)*)?", "un chemin pointé, comme document.id, ou rien")
]
OptionalParameter = Annotated[str, Form(r"[A-Za-z0-9_.\[\]$-]{0,100}", "un nom de paramètre d’adresse, ou rien")]
Whole = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int)]
Seconds = Annotated[float, BeforeValidator(_seconds, json_schema_input_type=float)]
Number = Annotated[float, BeforeValidator(_number, json_schema_input_type=float)]
Truth = Annotated[bool, BeforeValidator(_truth, json_schema_input_type=bool)]
