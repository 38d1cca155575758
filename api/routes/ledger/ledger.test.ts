import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { certifiedAttempt } from '../../../test/support/certified.ts';
import { decidedScript } from '../../../test/support/decided.ts';
import { submittedAttempt } from '../../../test/support/sitting.ts';

const CHECKER = fileURLToPath(new URL('../../../docs/ledger/check_ledger.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('skipped: the ledger is not checked by docs/ledger/check_ledger.py; that takes python3 on PATH');

let api: TestApi;
let certified: { readonly attemptId: string; readonly subject: string };
let marked: { readonly attemptId: string; readonly subject: string };

async function enterAndSign(): Promise<void> {
  const { ledger } = api.services.store;
  while ((await ledger.enterPending()) > 0);
  await ledger.signHead({ everySeconds: 0 });
}

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  const { store } = api.services;
  const credentials = await issuerOf(api.services);
  certified = await certifiedAttempt(store, { credentials });
  await enterAndSign();
  marked = await decidedScript(store, { credentials, given: [{ grader: 'g1', points: [1, 2] }] });
  for (let index = 0; index < 80; index += 1) await submittedAttempt(store);
  await enterAndSign();
});
afterAll(() => api?.close());

type Proofs = {
  head: { size: number; jws: string };
  entries: { position: number; leaf: string; path: string[] | null; opening: { salt: string; content: string } | null; who?: string | null }[];
  waiting: number;
};

async function proofsOf({ attemptId, subject }: { attemptId: string; subject: string }): Promise<Proofs> {
  const { status, body } = await api.as(subject, 'candidate')('GET', `/v1/attempts/${attemptId}/ledger`);
  expect(status).toBe(200);
  return body as Proofs;
}

/** Runs the checker as somebody does who has nothing of ours: exit code and what it says. */
async function check(what: 'proofs' | 'heads', answer: unknown, ...more: string[]): Promise<{ status: number | null; said: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-ledger-'));
  const [file, keys] = [join(directory, 'answer.json'), join(directory, 'jwks.json')];
  await writeFile(file, typeof answer === 'string' ? answer : JSON.stringify(answer));
  const { body } = await api.withToken(undefined)('GET', '/.well-known/jwks.json');
  await writeFile(keys, JSON.stringify(body));
  const { status, stdout, stderr } = spawnSync('python3', [CHECKER, what, file, '--keys', keys, ...more], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

describe('the proofs of an attempt', () => {
  it('show a candidate what is theirs, and nothing of marking', async () => {
    const { entries, waiting } = await proofsOf(marked);
    const kinds = entries.map(({ leaf }) => (JSON.parse(leaf) as { kind: string }).kind);
    expect(new Set(kinds)).toEqual(new Set(['attempt', 'sitting', 'submission', 'decision']));
    expect(waiting).toBe(0);
    for (const entry of entries) expect(entry).not.toHaveProperty('who');
    const decision = entries.find(({ leaf }) => leaf.includes('"kind":"decision"'));
    expect(JSON.parse(decision?.opening?.content ?? '{}')).toMatchObject({ attempt_id: marked.attemptId, passed: false });
  });

  it('are nobody else’s', async () => {
    expect(refusalOf(await api.as('another', 'candidate')('GET', `/v1/attempts/${marked.attemptId}/ledger`))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await api.as('a', 'grader')('GET', `/v1/staff/attempts/${marked.attemptId}/ledger`))).toEqual(refused(403, 'forbidden'));
  });

  it('show staff and auditors the whole trail, with whom each record names', async () => {
    for (const role of ['staff', 'auditor'] as const) {
      const { body } = await api.as(`a-${role}`, role)('GET', `/v1/staff/attempts/${marked.attemptId}/ledger`);
      const { entries } = body as Proofs;
      const marks = entries.filter(({ leaf }) => leaf.includes('"kind":"mark"'));
      expect(marks.map(({ who }) => who)).toEqual(['g1', 'g1']);
      for (const entry of entries) expect(entry).not.toHaveProperty('opening');
    }
  });

  it('come before the first head too, and say so', async () => {
    const other = await submittedAttempt(api.services.store);
    expect((await proofsOf(other)).waiting).toBeGreaterThan(0);
    while ((await api.services.store.ledger.enterPending()) > 0);
    const { entries, waiting } = await proofsOf(other);
    expect(waiting).toBe(0);
    expect(entries.every(({ path }) => path === null)).toBe(true);
  });
});

describe('the heads', () => {
  it('are for everybody, and each later ledger begins with each earlier one', async () => {
    const anybody = api.withToken(undefined);
    const { heads } = (await anybody('GET', '/v1/ledger/heads')).body as { heads: { size: number; jws: string }[] };
    expect(heads.length).toBeGreaterThan(1);
    expect(refusalOf(await anybody('GET', '/v1/ledger/heads/3/consistency/9'))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await anybody('GET', '/v1/ledger/heads/3/consistency/0'))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await anybody('GET', '/v1/ledger/heads/900719925474/consistency/3'))).toEqual(refused(404, 'not_found'));
  });
});

describe.skipIf(!hasPython)('whoever has nothing of ours', () => {
  it.each(['certified', 'marked'] as const)(
    'finds every entry of the attempt that was %s in the tree, and each record as it was entered',
    async (which) => {
      const proofs = await proofsOf(which === 'certified' ? certified : marked);
      expect(proofs.entries.length).toBeGreaterThan(4);
      const { status, said } = await check('proofs', proofs);
      expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('the record is what was entered') });
    },
  );

  it('finds what was changed in any of it', async () => {
    const proofs = await proofsOf(certified);
    const changed = (change: (copy: Proofs) => void) => {
      const copy = structuredClone(proofs);
      change(copy);
      return check('proofs', copy);
    };
    const entryOf = (copy: Proofs) =>
      copy.entries.find(({ opening }) => opening !== null) as Proofs['entries'][number] & { opening: { content: string } };
    const cases: readonly [(copy: Proofs) => void, string][] = [
      [(copy) => void (entryOf(copy).opening.content += ' '), 'was entered of something else'],
      [(copy) => void (entryOf(copy).leaf = entryOf(copy).leaf.replace('"made"', '"mode"').replace('"changed"', '"chanced"')), 'is not in the tree'],
      [(copy) => void (entryOf(copy).position += 1), 'stands at another place'],
      [(copy) => void entryOf(copy).path?.pop(), 'is not in the tree'],
      [(copy) => void (copy.head.jws = copy.head.jws.replace(/.{8}$/, 'AAAAAAAA')), 'its signature does not hold'],
    ];
    for (const [change, problem] of cases) expect(await changed(change)).toEqual({ status: 1, said: expect.stringContaining(problem) });
  });

  it('checks all heads, and that one ledger begins with the other', async () => {
    const anybody = api.withToken(undefined);
    const { body } = await anybody('GET', '/v1/ledger/heads');
    const { heads } = body as { heads: { size: number; jws: string }[] };
    const [size, earlier] = [String(heads.at(0)?.size), String(heads.at(-1)?.size)];
    const proof = join(await mkdtemp(join(tmpdir(), 'certifiable-ledger-')), 'proof.json');
    await writeFile(proof, JSON.stringify((await anybody('GET', `/v1/ledger/heads/${size}/consistency/${earlier}`)).body));
    expect(await check('heads', body, '--consistency', earlier, size, proof)).toEqual({
      status: 0,
      said: expect.stringContaining(`the ledger of ${size} entries begins with that of ${earlier}`),
    });
    await writeFile(proof, JSON.stringify({ proof: ['00'.repeat(32)] }));
    expect((await check('heads', heads.map(({ jws }) => jws).join('\n'), '--consistency', earlier, size, proof)).status).toBe(1);
  });
});
