#!/bin/sh
# Brings both databases of Temporal to the schema of this release. Safe to repeat: an upgrade applies what is missing.
set -eu

for database in temporal temporal_visibility; do
  schema=postgresql/v12/${database#temporal_}
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "$schema"
done
