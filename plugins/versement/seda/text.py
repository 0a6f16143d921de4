"""Text as XML 1.0 can carry it and as Vitam's check of values accepts it."""

from __future__ import annotations

import html
import re

MAX_BYTES = 32_000
"""Vitam refuses a value of 32 766 bytes of UTF-8 or more."""

_CUT = " […]"
_READ = MAX_BYTES * 4
_SUSPECT = re.compile("[<>&\r\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_TOKEN = re.compile("[\t\n]|^ | $|  ")
_SPACES = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?=(?:#\d+|#[xX][0-9a-fA-F]+|\w+);)")
_DECODABLE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"<([\w/!?][^<>]*)>")
_OPENING = re.compile(r"<(?=[\w/!?])")
_ALWAYS_REFUSED = re.compile(r"<(?=script|!|\?|/)", re.IGNORECASE)
_DECODINGS = 4


def sane_text(text: str) -> str:
    r"""The text as it goes into a manifest; the same for the same input, and unchanged when applied twice.

    - line ends become `\n`; white-space controls become a space;
    - other control characters, lone surrogates (undecodable file names) and non-characters become `�`;
    - a reference written as text is decoded (`l&#39;acte` → `l'acte`), an unknown one gets `＆` (`＆toto;`);
    - what looks like a tag gets single quotation marks (`<b>` → `‹b›`); other `<` and `>` stay;
    - more than 32 000 bytes of UTF-8 are cut, with ` […]` at the end.
    """
    if len(text) * 4 <= MAX_BYTES and not _SUSPECT.search(text):
        return text
    if len(text) > _READ:
        text = text[:_READ] + _CUT
    text = text.replace("\r\n", "\n")
    text = _without_references(text)
    text = _FORBIDDEN.sub("\ufffd", _SPACES.sub(" ", text.replace("\r", "\n")))
    return _cut(_without_tags(text))


def sane_token(text: str) -> str:
    """The same for a SEDA token: white space collapsed, as XML Schema compares it."""
    return " ".join(part for part in re.split("[ \t\n]+", sane_text(text)) if part)


def xml_text(text: str) -> str:
    """The sane text as it stands between two tags."""
    if len(text) * 4 <= MAX_BYTES and not _SUSPECT.search(text):
        return text
    return _escaped(sane_text(text))


def xml_token(text: str) -> str:
    """The sane token as it stands between two tags."""
    if len(text) * 4 <= MAX_BYTES and not _SUSPECT.search(text) and not _NO_TOKEN.search(text):
        return text
    return _escaped(sane_token(text))


def xml_attribute(text: str) -> str:
    """The sane token as it stands between double quotes."""
    return xml_token(text).replace('"', "&quot;")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without_references(text: str) -> str:
    for _ in range(_DECODINGS):
        decoded = _DECODABLE.sub(lambda match: html.unescape(match.group()), text)
        if decoded == text:
            break
        text = decoded
    return _REFERENCE.sub("\uff06", text)


def _without_tags(text: str) -> str:
    text = _TAG.sub("‹\\1›", text).replace("]]>", "]]›")
    head, closing, tail = text.rpartition(">")
    return _ALWAYS_REFUSED.sub("‹", _OPENING.sub("‹", head) + closing + tail)


def _cut(text: str) -> str:
    data = text.encode()
    if len(data) <= MAX_BYTES:
        return text
    return data[: MAX_BYTES - len(_CUT.encode())].decode(errors="ignore") + _CUT


def printable(text: str) -> str:
    """A name from outside, safe to print: one line, 120 characters, control characters shown as `?`."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:121])
    return clean if len(clean) <= 120 else clean[:119] + "…"
