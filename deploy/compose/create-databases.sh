#!/bin/sh
# Runs once, when the volume is empty: Temporal and Certifiable get a role and databases each, and see nothing of the
# other's.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" \
  --set certifiable_password="$CERTIFIABLE_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE certifiable LOGIN PASSWORD :'certifiable_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE certifiable OWNER certifiable;
REVOKE CONNECT, TEMPORARY ON DATABASE temporal, temporal_visibility, certifiable FROM PUBLIC;
SQL
