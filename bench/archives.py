"""Archives opened as folders, against the standard library on the same bytes; notices, against plain JSON; memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.measure import Measure, peak_mib
from versement.adapters.formats.archives import open_archive
from versement.adapters.formats.decp import read_notices
from versement.adapters.sources import FolderSource
from versement.adapters.staging import DiskStaging
from versement.domain.documents import FileReference
from versement.domain.fixity import CHUNK
from versement.domain.tenant import Tenant
from versement.steps.opened import OpenedSource

_TENANT = Tenant("mesure", "marches", 1, "mesure", "essai")
_MEMBERS, _BIG = 20_000, 400 << 20
_NOTICE = {
    "id": "2024M01200",
    "acheteur": {"id": "21950990800014", "nom": "Commune"},
    "objet": "Travaux de voirie, réfection des trottoirs et de la chaussée",
    "nature": "Marché",
    "codeCPV": "45000000-7",
    "procedure": "Procédure adaptée",
    "dureeMois": 12,
    "dateNotification": "2024-05-15",
    "datePublicationDonnees": "2024-05-25",
    "montant": 575000,
    "titulaires": [{"typeIdentifiant": "SIRET", "id": "55204599900869"}],
}


def measures() -> Iterable[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        drop = Path(folder) / "depot"
        drop.mkdir()
        _write_apart(drop / "M1.zip")
        yield from _opened(drop)
        yield Measure("peak memory of that", peak_mib(), "MiB", bar=250, at_most=True)
        yield from _notices(Path(folder) / "decp.json")


def _opened(drop: Path) -> Iterable[Measure]:
    source = OpenedSource(FolderSource(drop), DiskStaging(drop.parent / "preparation"), open_archive, ["*.zip"])
    plain = _seconds(lambda: _read_plainly(drop / "M1.zip"))
    listed: list[FileReference] = []
    took = _seconds(lambda: listed.extend(source.listing(_TENANT)))
    yield Measure(f"archive of {len(listed)} files staged and listed", took, "s")
    ours = _seconds(lambda: _read(source, listed))
    source.close()
    yield Measure("its members read, against zipfile", 100 * plain / ours, "%", bar=70)


def _read(source: OpenedSource, listed: Iterable[FileReference]) -> None:
    for reference in listed:
        for _ in source.read(_TENANT, reference):
            pass


def _read_plainly(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                while member.read(CHUNK):
                    pass


def _notices(path: Path) -> Iterable[Measure]:
    path.write_text(json.dumps({"marches": [{**_NOTICE, "id": f"2024M{n}00"} for n in range(10_000)]}))
    plain = _seconds(lambda: json.loads(path.read_bytes()))
    ours = _seconds(lambda: read_notices(path))
    yield Measure(f"10 000 notices read ({ours / plain:.0f} × plain JSON)", ours, "s", bar=10, at_most=True)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _write_apart(path: Path) -> None:
    """In another process, whose memory is not that of the measure."""
    code = "import sys, pathlib, bench.archives as b; b.write(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def write(path: Path) -> None:
    """Many small members and a big one, that do not compress."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(_MEMBERS):
            archive.writestr(f"11.4. Offres non retenues/Candidat {n % 50}/piece {n}.pdf", os.urandom(2048))
        with archive.open("plan.bin", "w") as member:
            for _ in range(_BIG // CHUNK):
                member.write(os.urandom(CHUNK))
