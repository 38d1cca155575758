#!/usr/bin/env bash
# Opens the pull request of a deployment, once: ENVIRONMENT, VERSION, ACTOR and GH_TOKEN are set by deploy.yml.
set -euo pipefail
branch="deploy/$ENVIRONMENT-$VERSION"
git diff --quiet && { echo "$ENVIRONMENT runs $VERSION already"; exit 0; }
git config user.name 'github-actions[bot]'
git config user.email '41898282+github-actions[bot]@users.noreply.github.com'
gh auth setup-git
git switch --create "$branch"
git commit --quiet --message "$ENVIRONMENT: release $VERSION" --message "Asked for by $ACTOR." -- deploy/environments
git push --force origin "HEAD:refs/heads/$branch"
[ -n "$(gh pr list --head "$branch" --state open --json number --jq '.[].number')" ] ||
  gh pr create --base main --head "$branch" --title "$ENVIRONMENT: release $VERSION" \
    --body "Verified: signed and built by the release workflow from the commit of v$VERSION. Merging this deploys it; the build before goes on for the attempts that began on it."
gh workflow run ci.yml --ref "$branch"
