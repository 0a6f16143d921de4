"""XML lines, indented, written by blocks; the same lines for the same values."""

from __future__ import annotations

from typing import BinaryIO

from versement.domain.errors import NotExpressible
from versement.seda.dates import AnyDate, PartialDate, xml_date, xml_time
from versement.seda.text import xml_attribute, xml_text, xml_token
from versement.seda.xml import MAX_DEPTH

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_FLUSH_AT = 4096


class Lines:
    """Elements one under the other, one space of indentation a level. An element without text is left out."""

    def __init__(self, out: BinaryIO, depth: int = 0) -> None:
        self._out = out
        self._lines: list[str] = []
        self._pad = " " * depth

    def open(self, tag: str, attributes: str = "") -> None:
        """Open an element, inside which others come.

        Raises:
            NotExpressible: there are too many around it for it to be read again.
        """
        self._lines.append(f"{self._pad}<{tag}{attributes}>\n")
        self._pad += " "
        if len(self._pad) >= MAX_DEPTH:
            raise NotExpressible(
                f"Bordereau : {MAX_DEPTH} éléments imbriqués au plus étaient attendus, trouvé davantage. Réduisez le "
                "nombre de niveaux de l’arborescence.",
                detail=f"elements nested deeper than {MAX_DEPTH}",
            )

    def close(self, tag: str) -> None:
        self._pad = self._pad[:-1]
        self._lines.append(f"{self._pad}</{tag}>\n")

    def mark(self, tag: str) -> int:
        """Open an element that `close_since` takes back when nothing was written in it."""
        self.open(tag)
        return len(self._lines)

    def close_since(self, tag: str, mark: int) -> None:
        """Close an element opened by `mark`, or take it back."""
        self._pad = self._pad[:-1]
        if len(self._lines) == mark:
            self._lines.pop()
        else:
            self._lines.append(f"{self._pad}</{tag}>\n")

    def plain(self, tag: str, text: str, attributes: str = "") -> None:
        """An element whose text is ours: nothing to clean."""
        self._lines.append(f"{self._pad}<{tag}{attributes}>{text}</{tag}>\n")

    def text(self, tag: str, text: str, attributes: str = "") -> None:
        sane = xml_text(text)
        if sane and not sane.isspace():
            self._lines.append(f"{self._pad}<{tag}{attributes}>{sane}</{tag}>\n")

    def token(self, tag: str, text: str, attributes: str = "") -> None:
        sane = xml_token(text)
        if sane:
            self._lines.append(f"{self._pad}<{tag}{attributes}>{sane}</{tag}>\n")

    def date(self, tag: str, when: AnyDate) -> None:
        self.plain(tag, xml_token(when.text) if isinstance(when, PartialDate) else xml_date(when))

    def time(self, tag: str, when: AnyDate) -> None:
        self.plain(tag, xml_token(when.text) if isinstance(when, PartialDate) else xml_time(when))

    def line(self, markup: str) -> None:
        """Markup that is already whole."""
        self._lines.append(f"{self._pad}{markup}\n")

    def flush_if_long(self) -> None:
        """To be called outside any mark."""
        if len(self._lines) > _FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        self._out.write("".join(self._lines).encode())
        self._lines.clear()


def attribute(name: str, value: str) -> str:
    """An attribute with its space before it; nothing when the value is empty."""
    return f' {name}="{xml_attribute(value)}"' if value else ""
