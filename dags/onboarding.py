"""One DAG per organisation to try the profile of a connector; see versement.orchestration.onboarding."""

from airflow.sdk import get_parsing_context

from versement.orchestration.onboarding import onboarding_dags
from versement.settings import Settings

_wanted = get_parsing_context().dag_id
globals().update({dag.dag_id: dag for dag in onboarding_dags(Settings.from_environment().profiles, only=_wanted)})
