"""Trees of consultations as platforms and purchasers make them: numbered folders, ciphered plis, repeats, rubbish."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

WHEN = (2024, 3, 5, 10, 20, 30)
ROOT = "42007_achat_de_materiel_de_bureau"

TREE: Mapping[str, bytes] = {
    "1. Préparation/Estimation des besoins.pdf": b"besoins",
    "2. Lancement/DCE/AE.pdf": b"acte d'engagement",
    "2. Lancement/DCE/CCAP.pdf": b"ccap",
    "2. Lancement/DCE/CCTP.pdf": b"cctp",
    "2. Lancement/DCE/RC.pdf": b"reglement",
    "2. Lancement/Registre des dépôts.csv": b"N;Type;Pli;Societe\n1;Electronique;42007_offre_1_1.crypt;A\n"
    b"2;Electronique;42007_offre_2_2.crypt;B\n3;Papier;;C\n",
    "3. Analyses/RAO.pdf": b"rapport d'analyse",
    "11.3. Offre retenue/Société Dupont/Offre.pdf": b"offre retenue",
    "11.3. Offre retenue/Société Dupont/Offre.pdf.p7s": b"signature",
    "11.3. Offre retenue/Société Dupont/Offre.pdf.tsr": b"jeton",
    "11.4. Offres non retenues/Candidat NR 1/DC1.pdf": b"dc1",
    "11.4. Offres non retenues/Candidat NR 1/Attestation.pdf": b"attestation",
    "11.4. Offres non retenues/Candidat NR 2/DC1.pdf": b"dc1",
    "12.5. Envoi Contrôleur Financier/Courrier.pdf": b"courrier",
    "12.6. Notification/ARN.pdf": b"notification",
    "13. Exécution/Avenant 1.pdf": b"avenant",
    "OFFRES DEMAT/42007_offre_1_1.crypt": b"\x00\x01chiffre",
    ".DS_Store": b"rubbish",
    "2. Lancement/.DS_Store": b"rubbish",
}
"""A consultation by its paths under the root."""

EXPECTED: Mapping[str, tuple[str, str, str]] = {
    "1. Préparation/Estimation des besoins.pdf": ("1", "", ""),
    "2. Lancement/DCE/AE.pdf": ("2", "", ""),
    "2. Lancement/Registre des dépôts.csv": ("2", "", ""),
    "3. Analyses/RAO.pdf": ("4", "", ""),
    "11.3. Offre retenue/Société Dupont/Offre.pdf": ("3", "retained", "Société Dupont"),
    "11.4. Offres non retenues/Candidat NR 1/DC1.pdf": ("3", "rejected", "Candidat NR 1"),
    "11.4. Offres non retenues/Candidat NR 2/DC1.pdf": ("3", "rejected", "Candidat NR 2"),
    "12.5. Envoi Contrôleur Financier/Courrier.pdf": ("5", "", ""),
    "12.6. Notification/ARN.pdf": ("5", "", ""),
    "13. Exécution/Avenant 1.pdf": ("6", "", ""),
    "OFFRES DEMAT/42007_offre_1_1.crypt": ("3", "", ""),
}
"""Phase, outcome and tenderer that the seeded patterns give."""


def spoilt(name: str) -> str:
    """The name as some tools write it: DOS bytes read as Russian ones (`PrВparation`)."""
    try:
        return name.encode("cp850").decode("cp866")
    except UnicodeError:
        return name


def archive(tree: Mapping[str, bytes] = TREE, *, root: str = ROOT, mojibake: bool = False) -> bytes:
    """The tree as a zip with one root folder, its names spoilt or not."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for path, data in tree.items():
            name = f"{root}/{path}" if root else path
            target.writestr(zipfile.ZipInfo(spoilt(name) if mojibake else name, WHEN), data)
    return made.getvalue()
