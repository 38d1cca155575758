import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { multibaseOf, readKeyStatement } from '../../publication/credentials/key-statement.ts';
import { createCredentialIssuer, type CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { issuerOf, startTestApi, type TestApi } from '../support/api.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { runCommand } from '../support/command.ts';
import { newKey } from '../support/credentials.ts';

/** A root that is held elsewhere says which keys are ours: from the command that signs to the register that believes it. */

const SINCE = '2020-01-01T00:00:00.000Z';

let api: TestApi;
let owner: pg.Client;
let folder: string;
let root: string;
let own: { readonly key: JWK; readonly multibase: string; readonly issuer: CredentialIssuer };

/** As an operator types it. */
async function signOff(...options: readonly string[]): Promise<string> {
  const { exitCode, printed, errors } = await runCommand(['keys', 'sign-off', '--root', root, '--issuer', api.url, ...options], {});
  expect({ exitCode, errors }).toMatchObject({ exitCode: 0 });
  return printed.join('');
}

async function inFile(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const shown = async (credential: unknown) => {
  const { body } = await api.withToken(undefined)('POST', '/v1/register/verification', credential);
  return body as { result: string; reason: string | null };
};

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  owner = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await owner.connect();
  const key = await newKey();
  const issuer = await createCredentialIssuer({ keys: JSON.stringify({ keys: [key] }), publicUrl: api.url });
  own = { key, multibase: await multibaseOf(key), issuer };
});
afterAll(async () => {
  await owner?.end();
  await api?.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(inject('temporaryDirectory'), 'keys-'));
  root = join(folder, 'root.jwk');
});

describe('a key that somebody wrote into the database', () => {
  it('verifies nothing, is not published, and is told of', async () => {
    await owner.query('INSERT INTO issuer_key (public_key_multibase, first_used_at) VALUES ($1, now())', [own.multibase]);
    const { certificateId } = await certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services) });
    const real = await api.services.store.certificates.credential(certificateId);
    expect(await shown(real)).toMatchObject({ result: 'valid' });

    const forged = await own.issuer.issue({
      certificateId,
      name: 'Mallory',
      examId: 'small',
      examTitle: 'Small',
      basisPoints: 10_000,
      issuedAt: new Date('2026-11-01T10:00:00Z'),
      statusPosition: 0,
    });
    expect(await shown(forged)).toMatchObject({ result: 'refused', reason: 'It is signed with a key that is not ours.' });
    const issuer = await (await fetch(`${api.url}/issuer`)).text();
    expect(issuer).not.toContain(own.multibase);
    expect(await api.services.metrics.text()).toContain('certifiable_issuer_keys_not_signed_off 1');
  });
});

describe('the command that signs', () => {
  it('makes a root once, and prints a statement that its thumbprint makes believed, and no other', async () => {
    const { printed } = await runCommand(['keys', 'root', root], {});
    expect((await runCommand(['keys', 'root', root], {})).exitCode).toBe(1);
    const keys = await inFile('keys.json', JSON.stringify({ keys: [own.key] }));
    const statement = await signOff('--add', keys, '--from', SINCE);
    expect(statement).not.toContain(own.key.d);
    const [thumbprint = ''] = printed;
    const read = (roots: readonly string[], publicUrl = api.url) => readKeyStatement({ statement, roots, publicUrl });
    expect([...(await read([thumbprint])).values()]).toEqual([{ publicKeyMultibase: own.multibase, from: SINCE }]);
    await expect(read(['A'.repeat(43)])).rejects.toThrow(/a root .* that ISSUER_ROOTS does not name/);
    await expect(read([thumbprint], 'https://other.example')).rejects.toThrow(/is a statement of/);
    const [head, payload = '', signature] = statement.split('.');
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('2020', '2019')).toString('base64url');
    await expect(readKeyStatement({ statement: [head, changed, signature].join('.'), roots: [thumbprint], publicUrl: api.url })).rejects.toThrow(
      /no signed statement/,
    );
  });

  it('adds to a statement and disowns in it, and never takes a disowning back', async () => {
    const { printed } = await runCommand(['keys', 'root', root], {});
    const keys = await inFile('keys.json', JSON.stringify({ keys: [own.key] }));
    const before = await inFile('statement.txt', await signOff('--add', keys, '--from', SINCE));
    const next = await newKey();
    const more = await inFile('more.json', JSON.stringify({ keys: [next] }));
    const stolen = '2026-11-15T00:00:00.000Z';
    const after = await inFile(
      'after.txt',
      await signOff('--statement', before, '--add', more, '--disown', own.multibase, '--disowned-from', stolen),
    );
    const later = await signOff('--statement', after, '--disown', own.multibase, '--disowned-from', '2026-12-01T00:00:00Z');
    const stated = await readKeyStatement({ statement: later, roots: [printed[0] ?? ''], publicUrl: api.url });
    expect(stated.get(own.multibase)).toEqual({ publicKeyMultibase: own.multibase, from: SINCE, disownedFrom: stolen });
    expect(stated.has(await multibaseOf(next))).toBe(true);
    expect((await readFile(before, 'utf8')).split('.')).toHaveLength(3);
  });
});

describe('status lists', () => {
  it('are all signed anew by another key, so that the former can be disowned', async () => {
    const { certificates } = api.services.store;
    await certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services) });
    const signers = async () =>
      (await owner.query<{ by: string }>(`SELECT DISTINCT credential -> 'proof' ->> 'verificationMethod' AS by FROM status_list`)).rows.map(
        ({ by }) => by,
      );
    const former = await issuerOf(api.services);
    expect(await signers()).toEqual([former.publicKeys[0]?.id]);
    expect(await certificates.signListsAnew(own.issuer)).toBe(1);
    expect(await signers()).toEqual([own.issuer.publicKeys[0]?.id]);
    expect(await certificates.signListsAnew(own.issuer)).toBe(0);
    await certificates.signListsAnew(former);
  });
});
