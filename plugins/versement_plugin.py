"""The pages of versement in Airflow's menu and on each run."""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from versement.ui.french import FrenchByDefault
from versement.ui.mount import LazyApp


class VersementPlugin(AirflowPlugin):  # type: ignore[misc]  # Airflow comes without types
    """Declares the pages. Addresses are relative, so that they hold behind a path-prefixed proxy."""

    name = "versement"
    fastapi_apps: ClassVar[list[Any]] = [{"app": LazyApp(), "url_prefix": "/versement", "name": "Versements"}]
    fastapi_root_middlewares: ClassVar[list[Any]] = [{"middleware": FrenchByDefault, "name": "Français par défaut"}]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Versem.",
            "href": "versement/",
            "destination": "nav",
            "url_route": "versements",
            "nav_top_level": True,
        },
        {
            "name": "Bilan",
            "href": "versement/rapport?dag_id={DAG_ID}&run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "bilan",
        },
    ]
