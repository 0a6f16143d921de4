"""Pages of one PDF shared out among documents: every page is somebody's, and nobody's twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from versement.domain.documents import Finding, Severity

MAX_PAGE = 1_000_000
_WORD = re.compile(r"(?<![0-9][.,/])(?<![^\W_])[^\W_]+(?![^\W_])(?![.,/][0-9])")
"""A word or number of a page that is no part of a date or an amount: the 31 of `31/01/2026` is no matricule."""
_CUT = re.compile(r"(?P<container>.+)/pages-(?P<first>\d{4,7})-(?P<last>\d{4,7})\.pdf", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """Pages that a row of the index gives to a document.

    Attributes:
        first, last: from 1, both included.
        line: of the index.
        place: of the row among those of the file, which tells apart two rows of one line.
    """

    first: int
    last: int
    line: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Shares:
    """Whose the pages of one PDF are.

    Attributes:
        good: claims that nothing contradicts, by page.
        refused: the other claims, each with why.
        whole: findings on the file itself.
    """

    good: tuple[Claim, ...]
    refused: tuple[tuple[Claim, Finding], ...] = ()
    whole: tuple[Finding, ...] = ()


def cut_reference(container: str, claim: Claim) -> str:
    """Path of a cut, as a file within the PDF that it is cut from: `bulletins.pdf/pages-0003-0004.pdf`."""
    return f"{container}/pages-{claim.first:04}-{claim.last:04}.pdf"


def cut_of(reference: str) -> tuple[str, int, int] | None:
    """Container, first and last page of a path that `cut_reference` made; None for another path."""
    match = _CUT.fullmatch(reference)
    return (match["container"], int(match["first"]), int(match["last"])) if match else None


def claim_of(line: int, first: str, last: str, *, place: int = 0) -> Claim | None:
    """The claim that a row writes: numbers of pages; an empty last is the first. None when they are no pages."""
    texts = (first.strip(), last.strip() or first.strip())
    if not all(re.fullmatch(r"[0-9]{1,7}", text) for text in texts):
        return None
    start, end = (int(text) for text in texts)
    return Claim(start, end, line, place) if 1 <= start <= end <= MAX_PAGE else None


def shares(count: int, claims: Iterable[Claim], *, broken: Sequence[int] = ()) -> Shares:
    """Whose each of `count` pages is.

    A row that asks for a page beyond the end, or whose pages cannot be read, shows that the index is not this file's:
    nothing is cut then, lest every page go to its neighbour. Rows that overlap are refused together; the rows on
    either side of pages that nobody claims too, for one of them may be short.

    Args:
        count: pages of the file.
        claims: of the rows, in any order.
        broken: lines of the rows whose pages are not readable.
    """
    ordered = sorted(claims)
    beyond = [claim for claim in ordered if claim.last > count]
    if beyond or broken:
        return _none_cut(count, ordered, sorted({*(claim.line for claim in beyond), *broken}))
    holders = Counter(page for claim in ordered for page in range(claim.first, claim.last + 1))
    gaps = _runs([page for page in range(1, count + 1) if not holders[page]])
    refused = {claim: finding for claim in ordered for finding in _against(claim, holders, gaps)}
    whole = tuple(_unclaimed(gap) for gap in gaps)
    return Shares(tuple(claim for claim in ordered if claim not in refused), tuple(refused.items()), whole)


def proofs(pages: Iterable[str], own: str, all_: AbstractSet[str]) -> tuple[bool, AbstractSet[str]]:
    """Whether pages tell what makes a document known, and whose else the pages are that do not.

    Args:
        pages: text of each page.
        own: what makes the document known, as its matricule.
        all_: what makes each document of the same file known.
    """
    mine, strangers = False, set()
    for page in pages:
        words = set(_WORD.findall(page))
        if _tells(page, words, own):
            mine = True
        else:
            strangers |= words & all_
    return mine, strangers


def _tells(page: str, words: AbstractSet[str], own: str) -> bool:
    if _WORD.fullmatch(own):
        return own in words
    return bool(own) and re.search(rf"(?<![^\W_]){re.escape(own)}(?![^\W_])", page) is not None


def _none_cut(count: int, claims: Sequence[Claim], faulty: Sequence[int]) -> Shares:
    shown = ", ".join(map(str, faulty[:10])) + ("…" if len(faulty) > 10 else "")
    message = (
        f"lignes {shown} de l’index : elles donnent des pages que ce PDF, qui en a {count}, n’a pas. Les autres lignes "
        "peuvent être décalées : rien n’en est découpé. Redéposez l’index qui va avec ce fichier."
    )
    finding = Finding("PAGES_BEYOND", Severity.SET_ASIDE, message)
    return Shares((), tuple((claim, finding) for claim in claims), (finding,))


def _against(claim: Claim, holders: Counter[int], gaps: Sequence[tuple[int, int]]) -> Iterable[Finding]:
    """What refuses a claim; the last one is the one that is told."""
    beside = [gap for gap in gaps if gap[1] + 1 == claim.first or gap[0] - 1 == claim.last]
    if beside:
        yield Finding(
            "PAGES_UNCLAIMED",
            Severity.SET_ASIDE,
            f"ligne {claim.line} de l’index : {_pages(beside[0])} voisine(s) ne sont données à personne ; ce document "
            "est peut-être incomplet. Complétez l’index et redéposez-le.",
        )
    shared = [page for page in range(claim.first, claim.last + 1) if holders[page] > 1]
    if shared:
        yield Finding(
            "PAGES_OVERLAP",
            Severity.SET_ASIDE,
            f"ligne {claim.line} de l’index : la page {shared[0]} est aussi donnée à un autre document. Aucun des deux "
            "n’est versé ; corrigez les pages dans l’index et redéposez-le.",
        )


def _unclaimed(gap: tuple[int, int]) -> Finding:
    return Finding(
        "PAGES_UNCLAIMED",
        Severity.SET_ASIDE,
        f"{_pages(gap)} : aucune ligne de l’index ne les donne à un document. Complétez l’index et redéposez-le.",
    )


def _pages(run: tuple[int, int]) -> str:
    return f"page {run[0]}" if run[0] == run[1] else f"pages {run[0]} à {run[1]}"


def _runs(pages: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of pages that follow one another."""
    runs: list[tuple[int, int]] = []
    for page in pages:
        if runs and runs[-1][1] + 1 == page:
            runs[-1] = (runs[-1][0], page)
        else:
            runs.append((page, page))
    return runs
