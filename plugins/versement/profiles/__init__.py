"""Connector profiles: strict YAML read into frozen models. Knows neither Airflow nor the network."""
