import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/**
 * Makes a build the current version of a pool's worker deployment: new work goes to it, pinned workflows stay where they
 * are. Waits until the build's pollers are known to the server. Throws when they are not after the time given.
 */
export async function makeCurrent(
  client: Client,
  { deploymentName, buildId, timeoutSeconds = 60 }: { deploymentName: string; buildId: string; timeoutSeconds?: number },
): Promise<void> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000;
  for (let waitMilliseconds = 250; ; waitMilliseconds = Math.min(2 * waitMilliseconds, 1000)) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        deploymentName,
        buildId,
        version: `${deploymentName}.${buildId}`, // what server 1.29 reads
        ignoreMissingTaskQueues: true,
      });
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) {
        throw new Error(`no worker of ${deploymentName} with build ${buildId} has registered within ${timeoutSeconds} s`, { cause: error });
      }
      await pause(waitMilliseconds);
    }
  }
}
