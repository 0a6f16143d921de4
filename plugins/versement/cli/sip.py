"""Check of a SIP file, ours or anybody's, before it is sent."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import json
import sys
from collections.abc import Iterable
from itertools import groupby

from versement.adapters.formats.identify import identify
from versement.cli.output import say, takes_all
from versement.seda.check import Report, Ruling, Verdict, check_sip

STATUS = {Verdict.OK: 0, Verdict.WARNING: 3, Verdict.KO: 4, Verdict.UNDETERMINED: 5}
"""Exit status by verdict; 2 is for wrong arguments."""


def check(arguments: argparse.Namespace) -> int:
    """Say what Vitam would say of a SIP; the first word is the verdict."""
    try:
        report = check_sip(arguments.path, identify if arguments.formats else None)
    except OSError as error:
        report = Report(Verdict.UNDETERMINED, (), unread=f"Le SIP n’est pas jugé : {_reason(error)}.")
    if arguments.json:
        say(json.dumps(dataclasses.asdict(report), ensure_ascii=not takes_all(), indent=2))
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(report))
    return STATUS[report.verdict]


def _reason(error: OSError) -> str:
    known = {
        errno.ENOENT: "ce fichier n’existe pas",
        errno.EISDIR: "c’est un dossier ; un zip ou un tar est attendu",
        errno.EACCES: "vous n’avez pas le droit de lire ce fichier",
        errno.ENOSPC: "il n’y a plus de place pour copier à côté bordereau et fichiers (variable TMPDIR)",
    }
    return known.get(error.errno or 0, "le fichier ne se lit pas jusqu’au bout")


def _lines(report: Report) -> Iterable[str]:
    yield report.verdict
    if report.unread:
        yield report.unread
        return
    found = report.contents
    version = f"SEDA {found.version}" if found.version else "bordereau non lu"
    counts = {"unités": found.units, "groupes": found.groups, "objets": found.objects, "fichiers": found.files}
    yield " ; ".join([version, *(f"{name} : {number}" for name, number in counts.items())])
    yield from _rulings("Ce que Vitam dirait", report.events)
    yield from _rulings("Remarques, hors de ce que Vitam dirait", report.remarks)
    yield f"\nSchéma officiel du SEDA, à part du verdict : {_validity(report)}"
    yield from (f"  {message}" for message in report.official.messages)
    yield "\nNon vérifié, car le SIP seul ne le dit pas :"
    yield from (f"  - {item}" for item in report.unchecked)


def _rulings(title: str, rulings: Iterable[Ruling]) -> Iterable[str]:
    for number, (code, each) in enumerate(groupby(rulings, key=lambda ruling: ruling.code)):
        if not number:
            yield f"\n{title} :"
        yield f"  {code or 'Sans code de Vitam'}"
        for ruling in each:
            yield f"    {ruling.element} : {ruling.message}" if ruling.element else f"    {ruling.message}"


def _validity(report: Report) -> str:
    if report.official.valid is None:
        return "non comparé." if report.official.messages else "non comparé, le contrôle s’est arrêté avant."
    return "conforme." if report.official.valid else "non conforme."
