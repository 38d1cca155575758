#!/bin/sh
# Temporal and Certifiable get a role and databases each, and see nothing of the other's. Safe to repeat: what a start that was cut
# short left out is made, and a password that was changed becomes what is set.
set -eu

psql --set ON_ERROR_STOP=1 --host postgresql --username postgres --dbname postgres --no-psqlrc --quiet \
  --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" \
  --set certifiable_password="$CERTIFIABLE_DATABASE_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['temporal', 'certifiable']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE temporal LOGIN PASSWORD :'temporal_password';
ALTER ROLE certifiable LOGIN PASSWORD :'certifiable_password';
SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
  FROM (VALUES ('temporal', 'temporal'), ('temporal_visibility', 'temporal'), ('certifiable', 'certifiable')) AS wanted (name, owner)
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE temporal, temporal_visibility, certifiable FROM PUBLIC;
SQL
