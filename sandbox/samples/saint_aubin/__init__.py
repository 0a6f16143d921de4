"""Saint-Aubin-sur-Viosne: three séances with an SCDL index, and one of each problem that a drop may hold."""

from __future__ import annotations

from sandbox.samples.model import Batch, Commune, Index
from sandbox.samples.saint_aubin.council import FOLDER_12_MARCH, FOLDER_21_MAY
from sandbox.samples.saint_aubin.march import ACTS_12_MARCH, ACTS_27_MARCH
from sandbox.samples.saint_aubin.may import ACTS_21_MAY

INDEX = (
    (Batch.FIRST, Index(path="deliberations-saint-aubin.csv", delimiter=";", encoding="utf-8-sig")),
    (Batch.LATE, Index(path="deliberations-saint-aubin-complément.csv", delimiter=",", encoding="cp1252")),
)

WASTE = (
    (".DS_Store", b"\x00\x00\x00\x01Bud1" + bytes(120)),
    (f"{FOLDER_12_MARCH}/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)),
    (f"{FOLDER_21_MAY}/~$brouillon.docx", b"\x06Mairie" + bytes(155)),
)


SAINT_AUBIN = Commune(
    key="saint-aubin",
    name="Commune de Saint-Aubin-sur-Viosne",
    department="095",
    siren="219509908",
    siret="21950990800014",
    prefecture="PREF095",
    tenant=2,
    room="mairie, salle du conseil",
    site="https://www.saint-aubin-sur-viosne.example/deliberations",
    acts=(*ACTS_12_MARCH, *ACTS_27_MARCH, *ACTS_21_MAY),
    indexes=INDEX,
    waste=WASTE,
)
