import { randomBytes } from 'node:crypto';

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = { min: 24, made: 32, max: 64 };

/** To be shown once to whoever registers the webhook. */
export function createWebhookSecret(): string {
  return `whsec_${randomBytes(secretBytes.made).toString('base64')}`;
}

export function isWebhookSecret(text: string): boolean {
  const base64 = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(text)?.[1];
  if (base64 === undefined) return false;
  const sizeBytes = Buffer.from(base64, 'base64').length;
  return sizeBytes >= secretBytes.min && sizeBytes <= secretBytes.max;
}
