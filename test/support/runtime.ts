import { DefaultLogger, Runtime } from '@temporalio/worker';

/** The SDK's runtime of a test process: only errors are worth a line. Once a process, before the first connection. */
export function installQuietRuntime(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: 'temporalio_sdk_core=ERROR', forward: {} } },
      shutdownSignals: [],
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'IllegalStateError')) throw error;
  }
}
