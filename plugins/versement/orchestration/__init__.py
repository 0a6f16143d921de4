"""Airflow: DAG factory, operators, triggers, wiring, error translation."""
