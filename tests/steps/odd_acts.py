"""Acts, index rows and messages of Saint-Aubin, made one at a time for drops that hold little else."""

from __future__ import annotations

from datetime import date

from sandbox.samples import pdf
from sandbox.samples.model import Act, Commune, Seance

SIREN, NEIGHBOUR = "219509908", "219509916"
ID = f"095-{SIREN}-20260312-2026_100-DE"
COMMUNE = Commune(
    key="saint-aubin",
    name="Saint-Aubin-sur-Viosne",
    department="095",
    siren=SIREN,
    siret=f"{SIREN}00017",
    prefecture="PREF095",
    tenant=2,
    room="salle du conseil",
    site="x.example",
    acts=(),
)
HEADER = (
    "COLL_NOM;COLL_SIRET;DELIB_ID;DELIB_DATE;DELIB_MATIERE_CODE;DELIB_MATIERE_NOM;DELIB_OBJET;DELIB_URL;NATURE_ACTE\n"
)


def act(number: str = "2026_100", *, day: date = date(2026, 3, 12), stamped: bool = True, says: str = "Vu") -> bytes:
    """A délibération's PDF; `says` is a paragraph of its text."""
    seance = Seance(day=day, hour="20 h 30", folder="", sent=day, members=("Anne Durand", "Paul Petit"))
    made = Act(
        number=number,
        printed=number.replace("_", " / "),
        seance=seance,
        matter="7.1",
        title="Tarifs de la cantine",
        speaker="Madame Durand",
        whereas=(says,),
        decides=("Adopte les tarifs.",),
        votes=(2, 0, 0),
        stamped=stamped,
    )
    return pdf.deliberation(COMMUNE, made)


def index(*rows: str) -> bytes:
    return (HEADER + "".join(rows)).encode()


def row(identifier: str, file: str, *, day: str = "2026-03-12", objet: str = "Tarifs", nature: str = "1") -> str:
    return f"Saint-Aubin;{SIREN}00017;{identifier};{day};7.1;Budget;{objet};{file};{nature}\n"


def acknowledgement(
    file: str, *, identifier: str = ID, number: str = "2026_100", day: str = "2026-03-12", nature: str = "1"
) -> bytes:
    """An ARActe of the act in a file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<actes:ARActe xmlns:actes="http://www.interieur.gouv.fr/ACTES#v1.1-20040216" '
        f'actes:IDActe="{identifier}" actes:DateReception="2026-03-25">'
        f'<actes:ActeRecu actes:Date="{day}" actes:NumeroInterne="{number}" actes:CodeNatureActe="{nature}">'
        '<actes:CodeMatiere1 actes:CodeMatiere="7"/><actes:CodeMatiere2 actes:CodeMatiere="1"/>'
        "<actes:Objet>Tarifs</actes:Objet>"
        f"<actes:Document><actes:NomFichier>{file}</actes:NomFichier></actes:Document>"
        "</actes:ActeRecu></actes:ARActe>"
    ).encode()
