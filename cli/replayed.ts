import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker, type ReplayResult } from '@temporalio/worker';

export type Replayed = { readonly workflowId: string; /** Undefined: the code follows the history. */ readonly problem: string | undefined };

/** Replays the history of each workflow on the code of a bundle, one after the other, as far as it has come by then. */
export async function* replayed(
  client: Client,
  { bundle, workflowIds }: { bundle: string; workflowIds: AsyncIterable<string> | Iterable<string> },
): AsyncGenerator<Replayed> {
  installRuntime();
  async function* histories() {
    for await (const workflowId of workflowIds) yield { workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() };
  }
  const options = { workflowBundle: { codePath: bundle }, sinks: noSinks, dataConverter: client.options.dataConverter };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories())) {
    yield { workflowId, problem: problemOf(error) };
  }
}

/** Workflow code finds the sinks that it names; what a replay tells them is nobody's. */
const noSinks = { tracing: { handled: { fn() {} } } };

/** What the SDK's core says, without what is wrapped around it. */
function problemOf(error: ReplayResult['error']): string | undefined {
  return /\[TMPRL\d+\] [^"\\]+/.exec(error?.message ?? '')?.[0] ?? error?.message.split('\n')[0];
}

/** What a replay finds is told by the tool; the SDK's own lines to it would be told twice. */
function installRuntime(): void {
  try {
    const telemetryOptions = { logging: { forward: {}, filter: 'OFF' } };
    Runtime.install({ logger: new DefaultLogger('ERROR', () => {}), telemetryOptions, shutdownSignals: [] });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalStateError')) throw error;
  }
}
