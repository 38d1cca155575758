#!/bin/bash
# What the official entry point does with a password for the superuser and scripts: on an empty folder it makes the data, then runs
# each script against a server that listens on its socket alone; on any other it only starts, as the official one does.
set -euo pipefail

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?}"
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  initdb --pgdata="$PGDATA" --username="${POSTGRES_USER:=postgres}" --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  export POSTGRES_USER PGPASSWORD="$POSTGRES_PASSWORD"
  postgres -D "$PGDATA" -c listen_addresses='' &
  server=$!
  until pg_isready --quiet --username="$POSTGRES_USER"; do sleep 0.1; done
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ -e "$script" ] && sh "$script"
  done
  kill -INT "$server"
  wait "$server"
  unset PGPASSWORD
  echo 'PostgreSQL init process complete; ready for start up.'
elif [ "${1:-}" = postgres ]; then
  echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
fi

if [ "${1:-}" = postgres ]; then
  shift
  set -- postgres -c listen_addresses='*' "$@"
fi
exec "$@"
