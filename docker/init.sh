#!/usr/bin/env bash
# What must be there before the other services start. Running it again changes nothing.
set -euo pipefail
airflow db migrate
airflow sync-perm
airflow users create --role Admin --username admin --password "$AIRFLOW_ADMIN_PASSWORD" \
    --firstname Admin --lastname Versement --email admin@localhost.invalid
python "$(dirname "$0")/create_registry.py"
pools=$(mktemp --suffix=.json)
python -m versement.orchestration.pools > "$pools"
airflow pools import "$pools"
rm "$pools"
