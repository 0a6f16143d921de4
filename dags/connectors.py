"""One DAG per connector profile; see versement.orchestration.factory."""

from airflow.sdk import get_parsing_context

from versement.orchestration.factory import connector_dags
from versement.settings import Settings

_wanted = get_parsing_context().dag_id
globals().update({dag.dag_id: dag for dag in connector_dags(Settings.from_environment().profiles, only=_wanted)})
