import { TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * Makes the SDK download the Temporal CLI into a directory: the SDK does so only by starting it. A process of its own,
 * since the SDK's native runtime can be set up once a process, and the stack's callers set up theirs.
 *
 *   node local/temporal-download.ts <version, as v1.5.1> <directory>
 */
const [version, downloadDir] = process.argv.slice(2);
if (!version || !downloadDir) throw new Error('Usage: node local/temporal-download.ts VERSION DIRECTORY');

try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', version, downloadDir } },
  });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
