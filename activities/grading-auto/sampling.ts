import { createHmac } from 'node:crypto';

const DRAW_BYTES = 6;

/**
 * A number from 0 to below 1 for a test of an attempt: always the same for the same secret, and nobody without it can
 * foresee it, or tell two attempts apart by it.
 */
export function drawFor({ attemptId, test }: { attemptId: string; test: string }, secret: Uint8Array): number {
  const digest = createHmac('sha256', secret).update(`${attemptId} ${test}`).digest();
  return digest.readUIntBE(0, DRAW_BYTES) / 2 ** (8 * DRAW_BYTES);
}
