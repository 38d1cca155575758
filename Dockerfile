# One image for the API, every worker pool and the one-off jobs; the command says which:
#   node api/main.ts | node workers/main.ts --pool NAME | node prisma/migrate.ts | certifiable deployment promote BUILD_ID
#
# Debian with glibc: Temporal's native module has no build for Alpine's musl. The tag names one Node release, the one of
# the npm package "node" in package.json; the release pipeline adds its digest: --build-arg NODE_IMAGE=node:…@sha256:…
# Slim and not distroless, whose tags name no release of anything: the version that runs is the one that was tested.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# The generated Prisma client, the workflow bundle and the pages: what runs must not need a generator or a bundler.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts only fetch binaries that the image has (node) or does not use (engines, embedded PostgreSQL).
RUN npm ci --ignore-scripts
COPY . .
RUN node local/generate.ts && node local/bundle.ts build/workflow-bundle.js && node local/pages.ts

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# As locked. Optional ones are needed: Typst's native module is one, for the platform of the image. Another is Prisma's own command line
# with a third of the tree, as long as package.json names it: hence without what is for development. Of Temporal's native module only
# the build for the image's architecture can load here. The bill of materials says what was installed, and stays with it.
RUN npm pkg delete devDependencies \
 && npm install --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm sbom --omit=dev --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
ENV NODE_ENV=production \
    WORKFLOW_BUNDLE=/app/build/workflow-bundle.js \
    UPLOAD_DIRECTORY=/var/lib/certifiable/uploads
# An empty named volume takes over this folder's owner. What runs installs nothing: package managers would be a way in alone.
RUN install --directory --owner=node --group=node /var/lib/certifiable/uploads \
 && ln --symbolic /app/cli/main.ts /usr/local/bin/certifiable \
 && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-*
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.cdx.json sbom.cdx.json
COPY package.json LICENSE ./
COPY docs/errors.md docs/errors.md
COPY assets assets
COPY domain domain
COPY exams exams
COPY platform platform
COPY publication publication
COPY store store
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY cli cli
COPY api api
COPY prisma prisma
COPY --from=build /app/prisma/generated prisma/generated
COPY --from=build /app/build/workflow-bundle.js build/workflow-bundle.js
COPY --from=build /app/build/web build/web

# Last, since it differs each time. The build that workflows are pinned to belongs to the code, so it is baked in: the
# commit, at most 63 characters.
ARG BUILD_ID
ARG VERSION=0.1.0
RUN test -n "${BUILD_ID}" || { echo 'set --build-arg BUILD_ID to the commit' >&2; exit 1; }
ENV WORKER_BUILD_ID=${BUILD_ID}
LABEL org.opencontainers.image.title="Certifiable" \
      org.opencontainers.image.description="The certification pipeline: API, worker pools and jobs" \
      org.opencontainers.image.vendor="Certifiable, Inc." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${BUILD_ID}"

# A number, so that Kubernetes can check runAsNonRoot. Nothing is written but to UPLOAD_DIRECTORY and /tmp.
USER 1000:1000
EXPOSE 8080 9464
# A pool listens elsewhere: run it with HEALTH_PORT=9464. One-off jobs: --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=20s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT ?? 8080}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and handles SIGTERM itself: work under way is finished, within SHUTDOWN_GRACE_SECONDS.
CMD ["node", "api/main.ts"]
