import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { issuerKeySettings } from '../../publication/credentials/key-settings.ts';
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
    const read = (roots: readonly string[], publicUrl = api.url) => readKeyStatement({ statement, roots: { roots, needed: 1 }, publicUrl });
    expect([...(await read([thumbprint])).values()]).toEqual([{ publicKeyMultibase: own.multibase, from: SINCE }]);
    await expect(read(['A'.repeat(43)])).rejects.toThrow(/a root .* that ISSUER_ROOTS does not name/);
    await expect(read([thumbprint], 'https://other.example')).rejects.toThrow(/is a statement of/);
    const [head, payload = '', signature] = statement.split('.');
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('2020', '2019')).toString('base64url');
    const forged = [head, changed, signature].join('.');
    await expect(readKeyStatement({ statement: forged, roots: { roots: [thumbprint], needed: 1 }, publicUrl: api.url })).rejects.toThrow(
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
    const stated = await readKeyStatement({ statement: later, roots: { roots: [printed[0] ?? ''], needed: 1 }, publicUrl: api.url });
    expect(stated.get(own.multibase)).toEqual({ publicKeyMultibase: own.multibase, from: SINCE, disownedFrom: stolen });
    expect(stated.has(await multibaseOf(next))).toBe(true);
    expect((await readFile(before, 'utf8')).split('.')).toHaveLength(3);
  });
});

describe('where two roots are needed', () => {
  const settings = z.object({ ISSUER_ROOTS: issuerKeySettings.schema.shape.ISSUER_ROOTS });
  const asked = (text: string) => settings.parse({ ISSUER_ROOTS: text }).ISSUER_ROOTS;
  let second: string;
  let thumbprints: readonly [string, string];
  let statement: string;
  beforeEach(async () => {
    second = join(folder, 'second.jwk');
    const made = [await runCommand(['keys', 'root', root], {}), await runCommand(['keys', 'root', second], {})];
    thumbprints = [made[0]?.printed[0] ?? '', made[1]?.printed[0] ?? ''];
    const keys = await inFile('keys.json', JSON.stringify({ keys: [own.key] }));
    statement = await inFile('statement.txt', await signOff('--add', keys, '--from', SINCE));
  });
  const countersign = (file: string, by: string) => runCommand(['keys', 'sign-off', '--root', by, '--issuer', api.url, '--countersign', file], {});
  const read = (text: string, roots: string) => readKeyStatement({ statement: text, roots: asked(roots), publicUrl: api.url });

  it('one alone verifies nothing, nor twice; both do, whoever was first', async () => {
    const [one, two] = thumbprints;
    const alone = await readFile(statement, 'utf8');
    await expect(read(alone, `2 of ${one},${two}`)).rejects.toThrow(/signed by 1 of the roots .* and it takes 2/);
    expect((await read(alone, `${one},${two}`)).has(own.multibase)).toBe(true);
    const again = await countersign(statement, root);
    expect(again).toMatchObject({ exitCode: 0, printed: [alone] });
    const { exitCode, printed, errors } = await countersign(statement, second);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [`${own.multibase}  from ${SINCE}`] });
    const [both = ''] = printed;
    expect((await read(both, `2 of ${one},${two}`)).has(own.multibase)).toBe(true);
    expect((await read(both, `1 of ${two}`)).has(own.multibase)).toBe(true);
    await expect(read(both, `2 of ${one},${'A'.repeat(43)}`)).rejects.toThrow(/signed by 1 of the roots/);
    await expect(read(both, `2 of ${one},${two},${'A'.repeat(43)}`)).resolves.toBeDefined();
    await expect(read(both, `3 of ${one},${two},${'A'.repeat(43)}`)).rejects.toThrow(/signed by 2 of the roots/);
  });

  it('one signature copied under another header, or one that does not hold, is none', async () => {
    const [one, two] = thumbprints;
    const { printed } = await countersign(statement, second);
    const both = JSON.parse(printed[0] ?? '') as { payload: string; signatures: readonly { protected: string; signature: string }[] };
    const [first, other] = both.signatures;
    const forged = (signatures: readonly unknown[]) => read(JSON.stringify({ payload: both.payload, signatures }), `2 of ${one},${two}`);
    await expect(forged([first, first])).rejects.toThrow(/signed by 1 of the roots/);
    await expect(forged([first, { protected: other?.protected, signature: first?.signature }])).rejects.toThrow(/no signed statement/);
    await expect(forged([])).rejects.toThrow(/no signed statement/);
  });

  it('a statement that is changed afterwards has the signature of whoever changed it alone', async () => {
    const [one, two] = thumbprints;
    const both = await inFile('both.txt', (await countersign(statement, second)).printed[0] ?? '');
    const more = await inFile('more.json', JSON.stringify({ keys: [await newKey()] }));
    const changed = await signOff('--statement', both, '--add', more);
    await expect(read(changed, `2 of ${one},${two}`)).rejects.toThrow(/signed by 1 of the roots/);
    const agreed = (await countersign(await inFile('changed.txt', changed), second)).printed[0] ?? '';
    expect((await read(agreed, `2 of ${one},${two}`)).size).toBe(2);
  });

  it('a signature is added to a statement as it is: not with a change, not of another issuer, not to anything else', async () => {
    const more = await inFile('more.json', JSON.stringify({ keys: [await newKey()] }));
    const sign = (...options: readonly string[]) => runCommand(['keys', 'sign-off', '--root', second, ...options], {});
    expect(await sign('--issuer', api.url, '--countersign', statement, '--add', more)).toMatchObject({ exitCode: 2, printed: [] });
    expect(await sign('--issuer', 'https://other.example', '--countersign', statement)).toMatchObject({ exitCode: 1, printed: [] });
    expect(await sign('--issuer', api.url, '--countersign', more)).toMatchObject({ exitCode: 1, printed: [] });
  });

  it('the setting says how many, and is refused where it cannot be so', () => {
    const [one, two] = thumbprints;
    expect(asked(`${one}, ${two}`)).toEqual({ roots: [one, two], needed: 1 });
    expect(asked(`2 of ${one},${two}`)).toEqual({ roots: [one, two], needed: 2 });
    for (const wrong of [`3 of ${one},${two}`, `0 of ${one}`, `2 of ${one},${one}`, `two of ${one},${two}`, '2 of ', `-1 of ${one}`])
      expect(() => asked(wrong), wrong).toThrow(z.ZodError);
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
