"""`python -m versement`: what can be done without Airflow."""

import sys

ON_WINDOWS = (
    "versement ne tourne pas sous Windows même. Deux chemins : par le navigateur, dans Airflow, sans rien installer "
    "(DAG « Essai d’une fiche de connecteur ») ; ou dans WSL : wsl --install, puis les mêmes commandes sous Ubuntu. "
    "Le guide docs/guides/premier-connecteur.md les décrit.\n"
)

if sys.platform == "win32":  # locks, limits of child processes and names read one by one are POSIX's
    sys.stderr.write(ON_WINDOWS)
    sys.exit(2)

from versement.cli.main import main  # noqa: E402 - cannot even be imported there

sys.exit(main())
