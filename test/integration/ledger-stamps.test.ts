import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createLogger } from '../../platform/logging.ts';
import { createTimeStampAuthority } from '../../platform/timestamps/authority.ts';
import { readTrusted } from '../../platform/timestamps/trusted.ts';
import { connectDatabase } from '../../store/context.ts';
import { createLedgerAuditStore } from '../../store/ledger/audit.ts';
import { createLedgerStamper } from '../../workers/ledger-stamper.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { runCommand } from '../support/command.ts';
import { until } from '../support/pipeline.ts';
import { submittedAttempt } from '../support/sitting.ts';
import { hasOpenssl, startTimeStamper } from '../support/time-stamper.ts';

/** Heads of the ledger that somebody else stamped, from the pool to whoever checks them, with openssl as that somebody. */

const CHECKER = fileURLToPath(new URL('../../docs/ledger/check_ledger.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasOpenssl) console.warn('skipped: heads of the ledger with time stamps; that takes openssl on the PATH');

type Head = { readonly size: number; readonly jws: string; readonly stamp: { readonly at: string; readonly token: string } | null };

describe.skipIf(!hasOpenssl)('the heads of the ledger', () => {
  let api: TestApi;
  let owner: pg.Client;
  let prisma: ReturnType<typeof connectDatabase>;
  let stamper: Awaited<ReturnType<typeof startTimeStamper>>;
  let folder: string;

  beforeAll(async () => {
    api = await startTestApi();
    await api.publish();
    const { DATABASE_URL: databaseUrl } = api.services.config;
    owner = new pg.Client({ connectionString: databaseUrl });
    await owner.connect();
    prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 5 });
    stamper = await startTimeStamper();
    folder = await mkdtemp(join(inject('temporaryDirectory'), 'stamps-'));
    await writeFile(join(folder, 'jwks.json'), JSON.stringify((await api.withToken(undefined)('GET', '/.well-known/jwks.json')).body));
  });
  afterAll(async () => {
    await stamper?.stop();
    await prisma?.$disconnect();
    await owner?.end();
    await api?.close();
  });

  const signed = async () => {
    const { ledger } = api.services.store;
    await submittedAttempt(api.services.store);
    while ((await ledger.enterPending()) > 0);
    return ledger.signHead({ everySeconds: 0 });
  };
  const heads = async () => (await api.withToken(undefined)('GET', '/v1/ledger/heads')).body as { heads: readonly Head[] };

  /** As `delivery` does it, until this is so. */
  async function stamping(url: string, isDone: () => Promise<true | string>): Promise<void> {
    const { store } = api.services;
    const authority = createTimeStampAuthority({ url, trusted: readTrusted(stamper.trusted) });
    const loop = createLedgerStamper({ store, authority, logger: createLogger({ level: 'silent', service: 'test' }), lookMilliseconds: 20 });
    const run = loop.run();
    try {
      await until(isDone);
    } finally {
      loop.stop();
      await run;
    }
  }
  const newestIsStamped = async () => (await heads()).heads[0]?.stamp !== null || 'the newest head has no stamp';

  async function audit(...more: string[]) {
    const args = ['records', 'audit', '--json', '--keys', join(folder, 'jwks.json'), ...more];
    const { printed } = await runCommand(args, { stores: { ledgerAudit: createLedgerAuditStore({ prisma }) } });
    return JSON.parse(printed.join('\n')) as {
      problems: readonly string[];
      stamped: { heads: number; last: { size: number; at: string } | null } | null;
    };
  }
  async function check(answer: unknown): Promise<{ status: number | null; said: string }> {
    const file = join(folder, 'heads.json');
    await writeFile(file, JSON.stringify(answer));
    const { status, stdout, stderr } = spawnSync(
      'python3',
      [CHECKER, 'heads', file, '--keys', join(folder, 'jwks.json'), '--tsa', stamper.trustedFile],
      {
        encoding: 'utf8',
      },
    );
    return { status, said: `${stdout}${stderr}` };
  }

  it('are stamped, published with their stamps, and verified by the audit and by whoever has nothing of ours', async () => {
    await signed();
    await stamping(stamper.url, newestIsStamped);
    const answer = await heads();
    expect(answer.heads).toMatchObject([{ stamp: { at: expect.any(String), token: expect.any(String) } }]);
    const { size } = answer.heads[0] ?? {};
    expect(await audit('--tsa', stamper.trustedFile)).toMatchObject({
      problems: [],
      stamped: { heads: 1, last: { size, at: answer.heads[0]?.stamp?.at } },
    });
    expect((await audit()).stamped).toBeNull();
    if (hasPython) expect(await check(answer)).toEqual({ status: 0, said: expect.stringContaining('1 of 1 heads have a time stamp that verifies') });
  });

  it('are signed while nobody stamps, and the next one that is stamped stands for those before it', async () => {
    const away = `http://127.0.0.1:1`;
    const tried = await signed();
    let looks = 0;
    await stamping(away, async () => (looks += 1) > 3 || 'looking');
    const next = await signed();
    expect(next?.size).toBeGreaterThan(tried?.size ?? 0);
    expect((await heads()).heads.map(({ stamp }) => stamp !== null)).toEqual([false, false, true]);
    expect(await api.services.store.ledger.unstampedSeconds()).toBeGreaterThan(0);
    await stamping(stamper.url, newestIsStamped);
    expect((await heads()).heads.map(({ stamp }) => stamp !== null)).toEqual([true, false, true]);
    expect(await api.services.store.ledger.unstampedSeconds()).toBe(0);
    expect(await audit('--tsa', stamper.trustedFile)).toMatchObject({ problems: [], stamped: { heads: 2, last: { size: next?.size } } });
  });

  it('are named where a stamp is none of theirs, or nobody who is trusted made it', async () => {
    const answer = await heads();
    const [newest, , oldest] = answer.heads;
    const swapped = { heads: [{ ...newest, stamp: oldest?.stamp }] };
    if (hasPython) expect(await check(swapped)).toEqual({ status: 1, said: expect.stringContaining('its time stamp does not verify') });
    const file = join(folder, 'kept.json');
    await writeFile(file, JSON.stringify(swapped));
    expect((await audit('--tsa', stamper.trustedFile, '--heads', file)).problems).toEqual([
      'kept head 1 has a time stamp that does not verify: it is of something else',
    ]);
    const stranger = await startTimeStamper();
    await stranger.stop();
    expect((await audit('--tsa', stranger.trustedFile)).problems).toEqual([
      expect.stringMatching(/^head 1 has a time stamp that does not verify: nobody who is trusted vouches for/),
      expect.stringMatching(/^head 3 has a time stamp that does not verify/),
    ]);
  });

  it('are named where somebody signed one anew, as of an earlier day', async () => {
    const { receipts, store } = api.services;
    const last = (await store.ledger.heads(1))[0];
    const { root } = await receipts.verifyHead(last?.jws ?? '');
    const earlier = new Date(Date.now() - 30 * 86_400_000);
    const forged = await receipts.signHead({ size: last?.size ?? 0, root, at: earlier.toISOString() });
    await owner.query('INSERT INTO ledger_head (size, signed_at, jws) VALUES ($1, $2, $3)', [last?.size, earlier, forged.jws]);
    await stamping(stamper.url, newestIsStamped);
    expect((await audit('--tsa', stamper.trustedFile)).problems).toEqual([
      expect.stringMatching(/^head \d+ says that it was signed at .*, and whoever stamped it saw it at /),
    ]);
    if (hasPython) expect(await check(await heads())).toEqual({ status: 1, said: expect.stringContaining('seconds later') });
  });

  it('keep their stamps: nobody who runs changes or removes one', async () => {
    for (const sql of [`UPDATE ledger_stamp SET token = ''`, 'DELETE FROM ledger_stamp', 'TRUNCATE ledger_stamp'])
      await expect(owner.query(sql)).rejects.toThrow(/append-only/);
  });
});
