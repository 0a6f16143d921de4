"""Who sits in the council of Saint-Aubin-sur-Viosne, when it met, and the annexes that several acts use."""

from __future__ import annotations

from datetime import date

from sandbox.samples.model import Annex, Seance

MAYOR = "Claire Vauquelin"
MEMBERS = (
    f"{MAYOR},Étienne Aubriot,Solène Kermadec,Gaël Rouvière,Anne-Laure Désormeaux,Moussa Traoré-Lenoir,Béatrice Œillet,"
    "Luc Frémont,Inès Haddad-Morel,Cédric Pâquereau,Jean-Noël Vasseur,Maïwenn Le Goff,Paul Grandjean,Zoé Lacôte,"
    "Hervé N’Diaye-Ruault"
).split(",")
MAYOR_SPEAKS = "Madame le Maire"
FINANCE = "Monsieur Aubriot"
SCHOOLS = "Madame Kermadec"
TOWN = "Monsieur Rouvière"

FOLDER_12_MARCH = "seance-2026-03-12"
FOLDER_21_MAY = "Séance du 21 mai 2026"

MARCH_12 = Seance(
    day=date(2026, 3, 12),
    hour="20h00",
    folder=FOLDER_12_MARCH,
    sent=date(2026, 3, 16),
    members=tuple(MEMBERS),
    proxies=("Odile Charpentier", "Rémi Sabatier"),
)
MARCH_27 = Seance(day=date(2026, 3, 27), hour="19h00", folder="", sent=date(2026, 3, 30), members=tuple(MEMBERS))
MAY_21 = Seance(
    day=date(2026, 5, 21),
    hour="20h30",
    folder=FOLDER_21_MAY,
    sent=date(2026, 5, 26),
    members=tuple(MEMBERS[:13]),
    proxies=("Zoé Lacôte", "Hervé N’Diaye-Ruault"),
)

HALL_RULES = (
    "Article 1. La salle est louée en priorité aux associations de la commune.",
    "Article 2. La musique cesse à 1 heure du matin ; les portes restent fermées.",
    "Article 3. La caution est rendue après l’état des lieux, sous huit jours.",
)
COUNCIL_TABLE = Annex(
    path="Tableau du conseil municipal.pdf",
    title="Tableau du conseil municipal au 27 mars 2026",
    lines=("Rang|Fonction|Nom", *(f"{rank}|Conseiller|{name}" for rank, name in enumerate(MEMBERS, 1))),
)
