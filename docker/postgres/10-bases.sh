#!/usr/bin/env bash
# Run once by PostgreSQL's image on an empty volume: two databases, three roles.
# `versement`, with which the chain works, owns nothing: the wall between coffres holds for it.
set -euo pipefail
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv airflow AIRFLOW_DB_PASSWORD
\getenv owner REGISTRY_OWNER_PASSWORD
\getenv registry REGISTRY_PASSWORD
CREATE ROLE airflow LOGIN PASSWORD :'airflow';
CREATE ROLE versement_owner LOGIN PASSWORD :'owner';
CREATE ROLE versement LOGIN PASSWORD :'registry';
CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE registre OWNER versement_owner;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
REVOKE ALL ON DATABASE registre FROM PUBLIC;
GRANT CONNECT ON DATABASE registre TO versement;
SQL
