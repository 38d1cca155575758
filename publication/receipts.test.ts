import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { checkReceipt } from '../cli/receipt/check.ts';
import { createReceiptSigner } from './receipts.ts';

const newKey = async () => exportJWK((await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })).privateKey);
const claims = {
  attemptId: 'a',
  test: 'aptitude',
  round: 1,
  submissionId: 's',
  contentHash: 'sha-256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', // of {}
  cause: 'submitted',
  submittedAt: '2026-11-22T12:00:00.000Z',
} as const;

async function files(receipt: string, keys: object) {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-receipt-'));
  const write = async (name: string, text: string) => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  return { file: await write('receipt.json', JSON.stringify({ receipt })), keys: await write('keys.json', JSON.stringify(keys)), write };
}

describe('a receipt', () => {
  it('is found valid with the published keys, and so is the content it is for', async () => {
    const signer = await createReceiptSigner({ keys: JSON.stringify({ keys: [await newKey()] }), issuer: 'https://certifiable.example' });
    const { file, keys, write } = await files(await signer.sign(claims), signer.publicKeys);
    await expect(checkReceipt({ file, keys, content: await write('answers.json', ' { } ') })).resolves.toMatchObject({
      outcome: 'valid',
      claims: { issuer: 'https://certifiable.example' },
    });
    await expect(checkReceipt({ file, keys, content: await write('other.json', '{"t1":"x"}') })).resolves.toEqual({
      outcome: 'not valid',
      reason: expect.stringContaining('the receipt is for'),
    });
  });

  it('is refused when a single character was changed, or a key of somebody else signed it', async () => {
    const signer = await createReceiptSigner({ keys: JSON.stringify({ keys: [await newKey()] }), issuer: 'https://certifiable.example' });
    const receipt = await signer.sign(claims);
    const [header, payload, signature] = receipt.split('.');
    const changed = `${header}.${payload?.slice(0, -2)}${payload?.endsWith('AA') ? 'BB' : 'AA'}.${signature}`;
    const forged = await createReceiptSigner({ keys: JSON.stringify({ keys: [await newKey()] }), issuer: 'https://certifiable.example' });
    for (const bad of [changed, await forged.sign(claims)]) {
      const { file, keys } = await files(bad, signer.publicKeys);
      await expect(checkReceipt({ file, keys })).resolves.toMatchObject({ outcome: 'not valid' });
    }
  });

  it('stays valid after the signing key was rotated', async () => {
    const old = await newKey();
    const before = await createReceiptSigner({ keys: JSON.stringify({ keys: [old] }), issuer: 'https://certifiable.example' });
    const after = await createReceiptSigner({ keys: JSON.stringify({ keys: [await newKey(), old] }), issuer: 'https://certifiable.example' });
    const { file, keys } = await files(await before.sign(claims), after.publicKeys);
    await expect(checkReceipt({ file, keys })).resolves.toMatchObject({ outcome: 'valid' });
  });

  it.each(['', 'not json', '{}', '{"keys":[]}', '{"keys":[{"kty":"OKP","d":1}]}'])(
    'is never signed with unusable keys (%j), and the error does not quote them',
    async (keys) => {
      await expect(createReceiptSigner({ keys, issuer: 'https://certifiable.example' })).rejects.toThrow();
    },
  );

  it('never publishes the private half of a key', async () => {
    const signer = await createReceiptSigner({ keys: JSON.stringify({ keys: [await newKey()] }), issuer: 'https://certifiable.example' });
    expect(JSON.stringify(signer.publicKeys)).not.toContain('"d"');
  });
});
