#!/bin/sh
# Temporal and Certifiable get a role and databases each, and see nothing of the other's; each process of Certifiable gets a login that may do what the
# process needs (prisma/privileges.ts) and nothing else. Safe to repeat: what a start that was cut
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

# Of the profile `identity`, where somebody has set a password for it.
if [ -n "${KEYCLOAK_DATABASE_PASSWORD:-}" ]; then
  psql --set ON_ERROR_STOP=1 --host postgresql --username postgres --dbname postgres --no-psqlrc --quiet --set password="$KEYCLOAK_DATABASE_PASSWORD" <<'SQL'
SELECT 'CREATE ROLE keycloak' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keycloak') \gexec
ALTER ROLE keycloak LOGIN PASSWORD :'password';
SELECT 'CREATE DATABASE keycloak OWNER keycloak' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'keycloak') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE keycloak FROM PUBLIC;
SQL
fi

# A role of each process, and a login that is a member of it: `role password`.
login() {
  psql --set ON_ERROR_STOP=1 --host postgresql --username postgres --dbname postgres --no-psqlrc --quiet \
    --set role="certifiable_$1" --set login="certifiable_$1_login" --set password="$2" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'role', :'login']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"role" NOLOGIN;
ALTER ROLE :"login" LOGIN PASSWORD :'password';
GRANT :"role" TO :"login";
GRANT CONNECT ON DATABASE certifiable TO :"role";
SQL
}

login api "$CERTIFIABLE_API_PASSWORD"
login certification "$CERTIFIABLE_CERTIFICATION_PASSWORD"
login grading_auto "$CERTIFIABLE_GRADING_AUTO_PASSWORD"
login grading_human "$CERTIFIABLE_GRADING_HUMAN_PASSWORD"
login feedback "$CERTIFIABLE_FEEDBACK_PASSWORD"
login publication "$CERTIFIABLE_PUBLICATION_PASSWORD"
login notification "$CERTIFIABLE_NOTIFICATION_PASSWORD"
login reporting "$CERTIFIABLE_REPORTING_PASSWORD"
login delivery "$CERTIFIABLE_DELIVERY_PASSWORD"
login events "$CERTIFIABLE_EVENTS_PASSWORD"
login intake "$CERTIFIABLE_INTAKE_PASSWORD"
