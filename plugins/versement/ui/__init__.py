"""Pages in Airflow's menu."""
