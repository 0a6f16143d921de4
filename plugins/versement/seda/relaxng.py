"""Writing RELAX NG, the language of archival profiles: one function for each pattern that profiles need.

Only patterns that libxml2 and Jing judge alike are here: no interleave, no ID types (identifiers are checked apart).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from lxml import etree

RNG = "http://relaxng.org/ns/structure/1.0"
ANNOTATIONS = "http://relaxng.org/ns/compatibility/annotations/1.0"
XSD_TYPES = "http://www.w3.org/2001/XMLSchema-datatypes"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

Pattern = etree._Element  # noqa: SLF001 - lxml's only name for the type


def _made(tag: str, patterns: Sequence[Pattern] = (), **attributes: str) -> Pattern:
    made = etree.Element(f"{{{RNG}}}{tag}", attributes)
    made.extend(deepcopy(pattern) for pattern in patterns)  # lxml would take it out of where it stands already
    return made


def element(name: str, *content: Pattern) -> Pattern:
    return _made("element", content or (_made("empty"),), name=name)


def attribute(name: str, content: Pattern, *, namespace: str = "") -> Pattern:
    return _made("attribute", (content,), name=name, ns=namespace)


def optional(*patterns: Pattern) -> Pattern:
    return _made("optional", patterns)


def any_number(*patterns: Pattern) -> Pattern:
    return _made("zeroOrMore", patterns)


def at_least_one(*patterns: Pattern) -> Pattern:
    return _made("oneOrMore", patterns)


def group(*patterns: Pattern) -> Pattern:
    return _made("group", patterns)


def choice(*patterns: Pattern) -> Pattern:
    """One of these patterns; of none, nothing at all."""
    if len(patterns) == 1:
        return patterns[0]
    return _made("choice", patterns) if patterns else _made("notAllowed")


def reference(name: str) -> Pattern:
    return _made("ref", name=name)


def value(text: str) -> Pattern:
    """This very text, white space around it aside."""
    made = _made("value", type="token")
    made.text = text
    return made


def values(*texts: str) -> Pattern:
    return choice(*map(value, texts))


def data(kind: str, pattern: str = "", *, but: str = "", filled: bool = False) -> Pattern:
    r"""A value of an XML Schema type.

    Args:
        kind: name of the type.
        pattern: XML Schema regular expression that it must match entirely. For short values, and without `\s` among
            others: Jing, which leaves expressions to Java, then fails on long values, or judges otherwise.
        but: the one value that is refused.
        filled: an empty value is refused; with `token`, a blank one too.
    """
    made = _made("data", type=kind)
    for name, told in (("pattern", pattern), ("minLength", "1" if filled else "")):
        if told:
            etree.SubElement(made, f"{{{RNG}}}param", name=name).text = told
    if but:
        etree.SubElement(made, f"{{{RNG}}}except").append(value(but))
    return made


def any_elements() -> Pattern:
    """Any elements that hold text only."""
    made = _made("element", (_made("anyName"), _made("text")))
    return any_number(made)


def define(name: str, told: str, *patterns: Pattern) -> Pattern:
    """A named pattern; `told` is its French description, for whoever opens the file."""
    made = _made("define", name=name)
    etree.SubElement(made, f"{{{ANNOTATIONS}}}documentation").text = told
    made.extend(patterns)
    return made


def grammar(namespace: str, start: Pattern, defines: Sequence[Pattern], told: str) -> bytes:
    """The whole grammar of documents of one namespace, indented; the same bytes for the same patterns.

    Its prefix and the namespace given as `seda` are what Vitam looks for when it imports a profile.
    """
    prefixes = {"rng": RNG, "a": ANNOTATIONS, "seda": namespace}
    root = etree.Element(f"{{{RNG}}}grammar", {"ns": namespace, "datatypeLibrary": XSD_TYPES}, nsmap=prefixes)
    etree.SubElement(root, f"{{{ANNOTATIONS}}}documentation").text = told
    root.append(_made("start", (start,)))
    root.extend(defines)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["seda"])
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
