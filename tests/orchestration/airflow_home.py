"""An Airflow of its own for the tests: no file of the developer's is read or written. Imported before Airflow is."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="versement-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

OURS = ("VERSEMENT_PROFILES", "VERSEMENT_REGISTRY_URL", "VERSEMENT_STAGING")

for name in [name for name in os.environ if name.startswith("AIRFLOW") or name in OURS]:
    del os.environ[name]
os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",
)
