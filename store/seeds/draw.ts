import { createHmac, randomBytes } from 'node:crypto';
import type { BasisPoints } from '../../domain/score.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import type { Transaction } from '../context.ts';
import { sealBytes, seedPlace } from '../sealed-secrets.ts';

const DRAW_BYTES = 6;
const SECRET_BYTES = 32;

export type SeedSecret = { readonly generation: number; readonly secret: Uint8Array };

/** By what a seed was drawn, so that whoever has the secret can draw it again. */
export type Drawn = { readonly generation: number; readonly grader: string; readonly askedAt: string; readonly number: BasisPoints };

/** A number from 0 to 9999 for a claim: nobody without the secret can foresee it. */
export function drawSeed({ generation, secret }: SeedSecret, { grader, askedAt }: { grader: string; askedAt: Date }): Drawn {
  const at = askedAt.toISOString();
  const digest = createHmac('sha256', secret)
    .update(JSON.stringify([grader, at]))
    .digest();
  return { generation, grader, askedAt: at, number: Math.floor((digest.readUIntBE(0, DRAW_BYTES) * 10_000) / 2 ** (8 * DRAW_BYTES)) };
}

/** There is a secret from the first seed on: without one a claim draws nothing. */
export async function keepSecret(tx: Transaction, at: Date, box: SecretBox): Promise<void> {
  const secret = await sealBytes(box, randomBytes(SECRET_BYTES), seedPlace(1));
  await tx.$executeRaw`INSERT INTO seed_secret (generation, secret, created_at) VALUES (1, ${secret}, ${at}) ON CONFLICT DO NOTHING`;
}
