"""Drops as tools leave them, small: Pastell folders, a séance, and letters of the préfecture."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache

from reportlab.pdfgen.canvas import Canvas

from tests.steps.odd_acts import ID, SIREN
from tests.steps.world import World

ACTES = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
SIGNATURE = b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02"


@cache
def a_pdf(text: str = "Acte") -> bytes:
    """A PDF of one page, different for each text, with nothing that could be read as metadata."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(72, 700, text)
    canvas.save()
    return out.getvalue()


def pastell(world: World, folder: str, *, files: Mapping[str, list[str]], **said: str) -> None:
    """A folder of Pastell: `metadata.json`, and a file for each name that it lists."""
    described = {
        "acte_nature": "1", "numero_de_lacte": "2026_100", "date_de_lacte": "2026-03-12", "objet": "Tarifs",
        "classification": "7.1 Décisions budgétaires", **said, **files,
    }  # fmt: skip
    world.put(f"{folder}/metadata.json", json.dumps(described, ensure_ascii=False).encode())
    for name in (name for names in files.values() for name in names):
        content = SIGNATURE if name.endswith(".p7s") else a_pdf(f"{folder}/{name}")
        world.put(f"{folder}/{name}", content)
    world.put(f"{folder}/fichier_termine.txt", b"ok")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, as tools drop them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def megalis(**said: object) -> bytes:
    """A zip of the GED of Mégalis: metadata.json, the act and its stamped copy."""
    described = {
        "date_de_lacte": "2026-03-12", "acte_nature": "1", "numero_de_lacte": "2026_100", "objet": "Tarifs",
        "classification": "7.1 Décisions budgétaires", "arrete": ["acte.pdf"], "acte_tamponne": ["acte-tampon.pdf"],
        "siren": SIREN, "entity_name": "Commune", "date_ar": "2026-03-13", **said,
    }  # fmt: skip
    files = {"acte.pdf": a_pdf("acte"), "acte-tampon.pdf": a_pdf("tampon")}
    return zipped({"metadata.json": json.dumps(described).encode(), **files})


def exchange(name: str, *, identifier: str = ID, day: str = "2026-05-02", file: str = "lettre.pdf") -> bytes:
    """A message of the préfecture or to it about an act, with a letter and free text."""
    return (
        f'<?xml version="1.0" encoding="ISO-8859-1"?><a:{name} xmlns:a="{ACTES}" a:IDActe="{identifier}" '
        f'a:DateCourrierPref="{day}"><a:Motif>Motif nominatif</a:Motif><a:Document><a:NomFichier>{file}</a:NomFichier>'
        f"</a:Document></a:{name}>"
    ).encode("latin-1")


def anomaly(file: str, *, number: str = "2026_100") -> bytes:
    """An AnomalieActe with the code that real ones bear."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<a:AnomalieActe xmlns:a="{ACTES}"><a:Date>2026-03-13</a:Date><a:Nature>999</a:Nature>'
        f'<a:ActeRecu a:Date="2026-03-12" a:NumeroInterne="{number}" a:CodeNatureActe="1">'
        f"<a:Document><a:NomFichier>{file}</a:NomFichier></a:Document></a:ActeRecu></a:AnomalieActe>"
    ).encode()


def web_delib(world: World, *names: str) -> None:
    """A séance of web-delib with one act, and the pieces that are named."""
    pieces = "".join(f'<document nom="{name}.pdf" type="{name}"/>' for name in names)
    world.put(
        "s/XML_DESC_7.xml",
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<depot xmlns="http://www.adullact.org/webdelib/infodossier/1.0"><seance idSeance="7"><typeSeance>Conseil '
        f"municipal</typeSeance><dateSeance>2026-03-12 18:30:00</dateSeance>{pieces}</seance>"
        '<dossierActe idActe="1"><libelle>Tarifs</libelle><natureACTE>Délibérations</natureACTE>'
        "<dateACTE>2026-03-12</dateACTE><numeroACTE>2026_100</numeroACTE>"
        '<document nom="1.pdf" relname="1.pdf" type="TexteActe"/></dossierActe></depot>'.encode(),
    )
    world.put("s/documents.zip/1.pdf", a_pdf("1"))
    for name in names:
        world.put(f"s/documents.zip/{name}.pdf", a_pdf(name))


SEANCE = f"{SIREN}/seance/2026-03-12"
