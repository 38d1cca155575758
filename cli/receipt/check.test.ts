import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { runCommand } from '../../test/support/command.ts';

const claims = {
  attemptId: 'a',
  test: 'aptitude',
  round: 1,
  submissionId: 's',
  contentHash: 'sha-256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', // of {}
  cause: 'submitted',
  submittedAt: '2026-11-22T12:00:00.000Z',
} as const;

let folder: string;
let receipt: string;
let keys: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-receipt-'));
  const key = await exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey);
  const signer = await createReceiptSigner({ keys: JSON.stringify({ keys: [key] }), issuer: 'http://127.0.0.1:1' });
  receipt = await write('receipt.json', JSON.stringify({ receipt: await signer.sign(claims) }));
  keys = await write('keys.json', JSON.stringify(signer.publicKeys));
});

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const check = (...args: string[]) => runCommand(['receipt', 'check', ...args], {});

describe('certifiable receipt check', () => {
  it('says that a receipt is valid, for whom and for what', async () => {
    const { exitCode, printed } = await check(receipt, '--keys', keys, '--content', await write('answers.json', '{}'));
    expect({ exitCode, first: printed[0], last: printed.at(-1) }).toEqual({
      exitCode: 0,
      first: 'valid: signed by http://127.0.0.1:1',
      last: expect.stringContaining('the content given has this hash'),
    });
  });

  it('says that one is not valid, with exit code 1', async () => {
    const other = await write('other.json', '{"t1":"x"}');
    expect(await check(receipt, '--keys', keys, '--content', other)).toMatchObject({ exitCode: 1, errors: [expect.stringMatching(/^not valid: /)] });
    const bad = await write('bad.json', '{"receipt":"e30.e30.AA"}');
    expect(await check(bad, '--keys', keys)).toMatchObject({ exitCode: 1, errors: [expect.stringMatching(/^not valid: /)] });
  });

  it.each([
    ['the issuer does not answer', () => [receipt]],
    ['the keys are not there', () => [receipt, '--keys', join(folder, 'absent.json')]],
    ['the keys are none', () => [receipt, '--keys', receipt]],
    ['the receipt is not there', () => [join(folder, 'absent.json'), '--keys', keys]],
    ['the content is not there', () => [receipt, '--keys', keys, '--content', join(folder, 'absent.json')]],
  ])('says that it cannot be told, with exit code 3, when %s', async (_when, args) => {
    const { exitCode, printed, errors } = await check(...args());
    expect({ exitCode, printed, errors }).toEqual({ exitCode: 3, printed: [], errors: [expect.stringMatching(/^cannot tell: /)] });
  });

  it('tells a program the outcome, as one JSON document', async () => {
    const outcomeOf = async (...args: string[]) => JSON.parse((await check(...args, '--json')).printed.join('\n')) as unknown;
    expect(await outcomeOf(receipt, '--keys', keys)).toMatchObject({ outcome: 'valid', ...claims });
    expect(await outcomeOf(receipt)).toMatchObject({ outcome: 'cannot tell', reason: expect.any(String) });
  });
});
