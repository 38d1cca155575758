import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from './ports.ts';
import { startTemporal, type Temporal } from './temporal.ts';

const log = () => {};

async function withClient<Result>(address: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe('the embedded Temporal server', { timeout: 120_000 }, () => {
  let temporal: Temporal | undefined;
  afterAll(async () => temporal?.stop());

  it('keeps workflows in its file over a stop and over kill -9, and shows its UI', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certifiable-temporal-'));
    const [port, uiPort] = [await freePort({ purpose: 'Temporal', log }), await freePort({ purpose: 'UI', log })];
    const dataFile = join(directory, 'temporal.db');
    temporal = await startTemporal({ port, uiPort, dataFile, logFile: join(directory, 'temporal.log'), log });
    expect((await fetch(temporal.uiUrl ?? '')).status).toBe(200);

    const start = { taskQueue: 'nobody', workflowId: 'kept' };
    await withClient(temporal.address, (client) => client.workflow.start('anything', start));
    await temporal.stop();
    await temporal.start();
    await temporal.kill();
    await temporal.start();
    const status = await withClient(temporal.address, (client) => client.workflow.getHandle('kept').describe());
    expect(status.status.name).toBe('RUNNING');
  });
});
