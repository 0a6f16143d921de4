"""`python -m versement`: what can be done without Airflow."""

import sys

from versement.cli.main import main

sys.exit(main())
