"""One DAG of questions per organisation; see versement.orchestration.arbitration."""

from airflow.sdk import get_parsing_context

from versement.orchestration.arbitration import arbitration_dags
from versement.settings import Settings

_wanted = get_parsing_context().dag_id
globals().update({dag.dag_id: dag for dag in arbitration_dags(Settings.from_environment().profiles, only=_wanted)})
