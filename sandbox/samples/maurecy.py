"""Maurecy: two séances, no index; stamps and ARActes only, accents in names, and one duplicate."""

from __future__ import annotations

from datetime import date

from sandbox.samples.model import Act, Annex, Batch, Commune, Picture, Receipt, Seance

MAYOR_SPEAKS = "Monsieur le Maire"
MEMBERS = [
    "François Délaurier",
    "Agnès Maucourt",
    "Théo Bélanger",
    "Françoise Lécuyer",
    "Karim Benoît-Saïd",
    "Noëlle Prévost",
    "Jérôme Cœuret",
    "Sylvie d’Aubigné",
    "Raphaël Ménard",
    "Clémence Thiébaut",
    "Ségolène Maître",
]
FEBRUARY_10 = Seance(
    day=date(2026, 2, 10),
    hour="20h30",
    folder="2026-02-10",
    sent=date(2026, 2, 12),
    members=tuple(MEMBERS[:9]),
    proxies=("Clémence Thiébaut",),
)
MARCH_30 = Seance(
    day=date(2026, 3, 30), hour="19h30", folder="2026-03-30", sent=date(2026, 4, 1), members=tuple(MEMBERS)
)

ACTS = (
    Act(
        number="2026_001",
        printed="2026 / 001",
        seance=FEBRUARY_10,
        matter="7.1",
        title="Ouverture de crédits d’investissement avant le vote du budget 2026",
        speaker=MAYOR_SPEAKS,
        whereas=("Vu l’article L. 1612-1 du Code général des collectivités territoriales,",),
        decides=("Le maire est autorisé à engager des dépenses d’investissement à hauteur de 42 500 €.",),
        votes=(10, 0, 0),
        file="2026-02-10/Délibération 001 – crédits d’investissement.pdf",
        indexed=False,
    ),
    Act(
        number="2026_002",
        printed="2026 / 002",
        seance=FEBRUARY_10,
        matter="4.1",
        title="Modification du tableau des emplois",
        speaker=MAYOR_SPEAKS,
        whereas=("Considérant les besoins du service périscolaire,",),
        decides=("Un emploi d’adjoint d’animation à temps non complet est créé au 1er septembre 2026.",),
        votes=(10, 0, 0),
        file="2026-02-10/Délibération 002 – tableau des emplois.pdf",
        indexed=False,
        annexes=(
            Annex(
                path="2026-02-10/Délibération 002 – tableau des emplois_annexe.pdf",
                title="Tableau des emplois de la commune",
                lines=(
                    "Grade|Postes|Temps",
                    "Rédacteur|1|35 h",
                    "Adjoint technique|3|35 h",
                    "Adjoint d’animation|2|24 h",
                ),
            ),
        ),
    ),
    Act(
        number="2026_003",
        printed="2026 / 003",
        seance=FEBRUARY_10,
        matter="8.3",
        title="Dénomination de l’allée des Érables et numérotage",
        speaker="Madame Maucourt",
        whereas=("Considérant la livraison de douze logements,",),
        decides=("La voie nouvelle est dénommée « allée des Érables ».",),
        votes=(9, 0, 1),
        indexed=False,
        receipt=Receipt(encoding="ISO-8859-1"),
    ),
    Act(
        number="2026_004",
        printed="2026 / 004",
        seance=FEBRUARY_10,
        matter="3.2",
        title="Cession de la parcelle AB 214 au lieu-dit « L’Orée du bois »",
        speaker=MAYOR_SPEAKS,
        whereas=("Vu l’avis du service des domaines,", "Considérant que la parcelle n’a pas d’usage public,"),
        decides=("La parcelle AB 214 (612 m²) est cédée au prix de 31 000 €.",),
        votes=(8, 2, 0),
        indexed=False,
        receipt=Receipt(encoding="windows-1252"),
        annexes=(
            Annex(
                path="2026-02-10/plan de situation AB 214.pdf",
                title="Plan de situation – parcelle AB 214",
                picture=Picture.PLAN,
                lines=("AB 212", "AB 213", "AB 214", "AB 215"),
            ),
        ),
    ),
    Act(
        number="2026_005",
        printed="2026 / 005",
        seance=MARCH_30,
        matter="5.1",
        title="Élection du maire",
        speaker="La doyenne d’âge",
        whereas=("Le premier tour donne 10 voix à François Délaurier et un bulletin blanc.",),
        decides=("François Délaurier est proclamé maire et immédiatement installé.",),
        votes=(10, 0, 1),
        indexed=False,
        receipt=Receipt(encoding="UTF-8", batch=Batch.LATE),
        problems="i",
        reason="L’ARActe arrive après le premier passage et s’attache à l’acte déjà accepté.",
    ),
    Act(
        number="2026_006",
        printed="2026 / 006",
        seance=MARCH_30,
        matter="5.2",
        title="Règlement intérieur du conseil municipal",
        speaker=MAYOR_SPEAKS,
        whereas=("Vu l’article L. 2121-8 du Code général des collectivités territoriales,",),
        decides=("Le règlement intérieur est adopté.",),
        votes=(11, 0, 0),
        file="2026-03-30/Règlement intérieur du conseil.pdf",
        indexed=False,
        copies=("2026-03-30/à publier/Reglement interieur (1).pdf",),
        problems="a",
        reason="Le même acte, les mêmes octets, sous deux noms : un accepté, un doublon.",
    ),
    Act(
        number="2026_007",
        printed="2026 / 007",
        seance=MARCH_30,
        matter="7.2",
        title="Vote des taux d’imposition 2026",
        speaker="Monsieur Bélanger",
        whereas=("Vu les articles 1636 B sexies et 1639 A du Code général des impôts,",),
        decides=(
            "Le taux de la taxe foncière sur les propriétés bâties est maintenu à 32,18 %.",
            "Le taux de la taxe foncière sur les propriétés non bâties est maintenu à 58,40 %.",
        ),
        votes=(9, 1, 1),
        indexed=False,
        stamped=False,
        receipt=Receipt(encoding="UTF-8"),
    ),
    Act(
        number="2026_008",
        printed="2026 / 008",
        seance=MARCH_30,
        matter="8.1",
        title="Convention avec l’école Sainte-Geneviève pour l’accueil du midi",
        speaker="Madame Lécuyer",
        whereas=("Considérant l’intérêt d’un accueil commun des élèves,",),
        decides=("La convention est approuvée ; le maire est autorisé à la signer.",),
        votes=(11, 0, 0),
        file="2026-03-30/Délibération 008 – accueil du midi.pdf",
        indexed=False,
    ),
)

MAURECY = Commune(
    key="maurecy",
    name="Commune de Maurecy",
    department="078",
    siren="217809904",
    siret="21780990400014",
    prefecture="PREF078",
    tenant=3,
    room="mairie, salle des mariages",
    site="https://www.maurecy.example/actes",
    acts=ACTS,
    apostrophe="'",
)
