"""Why a document lacks a file that the drop holds: then nothing is to be dropped, a name is to be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from versement.domain.documents import CollectedFile, Finding, SourceDocument
from versement.domain.identity import IdActe
from versement.domain.qualification import blocking
from versement.steps.chain import Chain


def told_truly(
    chain: Chain, document: SourceDocument, findings: Sequence[Finding], holders: Mapping[str, SourceDocument]
) -> tuple[Finding, ...]:
    """The findings, those of a missing file replaced where the file is there under another name or for another act.

    `holders` are the documents of this collection that have their act's file, by record key.
    """
    missing = [file for file in document.files if file.fixity is None]
    if not missing:
        return tuple(findings)
    truly = {finding.path: finding for finding in _misnamed(chain, document, missing)}
    act = document.act_file
    if act in missing and not truly:
        truly = {finding.path: finding for finding in _under_another_name(chain, document, act, holders)}
    kept = (finding for finding in findings if finding.code != "FILE_MISSING" or finding.path not in truly)
    return (*truly.values(), *kept)


def _misnamed(chain: Chain, document: SourceDocument, missing: Iterable[CollectedFile]) -> Iterable[Finding]:
    announced = chain.registry.announced_as(chain.tenant, document.id)
    why = {file.path: file.missing for file in announced.files} if announced else {}
    for file in missing:
        if why.get(file.path) in PAGES:
            yield _pages_not_cut(document, file.path, why[file.path])
        elif why.get(file.path) == "INDEX_SAME_FILE":
            yield blocking(
                "INDEX_SAME_FILE",
                f"« {document.reference} » : le fichier « {file.path} » est aussi celui d’une autre ligne d’index, qui "
                "dit autre chose. Corrigez l’une des deux (DELIB_URL, ou la colonne du fichier).",
                file.path,
            )
        elif why.get(file.path) == "NAME_AMBIGUOUS":
            yield blocking(
                "NAME_AMBIGUOUS",
                f"« {document.reference} » : plusieurs fichiers du dépôt portent le nom « {file.path} » ({file.role}). "
                "Donnez-leur des noms différents, et corrigez ce qui les annonce.",
                file.path,
            )


PAGES = {
    "PAGES_BEYOND": "l’index donne, à lui ou à d’autres, des pages que le PDF n’a pas ; toutes peuvent être décalées. "
    "Redéposez l’index qui va avec ce fichier.",
    "PAGES_OVERLAP": "ses pages sont aussi données à un autre document. Corrigez les pages dans l’index.",
    "PAGES_UNCLAIMED": "des pages voisines ne sont données à personne : il est peut-être incomplet. Complétez l’index.",
    "PAGES_UNPROVEN": "ses pages ne portent pas la valeur que la fiche demande d’y lire (proof), l’une porte celle "
    "d’un autre, ou l’une des siennes est chez un autre. Vérifiez l’index.",
    "PAGES_UNREADABLE": "le PDF d’où il doit être découpé ne peut pas être lu. Redéposez le fichier d’origine.",
}
"""Why the pages of a document were not cut out of the PDF that holds them, by code."""


def _pages_not_cut(document: SourceDocument, path: str, code: str) -> Finding:
    return blocking(code, f"« {document.reference} » : {PAGES[code]}", path)


def _under_another_name(
    chain: Chain, document: SourceDocument, act: CollectedFile | None, holders: Mapping[str, SourceDocument]
) -> Iterable[Finding]:
    """The act of a row without file, when a document with the same IDActe has it."""
    if act is None or IdActe.parse(document.record_key) is None:
        return
    record = chain.registry.record(chain.tenant, document.record_key)
    other = holders.get(document.record_key) or (record.document if record else None)
    if other is not None and other.id != document.id:
        yield blocking(
            "INDEX_FILE_UNNAMED",
            f"« {document.reference} » : sa ligne d’index ne mène pas à son fichier, qui est « {other.reference} » "
            "d’après l’IDActe. Corrigez DELIB_URL ; il n’y a rien à redéposer.",
            act.path,
        )
