import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAlertmanager, type Alertmanager } from '../../trials/rehearsals/alertmanager.ts';
import { installedTool } from '../../local/tools/install.ts';

/** Our routing in a real Alertmanager. Skipped where it is not installed: `npm run check:deploy -- --install alertmanager`. */

type Labels = Readonly<Record<string, string>>;

const SETTLE_MILLISECONDS = 4000;

describe.skipIf((await installedTool('alertmanager')) === undefined)('what fires', () => {
  let directory: string;
  let alertmanager: Alertmanager;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'alertmanager-'));
    alertmanager = await startAlertmanager({ directory, log: () => {}, signal: AbortSignal.timeout(120_000) });
  });

  afterAll(async () => {
    await alertmanager?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** What each receiver was told of these, as "receiver alert". */
  async function toldOf(alerts: readonly Labels[]): Promise<readonly string[]> {
    const before = alertmanager.notifications.length;
    const send = (endsAt?: string) =>
      fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts.map((labels) => ({ labels, annotations: {}, ...(endsAt === undefined ? {} : { endsAt }) }))),
      });
    expect((await send()).status).toBe(200);
    await pause(SETTLE_MILLISECONDS);
    const told = alertmanager.notifications.slice(before).map(({ receiver, labels }) => `${receiver} ${labels['alertname']}`);
    await send(new Date().toISOString()); // so that the next test is not kept quiet by it
    await pause(SETTLE_MILLISECONDS);
    return told.toSorted();
  }

  const operations = (alertname: string, severity: string, more: Labels = {}) => ({ alertname, severity, team: 'operations', ...more });

  it('calls who is on duty when it is critical, is told in the chat when it is not, and goes to the grading office when it is theirs', async () => {
    expect(
      await toldOf([
        operations('CertifiableApiErrors', 'critical'),
        operations('CertifiableMailsStuck', 'warning'),
        { alertname: 'CertifiablePromiseBroken', severity: 'critical', team: 'grading', test: 'aptitude' },
      ]),
    ).toEqual(['grading-office CertifiablePromiseBroken', 'operations-chat CertifiableMailsStuck', 'operations-pager CertifiableApiErrors']);
  });

  it('keeps quiet about the queue of a pool that is down, and not about another', async () => {
    expect(
      await toldOf([
        operations('CertifiablePoolDown', 'critical', { pool: 'grading-auto', queue: 'grading-auto' }),
        operations('CertifiableQueueWithoutPollers', 'critical', { queue: 'grading-auto', type: 'activity' }),
        operations('CertifiableQueueBacklogStuck', 'critical', { queue: 'feedback', type: 'activity' }),
      ]),
    ).toEqual(['operations-pager CertifiablePoolDown', 'operations-pager CertifiableQueueBacklogStuck']);
  });
});
