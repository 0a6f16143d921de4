"""Pages that stand by themselves: what somebody signs, without Airflow."""
