"""The files of acts, of what attests them and of pieces of séances, as units of the archive: keys, titles, names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from versement.domain.documents import CollectedFile, Field, Kind, Role, SourceDocument
from versement.domain.identity import act_key
from versement.domain.late import is_late, late_items

Item = tuple[str, str, CollectedFile]
"""Key, title and file."""

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "ARActe": "Accusé de réception de la préfecture (ARActe)",
        "ARAnnulation": "Accusé de réception de l’annulation (ARAnnulation)",
        "AnomalieActe": "Anomalie de transmission signalée par la préfecture",
        "Annulation": "Demande d’annulation de la transmission",
        "CourrierSimple": "Courrier de la préfecture",
        "ReponseCourrierSimple": "Réponse au courrier de la préfecture",
        "DemandePieceComplementaire": "Demande de pièces complémentaires",
        "ARDemandePieceComplementaire": "Accusé de réception de la demande de pièces complémentaires",
        "RefusPieceComplementaire": "Refus d’envoyer des pièces complémentaires",
        "PieceComplementaire": "Envoi de pièces complémentaires",
        "ARPieceComplementaire": "Accusé de réception des pièces complémentaires",
        "LettreObservations": "Lettre d’observations de la préfecture",
        "ARLettreObservations": "Accusé de réception de la lettre d’observations",
        "RejetLettreObservations": "Rejet de la lettre d’observations",
        "ReponseLettreObservations": "Réponse à la lettre d’observations",
        "ARReponseRejetLettreObservations": "Accusé de réception de la réponse à la lettre d’observations",
        "DefereTA": "Déféré au tribunal administratif",
    }
)
"""What each ACTES message about an act is called."""
_SUFFIXES = {
    Role.ANNEX: ("annexe", "Annexe"),
    Role.STAMPED: ("copie-tamponnee", "Copie tamponnée"),
    Role.SIGNATURE: ("signature", "Signature"),
    Role.PROOF: ("preuve", "Preuve"),
}
MESSAGE = "Message de transmission (ACTES)"


def items_of(document: SourceDocument, *, neutral: bool = False) -> tuple[Item, ...]:
    """Key, title and file of each unit that a document's files make.

    Args:
        document: an act, what attests it, or a piece of a séance.
        neutral: no file name is taken into a title.
    """
    if is_late(document.record_key):
        return tuple(_of_late(document, neutral=neutral))
    if document.kind is Kind.ACT:
        return tuple(_of_act(document, neutral=neutral))
    return tuple(_of_other(document, neutral=neutral))


def shown_name(item: Item, *, neutral: bool) -> str:
    """The name of a file in the SIP: its own, or what its key says where its own may name a person."""
    key, _, file = item
    if not neutral:
        return file.name
    extension = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    plain = f".{extension}" if re.fullmatch(r"[a-z0-9]{1,8}", extension) else ""
    return f"{key.partition('#')[2]}{plain}"


def _of_act(document: SourceDocument, *, neutral: bool) -> Iterator[Item]:
    key, counts = act_key(document.record_key), dict.fromkeys(Role, 0)
    for file in document.files:
        if file is document.act_file:
            yield f"{key}#acte", "Acte" if file.role is Role.ACT else "Acte (copie tamponnée)", file
            continue
        counts[file.role] += 1
        if file.role in _SUFFIXES:
            suffix, title = _SUFFIXES[file.role]
            number = counts[file.role]
            yield f"{key}#{suffix}-{number}", _titled(title, number, file, neutral=neutral), file
        else:
            number = counts[file.role]
            yield f"{key}#message{f'-{number}' if number > 1 else ''}", MESSAGE, file


def _of_late(document: SourceDocument, *, neutral: bool) -> Iterator[Item]:
    """Named by their bytes: what else the act has been given, and when, is nothing to them."""
    for rank, (mark, file) in enumerate(late_items(document), start=1):
        suffix, title = _SUFFIXES[file.role]
        yield f"{act_key(document.record_key)}#{suffix}-{mark}", _titled(title, rank, file, neutral=neutral), file


def _of_other(document: SourceDocument, *, neutral: bool) -> Iterator[Item]:
    key, counts = document.record_key, dict.fromkeys(Role, 0)
    yield key, title_of(document), document.files[0]
    for file in document.files[1:]:
        counts[file.role] += 1
        suffix, title = ("piece", "Pièce") if file.role is Role.ANNEX else _SUFFIXES.get(file.role, ("piece", "Pièce"))
        number = counts[file.role]
        yield f"{key}-{suffix}-{number}", _titled(title, number, file, neutral=neutral), file


def title_of(document: SourceDocument) -> str:
    """What an attestation, an exchange or a piece of a séance is called."""
    piece = document.metadata.text(Field.PIECE)
    if document.kind is Kind.SEANCE:
        return piece[:1].upper() + piece[1:]
    return TITLES.get(piece if document.kind is Kind.EXCHANGE else document.kind.value, "Échange avec la préfecture")


def _titled(title: str, number: int, file: CollectedFile, *, neutral: bool) -> str:
    if neutral:
        return f"{title} {number}"
    return file.name if file.role is Role.ANNEX else f"{title} – {file.name}"
