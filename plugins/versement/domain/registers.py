"""Registers of a consultation, read for counts only: who withdrew or answered never leaves them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from versement.domain.documents import Finding
from versement.domain.paths import plain
from versement.domain.qualification import remark


class RegisterKind(StrEnum):
    """What a register of a profil d'acheteur lists."""

    DEPOSITS = "registre des dépôts"
    WITHDRAWALS = "registre des retraits"


@dataclass(frozen=True, slots=True)
class Register:
    """Counts of a register; None for what it does not say.

    Attributes:
        electronic: electronic envelopes (deposits) or withdrawals.
        paper: paper envelopes, or copies.
        sealed: names of the plis that it lists, made of numbers only.
    """

    kind: RegisterKind
    electronic: int | None
    paper: int | None
    sealed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelopes:
    """What a drop holds of the answers to one consultation.

    Attributes:
        sealed: names of the files that are still ciphered.
        tenderers: folders of answers that are readable.
    """

    sealed: Collection[str]
    tenderers: int


def compare(path: str, register: Register, found: Envelopes) -> Iterator[Finding]:
    """Remarks where a register of deposits announces what the drop does not hold."""
    if register.kind is not RegisterKind.DEPOSITS:
        return
    held = {name.rpartition("/")[2] for name in found.sealed}
    total = len(held) + found.tenderers
    if register.electronic is not None and register.electronic != total:
        yield remark(
            "DEPOSITS_DIFFER",
            f"« {path} » annonce {register.electronic} enveloppes électroniques ; le dépôt en contient {total} "
            f"({len(held)} plis chiffrés, {found.tenderers} dossiers de réponse). Vérifiez qu’aucun pli ne manque, "
            "ou qu’un candidat n’a pas répondu plusieurs fois.",
            path,
        )
    unlisted = sorted(held - set(register.sealed)) if register.sealed else []
    if unlisted:
        yield remark(
            "DEPOSITS_UNLISTED",
            f"« {path} » ne cite pas {len(unlisted)} des plis chiffrés du dépôt : ils viennent peut-être d’une autre "
            "consultation. Vérifiez leur place.",
            path,
        )
    if register.paper:
        yield remark(
            "DEPOSITS_ON_PAPER",
            f"« {path} » annonce {register.paper} enveloppes papier : elles ne sont pas dans ce dépôt. Archivez-les "
            "sur papier, ou numérisez-les.",
            path,
        )


def missing_markets(path: str, concluded: Sequence[str], held: Collection[str]) -> Iterator[Finding]:
    """A remark with how many markets of a list of concluded ones the drop does not hold."""
    known = {_number(market) for market in held}
    absent = [market for market in dict.fromkeys(concluded) if _number(market) not in known]
    if absent:
        shown = ", ".join(absent[:10]) + (" …" if len(absent) > 10 else "")
        yield remark(
            "MARKETS_MISSING",
            f"« {path} » liste {len(set(concluded))} marchés conclus, dont {len(absent)} ne sont pas dans le dépôt "
            f"({shown}). Rien n’est à faire s’ils sont versés ailleurs ou plus tard.",
            path,
        )


def _number(text: str) -> str:
    return "".join(character for character in plain(text).upper() if character.isalnum())
