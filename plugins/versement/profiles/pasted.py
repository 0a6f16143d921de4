"""YAML as it comes out of Word, Teams or Outlook: what is certainly not meant is mended, the rest is explained.

Lines keep their numbers: whoever reads a message finds the line in what was pasted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_BLANKS = "\u00a0\u2007\u202f"
_FENCE = re.compile(r"\s*(?:```|~~~)\s*\w*\s*")
_STRUCTURE = re.compile(
    rf"[ {_BLANKS}]*(?:-[ {_BLANKS}]+)*(?:[A-Za-z_][\w.-]*[ {_BLANKS}]*:(?=[ {_BLANKS}]|$)[ {_BLANKS}]*)?"
)
LONGEST = 1_000
"""Characters of a line that is looked at."""
_QUOTES = "“”„‟‘’‚‛"
_INVISIBLE = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029"
_STRAIGHT = {
    **dict.fromkeys("“”„‟", 'le guillemet du clavier (")'),
    **dict.fromkeys("‘’‚‛", "l’apostrophe du clavier (')"),
}


@dataclass(frozen=True, slots=True)
class _Trace:
    """What an office tool leaves in a line.

    Attributes:
        pattern: finds it; `found` is shown, without what a value says.
        message: French, of what was found.
    """

    pattern: re.Pattern[str]
    message: Callable[[str], str]


_TRACES: Sequence[_Trace] = (
    _Trace(
        re.compile(r"^ *(\t)\s*[^\s#]"),
        lambda _: (
            "attendu des espaces en début de ligne, trouvé une tabulation. Remplacez chaque tabulation par deux "
            "espaces."
        ),
    ),
    _Trace(
        re.compile(
            rf"(?:^ *(?:- +)?|^[^#]*?: +|^[^#\"']*?[\[{{] *)([{_QUOTES}])[^#]*[{_QUOTES}](?:[^\w#]*(?: #.*)?| *:.*)$"
        ),
        lambda found: (
            f"attendu des guillemets droits, trouvé un guillemet typographique « {found} », que mettent Word, "
            f"Teams ou Outlook. Remplacez-le, et celui qui le ferme, par {_STRAIGHT[found]}."
        ),
    ),
    _Trace(
        re.compile(r"^ *([–—•·▪])\s"),
        lambda found: (
            f"attendu un tiret simple (-) devant une valeur de liste, trouvé « {found} ». Remplacez-le par -."
        ),
    ),
    _Trace(
        re.compile(r"^(>)+ ?[^>]*$"),
        lambda _: (
            "attendu une ligne de la fiche, trouvé « > » en tête : la marque d’un message cité. Retirez-la de "
            "chaque ligne."
        ),
    ),
    _Trace(
        re.compile(r"^\s*((?:```|~~~).*)$"),
        lambda _: "attendu une ligne de la fiche, trouvé une clôture de code (```) au milieu. Ne collez que la fiche.",
    ),
    _Trace(
        re.compile(rf"([{_INVISIBLE}])"),
        lambda found: (
            f"attendu des caractères visibles, trouvé un caractère invisible ({_named(found)}). Retapez la "
            "ligne au clavier."
        ),
    ),
    _Trace(
        re.compile(rf"([{_CONTROL}])"),
        lambda found: (
            f"attendu du texte, trouvé un caractère de contrôle ({_named(found)}), comme le retour à la ligne "
            "manuel de Word. Retapez la ligne au clavier."
        ),
    ),
)

_SUSPECT = re.compile(
    rf"^ *[\t–—•·▪>`~]|[“”„‟‘‚‛]|(?:^|[:\[{{-]) *’|[{_INVISIBLE}{_CONTROL}]",
    re.MULTILINE,
)
"""Stands in every text of which a line is explained: most texts have none, and are not read line by line."""


def decoded(content: bytes) -> str:
    """The text of a file, in UTF-8 or, when its first bytes say so, in UTF-16; every line ends with a line feed.

    Raises:
        UnicodeDecodeError: it is in another encoding.
    """
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if utf16 else "utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def mended(text: str) -> str:
    """The same lines without what is certainly not meant.

    That is: a fence around the whole, and non-breaking spaces where YAML has its own (indentation, after a dash, around
    the colon of a field, at the end of a line). Values are left as they are.
    """
    lines = text.split("\n")
    filled = [place for place, line in enumerate(lines) if line.strip()]
    for place in {*filled[:1], *filled[-1:]}:
        if _FENCE.fullmatch(lines[place]):
            lines[place] = ""
    return "\n".join(_spaced(line) for line in lines)


def traces(text: str) -> Iterator[tuple[int, str]]:
    """Line (from 1) and French message of what an office tool left and nobody but its author can mend."""
    if _SUSPECT.search(text) is None:
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST or line.lstrip().startswith("#"):
            continue
        for trace in _TRACES:
            if found := trace.pattern.search(line):
                yield number, trace.message(found[1])
                break


def _spaced(line: str) -> str:
    if not any(blank in line for blank in _BLANKS):
        return line
    start = _STRUCTURE.match(line)
    end = start.end() if start else 0
    structure = line[:end].translate(dict.fromkeys(map(ord, _BLANKS), " "))
    return structure + line[end:].rstrip(f" {_BLANKS}")


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"
