#!/usr/bin/env bash
# Puts the older release into the environment's file on main: ENVIRONMENT, VERSION, DIGEST, BUILD, REASON, ACTOR and GH_TOKEN are set
# by rollback.yml. Another commit that comes first is no reason to give up.
set -euo pipefail
git config user.name 'github-actions[bot]'
git config user.email '41898282+github-actions[bot]@users.noreply.github.com'
gh auth setup-git
for _ in 1 2 3 4 5; do
  git fetch --quiet origin main
  git reset --quiet --hard origin/main
  node deploy/release/set-release.ts --environment "$ENVIRONMENT" --digest "$DIGEST" --build "$BUILD"
  git diff --quiet && { echo "$ENVIRONMENT runs $VERSION already"; exit 0; }
  git commit --quiet --message "$ENVIRONMENT: back to release $VERSION" --message "$REASON" --message "Rolled back by $ACTOR." -- deploy/environments
  git push origin HEAD:main && exit 0
done
echo 'main moved on five times meanwhile' >&2
exit 1
